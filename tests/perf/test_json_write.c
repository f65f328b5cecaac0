#include <criterion/criterion.h>
#include <float.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/perf/json.h"
#include "bench/util/rng.h"

static void write_sample(struct bench_str *out, enum bench_json_style style)
{
    struct bench_json_writer w;
    bench_json_writer_init(&w, out, style);
    bench_json_open_object(&w);
    bench_json_put_key(&w, "shape");
    bench_json_open_array(&w);
    bench_json_put_int(&w, 2);
    bench_json_put_double(&w, 3);
    bench_json_close_array(&w);
    bench_json_put_key(&w, "list");
    bench_json_open_array(&w);
    bench_json_open_object(&w);
    bench_json_put_key_string(&w, "s", "a\"\\\n\x01\x7f\xc3\xa9\xf0\x9f\x98\x80");
    bench_json_close_object(&w);
    bench_json_close_array(&w);
    bench_json_put_key(&w, "empty");
    bench_json_open_object(&w);
    bench_json_close_object(&w);
    bench_json_put_key(&w, "none");
    bench_json_open_array(&w);
    bench_json_close_array(&w);
    bench_json_put_key_string(&w, "null", NULL);
    bench_json_put_key_bool(&w, "b", true);
    bench_json_put_key_int(&w, "i", -5);
    bench_json_put_key_double(&w, "d", 0.25);
    bench_json_close_object(&w);
}

static void assert_style(enum bench_json_style style, const char *expected)
{
    struct bench_str out;
    bench_str_init(&out);
    write_sample(&out, style);
    cr_assert_str_eq(out.data, expected);
    bench_str_fini(&out);
}

Test(json_write, compact_is_one_line)
{
    assert_style(BENCH_JSON_COMPACT,
                 "{\"shape\":[2,3],\"list\":[{\"s\":\"a\\\"\\\\\\n\\u0001\x7f\xc3\xa9"
                 "\xf0\x9f\x98\x80\"}],\"empty\":{},\"none\":[],\"null\":null,\"b\":true,"
                 "\"i\":-5,\"d\":0.25}");
}

Test(json_write, pretty_keeps_plain_arrays_on_a_line)
{
    assert_style(BENCH_JSON_PRETTY,
                 "{\n  \"shape\": [2, 3],\n  \"list\": [\n    {\n      \"s\": "
                 "\"a\\\"\\\\\\n\\u0001\x7f\xc3\xa9\xf0\x9f\x98\x80\"\n    }\n  ],\n  \"empty\": "
                 "{},\n  \"none\": [],\n  \"null\": null,\n  \"b\": true,\n  \"i\": -5,\n  "
                 "\"d\": 0.25\n}");
}

/* What python3 -c 'import json; print(json.dumps({...}, indent=2))' prints for the same. */
Test(json_write, python_is_as_python_writes_it)
{
    assert_style(BENCH_JSON_PYTHON,
                 "{\n  \"shape\": [\n    2,\n    3.0\n  ],\n  \"list\": [\n    {\n      \"s\": "
                 "\"a\\\"\\\\\\n\\u0001\\u007f\\u00e9\\ud83d\\ude00\"\n    }\n  ],\n  \"empty\": "
                 "{},\n  \"none\": [],\n  \"null\": null,\n  \"b\": true,\n  \"i\": -5,\n  "
                 "\"d\": 0.25\n}");
}

static void assert_double(double v, enum bench_json_style style, const char *expected)
{
    struct bench_str out;
    bench_str_init(&out);
    struct bench_json_writer w;
    bench_json_writer_init(&w, &out, style);
    bench_json_put_double(&w, v);
    cr_assert_str_eq(out.data, expected);
    cr_assert_eq(strtod(out.data, NULL), v);
    bench_str_fini(&out);
}

Test(json_write, doubles_have_the_fewest_digits_that_read_back)
{
    assert_double(0.1, BENCH_JSON_COMPACT, "0.1");
    assert_double(0.1 + 0.2, BENCH_JSON_COMPACT, "0.30000000000000004");
    assert_double(1.0 / 3, BENCH_JSON_COMPACT, "0.3333333333333333");
    assert_double(100, BENCH_JSON_COMPACT, "100");
    assert_double(100, BENCH_JSON_PYTHON, "100.0");
    assert_double(-0.0, BENCH_JSON_PYTHON, "-0.0");
    assert_double(0.0001, BENCH_JSON_PYTHON, "0.0001");
    assert_double(0.00001, BENCH_JSON_PYTHON, "1e-05");
    assert_double(123456789012345680.0, BENCH_JSON_PYTHON, "1.2345678901234568e+17");
    assert_double(1e16, BENCH_JSON_PYTHON, "1e+16");
    assert_double(9999999999999998, BENCH_JSON_PYTHON, "9999999999999998.0");
    assert_double(DBL_MAX, BENCH_JSON_PYTHON, "1.7976931348623157e+308");
    assert_double(5e-324, BENCH_JSON_PYTHON, "5e-324");
    /* A power of two whose shortest form is not its nearest decimal of that length. */
    assert_double(0x1p-1017, BENCH_JSON_PYTHON, "7.120236347223045e-307");
    assert_double(12.5, BENCH_JSON_PRETTY, "12.5");
}

