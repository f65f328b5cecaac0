/*
 * How far times of the same kernels are apart from process to process, of what was recorded: as
 * they are, divided by the reference of the same case, and after the drift of their processes was
 * taken off. The table of docs/compare.md:  compare_spread tests/resources/compare/recorded.json
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/compare/drift.h"
#include "bench/measure/stats.h"
#include "bench/perf/json.h"
#include "bench/util/mem.h"

#define ROLES 3
#define MOST_PROCESSES 16
/* Of a normal variable, the standard deviation in median absolute deviations. */
#define NORMAL_MAD 1.4826

struct item {
    double logs[ROLES][MOST_PROCESSES];
    size_t processes;
};

/* Deviations from each case's mean over its processes, in one class of times. */
struct deviations {
    double *values;
    size_t count, capacity;
    double squares, freedom;
};

static int read_times(const struct bench_json *v, double *logs, size_t *count,
                      struct bench_err *err)
{
    *count = 0;
    for (const struct bench_json *t = bench_json_first(v); t; t = bench_json_next(t)) {
        int rc = bench_json_expect(t, BENCH_JSON_NUMBER, err);
        if (rc != BENCH_OK)
            return rc;
        if (*count == MOST_PROCESSES)
            return bench_json_error(v, err, "more than %d processes", MOST_PROCESSES);
        logs[(*count)++] = log(bench_json_number(t));
    }
    return BENCH_OK;
}

static int read_items(const struct bench_json *root, struct item **items, size_t *count,
                      struct bench_err *err)
{
    *items = NULL;
    *count = 0;
    for (const struct bench_json *op = bench_json_first(root); op; op = bench_json_next(op))
        for (const struct bench_json *c = bench_json_first(op); c; c = bench_json_next(c)) {
            *items = bench_xrealloc(*items, (*count + 1) * sizeof **items);
            struct item *item = &(*items)[(*count)++];
            int r = 0;
            for (const struct bench_json *v = bench_json_first(c); v && r < ROLES;
                 v = bench_json_next(v), r++) {
                int rc = read_times(v, item->logs[r], &item->processes, err);
                if (rc != BENCH_OK)
                    return rc;
            }
        }
    return BENCH_OK;
}

static double mean_of(const double *values, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += values[i];
    return sum / (double)count;
}

static void add(struct deviations *d, const double *values, size_t count)
{
    const double mean = mean_of(values, count), n = (double)count;
    for (size_t i = 0; i < count; i++) {
        if (d->count == d->capacity) {
            d->capacity = d->capacity ? d->capacity * 2 : 256;
            d->values = bench_xrealloc(d->values, d->capacity * sizeof *d->values);
        }
        d->squares += (values[i] - mean) * (values[i] - mean);
        d->values[d->count++] = fabs(values[i] - mean) * sqrt(n / (n - 1));
    }
    d->freedom += n - 1;
}

static void print(const struct deviations *d)
{
    printf("  %5.2f %% (%5.2f %%)", 100 * NORMAL_MAD * bench_median(d->values, d->count),
           100 * sqrt(d->squares / d->freedom));
}

static void fit(const struct item *items, size_t count, struct bench_drift *drift)
{
    struct bench_noise noise;
    size_t n = 0;
    struct bench_drift_time *times = bench_xmalloc(count * ROLES * MOST_PROCESSES * sizeof *times);
    bench_noise_of("cuda", &noise);
    for (size_t i = 0; i < count; i++)
        for (size_t r = 0; r < ROLES; r++)
            for (size_t p = 0; p < items[i].processes; p++)
                times[n++] = (struct bench_drift_time){i * ROLES + r, p, items[i].logs[r][p]};
    bench_drift_fit(&noise, times, n, count * ROLES, items[0].processes, 0, drift);
    free(times);
}

static void print_class(const struct item *items, size_t count, const struct bench_drift *drift,
                        double from_us, double to_us)
{
    struct deviations raw = {0}, ratio = {0}, off = {0};
    for (size_t i = 0; i < count; i++) {
        const struct item *item = &items[i];
        const size_t n = item->processes;
        const double log_ns = mean_of(item->logs[0], n), us = exp(log_ns) * 1e-3;
        double ratios[MOST_PROCESSES], left[MOST_PROCESSES];
        if (us < from_us || us >= to_us)
            continue;
        for (size_t p = 0; p < n; p++) {
            ratios[p] = item->logs[0][p] - item->logs[1][p];
            left[p] = item->logs[0][p] - bench_drift_at(drift, p, exp(-log_ns));
        }
        add(&raw, item->logs[0], n);
        add(&ratio, ratios, n);
        add(&off, left, n);
    }
    if (raw.count > 0) {
        printf("%5.0f to %5.0f us, %3.0f cases:", from_us, to_us,
               (double)raw.count / (double)items[0].processes);
        print(&raw);
        print(&ratio);
        print(&off);
        printf("\n");
    }
    free(raw.values);
    free(ratio.values);
    free(off.values);
}

int main(int argc, char **argv)
{
    static const double bounds_us[] = {0, 4, 10, 20, 100, 1e4};
    struct bench_json_doc *doc = NULL;
    struct bench_err err = {0};
    struct item *items = NULL;
    struct bench_drift drift;
    size_t count = 0;
    if (argc != 2) {
        fprintf(stderr, "compare_spread RECORDED\n");
        return 2;
    }
    if (bench_json_read(argv[1], 0, &doc, &err) != BENCH_OK ||
        read_items(bench_json_root(doc), &items, &count, &err) != BENCH_OK || count == 0) {
        fprintf(stderr, "%s\n", err.message);
        return 2;
    }
    fit(items, count, &drift);
    for (size_t p = 0; p < drift.processes_a; p++)
        printf("process %zu: drift %+.0f ns, %+.3f %%\n", p, drift.delta_ns[p],
               100 * drift.gamma[p]);
    printf("candidates, deviation from process to process, by its median (root mean square): as "
           "they are; divided by the reference; drift taken off\n");
    for (size_t i = 0; i + 1 < sizeof bounds_us / sizeof bounds_us[0]; i++)
        print_class(items, count, &drift, bounds_us[i], bounds_us[i + 1]);
    bench_drift_fini(&drift);
    bench_json_free(doc);
    free(items);
    return 0;
}
