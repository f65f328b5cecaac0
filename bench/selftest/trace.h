/*
 * Private to bench/selftest: another stopwatch. CUPTI says how long kernels ran on the device; ours
 * is held against it where tracing does not disturb, and what tracing does disturb is measured.
 * Tracing is for a process of its own: times come from processes in which CUPTI is not even loaded.
 * All processes do the same in the same order, after a warm-up of the same kernels.
 */
#ifndef BENCH_SELFTEST_TRACE_H
#define BENCH_SELFTEST_TRACE_H

#include "bench/case/floor.h"
#include "bench/selftest/report.h"

enum trace_kernel { TRACE_EMPTY, TRACE_PASSES, TRACE_STREAM_SCALAR, TRACE_STREAM_VECTOR };
#define TRACE_KERNELS 4

/* One launch shape. */
struct trace_point {
    enum trace_kernel kernel;
    uint32_t blocks, threads;
    int64_t size;   /* steps of passes; elements of stream */
    bool agreement; /* few blocks: here CUPTI and events must agree */
};
#define TRACE_MOST_POINTS 48
size_t trace_points(struct trace_point points[TRACE_MOST_POINTS]);
/* As compiled: "passes". */
const char *trace_kernel_name(enum trace_kernel kernel);
/* What it does, in a few words. */
const char *trace_kernel_what(enum trace_kernel kernel);

/* What one process found; memory that is shared with it. */
struct trace_result {
    const char *device, *kernels; /* set by the parent: to be opened; the selftest's kernels/ */
    bool traced;                  /* set by the parent, as these: */
    uint32_t most_blocks; /* points of more are left out, and those of more steps; 0: none is */
    int64_t most_steps;
    bool gates;
    struct bench_floor floor;
    double clock_mhz; /* median over the rounds; 0 if the device does not tell */
    int warmup_rounds;
    double elapsed_ns[TRACE_MOST_POINTS];  /* grouped medians between events; 0: not measured */
    double spread_ns[TRACE_MOST_POINTS];   /* of the same samples: bench/selftest/steps.h */
    double duration_ns[TRACE_MOST_POINTS]; /* medians of CUPTI's end - start; 0 if not traced */
    uint32_t cupti_version;
    char cupti_path[256];
};

/* The child's body; `shared` is a struct trace_result. BENCH_EUNSUPPORTED if there is no CUPTI, or
 * one that is not known. */
int trace_main(void *shared, struct bench_err *err);

/* Three processes, in this order, so that what drifts is the same in the traced one as in the mean
 * of the others. */
struct trace_results {
    struct trace_result plain, traced, again;
};

/* Runs them and adds the lines; BENCH_EINTERRUPTED is the only error. */
int selftest_trace(const struct bench_selftest_options *options,
                   struct bench_selftest_report *report, struct bench_err *err);
/* The lines alone. */
void selftest_trace_report(const struct trace_results *results,
                           struct bench_selftest_report *report);

#endif
