/* Objects that a reader of one's own takes, and what they still tell when they are asked. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/perf/json.h"
#include "bench/util/rng.h"

TestSuite(json_skim);

/* Takes what begins with {"a": and notes it. */
struct taken {
    int offered, taken;
};

static const char *take(void *context, const char *object)
{
    struct taken *t = context;
    t->offered++;
    if (strncmp(object, "{\"a\":", 5) != 0)
        return NULL;
    t->taken++;
    return strchr(object, '}') + 1;
}

static struct bench_json_doc *parse(const char *text, size_t depth, struct taken *taken)
{
    const struct bench_json_skim skim = {depth, take, taken};
    const struct bench_json_part part = {.skim = &skim};
    struct bench_json_doc *doc;
    struct bench_err err;
    *taken = (struct taken){0};
    cr_assert_eq(bench_json_parse_part("f.json", text, strlen(text), &part, &doc, &err), 0, "%s",
                 err.message);
    return doc;
}

Test(json_skim, elements_of_arrays_at_the_depth_are_offered)
{
    struct taken taken;
    struct bench_json_doc *doc =
        parse("{\"x\": [{\"a\": 1}, {\"b\": 2}, 3, [{\"a\": 4}]], \"y\": {\"a\": 5}}", 2, &taken);
    cr_assert_eq(taken.offered, 2);
    cr_assert_eq(taken.taken, 1);
    bench_json_free(doc);
    doc = parse("{\"x\": {\"m\": {\"a\": 1}}}", 2, &taken);
    cr_assert_eq(taken.offered, 0, "a member is no element");
    bench_json_free(doc);
}

Test(json_skim, what_was_taken_is_there_when_it_is_asked_for)
{
    struct taken taken;
    struct bench_json_doc *doc =
        parse("{\"x\": [\n  {\"a\": [1, \"t\\u00e9\"], \"k\": 0},\n  {\"b\": 2}]}", 2, &taken);
    const struct bench_json *array = bench_json_get(bench_json_root(doc), "x");
    cr_assert_eq(bench_json_size(array), 2);
    const struct bench_json *v = bench_json_first(array);
    const struct bench_json *other = bench_json_next(v);
    cr_assert_not_null(bench_json_skimmed(v));
    cr_assert_null(bench_json_skimmed(other));
    cr_assert_eq(bench_json_type(v), BENCH_JSON_OBJECT);
    for (int again = 0; again < 2; again++) {
        cr_assert_eq(bench_json_size(v), 2);
        const struct bench_json *a = bench_json_get(v, "a");
        cr_assert_str_eq(bench_json_string(bench_json_at(a, 1)), "té");
        cr_assert_eq(bench_json_number(bench_json_get(v, "k")), 0);
        cr_assert_null(bench_json_get(v, "c"));
        cr_assert(strncmp(bench_json_skimmed(v), "{\"a\":", 5) == 0);

        char *pointer = bench_json_pointer(bench_json_at(a, 1));
        size_t line, column;
        bench_json_place(bench_json_at(a, 1), &line, &column);
        cr_assert_str_eq(pointer, "/x/0/a/1");
        cr_assert_eq(line, 2);
        cr_assert_eq(column, 13);
        free(pointer);
        cr_assert_str_eq(bench_json_name(bench_json_document(a)), "f.json");
    }
    cr_assert_eq(bench_json_next(v), other, "its neighbours are where they were");
    char *pointer = bench_json_pointer(bench_json_first(other));
    cr_assert_str_eq(pointer, "/x/1/b");
    free(pointer);
    bench_json_free(doc);
}

Test(json_skim, a_copy_has_all_of_it)
{
    struct taken taken;
    struct bench_json_doc *doc =
        parse("[{\"a\": 1, \"b\": {\"c\": [true]}, \"d\": null}]", 9, &taken);
    cr_assert_eq(taken.offered, 0);
    bench_json_free(doc);
    doc = parse("[{\"a\": 1, \"b\": [true], \"d\": null}]", 1, &taken);
    cr_assert_eq(taken.taken, 1);
    struct bench_str out;
    struct bench_json_writer w;
    bench_str_init(&out);
    bench_json_writer_init(&w, &out, BENCH_JSON_COMPACT);
    bench_json_put_value(&w, bench_json_root(doc));
    cr_assert_str_eq(out.data, "[{\"a\":1,\"b\":[true],\"d\":null}]");
    bench_str_fini(&out);
    bench_json_free(doc);
}

Test(json_skim, quick_numbers_are_those_of_strtod)
{
    struct bench_rng rng;
    char text[64];
    int quick = 0;
    bench_rng_init(&rng, 7);
    for (int i = 0; i < 100000; i++) {
        double v = ldexp(bench_rng_double(&rng) - 0.5, (int)bench_rng_below(&rng, 60) - 30);
        if (i % 4 == 0)
            snprintf(text, sizeof text - 2, "%.6f", v);
        else if (i % 4 == 1)
            snprintf(text, sizeof text - 2, "%.17g", v);
        else if (i % 4 == 2)
            snprintf(text, sizeof text - 2, "%.15e", v);
        else
            snprintf(text, sizeof text - 2, "%.0f", v);
        size_t n = strlen(text);
        memcpy(text + n, ",1", 3);
        double read = 0;
        const char *end = bench_json_quick_number(text, &read);
        if (!end)
            continue;
        quick++;
        cr_assert_eq(end, text + n, "%s", text);
        cr_assert_eq(read, strtod(text, NULL), "%s", text);
    }
    cr_assert_gt(quick, 95000);
}

Test(json_skim, a_quick_number_is_json)
{
    static const char *const bad[] = {"",        "-",     "+1",  ".5",  "1.",   "1.e5",
                                      "01",      "1e",    "1e+", "NaN", "-inf", "0x1.8",
                                      "1e99999", "-01.5", "e5",  "--1", " 1",   "1e+-2"};
    double v;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const char *end = bench_json_quick_number(bad[i], &v);
        cr_assert(!end || (strcmp(bad[i], "0x1.8") == 0 && *end == 'x'), "'%s'", bad[i]);
    }
    cr_assert_str_eq(bench_json_quick_number("0}", &v), "}");
    cr_assert_eq(v, 0);
    cr_assert_str_eq(bench_json_quick_number("-0.25e+1 ", &v), " ");
    cr_assert_eq(v, -2.5);
    cr_assert_null(bench_json_quick_number("12345678901234567890", &v), "may not fit 64 bits");
}
