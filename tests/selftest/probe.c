/* What is made of calibrations of the floor. */
#include "bench/selftest/probe.h"

#include <criterion/criterion.h>
#include <string.h>

static struct selftest_probe probe;
static struct bench_selftest_report report;

/* Two calibrations of one process and one each of two workers, as on an H100. */
static void begin(void)
{
    const struct bench_floor floor = {.empty_ns = 3085,
                                      .own_ns = 1882,
                                      .floor_ns = 1203,
                                      .low_ns = 1162,
                                      .high_ns = 3092,
                                      .resolution_ns = 32,
                                      .rounds = 200};
    probe.own_count = 2;
    probe.own[0] = probe.own[1] = floor;
    probe.own[1].floor_ns += 1;
    struct bench_floor other = floor;
    other.empty_ns = 2959;
    other.floor_ns = 1288;
    selftest_probe_add_floor(&probe, &other);
    selftest_probe_add_floor(&probe, &floor);
    bench_selftest_report_init(&report);
    strcpy(report.device.kind, "cuda");
    report.device.computes = true;
}

static void end(void)
{
    bench_selftest_report_fini(&report);
}

TestSuite(probe, .init = begin, .fini = end);

static const struct bench_selftest_line *floor_line(void)
{
    selftest_probe_report(&probe, NULL, &report);
    cr_assert_gt(report.count, 0);
    cr_assert_str_eq(report.lines[0].name, "floor");
    return &report.lines[0];
}

Test(probe, calibrations_of_one_process_agree_closely_and_those_of_others_loosely)
{
    const struct bench_selftest_line *line = floor_line();
    cr_expect_eq(line->verdict, BENCH_SELFTEST_PASS, "%s", line->reason);
    cr_expect_not_null(strstr(line->measured, "1 ns apart in one process, 126 ns over 3 processes"),
                       "%s", line->measured);
    cr_expect_not_null(strstr(line->limit, "77 ns in one process"), "%s", line->limit);
    cr_expect_not_null(strstr(line->limit, "308 ns (10 %) between processes"), "%s", line->limit);
    cr_expect_not_null(strstr(line->values, "\"process\":2"), "%s", line->values);
}

Test(probe, a_process_that_is_not_of_one_mind_fails)
{
    probe.own[1].floor_ns += 80;
    const struct bench_selftest_line *line = floor_line();
    cr_expect_eq(line->verdict, BENCH_SELFTEST_FAIL);
    cr_expect_not_null(strstr(line->reason, "not the same twice"), "%s", line->reason);
}

Test(probe, processes_that_are_far_apart_fail)
{
    probe.others[0].empty_ns -= 200;
    const struct bench_selftest_line *line = floor_line();
    cr_expect_eq(line->verdict, BENCH_SELFTEST_FAIL);
    cr_expect_not_null(strstr(line->reason, "processes differ"), "%s", line->reason);
}

Test(probe, a_calibration_of_nothing_is_left_out)
{
    const struct bench_floor none = {0};
    selftest_probe_add_floor(&probe, &none);
    cr_expect_eq(probe.other_count, 2);
}

Test(probe, what_was_not_measured_fails_with_its_reason)
{
    probe.own_count = 0;
    selftest_probe_report(&probe, "it died", &report);
    cr_expect_eq(report.lines[0].verdict, BENCH_SELFTEST_FAIL);
    cr_expect_not_null(strstr(report.lines[0].reason, "it died"));
}
