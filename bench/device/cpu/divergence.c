/* Tells who waits where when a block cannot go on. */
#include <string.h>

#include "bench/device/cpu/executor.h"
#include "bench/util/str.h"

static const char *operation_name(const struct place *p)
{
    static const char *const barriers[] = {"__syncthreads", "__syncthreads_count",
                                           "__syncthreads_and", "__syncthreads_or"};
    static const char *const warps[] = {
        "__syncwarp",        "__shfl_sync",       "__ballot_sync",     "__any_sync",
        "__all_sync",        "__match_any_sync",  "__match_all_sync",  "__reduce_add_sync",
        "__reduce_min_sync", "__reduce_max_sync", "__reduce_min_sync", "__reduce_max_sync",
        "__reduce_and_sync", "__reduce_or_sync",  "__reduce_xor_sync", "__activemask"};
    return p->mask == 0 ? barriers[p->kind] : warps[p->kind];
}

static bool has_ended(const struct executor *e, uint32_t linear)
{
    return e->warps[linear / WARP].ended >> (linear % WARP) & 1;
}

static bool same_place(const struct place *a, const struct place *b)
{
    return a->kind == b->kind && a->line == b->line && a->mask == b->mask &&
           strcmp(a->file, b->file) == 0;
}

static void add_place(struct bench_str *s, const struct place *p)
{
    bench_str_addf(s, "%s (%s:%d", operation_name(p), p->file, p->line);
    if (p->mask)
        bench_str_addf(s, ", mask 0x%08x", p->mask);
    bench_str_addc(s, ')');
}

/* "8 of 32 threads wait at __syncthreads (k.cu:4), 24 have ended". */
static void add_groups(struct executor *e, struct bench_str *s)
{
    uint32_t threads = e->launch->threads;
    bool told[MAX_THREADS] = {false};
    uint32_t groups = 0;
    for (uint32_t i = 0; i < threads; i++) {
        if (told[i] || has_ended(e, i))
            continue;
        uint32_t count = 0;
        for (uint32_t j = i; j < threads; j++) {
            if (!has_ended(e, j) && same_place(&e->places[i], &e->places[j])) {
                told[j] = true;
                count++;
            }
        }
        if (groups < 6) { /* enough to understand, short enough to read */
            const struct cpu_thread *t = &e->threads[i];
            bench_str_addf(s, groups == 0 ? "%u of %u threads wait at " : "; %u of %u wait at ",
                           count, threads);
            add_place(s, &e->places[i]);
            bench_str_addf(s, ", thread (%u,%u,%u) first", t->x, t->y, t->z);
        }
        groups++;
    }
    if (groups > 6)
        bench_str_addf(s, "; and %u more places", groups - 6);
    if (e->alive < threads)
        bench_str_addf(s, "; %u have ended", threads - e->alive);
}

void bench_executor_diverged(struct executor *e)
{
    struct bench_str s;
    bench_str_init(&s);
    add_groups(e, &s);
    char text[3072];
    size_t n = s.len < sizeof(text) - 1 ? s.len : sizeof(text) - 1;
    memcpy(text, s.data, n);
    text[n] = '\0';
    bench_str_fini(&s); /* before the stack is abandoned */
    bench_executor_fail(e, "barrier divergence: %s", text);
}
