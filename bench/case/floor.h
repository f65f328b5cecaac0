/* What timing itself costs, from an empty kernel that is timed like every other. */
#ifndef BENCH_CASE_FLOOR_H
#define BENCH_CASE_FLOOR_H

#include "bench/case/session.h"
#include "bench/perf/json.h"
#include "bench/spec/suite.h"

struct bench_graph_floor; /* bench/case/graph_time.h */

/* Medians are those of grouped data (bench_grouped_median). */
struct bench_floor {
    double empty_ns; /* median elapsed time around one empty kernel */
    double own_ns;   /* of that, the empty kernel's own part: what one more of it costs */
    double floor_ns; /* empty_ns - own_ns, at least 0 */
    /* What the floor may be (bench/measure/ratio.h): from floor_ns to empty_ns, each widened by the
     * 95 % interval of its calibration and by what the clock's steps can hide in a median.
     * 0 <= low_ns <= floor_ns, high_ns >= empty_ns. floor_ns is taken off every time that is told.
     */
    double low_ns, high_ns;
    double resolution_ns; /* step of the clock that the samples show; 0 if none shows */
    size_t rounds;        /* that it was calibrated with */
};

/* Kernel mode: behind a gate or without one. Operator mode (`gated` does not matter): of host time,
 * as bench_sample_call_launch takes it. There the whole call is what its user feels, launch and
 * all, so nothing of a launch may be taken off: the floor is the timing's own part alone, reading
 * the clock and waiting for a device that has nothing to do. empty_ns is the same, own_ns 0, and
 * low_ns to high_ns only the interval of that.
 *
 * Before each sample the caches are as the suite has them for its own: flushed, or, where they are
 * hot, as an empty kernel leaves them (flushing a CPU's takes up to 50 ms, all of it for nothing).
 *
 * A GPU's clock is warmed up before, until it is steady or for a second. Zeros on a device that
 * computes nothing. */
int bench_floor_measure(struct bench_session *s, enum bench_mode mode, enum bench_cache_mode cache,
                        bool gated, struct bench_floor *floor, struct bench_err *err);

/*
 * The own part of an empty kernel is told twice: by what one more adds to a stream (1.7 to 1.9 us
 * on an H100, the gap before it included, and 0.2 us more or less from process to process), and by
 * what one more adds to a graph (0.8 us, steadily; CUPTI says 0.7). A kernel cannot add less than
 * it lasts, so both bound it from above, and the smaller one counts: less of the timing's cost is
 * left in what is told as GPU time. Kernel mode only; `graph` of zeros changes nothing.
 */
void bench_floor_tighten(struct bench_floor *floor, const struct bench_graph_floor *graph);

/*
 * What the median of event times around a kernel may be off by, either way, whatever its length and
 * however many rounds: a fortieth of an empty kernel's elapsed time, 75 ns on an H100. Event times
 * there come in heaps 225 ns apart, as if the end of a kernel were looked for once in so long, and
 * one that hardly varies falls into the same heap each time. Medians of kernels of 80 to 20,000
 * equal steps lie on either side of a line: 19 of 20 within 67 to 79 ns of it, the farthest 84 to
 * 105, in five processes; graphs of 64 launches, which end once for all of them, within 5 ns a
 * launch (docs/measurements/2026-11-23-h100-truth, "What a median does not tell").
 */
double bench_floor_unsure_ns(double empty_ns);

/* A member `key`: an object of them (docs/formats.md, "run.json"). Where an older run has no range,
 * it is read as from floor_ns to empty_ns. */
void bench_floor_write(const struct bench_floor *floor, const char *key,
                       struct bench_json_writer *w);
int bench_floor_read(const struct bench_json *object, const char *key, struct bench_floor *floor,
                     struct bench_err *err);

#endif
