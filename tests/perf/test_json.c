#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/perf/json.h"
#include "bench/util/mem.h"
#include "bench/util/str.h"

static struct bench_err err;

static struct bench_json_doc *parse(const char *text)
{
    struct bench_json_doc *doc = NULL;
    cr_assert_eq(bench_json_parse("t.json", text, strlen(text), &doc, &err), 0, "%s", err.message);
    return doc;
}

static void refuse(const char *text, const char *message)
{
    struct bench_json_doc *doc = NULL;
    cr_assert_eq(bench_json_parse("t.json", text, strlen(text), &doc, &err), BENCH_EINPUT, "%s",
                 text);
    cr_assert_str_eq(err.message, message);
}

Test(json, reads_every_kind_of_value_in_order)
{
    struct bench_json_doc *doc =
        parse("{\"s\": \"a\\u00e9\\ud83d\\ude00\\n\", \"n\": -1.5e2, \"t\": true, \"f\": false, "
              "\"z\": null, \"a\": [1, [], {}]}");
    const struct bench_json *v = bench_json_first(bench_json_root(doc));
    cr_assert_str_eq(bench_json_key(v), "s");
    cr_assert_str_eq(bench_json_string(v), "a\xc3\xa9\xf0\x9f\x98\x80\n");
    v = bench_json_next(v);
    cr_assert_eq(bench_json_number(v), -150);
    v = bench_json_next(v);
    cr_assert(bench_json_bool(v));
    v = bench_json_next(v);
    cr_assert_not(bench_json_bool(v));
    v = bench_json_next(v);
    cr_assert_eq(bench_json_type(v), BENCH_JSON_NULL);
    v = bench_json_next(v);
    cr_assert_eq(bench_json_size(v), 3);
    cr_assert_eq(bench_json_type(bench_json_at(v, 2)), BENCH_JSON_OBJECT);
    cr_assert_null(bench_json_at(v, 3));
    cr_assert_null(bench_json_key(bench_json_first(v)));
    cr_assert_null(bench_json_next(v));
    bench_json_free(doc);
    bench_json_free(NULL);
}

Test(json, a_value_says_where_it_stands)
{
    struct bench_json_doc *doc = parse("{\n  \"a/b~\": [10,\n    {\"x\": 3}]\n}");
    const struct bench_json *list = bench_json_get(bench_json_root(doc), "a/b~");
    const struct bench_json *x = bench_json_get(bench_json_at(list, 1), "x");
    char *pointer = bench_json_pointer(x);
    cr_assert_str_eq(pointer, "/a~1b~0/1/x");
    free(pointer);
    size_t line;
    size_t column;
    bench_json_place(x, &line, &column);
    cr_assert_eq(line, 3);
    cr_assert_eq(column, 11);
    cr_assert_eq(bench_json_error(x, &err, "found %d", 3), BENCH_EINPUT);
    cr_assert_str_eq(err.message, "t.json:3:11: /a~1b~0/1/x: found 3");
    bench_json_error(bench_json_root(doc), &err, "bad");
    cr_assert_str_eq(err.message, "t.json:1:1: bad");
    bench_json_free(doc);
}

Test(json, places_are_right_in_a_long_text)
{
    struct bench_str text;
    bench_str_init(&text);
    bench_str_add(&text, "[");
    for (int i = 0; i < 40000; i++)
        bench_str_addf(&text, "%s\n  %d", i ? "," : "", i);
    bench_str_add(&text, "]");
    struct bench_json_doc *doc = parse(text.data);
    size_t expected = 2;
    for (const struct bench_json *v = bench_json_first(bench_json_root(doc)); v;
         v = bench_json_next(v)) {
        size_t line;
        size_t column;
        bench_json_place(v, &line, &column);
        cr_assert_eq(line, expected);
        cr_assert_eq(column, 3);
        expected++;
    }
    cr_assert_eq(expected, 40002);
    bench_json_free(doc);
    bench_str_fini(&text);
}

Test(json, duplicate_keys_are_kept)
{
    struct bench_json_doc *doc = parse("{\"a\": 1, \"a\": 2}");
    cr_assert_eq(bench_json_size(bench_json_root(doc)), 2);
    cr_assert_eq(bench_json_number(bench_json_get(bench_json_root(doc), "a")), 1);
    cr_assert_eq(bench_json_number(bench_json_at(bench_json_root(doc), 1)), 2);
    bench_json_free(doc);
}

Test(json, a_byte_order_mark_is_accepted)
{
    struct bench_json_doc *doc = parse("\xef\xbb\xbf[7]");
    size_t line;
    size_t column;
    bench_json_place(bench_json_first(bench_json_root(doc)), &line, &column);
    cr_assert_eq(column, 2);
    bench_json_free(doc);
}

