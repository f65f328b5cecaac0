/* Scripted distributions: 100,000 draws against what is known of each. All is seeded: a test that
 * passes once passes always. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#include "bench/device/null/script.h"

enum { DRAWS = 100000 };
static double x[DRAWS];
static struct bench_script script;

static void parse(const char *text)
{
    struct bench_err err = {0};
    cr_assert_eq(bench_script_parse(text, &script, &err), 0, "%s", err.message);
}

static void draw(const char *text)
{
    struct bench_script_state state = {0};
    struct bench_rng rng;
    parse(text);
    bench_rng_init(&rng, 42);
    for (int i = 0; i < DRAWS; i++)
        x[i] = bench_script_draw(&script, &state, &rng);
}

static int ascending(const void *a, const void *b)
{
    double p = *(const double *)a, q = *(const double *)b;
    return p < q ? -1 : p > q;
}

static double quantile(double share)
{
    return x[(int)(share * (DRAWS - 1))]; /* of sorted draws */
}

static double mean(void)
{
    double sum = 0;
    for (int i = 0; i < DRAWS; i++)
        sum += x[i];
    return sum / DRAWS;
}

/* Correlation of the logarithms of draws that are `lag` apart. */
static double autocorrelation(const double *values, int count, int lag)
{
    double m = 0, covariance = 0, variance = 0;
    for (int i = 0; i < count; i++)
        m += log(values[i]) / count;
    for (int i = 0; i < count; i++)
        variance += (log(values[i]) - m) * (log(values[i]) - m);
    for (int i = 0; i + lag < count; i++)
        covariance += (log(values[i]) - m) * (log(values[i + lag]) - m);
    return covariance / variance;
}

/* Half of the draws lie below the median that the script states: 50,000 of 100,000 with a standard
 * deviation of 158, and of five times that (more for autocorrelated ones) the bound. */
Test(null_script, medians_are_true)
{
    static const struct {
        const char *text;
        double median; /* worked out by hand */
        int bound;
    } cases[] = {
        {"normal(1000, 50)", 1000, 800},
        {"lognormal(4000, 0.3)", 4000, 800},
        {"student(1000, 0.02, 3)", 1000, 800},
        {"student(1000, 0.5, 1)", 1000, 800},
        {"ar1(1000, 0.05, 0.9)", 1000, 3500}, /* as 1 / 19 of the draws */
        /* Where 0.5 / 0.95 of the short ones lie below: 10 * 0.0660118 over their mean. */
        {"spikes(1000, 10, 0.05, 3)", 1000.660118, 800},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        draw(cases[i].text);
        double median = bench_script_median(&script);
        cr_expect_float_eq(median, cases[i].median, 1e-5, "%s: %.9g", cases[i].text, median);
        int below = 0;
        for (int k = 0; k < DRAWS; k++)
            below += x[k] < median;
        cr_expect_lt(abs(below - DRAWS / 2), cases[i].bound, "%s: %d below", cases[i].text, below);
    }
}

Test(null_script, medians_of_what_has_only_few_values)
{
    parse("constant(1000)");
    cr_expect_float_eq(bench_script_median(&script), 1000, 0);
    parse("bimodal(1000, 1500, 0.2)");
    cr_expect_float_eq(bench_script_median(&script), 1000, 0);
    parse("bimodal(1000, 1500, 0.7)");
    cr_expect_float_eq(bench_script_median(&script), 1500, 0);
    parse("spikes(1000, 0, 0.1, 3)");
    cr_expect_float_eq(bench_script_median(&script), 1000, 1e-9);
    parse("spikes(1000, 0, 0.6, 3)");
    cr_expect_float_eq(bench_script_median(&script), 3000, 1e-9);
    parse("crash");
    cr_expect(isnan(bench_script_median(&script)));
}

