/* Which CUDA thread runs next, and on which stack. */
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/device/cpu/executor.h"
#include "bench/util/clock.h"
#include "bench/util/mem.h"

/* Dynamic shared memory of a GPU block is aligned to at least this; kernels count on it. */
#define SHARED_ALIGNMENT 1024

intptr_t bench_cpu_context_offset(void)
{
    char *base;
#if defined(__x86_64__)
    __asm__("movq %%fs:0, %0" : "=r"(base));
#elif defined(__aarch64__)
    __asm__("mrs %0, tpidr_el0" : "=r"(base));
#else
    base = (char *)&bench_cpu_context; /* not used: the shim asks for the context */
#endif
    return (char *)&bench_cpu_context - base;
}

static uint32_t lowest(uint32_t bits)
{
    return (uint32_t)__builtin_ctz(bits);
}

static uint32_t highest(uint32_t bits)
{
    return 31 - (uint32_t)__builtin_clz(bits);
}

/* --- blocks --- */

static void set_block_index(struct executor *e)
{
    const struct bench_cpu_dim *grid = &e->launch->grid;
    struct bench_cpu_dim *at = &e->context->block_idx;
    if (grid->y == 1 && grid->z == 1) {
        *at = (struct bench_cpu_dim){(uint32_t)e->block, 0, 0};
        return;
    }
    uint64_t rest = e->block / grid->x;
    at->x = (uint32_t)(e->block % grid->x);
    at->y = (uint32_t)(rest % grid->y);
    at->z = (uint32_t)(rest / grid->y);
}

static bool has_failed_below(struct executor *e)
{
    return atomic_load_explicit(&e->launch->failed_block, memory_order_relaxed) < e->block;
}

/* Blocks are handed out in ascending order and an executor runs its own in that order, so the
 * lowest unfinished block always makes progress: kernels whose blocks wait for lower ones
 * terminate. */
static bool take_block(struct executor *e)
{
    struct bench_launch *l = e->launch;
    if (e->block + 1 < e->block_end) {
        e->block++;
    } else {
        e->block = atomic_fetch_add_explicit(&l->next_block, l->chunk, memory_order_relaxed);
        e->block_end = e->block + l->chunk < l->blocks ? e->block + l->chunk : l->blocks;
    }
    if (e->block >= l->blocks || has_failed_below(e))
        return false;
    set_block_index(e);
    return true;
}

/* Contents of shared memory are undefined at the start of a block. What the last block left there
 * may be what a thread would read too early: NaNs show it. */
static void spoil_shared(const struct executor *e)
{
    e->launch->spoil();
    if (e->launch->shared_bytes > 0)
        memset(e->context->shared, 0xff, e->launch->shared_bytes);
}

static void set_thread(struct executor *e, uint32_t linear)
{
    const struct cpu_thread *t = &e->threads[linear];
    e->context->linear = linear;
    e->context->thread_idx = (struct bench_cpu_dim){t->x, t->y, t->z};
}

static void start_block(struct executor *e)
{
    struct bench_cpu_context *c = e->context;
    if (e->launch->spoil)
        spoil_shared(e);
    e->plain = true;
    if (e->launch->reverse) {
        c->linear = e->launch->threads - 1;
        bench_executor_expand(e);
        set_thread(e, c->linear);
        return;
    }
    c->linear = 0;
    c->stop = e->launch->threads - 1;
    c->thread_idx = (struct bench_cpu_dim){0, 0, 0};
}

static void fill_indices(struct executor *e)
{
    const struct bench_cpu_dim *b = &e->launch->block;
    if (memcmp(b, &e->table_block, sizeof(*b)) == 0)
        return;
    struct cpu_thread *t = e->threads;
    for (uint32_t z = 0; z < b->z; z++)
        for (uint32_t y = 0; y < b->y; y++)
            for (uint32_t x = 0; x < b->x; x++)
                *t++ = (struct cpu_thread){.x = (uint16_t)x, .y = (uint16_t)y, .z = (uint16_t)z};
    e->table_block = *b;
}

