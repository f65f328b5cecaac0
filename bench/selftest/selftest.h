/*
 * The selftest: is this stopwatch right, on this device, now? It measures what has a known answer
 * and holds the result against a limit: the timing's floor, the gate, the flush, the clock, kernels
 * against themselves, kernels whose ratio is known by construction, and another stopwatch (CUPTI).
 * Cases are measured by the same engine as those of `bench run`, from suites and descriptions of
 * its own (bench/selftest/suites and kernels).
 */
#ifndef BENCH_SELFTEST_SELFTEST_H
#define BENCH_SELFTEST_SELFTEST_H

#include <signal.h>

#include "bench/device/device.h"
#include "bench/util/mem.h"
#include "bench/util/str.h"

struct bench_selftest_options {
    const char *device; /* as for bench_device_open */
    int cases;          /* of a kernel against itself: 1 to BENCH_SELFTEST_MOST_CASES */
    const char *output; /* folder for the runs, a new one; NULL: none is kept */
    bool skip_cupti;
    bool quiet;    /* no progress on standard error */
    bool terminal; /* standard error is a terminal: progress in one line that is renewed */
    int argc;      /* the command line, for the runs' run.json */
    char **argv;
    const volatile sig_atomic_t *interrupted; /* set by a signal handler; NULL: none */
};

/* As many as the suite aa has. */
#define BENCH_SELFTEST_MOST_CASES 1000

enum bench_selftest_verdict { BENCH_SELFTEST_PASS, BENCH_SELFTEST_FAIL, BENCH_SELFTEST_SKIPPED };
/* "pass", "FAIL", "skipped" */
const char *bench_selftest_verdict_name(enum bench_selftest_verdict verdict);

/* One check. Texts live in the report's arena; "" where there is nothing to say. */
struct bench_selftest_line {
    const char *name; /* "floor", "known ratios" */
    enum bench_selftest_verdict verdict;
    const char *measured; /* what was found, with numbers */
    const char *limit;    /* what it was held against */
    const char *reason;   /* why it failed or was skipped */
    const char *values;   /* the numbers, as a JSON object */
    const char *table;    /* further lines for people, each ended by a newline */
};

#define BENCH_SELFTEST_MOST_LINES 24
struct bench_selftest_report {
    struct bench_device_info device;
    char why[256]; /* which device was taken, and why */
    char started[32];
    double seconds;
    struct bench_selftest_line lines[BENCH_SELFTEST_MOST_LINES];
    size_t count;
    struct bench_arena *arena;
};

void bench_selftest_report_init(struct bench_selftest_report *report);
void bench_selftest_report_fini(struct bench_selftest_report *report);

/* Runs all checks; what they find is in the report, and a check that could not be carried out is a
 * failed one. BENCH_ENOTFOUND if there is no such device, BENCH_EINPUT if the device is no device's
 * name or the output folder is not new, BENCH_EINTERRUPTED, else BENCH_ERROR: nothing can be said
 * here. */
int bench_selftest_run(const struct bench_selftest_options *options,
                       struct bench_selftest_report *report, struct bench_err *err);

size_t bench_selftest_count(const struct bench_selftest_report *report,
                            enum bench_selftest_verdict verdict);
/* For people: one table, further tables, why checks failed, a summary. `color`: escape codes may be
 * used. */
void bench_selftest_write_text(const struct bench_selftest_report *report, bool color,
                               struct bench_str *out);
/* docs/formats.md, "Selftest". */
void bench_selftest_write_json(const struct bench_selftest_report *report, struct bench_str *out);

#endif