Test(null_script, ar1_is_correlated_as_stated_and_stationary)
{
    draw("ar1(1000, 0.05, 0.9)");
    cr_expect_float_eq(autocorrelation(x, DRAWS, 1), 0.9, 0.01);
    cr_expect_float_eq(autocorrelation(x, DRAWS, 5), pow(0.9, 5), 0.03);
    cr_expect_float_eq(autocorrelation(x, DRAWS, 100), 0, 0.05);
    qsort(x, DRAWS, sizeof(*x), ascending);
    /* The logarithm's 84.134th percentile is one standard deviation above its median. */
    cr_expect_float_eq(log(quantile(0.84134) / 1000), 0.05, 0.003);
    draw("ar1(1000, 0.05, 0)");
    cr_expect_float_eq(autocorrelation(x, DRAWS, 1), 0, 0.02);
}

/* Drawn in turn from one generator, as the arms of a round are. */
Test(null_script, each_state_is_a_process_of_its_own)
{
    enum { N = DRAWS / 2 };
    struct bench_script_state one = {0}, other = {0};
    struct bench_rng rng;
    double covariance = 0;
    parse("ar1(1000, 0.01, 0.8)");
    bench_rng_init(&rng, 5);
    for (int i = 0; i < N; i++) {
        x[i] = bench_script_draw(&script, &one, &rng);
        x[N + i] = bench_script_draw(&script, &other, &rng);
        covariance += log(x[i] / 1000) * log(x[N + i] / 1000) / (0.01 * 0.01) / N;
    }
    cr_expect_float_eq(autocorrelation(x, N, 1), 0.8, 0.02);
    cr_expect_float_eq(autocorrelation(x + N, N, 1), 0.8, 0.02);
    cr_expect_float_eq(covariance, 0, 0.05);
}

/* Percentiles of Student's t: 3.182 (97.5 %, 3 degrees of freedom), 6.314 (95 %, 1 degree). */
Test(null_script, student_has_the_tails_of_students_t)
{
    draw("student(1000, 0.01, 3)");
    qsort(x, DRAWS, sizeof(*x), ascending);
    cr_expect_float_eq(log(quantile(0.975) / 1000) / 0.01, 3.182, 0.1);
    cr_expect_float_eq(log(quantile(0.025) / 1000) / 0.01, -3.182, 0.1);
    draw("student(1000, 0.01, 1)");
    qsort(x, DRAWS, sizeof(*x), ascending);
    cr_expect_float_eq(log(quantile(0.95) / 1000) / 0.01, 6.314, 0.3);
    cr_expect_float_eq(x[0], 1, 1e-9, "cut at a thousandth of the median");
    cr_expect_float_eq(x[DRAWS - 1], 1e6, 1e-3, "cut at a thousand times the median");
}

Test(null_script, spikes_are_rare_and_long)
{
    draw("spikes(1000, 10, 0.05, 3)");
    int spikes = 0;
    for (int i = 0; i < DRAWS; i++) {
        cr_assert(fabs(x[i] - 1000) < 60 || fabs(x[i] - 3000) < 180, "%g", x[i]);
        spikes += x[i] > 2000;
    }
    cr_expect_float_eq((double)spikes / DRAWS, 0.05, 0.004);
}

Test(null_script, a_quantised_clock_rounds)
{
    draw("constant(1009) quantised(32)"); /* 31.53 steps */
    cr_expect_float_eq(x[0], 1024, 0);
    draw("constant(1007) quantised(32)"); /* 31.47 steps */
    cr_expect_float_eq(x[0], 992, 0);
    draw("student(1000, 0.05, 3) quantised(32)");
    for (int i = 0; i < DRAWS; i++)
        cr_assert_float_eq(fmod(x[i], 32), 0, 0);
    qsort(x, DRAWS, sizeof(*x), ascending);
    cr_expect_float_eq(quantile(0.5), 992, 0);
}

Test(null_script, a_phased_clock_shows_either_step_and_keeps_the_mean)
{
    draw("constant(1000) phased(32)");
    cr_expect_float_eq(mean(), 1000, 0.5);
    for (int i = 0; i < DRAWS; i++)
        cr_assert(x[i] == 992 || x[i] == 1024, "%g", x[i]);
    draw("constant(1024) phased(32)"); /* whole steps: always the same */
    for (int i = 0; i < DRAWS; i++)
        cr_assert_float_eq(x[i], 1024, 0);
}
