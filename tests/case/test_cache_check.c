/* What the four times of the cache check say, and that a GPU passes it. */
#include <criterion/criterion.h>
#include <string.h>

#include "bench/case/cache_check.h"
#include "case_fixture.h"

static struct bench_cache_check judge(double hot, double flushed, double evicted,
                                      double after_writes)
{
    struct bench_cache_check check = {.hot_ns = hot,
                                      .flushed_ns = flushed,
                                      .evicted_ns = evicted,
                                      .after_writes_ns = after_writes};
    bench_cache_check_judge(&check);
    cr_expect(check.checked);
    return check;
}

Test(cache_check, a_flush_that_works_has_nothing_to_say)
{
    struct bench_cache_check c = judge(5200, 8100, 8000, 8150);
    cr_expect(c.evicts);
    cr_expect(c.clean);
    cr_expect_str_empty(c.why);
}

Test(cache_check, a_flush_that_leaves_data_is_seen)
{
    struct bench_cache_check nothing = judge(5200, 5250, 8000, 5250);
    struct bench_cache_check half = judge(5200, 6600, 8000, 6600);
    struct bench_cache_check most = judge(5200, 7500, 8000, 7500);
    cr_expect_not(nothing.evicts);
    cr_expect_not(half.evicts);
    cr_expect_not(most.evicts);
    cr_expect(half.clean);
    cr_expect_not_null(strstr(half.why, "6600"), "%s", half.why);
    cr_expect_not_null(strstr(half.why, "8000"), "%s", half.why);
}

Test(cache_check, dirty_lines_are_seen)
{
    struct bench_cache_check c = judge(5200, 8000, 8000, 8800);
    cr_expect(c.evicts);
    cr_expect_not(c.clean);
    cr_expect_not_null(strstr(c.why, "8800"), "%s", c.why);
}

/* Then a flush that does nothing would pass, and the check says that it knows no better. */
Test(cache_check, a_cache_that_makes_no_difference_is_said_to)
{
    struct bench_cache_check c = judge(7900, 8000, 8000, 8000);
    cr_expect(c.evicts);
    cr_expect_not_null(strstr(c.why, "too alike"), "%s", c.why);
}

Test(cache_check, both_faults_fit_the_message)
{
    struct bench_cache_check c = judge(123456789, 123456790, 323456789, 423456789);
    cr_expect_not_null(strstr(c.why, "hot"), "%s", c.why);
    cr_expect_not_null(strstr(c.why, "without writes"), "%s", c.why);
}

static struct bench_cache_check check(const char *device)
{
    struct case_fixture f;
    struct bench_cache_check found;
    struct bench_err err = {0};
    fixture_open(&f, device);
    cr_assert_eq(bench_cache_check(&f.s, &found, &err), 0, "%s", err.message);
    fixture_close(&f);
    return found;
}

Test(cache_check, devices_without_a_cache_of_their_own_are_not_checked)
{
    cr_expect_not(check("null").checked);
    cr_expect_not(check("cpu").checked);
}

Test(cache_check, holds_on_a_gpu)
{
    struct bench_cache_check c = check("cuda");
    cr_log_info("hot %.0f flushed %.0f evicted %.0f after writes %.0f", c.hot_ns, c.flushed_ns,
                c.evicted_ns, c.after_writes_ns);
    cr_expect(c.checked);
    cr_expect(c.evicts, "%s", c.why);
    cr_expect(c.clean, "%s", c.why);
    cr_expect_lt(c.hot_ns, c.evicted_ns);
}

static void expect_same(const struct bench_cache_check *a, const struct bench_cache_check *b)
{
    cr_expect_eq(a->checked, b->checked);
    cr_expect_eq(a->hot_ns, b->hot_ns);
    cr_expect_eq(a->flushed_ns, b->flushed_ns);
    cr_expect_eq(a->evicted_ns, b->evicted_ns);
    cr_expect_eq(a->after_writes_ns, b->after_writes_ns);
    cr_expect_eq(a->evicts, b->evicts);
    cr_expect_eq(a->clean, b->clean);
    cr_expect_str_eq(a->why, b->why);
}

Test(cache_check, survives_json)
{
    const struct bench_cache_check written[] = {judge(5200, 6600, 8000, 9000), {0}};
    for (int i = 0; i < 2; i++) {
        struct bench_cache_check read;
        struct bench_json_doc *doc = NULL;
        struct bench_json_writer w;
        struct bench_str text;
        struct bench_err err = {0};
        bench_str_init(&text);
        bench_json_writer_init(&w, &text, BENCH_JSON_PRETTY);
        bench_json_open_object(&w);
        bench_cache_check_write(&written[i], "cache_check", &w);
        bench_json_close_object(&w);
        cr_assert_eq(bench_json_parse("text", text.data, text.len, &doc, &err), 0, "%s",
                     err.message);
        cr_assert_eq(bench_cache_check_read(bench_json_root(doc), "cache_check", &read, &err), 0,
                     "%s", err.message);
        expect_same(&written[i], &read);
        bench_json_free(doc);
        bench_str_fini(&text);
    }
}
