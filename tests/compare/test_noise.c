/* Drifts that are known, recorded runs of the same kernels, and whole simulated comparisons. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../cli/support.h"
#include "../perf/compare/simulate.h"
#include "bench/compare/compare.h"
#include "bench/util/file.h"
#include "bench/util/mem.h"
#include "bench/util/rng.h"

TestSuite(noise, .init = cli_enter_folder, .fini = cli_leave_folder, .timeout = 480);

/* Two processes of A and one of B, 60 kernels of 3 us to 1 ms, a tenth of them off by 20 %. */
Test(noise, drifts_are_found_whatever_a_few_kernels_do)
{
    static const double ns[] = {100, -50, 130}, share[] = {0.001, 0, -0.002};
    struct bench_drift_time times[180];
    struct bench_noise noise;
    struct bench_drift drift;
    struct bench_rng rng;
    size_t count = 0;
    bench_noise_of("cuda", &noise);
    bench_rng_init(&rng, 7);
    for (size_t i = 0; i < 60; i++)
        for (size_t p = 0; p < 3; p++) {
            double t = 3000 * exp((double)i / 60 * log(300));
            double e = sqrt(bench_noise_variance(&noise, t)) * bench_rng_normal(&rng);
            double off = i % 10 == 3 && p == 2 ? 0.2 : 0;
            times[count++] =
                (struct bench_drift_time){i, p, log(t) + share[p] + ns[p] / t + e + off};
        }
    bench_drift_fit(&noise, times, count, 60, 2, 1, &drift);
    cr_expect_eq(drift.items, 60);
    cr_expect_lt(drift.scale, 1.5);
    for (size_t p = 1; p < 3; p++) {
        double found = drift.delta_ns[p] - drift.delta_ns[0];
        double at_10_us = bench_drift_at(&drift, p, 1e-4) - bench_drift_at(&drift, 0, 1e-4);
        cr_expect_float_eq(found, ns[p] - ns[0], 40, "%zu: %g ns", p, found);
        cr_expect_float_eq(at_10_us, share[p] - share[0] + (ns[p] - ns[0]) / 1e4, 0.003);
        cr_expect_lt(sqrt(bench_drift_variance(&drift, p, 1e-4)), 0.002);
    }
    bench_drift_fini(&drift);
}

Test(noise, without_unchanged_kernels_a_drift_is_as_uncertain_as_drifts_are)
{
    struct bench_noise noise;
    struct bench_drift drift;
    bench_noise_of("cuda", &noise);
    bench_drift_fit(&noise, NULL, 0, 0, 1, 1, &drift);
    cr_expect_eq(drift.items, 0);
    cr_expect_eq(drift.scale, 1);
    cr_expect_eq(bench_drift_at(&drift, 1, 1e-4), 0);
    cr_expect_float_eq(sqrt(bench_drift_variance(&drift, 1, 1e-3)), hypot(0.1, 0.003), 1e-9);
    bench_drift_fini(&drift);
}

/* Kernels that did not change and yet differ by more than is usual widen all intervals. */
Test(noise, noise_that_is_larger_than_usual_is_seen)
{
    struct bench_drift_time times[200];
    struct bench_noise noise;
    struct bench_drift drift;
    struct bench_rng rng;
    bench_noise_of("cuda", &noise);
    bench_rng_init(&rng, 8);
    for (size_t i = 0; i < 200; i++) {
        double t = 20000 * (1 + (double)(i / 2));
        double e = 5 * sqrt(bench_noise_variance(&noise, t)) * bench_rng_normal(&rng);
        times[i] = (struct bench_drift_time){i / 2, i % 2, log(t) + e};
    }
    bench_drift_fit(&noise, times, 200, 100, 1, 1, &drift);
    cr_expect(drift.scale > 3.5 && drift.scale < 6.5, "%g", drift.scale);
    bench_drift_fini(&drift);
}

static struct compare_recording *recording(void)
{
    struct compare_recording *r = NULL;
    struct bench_err err = {0};
    const char *resources = getenv("BENCH_TEST_RESOURCES");
    cr_assert_not_null(resources, "BENCH_TEST_RESOURCES is not set; run the tests with ctest");
    char *path = bench_path_join(resources, "compare/recorded.json");
    cr_assert_eq(compare_recording_read(path, &r, &err), 0, "%s", err.message);
    free(path);
    return r;
}

static struct compare_tally simulate(const struct compare_plan *plan, long count)
{
    struct compare_tally tally = {0};
    struct bench_err err = {0};
    struct compare_recording *r = recording();
    cr_assert_eq(compare_simulate(r, plan, 1, 0, 1, count, "scratch.json", &tally, &err), 0, "%s",
                 err.message);
    compare_recording_free(r);
    return tally;
}

/* docs/compare.md has ten thousand of each: at most 0.3 % alarm. Of 60, where one in a hundred
 * alarms, four or more would in one of 300; the seed is fixed. */
