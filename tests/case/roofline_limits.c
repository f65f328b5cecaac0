/* The least time of a case, from rates that make it easy to tell. */
#include <criterion/criterion.h>
#include <math.h>

#include "bench/case/roofline.h"

/* 1 TB/s = 1,000 bytes a ns; 1 Tflop/s = 1,000 operations a ns. */
static const double tera = 1e12;

static struct bench_roofline roofline;
static struct bench_device_info info;
static struct bench_operator op;
static struct bench_tensor output;
static struct bench_case c;

static void setup(void)
{
    roofline = (struct bench_roofline){
        .known = true,
        .read_bytes_s = 2 * tera,
        .write_bytes_s = 1 * tera,
        .copy_bytes_s = 1.5 * tera,
        .l2_read_bytes_s = 10 * tera,
        .fp64_flops = 30 * tera,
        .fp32_flops = 60 * tera,
        .fp16_flops = 120 * tera,
        .fp64_tensor_flops = 50 * tera,
        .tf32_tensor_flops = 300 * tera,
        .fp16_tensor_flops = 900 * tera,
        .bf16_tensor_flops = 900 * tera,
        .int8_tensor_flops = 2000 * tera,
    };
    info = (struct bench_device_info){.kind = "cuda", .l2_bytes = 1000000};
    op = (struct bench_operator){.name = "op", .output_count = 1};
    output = (struct bench_tensor){.name = "out"};
    c = (struct bench_case){.op = &op, .dtype = BENCH_FLOAT32, .outputs = &output};
}

TestSuite(roofline_limits, .init = setup);

/* The case moves `bytes`, of these `out` into its output. */
static double least_ns(double bytes, size_t out, double flops, bool hot, const char **bound)
{
    output.bytes = out;
    c.bytes = bytes;
    c.flops = flops;
    return bench_roofline_case_ns(&roofline, &info, &c, hot, bound);
}

static void expect_ns(double bytes, size_t out, bool hot, double expected_ns)
{
    const char *bound;
    cr_expect_float_eq(least_ns(bytes, out, 0, hot, &bound), expected_ns, 1e-9 * expected_ns,
                       "%g bytes, %zu of them written: %.15g ns, expected %.15g", bytes, out,
                       least_ns(bytes, out, 0, hot, &bound), expected_ns);
    cr_expect_str_eq(bound, expected_ns > 0 ? "memory" : "");
}

Test(roofline_limits, cold_reads_come_from_memory)
{
    expect_ns(4e6, 0, false, 2000); /* 4 MB at 2,000 bytes a ns */
}

Test(roofline_limits, outputs_that_the_cache_can_keep_cost_nothing)
{
    expect_ns(4e6 + 1e6, 1000000, false, 2000);
    expect_ns(1e6, 1000000, false, 0);
}

Test(roofline_limits, outputs_beyond_the_cache_are_written)
{
    expect_ns(5e6, 5000000, false, 4000); /* all but 1 MB, at 1,000 bytes a ns */
}

Test(roofline_limits, reads_and_writes_share_the_memory)
{
    /* 4 MB read in 2,000 ns and 3 MB written in 3,000; together at most 2,000 bytes a ns */
    expect_ns(8e6, 4000000, false, 3500);
}

Test(roofline_limits, the_fastest_direction_limits_both_together)
{
    roofline.copy_bytes_s = 3.5 * tera;
    expect_ns(8e6, 4000000, false, 3000); /* 7 MB in 2,000 ns: the writes take longer */
}

Test(roofline_limits, hot_reads_come_from_the_cache_as_far_as_they_fit)
{
    expect_ns(0.5e6, 0, true, 50); /* all of it at 10,000 bytes a ns */
    expect_ns(4e6, 0, true, 1500); /* all but 1 MB from memory */
    expect_ns(4e6 + 1e6, 1000000, true, 1500);
}

