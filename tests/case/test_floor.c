/* What timing itself costs: sane on every device, and the same after a round trip through JSON. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "bench/case/floor.h"
#include "case_fixture.h"
#include "cpu_patched.h"

static struct bench_floor measure(const char *device, enum bench_mode mode,
                                  enum bench_cache_mode cache)
{
    struct case_fixture f;
    struct bench_floor floor;
    struct bench_err err = {0};
    fixture_open(&f, device);
    bool gated = mode == BENCH_MODE_KERNEL && f.s.info->gates;
    cr_assert_eq(bench_floor_measure(&f.s, mode, cache, gated, &floor, &err), 0, "%s", err.message);
    fixture_close(&f);
    return floor;
}

static void expect_sane(const struct bench_floor *f)
{
    cr_expect_geq(f->rounds, 20);
    cr_expect_gt(f->empty_ns, 0);
    cr_expect_float_eq(f->floor_ns, fmax(0, f->empty_ns - f->own_ns), 1e-6);
    cr_expect_geq(f->low_ns, 0);
    cr_expect_leq(f->low_ns, f->floor_ns);
    cr_expect_leq(f->floor_ns, f->empty_ns);
    cr_expect_geq(f->high_ns, f->empty_ns);
    cr_expect_geq(f->resolution_ns, 0);
    cr_log_info("empty %.1f own %.1f floor %.1f range %.1f to %.1f step %.1f, %zu rounds",
                f->empty_ns, f->own_ns, f->floor_ns, f->low_ns, f->high_ns, f->resolution_ns,
                f->rounds);
}

Test(floor, is_a_range_around_the_estimate)
{
    struct bench_floor hot = measure("cpu", BENCH_MODE_KERNEL, BENCH_CACHE_HOT);
    expect_sane(&hot);
    struct bench_floor cold = measure("cpu", BENCH_MODE_KERNEL, BENCH_CACHE_COLD);
    expect_sane(&cold);
}

/* Known times: an event pair that costs 1421 ns, kernels that take 1650, a clock of 32 ns steps. */
static struct bench_floor measure_known(double noise_ns, int rising, enum bench_cache_mode cache)
{
    struct case_fixture f;
    struct bench_floor floor;
    struct bench_err err = {0};
    const struct cpu_times times = {
        .pair_ns = 1421, .kernel_ns = 1650, .noise_ns = noise_ns, .step_ns = 32, .rising = rising};
    fixture_open(&f, "cpu");
    cpu_patched_times(f.s.device, &times);
    cr_assert_eq(bench_floor_measure(&f.s, BENCH_MODE_KERNEL, cache, false, &floor, &err), 0, "%s",
                 err.message);
    fixture_close(&f);
    expect_sane(&floor);
    return floor;
}

Test(floor, finds_what_is_known)
{
    struct bench_floor f = measure_known(0, 0, BENCH_CACHE_COLD);
    cr_expect_eq(f.rounds, 200);
    cr_expect_eq(f.resolution_ns, 32);
    cr_expect_float_eq(f.empty_ns, 1421 + 1650, 6);
    cr_expect_float_eq(f.own_ns, 1650, 1);
    cr_expect_float_eq(f.floor_ns, 1421, 6);
    cr_expect(f.low_ns <= 1421 && f.low_ns > 1421 - 20, "%.1f", f.low_ns);
    cr_expect(f.high_ns >= 3071 && f.high_ns < 3071 + 20, "%.1f", f.high_ns);
}

/* With the 20th reading the clock has all of its frequency, which is later than the least warm-up
 * ends. Samples from before would show kernels that take longer. */
Test(floor, waits_for_the_clock_to_be_steady)
{
    struct bench_floor f = measure_known(0, 20, BENCH_CACHE_COLD);
    cr_expect_float_eq(f.own_ns, 1650, 1, "%.1f", f.own_ns);
    cr_expect(f.high_ns < 3071 + 20, "%.1f", f.high_ns);
}

Test(floor, is_of_the_caches_that_samples_find)
{
    measure_known(0, 0, BENCH_CACHE_HOT);
    cr_expect_eq(cpu_patched_flushes(), 0);
    measure_known(0, 0, BENCH_CACHE_COLD);
    cr_expect_gt(cpu_patched_flushes(), 2 * 200, "one before each sample");
}

/* Noise adds to every launch, the empty kernels' own: 0.67 standard deviations in the median. */
Test(floor, is_less_certain_the_more_noise_there_is)
{
    struct bench_floor quiet = measure_known(0, 0, BENCH_CACHE_COLD),
                       noisy = measure_known(300, 0, BENCH_CACHE_COLD);
    cr_expect_gt(noisy.floor_ns - noisy.low_ns, quiet.floor_ns - quiet.low_ns);
    cr_expect_gt(noisy.high_ns - noisy.empty_ns, quiet.high_ns - quiet.empty_ns);
    cr_expect_gt(noisy.high_ns, 3071);
}

