/* What variants took: which lines count, and into which halves their rounds fall. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../cli/run_support.h"
#include "bench/outcome/tuning.h"
#include "bench/util/mem.h"
#include "bench/util/str.h"
#include "support.h"

#define JOURNAL "r/journal.jsonl"

static struct bench_str journal;

static void enter(void)
{
    cli_enter_folder();
    cr_assert_eq(mkdir("r", 0755), 0);
    bench_str_init(&journal);
}

static void leave(void)
{
    bench_str_fini(&journal);
    cli_leave_folder();
}

TestSuite(tuning, .init = enter, .fini = leave, .timeout = 300);

/* A line of case [`size`]; the floor of 100 ns is taken off. */
static void add_line(int size, int session, int process, const char *role, const char *status,
                     const char *tuned)
{
    bench_str_addf(&journal,
                   "{\"case\":%d,\"session\":%d,\"process\":%d,\"operator\":\"gelu\","
                   "\"dtype\":\"float32\",\"shape\":[%d],\"params\":{},\"roles\":[\"%s\"],"
                   "\"implementation\":\"fast\",\"status\":\"%s\",\"reason\":\"\","
                   "\"verified\":false,\"rounds\":1,\"floor_ns\":100,\"elapsed_ns\":[1100],"
                   "\"tuned\":%s,\"source_hash\":\"ab\"}\n",
                   size, session, process, size, role, status, tuned);
}

static struct bench_tunings *read_tunings(void)
{
    struct bench_tunings *t = NULL;
    struct bench_err err = {0};
    cli_write(JOURNAL, journal.data);
    cr_assert_eq(bench_tunings_read("r", &t, &err), 0, "%s", err.message);
    return t;
}

#define TWO                                                                                        \
    "[{\"label\":\"B=1\",\"variant\":{\"B\":1},\"median_ns\":1100,"                                \
    "\"elapsed_ns\":[1100,2100,1300,2300,1200]},"                                                  \
    "{\"label\":\"B=2\",\"variant\":{\"B\":2},\"median_ns\":600,"                                  \
    "\"elapsed_ns\":[600,700,600,700,600]}]"
#define MEDIANS                                                                                    \
    "[{\"label\":\"B=1\",\"variant\":{\"B\":1},\"median_ns\":1100},"                               \
    "{\"label\":\"B=2\",\"variant\":{\"B\":2},\"median_ns\":600}]"

Test(tuning, even_and_odd_rounds_are_its_halves)
{
    add_line(64, 0, 0, "candidate", "ok", TWO);
    struct bench_tunings *t = read_tunings();
    cr_assert_eq(t->count, 1);
    cr_expect_str_eq(t->items[0].op_name, "gelu");
    cr_expect_str_eq(t->items[0].implementation, "fast");
    cr_expect_str_eq(t->items[0].source_hash, "ab");
    cr_expect_eq(t->items[0].halves, 2);
    cr_assert_eq(t->items[0].variant_count, 2);
    cr_expect_str_eq(t->items[0].variants[1].label, "B=2");
    cr_expect_float_eq(t->items[0].variants[0].half_ns[0], 1100, 1e-9);
    cr_expect_float_eq(t->items[0].variants[0].half_ns[1], 2100, 1e-9);
    cr_expect_float_eq(t->items[0].variants[1].half_ns[0], 500, 1e-9);
    cr_expect_float_eq(t->items[0].variants[1].half_ns[1], 600, 1e-9);
    bench_tunings_free(t);
}

Test(tuning, journals_of_before_have_one_median)
{
    add_line(64, 0, 0, "candidate", "ok", MEDIANS);
    struct bench_tunings *t = read_tunings();
    cr_assert_eq(t->count, 1);
    cr_expect_eq(t->items[0].halves, 1);
    cr_expect_float_eq(t->items[0].variants[0].half_ns[0], 1000, 1e-9);
    bench_tunings_free(t);
}

Test(tuning, of_a_case_the_last_session_of_the_main_run_counts)
{
    add_line(64, 0, 0, "candidate", "ok", TWO);
    add_line(64, 0, 0, "reference", "ok", MEDIANS);
    add_line(64, 0, 1, "candidate", "ok", "[]");
    add_line(128, 0, 0, "candidate", "ok", TWO);
    add_line(64, 1, 0, "candidate", "ok", MEDIANS);
    add_line(128, 2, 0, "candidate", "wrong", "[]");
    add_line(256, 0, 0, "candidate", "ok", "[]");
    struct bench_tunings *t = read_tunings();
    cr_assert_eq(t->count, 1, "%zu", t->count);
    cr_expect_eq(t->items[0].halves, 1);
    bench_tunings_free(t);
}

/* Without its newline, and with one behind what is there of it. */
Test(tuning, a_torn_last_line_does_not_count)
{
    add_line(64, 0, 0, "candidate", "ok", TWO);
    bench_str_add(&journal, "{\"case\":4,\"torn");
    for (int end = 0; end < 2; end++) {
        struct bench_tunings *t = read_tunings();
        cr_assert_eq(t->count, 1, "%zu", t->count);
        bench_tunings_free(t);
        bench_str_addc(&journal, '\n');
    }
}

Test(tuning, a_packed_journal_says_the_same)
{
    const char *const argv[] = {"gzip", JOURNAL, NULL};
    struct bench_process_spec spec = {.argv = argv};
    struct bench_process_result result;
    struct bench_err err = {0};
    add_line(64, 0, 0, "candidate", "ok", TWO);
    bench_tunings_free(read_tunings());
    cr_assert_eq(bench_process_run(&spec, &result, &err), 0, "%s", err.message);
    cr_assert_eq(result.exit_code, 0, "%s", result.err);
    bench_process_result_fini(&result);
    struct bench_tunings *t = NULL;
    cr_assert_eq(bench_tunings_read("r", &t, &err), 0, "%s", err.message);
    cr_assert_eq(t->count, 1);
    cr_expect_float_eq(t->items[0].variants[0].half_ns[1], 2100, 1e-9);
    bench_tunings_free(t);
    cli_write(JOURNAL ".gz", "no gzip");
    cr_expect_eq(bench_tunings_read("r", &t, &err), BENCH_EINPUT);
    cli_expect_in(err.message, "journal.jsonl.gz: cannot be unpacked");
}

Test(tuning, there_may_be_none_and_damage_has_its_place)
{
    struct bench_tunings *t = NULL;
    struct bench_err err = {0};
    cr_assert_eq(bench_tunings_read("r", &t, &err), 0, "%s", err.message);
    cr_expect_eq(t->count, 0);
    bench_tunings_free(t);
    cr_assert_eq(bench_tunings_read(NULL, &t, &err), 0, "%s", err.message);
    cr_expect_eq(t->count, 0);
    bench_tunings_free(t);
    cli_write(JOURNAL, "{\"status\":\n{}\n");
    cr_expect_eq(bench_tunings_read("r", &t, &err), BENCH_EINPUT);
    cli_expect_in(err.message, "journal.jsonl:1:");
}