Test(json, what_is_no_json_is_refused_at_its_place)
{
    refuse("", "t.json:1:1: not valid JSON: it is empty");
    refuse(" \n", "t.json:1:1: not valid JSON: it is empty");
    refuse("[1,\n 2", "t.json:2:3: not valid JSON: the text ends here, expected ',' or ']'");
    refuse("[1,]", "t.json:1:4: not valid JSON: there is a comma before this, but nothing follows "
                   "it");
    refuse("{\"a\" 1}", "t.json:1:6: not valid JSON: found '1', expected ':' after the key");
    refuse("{a: 1}", "t.json:1:2: not valid JSON: found 'a', expected a key in double quotes");
    refuse("{} x", "t.json:1:4: not valid JSON: found 'x', expected the end of the text");
    refuse("[1 2]", "t.json:1:4: not valid JSON: found '2', expected ',' or ']'");
    refuse("]", "t.json:1:1: not valid JSON: found ']', expected a value");
    refuse("[}", "t.json:1:2: not valid JSON: found '}', expected a value");
    refuse("\"abc", "t.json:1:1: not valid JSON: this string has no end");
    refuse("['a']", "t.json:1:2: not valid JSON: strings are written in double quotes");
    refuse("[1, // no\n2]", "t.json:1:5: not valid JSON: JSON has no comments");
    refuse("\"a\nb\"", "t.json:1:3: not valid JSON: a control character in a string must be "
                       "escaped (a line break is \\n)");
    refuse("\"\\x\"",
           "t.json:1:2: not valid JSON: unknown escape in a string (a backslash is \\\\)");
    refuse("\"\\u12g4\"", "t.json:1:2: not valid JSON: \\u needs four hexadecimal digits");
    refuse("\"\\u0000\"", "t.json:1:2: not valid JSON: \\u0000 is not supported in a string");
    refuse("\"\\ud800\"", "t.json:1:2: not valid JSON: half of a surrogate pair stands alone");
    refuse("\"\\udc00\"", "t.json:1:2: not valid JSON: half of a surrogate pair stands alone");
    refuse("\"\xff\"", "t.json:1:2: not valid JSON: this is no UTF-8; save the file as UTF-8");
    refuse("\"\xc0\x80\"", "t.json:1:2: not valid JSON: this is no UTF-8; save the file as UTF-8");
    refuse("tru", "t.json:1:1: not valid JSON: found 't', expected a value");
}

Test(json, numbers_are_strict)
{
    static const char nan[] =
        "t.json:1:2: not valid JSON: NaN and Infinity are no JSON numbers; write null, or leave it "
        "out";
    refuse("[NaN]", nan);
    refuse("[Infinity]", nan);
    refuse("[-Infinity]", nan);
    refuse("[01]", "t.json:1:2: not valid JSON: a number must not begin with 0");
    refuse("[-]", "t.json:1:3: not valid JSON: found ']', expected a digit");
    refuse("[1.]", "t.json:1:4: not valid JSON: found ']', expected a digit after the point");
    refuse("[1e]", "t.json:1:4: not valid JSON: found ']', expected a digit in the exponent");
    refuse("[+1]", "t.json:1:2: not valid JSON: found '+', expected a value");
    refuse("[.5]", "t.json:1:2: not valid JSON: found '.', expected a value");
    refuse("[1e999]", "t.json:1:2: /0: the number is too large (at most 1.797e308)");
}

Test(json, depth_is_limited_but_generous)
{
    struct bench_str text;
    bench_str_init(&text);
    for (int i = 0; i < 200; i++)
        bench_str_addc(&text, '[');
    for (int i = 0; i < 200; i++)
        bench_str_addc(&text, ']');
    bench_json_free(parse(text.data));
    bench_str_clear(&text);
    for (int i = 0; i < 201; i++)
        bench_str_addc(&text, '[');
    refuse(text.data, "t.json:1:201: not valid JSON: it is nested deeper than 200 levels");
    bench_str_fini(&text);
}

Test(json, a_hundred_megabytes_of_brackets_get_one_message)
{
    size_t size = 100u << 20;
    char *text = bench_xmalloc(size);
    memset(text, '[', size);
    struct bench_json_doc *doc;
    cr_assert_eq(bench_json_parse("t.json", text, size, &doc, &err), BENCH_EINPUT);
    cr_assert_str_eq(err.message,
                     "t.json:1:201: not valid JSON: it is nested deeper than 200 levels");
    free(text);
}

Test(json, integers_are_told_from_other_numbers)
{
    struct bench_json_doc *doc =
        parse("[3, -0, 9007199254740991, 9007199254740993, 1.5, 2.0, \"3\", true]");
    const struct bench_json *root = bench_json_root(doc);
    int64_t n;
    cr_assert(bench_json_is_int(bench_json_at(root, 0), &n) && n == 3);
    cr_assert(bench_json_is_int(bench_json_at(root, 1), &n) && n == 0);
    cr_assert(bench_json_is_int(bench_json_at(root, 2), &n) && n == 9007199254740991);
    cr_assert_not(bench_json_is_int(bench_json_at(root, 3), &n));
    cr_assert_not(bench_json_is_int(bench_json_at(root, 4), &n));
    cr_assert(bench_json_is_int(bench_json_at(root, 5), &n) && n == 2);
    cr_assert_not(bench_json_is_int(bench_json_at(root, 6), &n));
    cr_assert_not(bench_json_is_int(bench_json_at(root, 7), &n));
    bench_json_free(doc);
}

