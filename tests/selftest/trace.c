/* Events against CUPTI: what is concluded from times, and that the kernels run. */
#include "bench/selftest/trace.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "bench/selftest/suite_run.h"

static struct trace_results results;
static struct trace_point points[TRACE_MOST_POINTS];
static size_t count;
static struct bench_selftest_report report;

/* Events take 2,200 ns more than CUPTI says; stream_scalar of more than 1000 blocks is slower when
 * traced by `per_block` ns a block. The processes' floors differ as they may, which is no
 * difference of the kernels. */
static void make_times(double per_block)
{
    const struct bench_floor floor = {.empty_ns = 3050,
                                      .own_ns = 1650,
                                      .floor_ns = 1400,
                                      .low_ns = 1390,
                                      .high_ns = 3060,
                                      .resolution_ns = 32};
    count = trace_points(points);
    results.plain.floor = results.again.floor = results.traced.floor = floor;
    results.again.floor.floor_ns -= 250;
    results.again.floor.own_ns += 250;
    results.again.floor.low_ns -= 250;
    for (size_t i = 0; i < count; i++) {
        bool slow = points[i].kernel == TRACE_STREAM_SCALAR && points[i].blocks > 1000;
        double own = 850 + (double)points[i].size * 0.01 + points[i].blocks * 0.4;
        double slower = slow ? points[i].blocks * per_block : 0;
        results.plain.elapsed_ns[i] = own + 2200;
        results.again.elapsed_ns[i] = own + 2200;
        results.traced.elapsed_ns[i] = own + slower + 2200;
        results.traced.duration_ns[i] = own + slower;
        results.plain.spread_ns[i] = results.again.spread_ns[i] = i % 2 ? 192 : 208;
    }
    bench_selftest_report_init(&report);
}

static void end(void)
{
    bench_selftest_report_fini(&report);
}

TestSuite(trace, .fini = end);

static void expect(size_t line, enum bench_selftest_verdict verdict, const char *part)
{
    const struct bench_selftest_line *l = &report.lines[line];
    cr_assert_lt(line, report.count);
    cr_expect_eq(l->verdict, verdict, "%s: %s", l->name, l->reason);
    cr_expect(strstr(l->measured, part) != NULL || strstr(l->reason, part) != NULL,
              "expected '%s' in '%s' or '%s'", part, l->measured, l->reason);
}

static size_t find(enum trace_kernel kernel, uint32_t blocks, int64_t size)
{
    size_t i = 0;
    while (i < count &&
           (points[i].kernel != kernel || points[i].blocks != blocks || points[i].size != size))
        i++;
    cr_assert_lt(i, count, "there is no such point");
    return i;
}

Test(trace, without_disturbance_all_is_well)
{
    make_times(0);
    selftest_trace_report(&results, &report);
    cr_assert_eq(report.count, 2);
    expect(0, BENCH_SELFTEST_PASS, "2200 to 2200 ns");
    expect(1, BENCH_SELFTEST_PASS, "no kernel by more than 1 % or 305 ns");
    cr_assert_null(strstr(report.lines[1].table, "disturbed"));
    cr_assert_not_null(strstr(report.lines[1].values, "\"trusted_blocks\":null"));
}

Test(trace, disturbance_is_told_by_kernel_and_fails_nothing)
{
    make_times(0.07);
    selftest_trace_report(&results, &report);
    expect(0, BENCH_SELFTEST_PASS, "2200 to 2200 ns");
    /* 0.07 of 2.96 ns a block (0.4, and 256 elements) are 2.4 %, and 305 ns are 4,296 blocks. */
    expect(1, BENCH_SELFTEST_PASS,
           "stream_scalar from 16384 blocks on, by +2.3 to +2.4 %; not selftest_empty, passes, "
           "stream_vector");
    const char *table = report.lines[1].table;
    cr_expect_not_null(strstr(table, "stream_scalar  (moves 4 bytes a thread): up to 4096 blocks; "
                                     "from 16384 on 4 of 7 shapes change"),
                       "%s", table);
    cr_expect_not_null(strstr(table, "(does nothing): up to 1048576 blocks, all that"), "%s",
                       table);
    cr_expect_not_null(strstr(table, "not the number of blocks alone"), "%s", table);
}

/* Medians of an H100 (80 GB HBM3, driver 580.159.04, CUPTI 13.0), 31 rounds: events untraced,
 * traced, untraced again, and CUPTI. */