static uint32_t lanes_of(uint32_t threads, uint32_t warp)
{
    uint32_t n = threads - warp * WARP;
    return n >= WARP ? UINT32_MAX : (1u << n) - 1;
}

void bench_executor_expand(struct executor *e)
{
    uint32_t threads = e->launch->threads;
    uint32_t self = e->context->linear;
    bool reverse = e->launch->reverse;
    fill_indices(e);
    e->plain = false;
    e->context->stop = 0;
    e->warp_count = (threads + WARP - 1) / WARP;
    e->current = self / WARP;
    e->runnable = e->warp_count == MAX_WARPS ? UINT32_MAX : (1u << e->warp_count) - 1;
    e->arrived = 0;
    e->mixed = false;
    e->alive = reverse ? threads : threads - self;
    for (uint32_t i = 0; i < e->warp_count; i++) {
        struct warp *w = &e->warps[i];
        uint32_t exist = lanes_of(threads, i);
        uint32_t done = 0; /* lanes that have ended */
        if (!reverse && i < self / WARP)
            done = exist;
        else if (!reverse && i == self / WARP)
            done = (1u << (self % WARP)) - 1;
        w->unstarted = exist & ~done;
        w->ready = w->yielded = w->at_barrier = 0;
        w->ended = done | ~exist;
        w->meeting_count = 0;
    }
    executor_warp(e)->unstarted &= ~(1u << (self % WARP));
    e->threads[self].fiber = e->running;
}

/* --- stacks --- */

_Noreturn void bench_executor_leave(struct executor *e)
{
    if (bench_fiber_sanitized)
        bench_fiber_announce(NULL, &e->main);
    e->running = &e->main;
    bench_fiber_jump(e->main.sp);
}

_Noreturn static void fiber_main(void)
{
    struct executor *e = bench_cpu_context.executor;
    if (bench_fiber_sanitized)
        bench_fiber_arrived(); /* where the gate has not done it */
    e->launch->entry(e->launch->args);
    bench_executor_leave(e);
}

static struct bench_fiber *take_fiber(struct executor *e)
{
    struct bench_fiber *f = e->idle;
    if (!f) {
        struct bench_err err;
        if (bench_fiber_new(&f, e->fiber_count, &err) != BENCH_OK)
            bench_executor_fail(e, "%s", err.message);
        e->fibers[e->fiber_count++] = f;
    } else {
        e->idle = f->next_free;
    }
    if (f->serial != e->serial) {
        bench_fiber_prepare(f, fiber_main);
        f->serial = e->serial;
    }
    return f;
}

/* Goes on in thread `linear`, whose stack that is. */
static struct bench_resume go_on(struct executor *e, uint32_t linear, struct bench_fiber *to,
                                 void *sp, uint64_t value)
{
    struct bench_fiber *from = e->running;
    set_thread(e, linear);
    if (bench_fiber_sanitized && from != to)
        bench_fiber_announce(from, to);
    e->running = to;
    return (struct bench_resume){sp, value};
}

/* --- choosing --- */

/* Threads that yielded get another turn once nothing else can run. */
static bool wake_yielded(struct executor *e)
{
    bool woken = false;
    for (uint32_t i = 0; i < e->warp_count; i++) {
        struct warp *w = &e->warps[i];
        if (w->yielded) {
            executor_ready(e, w, w->yielded);
            w->yielded = 0;
            woken = true;
        }
    }
    if (woken) {
        if (has_failed_below(e))
            bench_executor_leave(e); /* it would wait for ever */
        sched_yield(); /* what they wait for is in another block, perhaps on this processor */
    }
    return woken;
}

/* The current warp stands still: makes another one the current, or its own lanes runnable. Does not
 * return if nothing can run. */
