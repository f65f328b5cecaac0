/* Kernels against themselves, and what lines about suites share. */
#include "bench/selftest/suite_lines.h"

#include <math.h>
#include <string.h>

#include "bench/measure/stats.h"

/* Nominal confidence of intervals, and how unlikely a selftest that fails by chance may be. */
#define CONFIDENCE 0.95
#define CHANCE 0.001
/* Ratios of a kernel against itself lie within these of 1, 95 % of them. */
#define LONG_NS 20e3
#define LONG_SPREAD 0.005
#define SHORT_NS 5e3
#define SHORT_SPREAD 0.015
/* Fewer ratios show no 95 % quantile. */
#define LEAST_FOR_SPREAD 10
/* A tensor of so many times the cache's size streams from memory. */
#define STREAM_CACHES 4

size_t selftest_misses_allowed(size_t count)
{
    double log_term = (double)count * log(CONFIDENCE), sum = exp(log_term);
    size_t k = 0;
    while (k < count && 1 - sum > CHANCE) {
        log_term += log((double)(count - k) / (double)(k + 1) * (1 - CONFIDENCE) / CONFIDENCE);
        sum += exp(log_term);
        k++;
    }
    return k;
}

void selftest_cases_report(struct bench_selftest_report *report, const char *name, size_t cases)
{
    struct bench_selftest_line *line = selftest_line(report, name);
    line->measured = selftest_text(
        report, "%zu of %zu were verified and measured; " SELFTEST_CPU_TIMES, cases, cases);
    line->limit = "all of them";
}

double selftest_stream_bytes_s(const struct selftest_suite_run *run)
{
    double best = 0, cache = (double)run->run.info.l2_bytes;
    struct selftest_case c;
    for (size_t i = 0; i < run->suite->case_count; i++)
        if (selftest_case_get(run, i, &c) && strcmp(c.plan->op->name, "stream") == 0 &&
            c.plan->bytes >= STREAM_CACHES * cache && c.time_ns > 0)
            best = fmax(best, (c.plan->bytes - cache) / (c.time_ns * 1e-9));
    return best;
}

/* ---- A/A ---- */

struct aa {
    size_t cases, missing; /* without a ratio */
    size_t apart;          /* decided to be faster or slower by the threshold */
    size_t holds, holds_stat;
    double *long_ratios, *short_ratios, *least_ratios; /* |ratio - 1|, by length of the kernel */
    size_t long_count, short_count, least_count;
    double worst;
};

static void take_case(const struct selftest_suite_run *run, const struct selftest_case *c,
                      struct aa *aa)
{
    const struct bench_ratio *r = &c->judgement->ratio;
    double threshold = run->judge.criteria[BENCH_RULE_SPEEDUP].threshold;
    /* The judge answers whether it is faster; slower is the same question upside down. */
    struct bench_criterion slower = {.threshold = 1 / threshold, .at_least = false};
    aa->apart += c->judgement->answer == BENCH_PASS ||
                 bench_decide(r, &slower, run->judge.noise_floor) == BENCH_PASS;
    aa->holds += r->low <= 1 && 1 <= r->high;
    aa->holds_stat += r->stat_low <= 1 && 1 <= r->stat_high;
    double off = fabs(r->estimate - 1);
    aa->worst = fmax(aa->worst, off);
    if (c->time_ns >= LONG_NS)
        aa->long_ratios[aa->long_count++] = off;
    else if (c->time_ns >= SHORT_NS)
        aa->short_ratios[aa->short_count++] = off;
    else
        aa->least_ratios[aa->least_count++] = off;
}

static void count_aa(const struct selftest_suite_run *run, struct bench_arena *arena, struct aa *aa)
{
    size_t bytes = (run->suite->case_count + 1) * sizeof(double);
    struct selftest_case c;
    *aa = (struct aa){.long_ratios = bench_arena_alloc(arena, bytes),
                      .short_ratios = bench_arena_alloc(arena, bytes),
                      .least_ratios = bench_arena_alloc(arena, bytes)};
    for (size_t i = 0; i < run->suite->case_count; i++) {
        if (selftest_case_get(run, i, &c))
            take_case(run, &c, aa);
        else
            aa->missing++;
    }
    aa->cases = run->suite->case_count - aa->missing;
}

static void put_cases(const struct selftest_suite_run *run, struct selftest_values *v)
{
    struct selftest_case c;
    bench_json_put_key(&v->writer, "cases_measured");
    bench_json_open_array(&v->writer);
    for (size_t i = 0; i < run->suite->case_count; i++)
        if (selftest_case_get(run, i, &c)) {
            selftest_case_open(&c, v);
            bench_json_close_object(&v->writer);
        }
    bench_json_close_array(&v->writer);
}