Test(json_write, an_object_on_one_line_has_all_on_it)
{
    struct bench_str out;
    struct bench_json_writer w;
    bench_str_init(&out);
    bench_json_writer_init(&w, &out, BENCH_JSON_PRETTY);
    bench_json_open_array(&w);
    for (int i = 0; i < 2; i++) {
        bench_json_open_object_line(&w);
        bench_json_put_plain_key(&w, "a", 1);
        bench_json_open_array(&w);
        bench_json_put_int(&w, INT64_MIN);
        bench_json_open_object(&w);
        bench_json_put_key_int(&w, "b", 0);
        bench_json_close_object(&w);
        bench_json_close_array(&w);
        bench_json_put_key_int(&w, "c", 100);
        bench_json_close_object(&w);
    }
    bench_json_close_array(&w);
    cr_assert_str_eq(out.data, "[\n  {\"a\": [-9223372036854775808, {\"b\": 0}], \"c\": 100},\n"
                               "  {\"a\": [-9223372036854775808, {\"b\": 0}], \"c\": 100}\n]");
    bench_str_fini(&out);
}

/* 200,000 numbers of all sizes: they read back, no shorter decimal does, and of those as short none
 * is nearer (which is what the system's rounding to as many digits gives). */
Test(json_write, no_decimal_is_shorter_or_nearer)
{
    struct bench_rng rng;
    struct bench_str out;
    bench_rng_init(&rng, 3);
    bench_str_init(&out);
    for (int i = 0; i < 200000; i++) {
        double v = exp(30 * bench_rng_double(&rng) - 15);
        if (i % 4 == 1)
            v = (double)bench_rng_below(&rng, 100000000) / 1e6 + 1e-6; /* as people write */
        if (i % 4 == 2)
            v = v / (1 + bench_rng_double(&rng));
        if (i % 16 == 3)
            v = ldexp(v, (int)bench_rng_below(&rng, 1800) - 900);
        bench_str_clear(&out);
        struct bench_json_writer w;
        bench_json_writer_init(&w, &out, BENCH_JSON_COMPACT);
        bench_json_put_double(&w, v);
        cr_assert_eq(strtod(out.data, NULL), v, "%s is not %.17g", out.data, v);

        char digits[32] = "", nearest[32], shorter[32];
        int n = 0;
        for (const char *p = out.data; *p && *p != 'e'; p++)
            if (*p >= '0' && *p <= '9' && (n || *p != '0'))
                digits[n++] = *p;
        while (n > 1 && digits[n - 1] == '0')
            n--;
        snprintf(nearest, sizeof nearest, "%.*e", n - 1, v);
        if (n > 1)
            memmove(nearest + 1, nearest + 2, strlen(nearest + 1));
        cr_assert_eq(strncmp(digits, nearest, (size_t)n), 0, "%s is not the nearest to %.17g",
                     out.data, v);
        snprintf(shorter, sizeof shorter, "%.*e", n > 1 ? n - 2 : 0, v);
        cr_assert(n == 1 || strtod(shorter, NULL) != v, "%s would do for %s", shorter, out.data);
    }
    bench_str_fini(&out);
}

Test(json_write, a_nan_is_a_programming_error, .signal = SIGABRT)
{
    struct bench_str out;
    bench_str_init(&out);
    struct bench_json_writer w;
    bench_json_writer_init(&w, &out, BENCH_JSON_COMPACT);
    bench_json_put_double(&w, NAN);
}

Test(json_write, a_value_is_copied_digit_for_digit)
{
    static const char text[] = "{\"a\":[1,2.50,1E3,9007199254740993],\"b\":{\"c\":null}}";
    struct bench_json_doc *doc;
    struct bench_err err;
    cr_assert_eq(bench_json_parse("t", text, strlen(text), &doc, &err), 0);
    struct bench_str out;
    bench_str_init(&out);
    struct bench_json_writer w;
    bench_json_writer_init(&w, &out, BENCH_JSON_COMPACT);
    bench_json_put_value(&w, bench_json_root(doc));
    cr_assert_str_eq(out.data, text);
    bench_str_fini(&out);
    bench_json_free(doc);
}

Test(json_write, text_that_is_no_utf8_becomes_valid)
{
    struct bench_str out;
    bench_str_init(&out);
    struct bench_json_writer w;
    bench_json_writer_init(&w, &out, BENCH_JSON_COMPACT);
    bench_json_put_string(&w, "a\xff\xe2z\xe2\x82");
    cr_assert_str_eq(out.data, "\"a\xef\xbf\xbd\xef\xbf\xbdz\xef\xbf\xbd\xef\xbf\xbd\"");
    bench_str_fini(&out);
}
