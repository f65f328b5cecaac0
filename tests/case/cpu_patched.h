/*
 * The cpu device with something changed, so that what is measured and computed on a GPU can be
 * tested without one: graphs, which it has not; and times that are known. One device a process.
 */
#ifndef TESTS_RUN_CPU_PATCHED_H
#define TESTS_RUN_CPU_PATCHED_H

#include "bench/device/device.h"

/* Gives the device graphs: what is launched is written down and run later. Arguments are not
 * copied: those of what is recorded must outlive the graph, as a callable's do. Flushing does
 * nothing any more, for it takes long. */
void cpu_patched_graphs(struct bench_device *device);
/* From now on graphs run only the first `count` launches of each. */
void cpu_patched_stop_after(size_t count);
/* How many graphs there are that were not freed. */
size_t cpu_patched_graphs_alive(void);

/* What things take, by the clock of events. */
struct cpu_times {
    double pair_ns;         /* between two events with nothing in between */
    double kernel_ns;       /* any launch, more in between */
    double graph_ns;        /* a graph's start */
    double graph_kernel_ns; /* any launch in it */
    double noise_ns;        /* standard deviation of what comes on top of each launch */
    double step_ns;         /* events are cut off to multiples of it */
    int rising; /* so many readings of the clock rise from half of its frequency to all of it, and
                   kernels take longer until then */
};
/* Graphs as above, but nothing is run any more: all that passes is time, the host's as well. */
void cpu_patched_times(struct bench_device *device, const struct cpu_times *times);
/* Since then. */
size_t cpu_patched_flushes(void);

#endif
