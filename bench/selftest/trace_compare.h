/* Private to bench/selftest: what the three processes of trace.h say together. */
#ifndef BENCH_SELFTEST_TRACE_COMPARE_H
#define BENCH_SELFTEST_TRACE_COMPARE_H

#include "bench/selftest/trace.h"

/* An elapsed time less CUPTI's duration is the timing's own part, so it lies within the floor's
 * range, but for the steps of two clocks (32 ns each on an H100), and what tracing changes. */
#define TRACE_AGREE_NS 100.0
#define TRACE_AGREE_SHARE 0.005
/* Tracing disturbs a kernel if it changes its time by more than this share, and by more than two
 * processes may differ by themselves (bench/selftest/steps.h). */
#define TRACE_DISTURBED_SHARE 0.01

/* One launch shape. All differences are of elapsed times, from which each process would take off
 * its own floor: what floors differ by is no difference of the kernels. */
struct trace_row {
    const struct trace_point *point;
    double untraced_ns; /* elapsed: mean of the two processes without CUPTI */
    double kernel_ns;   /* of that, what CUPTI would say if tracing changed nothing */
    double again_ns;    /* how much longer it took in the second of them than in the first */
    double traced_ns;   /* how much longer than untraced_ns, between events, when traced */
    double cupti_ns;    /* how much longer than kernel_ns, as CUPTI says */
    bool disturbed;
};

/* All shapes of one kernel. */
struct trace_kind {
    size_t shapes, disturbed;
    uint32_t most_blocks; /* that were measured */
    uint32_t trusted;     /* blocks: the most below the first disturbed shape; 0: none is */
    uint32_t first;       /* blocks of the first disturbed shape; 0: none is disturbed */
    double least, most;   /* relative change of the disturbed shapes' times */
};

struct trace_comparison {
    struct trace_point points[TRACE_MOST_POINTS];
    size_t count;
    struct trace_row rows[TRACE_MOST_POINTS];
    size_t row_count;
    struct trace_kind kinds[TRACE_KERNELS];

    /* Kernels of few blocks: events less CUPTI. */
    double offset_ns; /* the median: what lies between an elapsed time and CUPTI's duration */
    double offset_least, offset_most;
    double floor_low_ns, floor_high_ns; /* where it must lie: both untraced processes' floors */
    double outside_ns;                  /* beyond that and what is allowed; <= 0: none */
    const struct trace_point *outside;

    double step_ns;                              /* what a median may move by itself */
    double twice_ns;                             /* what two processes may differ by, or 1 % */
    const struct trace_row *worst_again;         /* of all, against that */
    double worst_again_share;                    /* in units of it */
    const struct trace_row *agreement_disturbed; /* a kernel of few blocks; NULL: none */
};

void trace_compare(const struct trace_results *results, struct trace_comparison *c);

#endif
