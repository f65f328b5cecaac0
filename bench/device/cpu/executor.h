/*
 * An executor runs blocks of a launch on one OS thread, one block at a time, exactly: barriers,
 * warp operations with any mask, threads that end early.
 *
 * The threads of a block run one after the other on one stack, as a plain loop, until one of them
 * has to wait. From then on each waiting thread keeps its stack (a fiber) and the next thread goes
 * on with a fresh one. Threads of a warp are run together, so that a kernel that only shuffles
 * needs 32 stacks. Within a phase the order is ascending, or descending in reverse mode.
 *
 * Private to bench/device/cpu.
 */
#ifndef BENCH_DEVICE_CPU_EXECUTOR_H
#define BENCH_DEVICE_CPU_EXECUTOR_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/device/cpu/fiber.h"
#include "bench/device/cpu/shim/bench_cpu_abi.h"
#include "bench/util/err.h"

#define WARP 32u
#define MAX_THREADS 1024u
#define MAX_WARPS (MAX_THREADS / WARP)

/* What all executors of a launch share. */
struct bench_launch {
    bench_cpu_entry_fn entry;
    bench_cpu_spoil_fn spoil; /* static shared memory before each block; NULL: leave it */
    const char *name;         /* of the kernel */
    void **args;
    struct bench_cpu_dim grid, block;
    uint32_t threads; /* of a block */
    uint64_t blocks;
    uint64_t chunk; /* blocks that an executor takes at a time */
    size_t shared_bytes;
    bool reverse;
    bool strict;
    atomic_uint_least64_t next_block; /* handed out in ascending order, see take_block */
    /* The lowest block that failed, UINT64_MAX if none. Blocks below it are still run, so that the
     * same failure is reported each time. */
    atomic_uint_least64_t failed_block;
    pthread_mutex_t lock; /* of err, which is that block's */
    struct bench_err *err;
};

/* Lanes of a warp that wait for each other. */
struct meeting {
    uint32_t mask;      /* as the lanes named it */
    uint32_t operation; /* enum bench_cpu_warp */
    uint32_t arrived;
};

struct warp {
    /* Each lane of the block is in exactly one of: running (at most one of all), these, or a
     * meeting. Lanes beyond the block's last thread count as ended. */
    uint32_t unstarted, ready, yielded, ended, at_barrier;
    uint32_t meeting_count;
    struct meeting meetings[WARP];
    /* What the lane brought; then what it gets: the gate returns it when the lane goes on. */
    uint64_t value[WARP];
    uint32_t source[WARP];
};

struct cpu_thread {
    void *sp; /* where it waits */
    struct bench_fiber *fiber;
    uint16_t x, y, z; /* threadIdx */
};

/* Where and on what a thread waits, for messages. */
struct place {
    const char *file;
    int line;
    int kind;      /* of the barrier; or the warp operation */
    uint32_t mask; /* 0 at a barrier */
};

struct executor {
    struct bench_launch *launch;
    uint64_t serial;           /* of launches: fibers of an older one are prepared afresh */
    uint64_t block, block_end; /* the block that runs; end of the chunk */
    /* No thread of the block has had to wait: those below context->linear have ended, those above
     * have not started, and nothing below is filled in. */
    bool plain;
    uint32_t alive;    /* threads that have not ended */
    uint32_t current;  /* warp */
    uint32_t runnable; /* warps that may have a lane to run */
    uint32_t warp_count;
    uint32_t arrived;        /* threads at the block's barrier */
    bool mixed;              /* not all of them at the same one */
    struct place barrier;    /* of the first who arrived */
    int count, all, any;     /* predicates so far */
    struct bench_fiber main; /* the OS thread's own stack */
    struct bench_fiber *running;
    struct bench_fiber *idle; /* list */
    size_t fiber_count;
    struct bench_fiber *fibers[MAX_THREADS + 1];
    struct bench_cpu_dim table_block; /* block shape for which threads[].x, y, z are filled in */
    struct warp warps[MAX_WARPS];
    struct cpu_thread threads[MAX_THREADS];
    struct place places[MAX_THREADS];
    char *shared;
    size_t shared_capacity;
    struct bench_cpu_context *context; /* of the OS thread that runs it now */
};

/* The context of the calling OS thread. */
extern _Thread_local struct bench_cpu_context bench_cpu_context
    __attribute__((tls_model("initial-exec")));
/* What kernels call; and where they find the context. */
extern const struct bench_cpu_api bench_cpu_api;
intptr_t bench_cpu_context_offset(void);

struct executor *bench_executor_new(void);
void bench_executor_free(struct executor *e); /* NULL-safe */
/* Runs blocks of the launch on the calling thread until none is left or the launch has failed. */
void bench_executor_run(struct executor *e, struct bench_launch *launch);
/* Gives back stacks above `count`. Only while it does not run. */
void bench_executor_trim(struct executor *e, size_t count);

/* --- between the parts of an executor: schedule.c, barrier.c, warp.c, divergence.c --- */

/* Ends the launch with an error; does not return. The message is prefixed with the kernel and the
 * block. The stacks of the block's threads are abandoned. */
_Noreturn void bench_executor_fail(struct executor *e, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Ends the executor's part of a launch that has failed elsewhere; does not return. */
_Noreturn void bench_executor_leave(struct executor *e);
/* First wait of a thread in this block: fills in the state of all others. */
void bench_executor_expand(struct executor *e);
/* The running thread waits at `sp`, as its warp's masks already say: who goes on? */
struct bench_resume bench_executor_switch(struct executor *e, void *sp);

static inline struct warp *executor_warp(struct executor *e)
{
    return &e->warps[e->context->linear / WARP];
}

/* Makes lanes runnable. */
static inline void executor_ready(struct executor *e, struct warp *w, uint32_t lanes)
{
    w->ready |= lanes;
    e->runnable |= 1u << (uint32_t)(w - e->warps);
}

/* Handlers of the gates, see fiber_switch.c; the others are in their files. */
struct bench_resume bench_executor_barrier(int kind, int predicate, const char *file, int line,
                                           int unused, void *sp);
struct bench_resume bench_executor_warp(uint32_t mask, uint32_t operation, uint64_t value,
                                        const char *file, int line, void *sp);
struct bench_resume bench_executor_next(int, int, int, int, int, void *sp);
struct bench_resume bench_executor_yield(int, int, int, int, int, void *sp);
struct bench_resume bench_executor_start(int, int, int, int, int, void *sp);
void bench_fiber_arrived(void);
int bench_gate_next(void);
int bench_gate_barrier(int kind, int predicate, const char *file, int line);
uint64_t bench_gate_warp(uint32_t mask, uint32_t operation, uint64_t value, const char *file,
                         int line);
void bench_gate_yield(void);
void bench_gate_start(void);
/* What else a kernel may call. */
void bench_executor_kernel_fail(const char *file, int line, const char *message);
uint64_t bench_executor_ticks(void);
struct bench_cpu_context *bench_executor_context(void);

/* All living threads are at the barrier: lets them go, or reports that it is not the same one. */
void bench_executor_release_barrier(struct executor *e);
/* A lane of the warp has ended: meetings that waited for it may be complete. */
void bench_executor_lane_ended(struct executor *e, struct warp *w);
/* No lane of the warp can run: those that asked for the active mask are it. True if there were. */
bool bench_executor_release_active(struct executor *e, struct warp *w);

/* Nothing can run and not all have ended, or threads stand at different barriers. */
_Noreturn void bench_executor_diverged(struct executor *e);

#endif