static void report_apart(const struct selftest_suite_run *run, const struct aa *aa,
                         struct bench_selftest_report *report)
{
    double threshold = run->judge.criteria[BENCH_RULE_SPEEDUP].threshold;
    struct bench_selftest_line *line = selftest_line(report, "A/A decisions");
    struct selftest_values v;
    line->measured = selftest_text(
        report, "%zu of %zu kernels are told apart from themselves by %.0f %%; worst ratio %.2f %%",
        aa->apart, aa->cases, (threshold - 1) * 100, aa->worst * 100);
    line->limit = "none";
    selftest_require(report, line, aa->apart == 0,
                     "a kernel is claimed to be faster or slower than itself");
    selftest_values_open(&v);
    bench_json_put_key_int(&v.writer, "cases", (int64_t)aa->cases);
    bench_json_put_key_int(&v.writer, "decided", (int64_t)aa->apart);
    selftest_put(&v, "threshold", threshold);
    selftest_put(&v, "worst", aa->worst);
    put_cases(run, &v);
    selftest_values_close(&v, report, line);
}

static void report_holds(const struct aa *aa, struct bench_selftest_report *report)
{
    size_t allowed = selftest_misses_allowed(aa->cases);
    struct bench_selftest_line *line = selftest_line(report, "A/A intervals");
    struct selftest_values v;
    line->measured = selftest_text(
        report, "%zu of %zu (%.1f %%) intervals of %.0f %% hold 1; of sampling alone %zu (%.1f %%)",
        aa->holds, aa->cases, 100.0 * (double)aa->holds / (double)aa->cases, CONFIDENCE * 100,
        aa->holds_stat, 100.0 * (double)aa->holds_stat / (double)aa->cases);
    line->limit =
        selftest_text(report, "%zu (%.0f %%, less what chance takes once in %.0f selftests)",
                      aa->cases - allowed, CONFIDENCE * 100, 1 / CHANCE);
    selftest_require(report, line, aa->cases - aa->holds <= allowed,
                     "the intervals are too narrow for what this device does");
    selftest_values_open(&v);
    bench_json_put_key_int(&v.writer, "cases", (int64_t)aa->cases);
    bench_json_put_key_int(&v.writer, "hold", (int64_t)aa->holds);
    bench_json_put_key_int(&v.writer, "hold_sampling_alone", (int64_t)aa->holds_stat);
    bench_json_put_key_int(&v.writer, "least", (int64_t)(aa->cases - allowed));
    selftest_values_close(&v, report, line);
}

static double spread(const double *ratios, size_t count)
{
    return count > 0 ? bench_quantile(ratios, count, 0.95) : 0;
}

static void report_spread(const struct selftest_suite_run *run, const struct aa *aa,
                          struct bench_selftest_report *report)
{
    double at_long = spread(aa->long_ratios, aa->long_count);
    double at_short = spread(aa->short_ratios, aa->short_count);
    double at_least = spread(aa->least_ratios, aa->least_count);
    struct bench_selftest_line *line = selftest_line(report, "A/A noise");
    struct selftest_values v;
    line->measured = selftest_text(
        report,
        "95 %% of ratios within %.2f %% of 1 (20 us and more, %zu cases), %.2f %% (5 to 20 "
        "us, %zu), %.2f %% (less, %zu); noise floor of the run %.2f %%",
        at_long * 100, aa->long_count, at_short * 100, aa->short_count, at_least * 100,
        aa->least_count, run->judge.noise_floor * 100);
    line->limit = selftest_text(report, "%.1f %% at 20 us and more, %.1f %% at 5 to 20 us",
                                LONG_SPREAD * 100, SHORT_SPREAD * 100);
    selftest_require(report, line, aa->long_count < LEAST_FOR_SPREAD || at_long <= LONG_SPREAD,
                     "long kernels are not measured alike twice");
    selftest_require(report, line, aa->short_count < LEAST_FOR_SPREAD || at_short <= SHORT_SPREAD,
                     "short kernels are not measured alike twice");
    selftest_values_open(&v);
    selftest_put(&v, "spread_20us", at_long);
    bench_json_put_key_int(&v.writer, "cases_20us", (int64_t)aa->long_count);
    selftest_put(&v, "spread_5us", at_short);
    bench_json_put_key_int(&v.writer, "cases_5us", (int64_t)aa->short_count);
    selftest_put(&v, "spread_less", at_least);
    bench_json_put_key_int(&v.writer, "cases_less", (int64_t)aa->least_count);
    selftest_put(&v, "noise_floor", run->judge.noise_floor);
    selftest_values_close(&v, report, line);
}

void selftest_aa_report(const struct selftest_suite_run *run, const char *failure,
                        struct bench_selftest_report *report)
{
    struct aa aa;
    if (failure != NULL) {
        selftest_fail(report, "A/A", "not measured: %s", failure);
        return;
    }
    count_aa(run, report->arena, &aa);
    if (aa.missing > 0) {
        selftest_fail(report, "A/A", "%zu of %zu cases have no ratio: %s", aa.missing,
                      run->suite->case_count, selftest_suite_fault(run, report));
    } else if (strcmp(report->device.kind, "cpu") == 0) {
        selftest_cases_report(report, "A/A cases", aa.cases);
    } else {
        report_apart(run, &aa, report);
        report_holds(&aa, report);
        report_spread(run, &aa, report);
    }
}
