/* __syncthreads and its kin. */
#include "bench/device/cpu/executor.h"

static bool same_barrier(const struct cpu_thread *a, const struct cpu_thread *b)
{
    return a->kind == b->kind && a->line == b->line &&
           (a->file == b->file || strcmp(a->file, b->file) == 0);
}

void bench_executor_release_barrier(struct executor *e)
{
    if (e->mixed || (e->launch->strict && e->alive < e->launch->threads))
        bench_executor_diverged(e);
    switch (e->barrier_kind) {
    case BENCH_CPU_SYNCTHREADS_COUNT:
        e->result = e->count;
        break;
    case BENCH_CPU_SYNCTHREADS_AND:
        e->result = e->all;
        break;
    case BENCH_CPU_SYNCTHREADS_OR:
        e->result = e->any;
        break;
    default:
        e->result = 0;
    }
    for (uint32_t i = 0; i < e->warp_count; i++) {
        struct warp *w = &e->warps[i];
        if (w->at_barrier) {
            executor_ready(e, w, w->at_barrier);
            w->at_barrier = 0;
        }
    }
    e->arrived = 0;
    /* Start over with the first warp: every phase runs the threads in the same order. */
    e->current = e->launch->reverse ? 31 - (uint32_t)__builtin_clz(e->runnable)
                                    : (uint32_t)__builtin_ctz(e->runnable);
}

int bench_executor_barrier(int kind, int predicate, const char *file, int line)
{
    struct executor *e = bench_cpu_context.executor;
    uint32_t self = e->context->linear;
    if (e->plain)
        bench_executor_expand(e);
    struct cpu_thread *t = &e->threads[self];
    t->file = file;
    t->line = line;
    t->kind = kind;
    t->mask = 0;
    if (e->arrived == 0) {
        e->first_arrived = self;
        e->barrier_kind = kind;
        e->mixed = false;
        e->count = 0;
        e->all = 1;
        e->any = 0;
    } else if (!same_barrier(t, &e->threads[e->first_arrived])) {
        e->mixed = true;
    }
    e->count += predicate != 0;
    e->all &= predicate != 0;
    e->any |= predicate != 0;
    executor_warp(e)->at_barrier |= 1u << (self % WARP);
    if (++e->arrived == e->alive)
        bench_executor_release_barrier(e);
    bench_executor_wait(e);
    /* Still that of this barrier: the next one cannot complete without this thread. */
    return e->result;
}