Test(json, a_missing_file_is_not_found)
{
    struct bench_json_doc *doc;
    cr_assert_eq(bench_json_read("/no/such.json", 0, &doc, &err), BENCH_ENOTFOUND);
    cr_assert_str_eq(err.message, "/no/such.json: no such file");
}

static bool parses(const char *text, size_t length, bool nonfinite)
{
    struct bench_json_doc *doc;
    const struct bench_json_part part = {.nonfinite = nonfinite};
    /* Without a byte to spare, so that a sanitizer sees every read beyond. */
    char *copy = malloc(length + 1);
    memcpy(copy, text, length);
    copy[length] = '\0';
    int rc = bench_json_take("f", copy, length, &part, &doc, &err);
    if (rc == 0)
        bench_json_free(doc);
    else
        cr_assert_eq(strncmp(err.message, "f:", 2), 0, "%s", err.message);
    return rc == 0;
}

/* A document is over only at its last byte; whatever stands in the place of any byte, reading ends
 * with a value or with a place. */
Test(json, every_cut_and_every_changed_byte_is_survived)
{
    static const char text[] =
        "\xef\xbb\xbf{\"a\\u00e9\\n\": [1, -2.5e3, true, null, \"\xc3\xa9\"],"
        "\r\n \"b\": {\"c\": [[], {}, \"\\ud83d\\ude00\"], \"d\": 0}}";
    static const char others[] = "\0\"\\{}[],:0-.eNtu\n\x80\xff";
    const size_t length = sizeof(text) - 1;
    cr_assert(parses(text, length, false));
    for (size_t n = 0; n < length; n++)
        cr_expect(!parses(text, n, true), "the first %zu bytes", n);
    for (size_t n = 0; n < length; n++) {
        char changed[sizeof(text)];
        for (size_t k = 0; k < sizeof(others); k++) {
            memcpy(changed, text, sizeof(text));
            changed[n] = others[k];
            parses(changed, length, k % 2);
        }
    }
}

Test(json, brackets_without_end_are_refused_at_once)
{
    const size_t length = (size_t)100 << 20;
    char *text = malloc(length + 1);
    memset(text, '[', length);
    text[length] = '\0';
    struct bench_json_doc *doc;
    cr_assert_eq(bench_json_take("f", text, length, &(struct bench_json_part){0}, &doc, &err),
                 BENCH_EINPUT);
    cr_assert_str_eq(err.message, "f:1:201: not valid JSON: it is nested deeper than 200 levels");
}

Test(json, nan_and_infinity_are_kept_if_asked_for)
{
    static const char text[] = "[NaN, -Infinity, {\"a\": inf}, 1]";
    struct bench_json_doc *doc;
    const struct bench_json_part part = {.line = 3, .column = 8, .nonfinite = true};
    cr_assert_neq(bench_json_parse("f", text, sizeof(text) - 1, &doc, &err), 0);
    cr_assert_eq(bench_json_parse_part("f", text, sizeof(text) - 1, &part, &doc, &err), 0, "%s",
                 err.message);
    cr_assert_eq(bench_json_nonfinite_count(doc), 3);
    cr_assert(isnan(bench_json_number(bench_json_nonfinite(doc, 0))));
    cr_assert_eq(bench_json_number(bench_json_nonfinite(doc, 1)), -INFINITY);
    cr_assert_eq(bench_json_number(bench_json_nonfinite(doc, 2)), INFINITY);
    size_t line, column;
    bench_json_place(bench_json_nonfinite(doc, 2), &line, &column);
    cr_assert_eq(line, 3);
    cr_assert_eq(column, 31);
    bench_json_free(doc);
}

/* The pointer of each of many elements costs no walk from the first. */
Test(json, pointers_of_many_elements_are_right_in_any_order)
{
    struct bench_str text;
    bench_str_init(&text);
    bench_str_add(&text, "{\"x\": [");
    for (int i = 0; i < 20000; i++)
        bench_str_addf(&text, "%s{\"t\": %d}", i ? "," : "", i);
    bench_str_add(&text, "]}");
    struct bench_json_doc *doc;
    cr_assert_eq(bench_json_parse("f", text.data, text.len, &doc, &err), 0);
    const struct bench_json *array = bench_json_get(bench_json_root(doc), "x");
    static const size_t places[] = {0, 19999, 5, 6, 4, 10000, 9999, 0};
    for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
        char *pointer = bench_json_pointer(bench_json_get(bench_json_at(array, places[i]), "t"));
        char want[40];
        snprintf(want, sizeof(want), "/x/%zu/t", places[i]);
        cr_expect_str_eq(pointer, want);
        free(pointer);
    }
    bench_json_free(doc);
    bench_str_fini(&text);
}