static void next_warp(struct executor *e)
{
    struct warp *w = &e->warps[e->current];
    if (w->meeting_count > 0 && bench_executor_release_active(e, w))
        return;
    e->runnable &= ~(1u << e->current);
    if (!e->runnable && !wake_yielded(e))
        bench_executor_diverged(e);
    e->current = e->launch->reverse ? highest(e->runnable) : lowest(e->runnable);
}

/* The next thread to run; does not return if there is none. Lanes of the current warp come first.
 */
static inline uint32_t pick(struct executor *e)
{
    for (;;) {
        const struct warp *w = &e->warps[e->current];
        uint32_t lanes = w->ready | w->unstarted;
        if (lanes)
            return e->current * WARP + (e->launch->reverse ? highest(lanes) : lowest(lanes));
        next_warp(e);
    }
}

/* Takes the thread off its warp's masks. True if it has run before and so has a stack. */
static inline bool claim(struct executor *e, uint32_t linear)
{
    struct warp *w = &e->warps[linear / WARP];
    uint32_t bit = 1u << (linear % WARP);
    if (w->ready & bit) {
        w->ready &= ~bit;
        return true;
    }
    w->unstarted &= ~bit;
    return false;
}

struct bench_resume bench_executor_switch(struct executor *e, void *sp)
{
    e->threads[bench_cpu_context.linear].sp = sp;
    uint32_t linear = pick(e);
    struct cpu_thread *t = &e->threads[linear];
    if (claim(e, linear))
        return go_on(e, linear, t->fiber, t->sp, e->warps[linear / WARP].value[linear % WARP]);
    t->fiber = take_fiber(e);
    return go_on(e, linear, t->fiber, t->fiber->sp, 1);
}

static void thread_ended(struct executor *e)
{
    struct warp *w = executor_warp(e);
    w->ended |= 1u << (e->context->linear % WARP);
    e->alive--;
    if (e->arrived > 0 && e->arrived == e->alive)
        bench_executor_release_barrier(e);
    if (w->meeting_count > 0)
        bench_executor_lane_ended(e, w);
}

/* The first thread of the next block takes the stack of the last one's. */
static struct bench_resume next_block(struct executor *e, void *sp)
{
    if (!take_block(e))
        return (struct bench_resume){sp, 0};
    start_block(e);
    return (struct bench_resume){sp, 1};
}

/* The thread on this stack has ended: who goes on? 0 tells the kernel's loop to return. */
struct bench_resume bench_executor_next(int a, int b, int c, int d, int f, void *sp)
{
    (void)a, (void)b, (void)c, (void)d, (void)f;
    struct executor *e = bench_cpu_context.executor;
    if (e->plain)
        return next_block(e, sp);
    thread_ended(e);
    if (e->alive == 0)
        return next_block(e, sp);
    uint32_t linear = pick(e);
    struct bench_fiber *self = e->running;
    struct cpu_thread *t = &e->threads[linear];
    if (!claim(e, linear)) { /* not started yet: it takes this stack */
        t->fiber = self;
        return go_on(e, linear, self, sp, 1);
    }
    self->sp = sp;
    self->next_free = e->idle;
    e->idle = self;
    return go_on(e, linear, t->fiber, t->sp, e->warps[linear / WARP].value[linear % WARP]);
}

struct bench_resume bench_executor_yield(int a, int b, int c, int d, int f, void *sp)
{
    (void)a, (void)b, (void)c, (void)d, (void)f;
    struct executor *e = bench_cpu_context.executor;
    if (e->plain)
        bench_executor_expand(e);
    executor_warp(e)->yielded |= 1u << (e->context->linear % WARP);
    return bench_executor_switch(e, sp);
}

/* --- failing --- */