Test(roofline_limits, an_operator_that_reads_only_a_part_needs_no_more_than_its_bytes)
{
    /* An embedding: a table of a gigabyte among its inputs, 2 MB of it read, 2 MB written. */
    static struct bench_tensor table = {.name = "weight", .bytes = 1000000000};
    op.input_count = 1;
    c.inputs = &table;
    expect_ns(4e6, 2000000, false, 1500); /* 2 MB read, 1 MB written, at 2,000 bytes a ns */
}

Test(roofline_limits, a_part_of_the_output_may_be_all_that_is_written)
{
    expect_ns(3e6, 800000000, false, 2000); /* 2 MB beyond the cache, not 799 */
}

Test(roofline_limits, no_cache_keeps_nothing)
{
    info.l2_bytes = 0;
    expect_ns(1e6, 1000000, false, 1000);
}

static void expect_rate(enum bench_dtype dtype, double expected_flops)
{
    const char *bound;
    c.dtype = dtype;
    double flops = 1e12, ns = least_ns(0, 0, flops, false, &bound);
    double expected_ns = expected_flops > 0 ? flops / expected_flops * 1e9 : 0;
    cr_expect_float_eq(ns, expected_ns, 1e-9 * expected_ns, "%s: %.15g ns, expected %.15g",
                       bench_dtype_name(dtype), ns, expected_ns);
    cr_expect_str_eq(bound, expected_ns > 0 ? "compute" : "");
}

Test(roofline_limits, each_dtype_has_the_fastest_unit_that_could_serve_it)
{
    expect_rate(BENCH_FLOAT32, 300 * tera); /* tf32 may be allowed */
    expect_rate(BENCH_FLOAT16, 900 * tera);
    expect_rate(BENCH_BFLOAT16, 900 * tera);
    expect_rate(BENCH_FLOAT64, 200 * tera); /* put together from ten products of int8 */
    expect_rate(BENCH_INT8, 2000 * tera);
    expect_rate(BENCH_INT64, 2000 * tera);
    expect_rate(BENCH_BOOL, 2000 * tera);
}

Test(roofline_limits, a_unit_that_is_not_there_leaves_the_next_best)
{
    roofline.fp64_tensor_flops = roofline.tf32_tensor_flops = roofline.fp16_tensor_flops =
        roofline.bf16_tensor_flops = roofline.int8_tensor_flops = 0;
    expect_rate(BENCH_FLOAT32, 60 * tera);
    expect_rate(BENCH_FLOAT16, 120 * tera);
    expect_rate(BENCH_FLOAT64, 30 * tera);
    expect_rate(BENCH_INT32, 0);
}

Test(roofline_limits, a_rate_that_is_not_known_limits_nothing)
{
    roofline.tf32_tensor_flops = roofline.int8_tensor_flops = INFINITY;
    roofline.fp16_tensor_flops = roofline.l2_read_bytes_s = INFINITY;
    expect_rate(BENCH_FLOAT32, 0);
    expect_rate(BENCH_FLOAT16, 0);
    expect_rate(BENCH_FLOAT64, 0);
    expect_rate(BENCH_INT8, 0);
    c.dtype = BENCH_FLOAT32;
    expect_ns(0.5e6, 0, true, 0);
    expect_ns(4e6, 0, false, 2000);
}

Test(roofline_limits, the_longer_of_memory_and_compute_counts)
{
    const char *bound;
    cr_expect_float_eq(least_ns(4e6, 0, 300e6, false, &bound), 2000, 1e-6);
    cr_expect_str_eq(bound, "memory");
    cr_expect_float_eq(least_ns(4e6, 0, 900e6, false, &bound), 3000, 1e-6);
    cr_expect_str_eq(bound, "compute");
}

Test(roofline_limits, an_exempt_operator_has_none)
{
    const char *bound = "?";
    op.roofline_exempt = "a view";
    cr_expect_eq(least_ns(4e6, 0, 900e6, false, &bound), 0);
    cr_expect_str_eq(bound, "");
}

Test(roofline_limits, nothing_known_is_no_limit)
{
    const char *bound = "?";
    roofline = (struct bench_roofline){.known = false};
    cr_expect_eq(least_ns(4e6, 0, 900e6, false, &bound), 0);
    cr_expect_str_eq(bound, "");
}
