/*
 * A second, independent estimate for kernels near the floor: a CUDA graph of many back-to-back
 * calls of one implementation, each on its own copy of inputs and outputs. The caches are flushed
 * before, and no call finds what an earlier one brought in, so every call is cold; the one event
 * pair and the graph's start are paid once for all.
 *
 * Taken of all arms of a case in interleaved rounds, for cases in which an event pair decides
 * nothing because of its floor. All arms use the same copies, one graph after the other
 * (bench/case/graph_copies.h). All outputs are poisoned before each launch, and after its last
 * timed one a call's outputs, drawn by lot, are verified: a graph that left out calls would look
 * fast.
 */
#ifndef BENCH_CASE_GRAPH_TIME_H
#define BENCH_CASE_GRAPH_TIME_H

#include "bench/case/callable.h"
#include "bench/case/measure_case.h"

/* No defaults: every field must be set. */
struct bench_graph_settings {
    int rounds;     /* interleaved rounds, at least 1; 32 */
    int most_calls; /* calls in one graph at most, 8 or more; 64. Fewer, down to 8, if their tensors
                       are more than the cache or memory_bytes hold */
    size_t memory_bytes; /* that copies of tensors may take */
    double max_ns;       /* of host time, all together: fewer rounds then, at least 5 */
    uint64_t seed;
};

/* What an empty kernel costs in a graph, in this process: the floor of graph times. A graph of n
 * calls of k kernels each takes base + n * (cost of a call). low: `start_ns` alone is taken off;
 * high: also n * k * `kernel_ns`, an empty kernel's whole cost. k counts a library's call as one
 * kernel, however many it launches. */
struct bench_graph_floor {
    double start_ns;  /* elapsed around a graph of one empty kernel, less kernel_ns */
    double kernel_ns; /* what one more empty kernel adds */
};
/* Zeros on a device without graphs, or that computes nothing. */
int bench_graph_floor_measure(struct bench_session *s, struct bench_graph_floor *floor,
                              struct bench_err *err);
/* A member `key`: an object of the two. */
void bench_graph_floor_write(const struct bench_graph_floor *floor, const char *key,
                             struct bench_json_writer *w);
int bench_graph_floor_read(const struct bench_json *object, const char *key,
                           struct bench_graph_floor *floor, struct bench_err *err);

/* One arm's outcome; arrays in the arena. launches 0: not taken, and note says why ("" else). */
struct bench_graph_timing {
    int launches; /* calls in the graph: a time of one is (elapsed - floor) / launches */
    double *elapsed_ns;
    size_t round_count;
    double floor_low_ns, floor_high_ns; /* of elapsed_ns */
    const char *note;
};

/* `chosen[i]` is arm i's verified callable; copies of the tensors of `data`, whose oracle's answers
 * are those of its inputs, are made inside, in memory of the session until bench_session_reclaim.
 * Library calls that cannot be recorded give a note, as everything does that concerns one arm only.
 * BENCH_EPOISONED if the device is lost. */
int bench_graph_time(struct bench_session *s, const struct bench_case_data *data,
                     const struct bench_callable *const *chosen, size_t arm_count,
                     const struct bench_graph_floor *floor,
                     const struct bench_graph_settings *settings, struct bench_arena *arena,
                     struct bench_graph_timing *timings, struct bench_err *err);

#endif