/* Keeps the failure if no lower block has one. */
static void note_failure(struct executor *e, const char *text)
{
    struct bench_launch *l = e->launch;
    pthread_mutex_lock(&l->lock);
    if (e->block < atomic_load(&l->failed_block)) {
        const struct bench_cpu_dim *b = &e->context->block_idx;
        bench_err_set(l->err, BENCH_ERROR, "kernel %s, block (%u,%u,%u): %s", l->name, b->x, b->y,
                      b->z, text);
        atomic_store(&l->failed_block, e->block);
    }
    pthread_mutex_unlock(&l->lock);
}

_Noreturn void bench_executor_fail(struct executor *e, const char *format, ...)
{
    char text[4096];
    va_list args;
    va_start(args, format);
    /* clang-tidy 14 does not see va_start when it comes here from another function.
     * NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized) */
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    note_failure(e, text);
    bench_executor_leave(e);
}

/* --- what else a kernel may call --- */

void bench_executor_kernel_fail(const char *file, int line, const char *message)
{
    struct executor *e = bench_cpu_context.executor;
    const struct bench_cpu_dim *t = &e->context->thread_idx;
    bench_executor_fail(e, "thread (%u,%u,%u): %s (%s:%d)", t->x, t->y, t->z, message, file, line);
}

uint64_t bench_executor_ticks(void)
{
    return (uint64_t)bench_clock_ns();
}

struct bench_cpu_context *bench_executor_context(void)
{
    return &bench_cpu_context;
}

/* --- the executor --- */

struct executor *bench_executor_new(void)
{
    return bench_xcalloc(1, sizeof(struct executor));
}

void bench_executor_trim(struct executor *e, size_t count)
{
    while (e->fiber_count > count) {
        bench_fiber_free(e->fibers[--e->fiber_count]);
        e->fibers[e->fiber_count] = NULL;
    }
}

void bench_executor_free(struct executor *e)
{
    if (!e)
        return;
    bench_executor_trim(e, 0);
    free(e->shared);
    free(e);
}

/* Under the sanitizer every launch has memory of exactly its size, so that overruns show. */
static void provide_shared(struct executor *e)
{
    size_t bytes = e->launch->shared_bytes;
    bool exact = bench_fiber_sanitized;
    if (exact ? bytes != e->shared_capacity : bytes > e->shared_capacity) {
        free(e->shared);
        e->shared = NULL;
        void *memory = NULL;
        if (bytes > 0 && posix_memalign(&memory, SHARED_ALIGNMENT, bytes) != 0) {
            fprintf(stderr, "bench: out of memory for %zu bytes of shared memory\n", bytes);
            exit(4); /* as everywhere, see bench/util/mem.h */
        }
        e->shared = memory;
        e->shared_capacity = bytes;
    }
    e->context->shared = e->shared;
    e->context->shared_bytes = (uint32_t)bytes;
}

/* On the OS thread's own stack: the first block's first thread goes on. */
struct bench_resume bench_executor_start(int a, int b, int c, int d, int f, void *sp)
{
    (void)a, (void)b, (void)c, (void)d, (void)f;
    struct executor *e = bench_cpu_context.executor;
    struct bench_fiber *first = take_fiber(e);
    e->main.sp = sp;
    if (bench_fiber_sanitized)
        bench_fiber_announce(&e->main, first);
    e->running = first;
    start_block(e);
    return (struct bench_resume){first->sp, 1};
}

void bench_executor_run(struct executor *e, struct bench_launch *launch)
{
    e->launch = launch;
    e->serial++;
    e->context = &bench_cpu_context;
    e->block = e->block_end = 0;
    e->main = (struct bench_fiber){0};
    bench_fiber_set_main(&e->main);
    e->running = &e->main;
    e->idle = NULL;
    for (size_t i = e->fiber_count; i-- > 0;) {
        e->fibers[i]->next_free = e->idle;
        e->idle = e->fibers[i];
    }
    *e->context = (struct bench_cpu_context){
        .block_dim = launch->block, .grid_dim = launch->grid, .executor = e};
    provide_shared(e);
    if (take_block(e))
        bench_gate_start();
    e->context->executor = NULL;
    e->launch = NULL;
}