Test(noise, equal_code_hardly_ever_alarms)
{
    for (int noise = 0; noise < COMPARE_NOISES; noise++)
        for (size_t processes = 1; processes <= 4; processes += 3) {
            const struct compare_plan plan = {
                .noise = (enum compare_noise)noise, .operators = 7, .processes = processes};
            struct compare_tally t = simulate(&plan, 30);
            cr_expect_eq(t.comparisons, 30);
            cr_expect_leq(t.alarms, 2, "%s, %zu processes: %ld alarms",
                          compare_noise_name(plan.noise), processes, t.alarms);
            cr_expect_gt(t.cases_seen, 5000);
        }
}

Test(noise, an_operator_that_is_slower_by_3_percent_is_found)
{
    const struct compare_plan plan = {.operators = 7, .processes = 3, .slower = 0.03};
    struct compare_tally t = simulate(&plan, 28);
    cr_expect_geq(t.found, 26, "%ld of %ld", t.found, t.comparisons);
    cr_expect_eq(t.missed, 0);
    cr_expect_leq(t.alarms, 2);
}

/* ---- two fresh recordings of 1,000 equal kernels on an H100 ---- */

/* Cases of a selftest's A/A line as performance data: `path` of docs/measurements. */
static void convert(const char *path, const char *out)
{
    struct bench_json_doc *doc = NULL;
    struct bench_err err = {0};
    struct bench_str text;
    cr_assert_eq(bench_json_read(path, 0, &doc, &err), 0, "%s", err.message);
    bench_str_init(&text);
    const char *before = "";
    const struct bench_json *lines = bench_json_get(bench_json_root(doc), "lines");
    bench_str_add(
        &text,
        "{\"aa\": {\"device_kind\": \"cuda\", \"baseline_unavailable\": \"none\", \"configs\": [");
    for (const struct bench_json *l = bench_json_first(lines); l; l = bench_json_next(l)) {
        if (strcmp(bench_json_string(bench_json_get(l, "name")), "A/A decisions") != 0)
            continue;
        const struct bench_json *cases =
            bench_json_get(bench_json_get(l, "values"), "cases_measured");
        for (const struct bench_json *c = bench_json_first(cases); c; c = bench_json_next(c)) {
            double ms = bench_json_number(bench_json_get(c, "time_ns")) * 1e-6;
            double ratio = bench_json_number(bench_json_get(c, "estimate"));
            bench_str_addf(&text,
                           "%s{\"shape\": [1], \"dtype\": \"float32\", \"params\": \"%s\","
                           "\"your_time\": %.12g,"
                           "\"implementation\": \"same\", \"reference_implementation\": \"same\","
                           "\"stats\": {\"candidate\": {\"median_ms\": %.12g, \"rounds\": 32,"
                           "\"q25_ms\": %.12g, \"q75_ms\": %.12g},"
                           "\"reference\": {\"median_ms\": %.12g, \"rounds\": 32}}}",
                           before, bench_json_string(bench_json_get(c, "case")), ms, ms, ms, ms,
                           ms * ratio);
            before = ",";
        }
    }
    bench_str_add(&text, "]}}");
    cli_write(out, text.data);
    bench_str_fini(&text);
    bench_json_free(doc);
}

static struct bench_outcome *outcome(const char *path)
{
    struct bench_outcome *o = NULL;
    struct bench_err err = {0};
    cr_assert_eq(bench_outcome_load(path, 0, &o, &err), 0, "%s", err.message);
    return o;
}

Test(noise, two_recordings_of_equal_kernels_differ_in_nothing)
{
    const char *home = getenv("BENCH_HOME");
    char *folder = bench_xprintf("%s/docs/measurements/2026-11-22-h100-truth", home ? home : ".");
    if (!bench_file_is_dir(folder)) {
        free(folder);
        cr_skip_test("the recordings of docs/measurements are not installed here");
    }
    char *one = bench_path_join(folder, "aa-1.json"), *two = bench_path_join(folder, "aa-2.json");
    struct bench_comparison *c = NULL;
    struct bench_err err = {0};
    convert(one, "a.json");
    convert(two, "b.json");
    struct bench_outcome *a = outcome("a.json"), *b = outcome("b.json");
    cr_assert_eq(bench_compare(a, b, &bench_compare_defaults, &c, &err), 0, "%s", err.message);
    cr_expect_eq(c->fates[BENCH_FATE_OK], 1000);
    cr_expect_eq(c->drift.items, 1000);
    cr_expect_eq(c->verdicts[BENCH_VERDICT_SLOWER] + c->verdicts[BENCH_VERDICT_FASTER], 0);
    cr_expect_gt(c->verdicts[BENCH_VERDICT_SAME], 300);
    cr_expect_eq(c->regressions, 0, "%s", c->summary);
    cr_expect_eq(c->news_count, 0);
    bench_comparison_free(c);
    bench_outcome_free(a);
    bench_outcome_free(b);
    free(folder);
    free(one);
    free(two);
}
