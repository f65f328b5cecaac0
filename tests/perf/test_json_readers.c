#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "bench/perf/json.h"

static struct bench_err err;
static struct bench_json_doc *doc;

static const struct bench_json *parse(const char *text)
{
    cr_assert_eq(bench_json_parse("t.json", text, strlen(text), &doc, &err), 0, "%s", err.message);
    return bench_json_root(doc);
}

static void free_doc(void)
{
    bench_json_free(doc);
}

TestSuite(json_readers, .fini = free_doc);

Test(json_readers, members_are_read_by_type)
{
    const struct bench_json *o = parse("{\"s\": \"x\", \"i\": 4, \"d\": 0.5, \"b\": true, "
                                       "\"a\": [1], \"o\": {}}");
    const char *s;
    int64_t i;
    double d;
    bool b;
    const struct bench_json *v;
    cr_assert_eq(bench_json_get_string(o, "s", true, &s, &err), 0);
    cr_assert_str_eq(s, "x");
    cr_assert_eq(bench_json_get_int(o, "i", true, 0, 9, &i, &err), 0);
    cr_assert_eq(i, 4);
    cr_assert_eq(bench_json_get_double(o, "d", true, &d, &err), 0);
    cr_assert_eq(d, 0.5);
    cr_assert_eq(bench_json_get_bool(o, "b", true, &b, &err), 0);
    cr_assert(b);
    cr_assert_eq(bench_json_get_array(o, "a", true, &v, &err), 0);
    cr_assert_eq(bench_json_size(v), 1);
    cr_assert_eq(bench_json_get_object(o, "o", true, &v, &err), 0);
    cr_assert_eq(bench_json_size(v), 0);
}

Test(json_readers, an_absent_member_that_is_not_required_leaves_the_default)
{
    const struct bench_json *o = parse("{}");
    const char *s = "default";
    cr_assert_eq(bench_json_get_string(o, "s", false, &s, &err), 0);
    cr_assert_str_eq(s, "default");
    cr_assert_eq(bench_json_get_string(o, "s", true, &s, &err), BENCH_EINPUT);
    cr_assert_str_eq(err.message, "t.json:1:1: the key 's' (a string) is missing");
}

Test(json_readers, a_wrong_type_or_range_says_found_and_expected)
{
    const struct bench_json *o = parse("{\"i\": \"4\", \"j\": 10, \"k\": 1.5, \"b\": true}");
    int64_t i;
    double d;
    cr_assert_eq(bench_json_get_int(o, "i", true, 0, 9, &i, &err), BENCH_EINPUT);
    cr_assert_str_eq(err.message, "t.json:1:7: /i: found a string, expected a number");
    cr_assert_eq(bench_json_get_int(o, "j", true, 0, 9, &i, &err), BENCH_EINPUT);
    cr_assert_str_eq(err.message, "t.json:1:17: /j: found 10, expected 0 to 9");
    cr_assert_eq(bench_json_get_int(o, "k", true, 0, 9, &i, &err), BENCH_EINPUT);
    cr_assert_str_eq(err.message, "t.json:1:26: /k: found 1.5, expected a whole number");
    cr_assert_eq(bench_json_get_double(o, "b", true, &d, &err), BENCH_EINPUT);
    cr_assert_str_eq(err.message, "t.json:1:36: /b: found true, expected a number");
}

Test(json_readers, members_of_what_is_no_object)
{
    const char *s;
    cr_assert_eq(bench_json_get_string(parse("[1]"), "s", false, &s, &err), BENCH_EINPUT);
    cr_assert_str_eq(err.message, "t.json:1:1: found an array, expected an object");
}

Test(json_readers, unknown_and_duplicate_keys_are_refused)
{
    static const char *const keys[] = {"shape", "dtype", NULL};
    cr_assert_eq(bench_json_expect_keys(parse("{\"$schema\": 1, \"dtype\": 2}"), keys, &err), 0);
    bench_json_free(doc);
    cr_assert_eq(bench_json_expect_keys(parse("{\"dtpye\": 2}"), keys, &err), BENCH_EINPUT);
    cr_assert_str_eq(err.message, "t.json:1:11: /dtpye: unknown key 'dtpye'; did you mean "
                                  "'dtype'? Known: shape, dtype");
    bench_json_free(doc);
    cr_assert_eq(bench_json_expect_keys(parse("{\"dtype\": 2}"), keys + 2, &err), BENCH_EINPUT);
    cr_assert_str_eq(err.message, "t.json:1:11: /dtype: unknown key 'dtype'. Known: none");
    bench_json_free(doc);
    cr_assert_eq(bench_json_expect_keys(parse("{\"dtype\": 2,\n\"dtype\": 3}"), keys, &err),
                 BENCH_EINPUT);
    cr_assert_str_eq(err.message,
                     "t.json:2:10: /dtype: the key 'dtype' is there twice; remove one");
}
