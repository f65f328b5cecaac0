/* __syncthreads and its kin. */
#include <string.h>

#include "bench/device/cpu/executor.h"

/* What __syncthreads_count and its kin return to all. */
static void give_result(struct executor *e)
{
    int result = e->barrier.kind == BENCH_CPU_SYNCTHREADS_COUNT ? e->count
                 : e->barrier.kind == BENCH_CPU_SYNCTHREADS_AND ? e->all
                                                                : e->any;
    for (uint32_t i = 0; i < e->launch->threads; i++)
        e->warps[i / WARP].value[i % WARP] = (uint64_t)result;
}

void bench_executor_release_barrier(struct executor *e)
{
    if (e->mixed || (e->launch->strict && e->alive < e->launch->threads))
        bench_executor_diverged(e);
    if (e->barrier.kind != BENCH_CPU_SYNCTHREADS)
        give_result(e);
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

static void first_arrives(struct executor *e, int kind, const char *file, int line)
{
    e->barrier = (struct place){file, line, kind, 0};
    e->mixed = false;
    e->count = 0;
    e->all = 1;
    e->any = 0;
}

/* Places are compared by what they say: one line may have several copies of its file's name. */
static void check_same(struct executor *e, int kind, const char *file, int line)
{
    const struct place *first = &e->barrier;
    if (line != first->line || kind != first->kind ||
        (file != first->file && strcmp(file, first->file) != 0))
        e->mixed = true;
}

struct bench_resume bench_executor_barrier(int kind, int predicate, const char *file, int line,
                                           int unused, void *sp)
{
    (void)unused;
    struct executor *e = bench_cpu_context.executor;
    uint32_t self = bench_cpu_context.linear;
    if (e->plain)
        bench_executor_expand(e);
    if (e->arrived == 0)
        first_arrives(e, kind, file, line);
    else
        check_same(e, kind, file, line);
    if (kind != BENCH_CPU_SYNCTHREADS) {
        e->count += predicate != 0;
        e->all &= predicate != 0;
        e->any |= predicate != 0;
    }
    struct place *place = &e->places[self];
    place->file = file;
    place->line = line;
    place->kind = kind;
    place->mask = 0;
    e->warps[self / WARP].at_barrier |= 1u << (self % WARP);
    if (++e->arrived == e->alive)
        bench_executor_release_barrier(e);
    return bench_executor_switch(e, sp);
}