/* An idle wait and the clock cost far less than a launch: nothing of a launch is taken off a call
 * as its user feels it. */
Test(floor, of_a_whole_call_is_the_timing_s_own_part_alone)
{
    struct bench_floor f = measure("cpu", BENCH_MODE_OPERATOR, BENCH_CACHE_HOT);
    expect_sane(&f);
    cr_expect_eq(f.own_ns, 0);
    cr_expect_eq(f.floor_ns, f.empty_ns);
}

Test(floor, is_nothing_where_nothing_is_computed)
{
    struct bench_floor f = measure("null:2200", BENCH_MODE_KERNEL, BENCH_CACHE_HOT);
    const struct bench_floor nothing = {0};
    cr_expect_eq(memcmp(&f, &nothing, sizeof f), 0);
}

/* 0.5 us to 10 us: the bounds tell working from not working. */
Test(floor, of_a_gpu_is_a_few_microseconds)
{
    struct bench_floor kernel = measure("cuda", BENCH_MODE_KERNEL, BENCH_CACHE_HOT);
    struct bench_floor call = measure("cuda", BENCH_MODE_OPERATOR, BENCH_CACHE_HOT);
    expect_sane(&kernel);
    expect_sane(&call);
    cr_expect(kernel.empty_ns > 500 && kernel.empty_ns < 10000, "%.0f ns", kernel.empty_ns);
    cr_expect_gt(kernel.own_ns, 0);
    cr_expect_gt(kernel.floor_ns, 0);
    cr_expect_lt(kernel.high_ns - kernel.empty_ns, 0.1 * kernel.empty_ns);
    cr_expect_lt(kernel.floor_ns - kernel.low_ns, 0.1 * kernel.empty_ns);
    cr_expect(kernel.resolution_ns >= 1 && kernel.resolution_ns < 1000, "%.1f ns",
              kernel.resolution_ns);
    cr_expect_lt(call.floor_ns, 20000);
}

/* ---- in JSON ---- */

static struct bench_json_doc *parse(const char *text)
{
    struct bench_json_doc *doc = NULL;
    struct bench_err err = {0};
    cr_assert_eq(bench_json_parse("text", text, strlen(text), &doc, &err), 0, "%s", err.message);
    return doc;
}

Test(floor, survives_json)
{
    const struct bench_floor floor = {.empty_ns = 3072.5,
                                      .own_ns = 1651.25,
                                      .floor_ns = 1421.25,
                                      .low_ns = 1410.125,
                                      .high_ns = 3080,
                                      .resolution_ns = 32,
                                      .rounds = 200};
    struct bench_floor read;
    struct bench_str text;
    struct bench_json_writer w;
    struct bench_err err = {0};
    bench_str_init(&text);
    bench_json_writer_init(&w, &text, BENCH_JSON_COMPACT);
    bench_json_open_object(&w);
    bench_floor_write(&floor, "gated", &w);
    bench_json_close_object(&w);
    struct bench_json_doc *doc = parse(text.data);
    cr_assert_eq(bench_floor_read(bench_json_root(doc), "gated", &read, &err), 0, "%s",
                 err.message);
    cr_expect_eq(read.empty_ns, floor.empty_ns);
    cr_expect_eq(read.own_ns, floor.own_ns);
    cr_expect_eq(read.floor_ns, floor.floor_ns);
    cr_expect_eq(read.low_ns, floor.low_ns);
    cr_expect_eq(read.high_ns, floor.high_ns);
    cr_expect_eq(read.resolution_ns, floor.resolution_ns);
    cr_expect_eq(read.rounds, floor.rounds);
    bench_json_free(doc);
    bench_str_fini(&text);
}

Test(floor, of_an_older_run_ranges_from_the_floor_to_an_empty_kernel)
{
    struct bench_json_doc *doc =
        parse("{\"gated\":{\"empty_ns\":3072,\"own_ns\":1650,\"floor_ns\":1422}}");
    struct bench_floor floor;
    struct bench_err err = {0};
    cr_assert_eq(bench_floor_read(bench_json_root(doc), "gated", &floor, &err), 0, "%s",
                 err.message);
    cr_expect_eq(floor.low_ns, 1422);
    cr_expect_eq(floor.high_ns, 3072);
    cr_expect_eq(floor.resolution_ns, 0);
    cr_expect_eq(floor.rounds, 0);
    cr_expect_eq(bench_floor_read(bench_json_root(doc), "ungated", &floor, &err), BENCH_EINPUT);
    bench_json_free(doc);
}