static const double h100_ns[][4] = {
    {3200, 3168, 2912, 864},          {6144, 6112, 6048, 3744},
    {10432, 10432, 10304, 8000},      {17440, 17440, 17440, 15072},
    {31584, 31584, 31488, 29216},     {74080, 73952, 73952, 71618},
    {286144, 286144, 286048, 283750}, {1417504, 1417440, 1417408, 1415100},
    {3232, 3360, 3232, 960},          {3680, 3712, 3552, 1408},
    {5504, 5600, 5536, 3264},         {12960, 12960, 12800, 10656},
    {42400, 42528, 42432, 40193},     {160672, 160704, 160544, 158371},
    {633440, 633600, 633440, 631308}, {3968, 3840, 3776, 1537},
    {4352, 4224, 4128, 1888},         {6240, 6528, 6208, 4224},
    {14176, 15296, 14048, 12992},     {55104, 59552, 55488, 57313},
    {221728, 237248, 221696, 234884}, {888032, 949088, 887968, 946771},
    {4128, 4064, 4096, 1792},         {5952, 5792, 5856, 3456},
    {11904, 11744, 11872, 9441},      {42208, 42304, 42240, 39937},
    {175040, 174720, 175072, 172547}, {705440, 704832, 705440, 702510},
};

Test(trace, what_an_h100_does)
{
    make_times(0);
    cr_assert_eq(count, sizeof h100_ns / sizeof *h100_ns);
    results.plain.floor.low_ns = 1069;
    results.plain.floor.high_ns = 3018;
    for (size_t i = 0; i < count; i++) {
        results.plain.elapsed_ns[i] = h100_ns[i][0];
        results.traced.elapsed_ns[i] = h100_ns[i][1];
        results.again.elapsed_ns[i] = h100_ns[i][2];
        results.traced.duration_ns[i] = h100_ns[i][3];
    }
    selftest_trace_report(&results, &report);
    expect(0, BENCH_SELFTEST_PASS, "ns over kernels of few blocks");
    expect(1, BENCH_SELFTEST_PASS, "stream_scalar from 4096 blocks on, by +6.9 to +");
    expect(1, BENCH_SELFTEST_PASS, "; not selftest_empty, passes, stream_vector");
}

/* Medians move by one step, 200 ns, from process to process. */
Test(trace, a_step_is_no_disturbance)
{
    make_times(0);
    for (size_t i = 0; i < count; i++) {
        results.again.elapsed_ns[i] += i % 3 == 0 ? 190 : 0;
        results.traced.elapsed_ns[i] += i % 2 == 0 ? 190 : 0;
    }
    selftest_trace_report(&results, &report);
    expect(0, BENCH_SELFTEST_PASS, "ns over kernels of few blocks");
    expect(1, BENCH_SELFTEST_PASS, "no kernel by more than 1 %");
}

/* However noisy the samples are, the limits stay. */
Test(trace, noise_does_not_widen_the_limits)
{
    make_times(0);
    for (size_t i = 0; i < count; i++)
        results.plain.spread_ns[i] = results.again.spread_ns[i] = 5000;
    results.again.elapsed_ns[0] += 400;
    selftest_trace_report(&results, &report);
    expect(1, BENCH_SELFTEST_FAIL, "two processes without tracing differ by 400 ns");
}

Test(trace, a_difference_outside_the_floor_fails)
{
    make_times(0);
    results.traced.duration_ns[find(TRACE_PASSES, 64, 2000)] -= 1200;
    selftest_trace_report(&results, &report);
    expect(0, BENCH_SELFTEST_FAIL, "passes of 64 blocks and size 2000");
}

Test(trace, tracing_that_disturbs_few_blocks_fails)
{
    make_times(0);
    results.traced.elapsed_ns[find(TRACE_PASSES, 64, 100000)] += 400;
    selftest_trace_report(&results, &report);
    expect(1, BENCH_SELFTEST_FAIL, "passes of 64 blocks and size 100000 takes +400 ns when traced");
}

Test(trace, untraced_processes_that_differ_show_nothing)
{
    make_times(0);
    results.again.elapsed_ns[count - 1] *= 1.05;
    selftest_trace_report(&results, &report);
    expect(1, BENCH_SELFTEST_FAIL, "two processes without tracing differ");
}

Test(trace, points_that_did_not_fit_are_left_out)
{
    make_times(0);
    results.plain.elapsed_ns[count - 1] = 0;
    selftest_trace_report(&results, &report);
    expect(1, BENCH_SELFTEST_PASS, "no kernel by more than 1 %");
    cr_assert_null(strstr(report.lines[1].values, "nan"));
}

Test(trace, the_kernels_run_without_cupti)
{
    struct trace_result result = {.device = "cpu", .most_blocks = 64, .most_steps = 500};
    char *folder = NULL;
    struct bench_err err = {0};
    cr_assert_eq(selftest_folder("kernels", &folder, &err), BENCH_OK, "%s", err.message);
    result.kernels = folder;
    cr_assert_eq(trace_main(&result, &err), BENCH_OK, "%s", err.message);
    count = trace_points(points);
    for (size_t i = 0; i < count; i++) {
        bool wanted =
            points[i].blocks <= 64 && (points[i].kernel != TRACE_PASSES || points[i].size <= 500);
        cr_expect_eq(result.elapsed_ns[i] > 0, wanted, "point %zu", i);
        cr_expect_eq(result.duration_ns[i], 0);
    }
    free(folder);
    bench_selftest_report_init(&report);
}
