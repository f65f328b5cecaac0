/* Shuffles, votes, matches and reductions over the lanes of a warp that a mask names. */
#include <string.h>

#include "bench/device/cpu/executor.h"

/* Loops over the lanes of a mask go `for (rest = lanes; rest; rest &= rest - 1)`, each with this.
 */
static inline uint32_t first_of(uint32_t rest)
{
    return (uint32_t)__builtin_ctz(rest);
}

static void exchange(struct warp *w, uint32_t lanes)
{
    uint64_t brought[WARP];
    memcpy(brought, w->value, sizeof(brought));
    for (uint32_t rest = lanes; rest; rest &= rest - 1) {
        uint32_t lane = first_of(rest);
        uint32_t source = w->source[lane];
        /* Undefined on a GPU: NaN, so that a kernel which uses it is seen to be wrong. */
        w->value[lane] = lanes >> source & 1 ? brought[source] : UINT64_MAX;
    }
}

static void give_all(struct warp *w, uint32_t lanes, uint64_t result)
{
    for (uint32_t rest = lanes; rest; rest &= rest - 1) {
        uint32_t lane = first_of(rest);
        w->value[lane] = result;
    }
}

static void vote(struct warp *w, uint32_t lanes, uint32_t operation)
{
    uint32_t ballot = 0;
    for (uint32_t rest = lanes; rest; rest &= rest - 1) {
        uint32_t lane = first_of(rest);
        ballot |= (uint32_t)(w->value[lane] != 0) << lane;
    }
    if (operation == BENCH_CPU_ANY)
        ballot = ballot != 0;
    else if (operation == BENCH_CPU_ALL)
        ballot = ballot == lanes;
    give_all(w, lanes, ballot);
}

static uint32_t lanes_with(const uint64_t *brought, uint32_t lanes, uint64_t value)
{
    uint32_t equal = 0;
    for (uint32_t rest = lanes; rest; rest &= rest - 1) {
        uint32_t lane = first_of(rest);
        equal |= (uint32_t)(brought[lane] == value) << lane;
    }
    return equal;
}

static void match_any(struct warp *w, uint32_t lanes)
{
    uint64_t brought[WARP];
    memcpy(brought, w->value, sizeof(brought));
    for (uint32_t rest = lanes; rest; rest &= rest - 1) {
        uint32_t lane = first_of(rest);
        w->value[lane] = lanes_with(brought, lanes, brought[lane]);
    }
}

static void match_all(struct warp *w, uint32_t lanes)
{
    uint64_t first = w->value[__builtin_ctz(lanes)];
    bool equal = true;
    for (uint32_t rest = lanes; rest; rest &= rest - 1) {
        uint32_t lane = first_of(rest);
        equal &= w->value[lane] == first;
    }
    give_all(w, lanes, equal ? lanes : 0);
}

static uint32_t combine(uint32_t operation, uint32_t a, uint32_t b)
{
    switch (operation) {
    case BENCH_CPU_REDUCE_ADD:
        return a + b;
    case BENCH_CPU_REDUCE_MIN:
        return (int32_t)a < (int32_t)b ? a : b;
    case BENCH_CPU_REDUCE_MAX:
        return (int32_t)a > (int32_t)b ? a : b;
    case BENCH_CPU_REDUCE_UMIN:
        return a < b ? a : b;
    case BENCH_CPU_REDUCE_UMAX:
        return a > b ? a : b;
    case BENCH_CPU_REDUCE_AND:
        return a & b;
    case BENCH_CPU_REDUCE_OR:
        return a | b;
    default:
        return a ^ b;
    }
}

static void reduce(struct warp *w, uint32_t lanes, uint32_t operation)
{
    uint32_t first = (uint32_t)__builtin_ctz(lanes);
    uint32_t result = (uint32_t)w->value[first];
    for (uint32_t rest = lanes & ~(1u << first); rest; rest &= rest - 1) {
        uint32_t lane = first_of(rest);
        result = combine(operation, result, (uint32_t)w->value[lane]);
    }
    give_all(w, lanes, result);
}

static void complete(struct executor *e, struct warp *w, uint32_t index)
{
    struct meeting m = w->meetings[index];
    w->meetings[index] = w->meetings[--w->meeting_count];
    switch (m.operation) {
    case BENCH_CPU_SYNCWARP:
        break;
    case BENCH_CPU_EXCHANGE:
        exchange(w, m.arrived);
        break;
    case BENCH_CPU_BALLOT:
    case BENCH_CPU_ANY:
    case BENCH_CPU_ALL:
        vote(w, m.arrived, m.operation);
        break;
    case BENCH_CPU_MATCH_ANY:
        match_any(w, m.arrived);
        break;
    case BENCH_CPU_MATCH_ALL:
        match_all(w, m.arrived);
        break;
    case BENCH_CPU_ACTIVEMASK:
        give_all(w, m.arrived, m.arrived);
        break;
    default:
        reduce(w, m.arrived, m.operation);
    }
    executor_ready(e, w, m.arrived);
}

/* True if nobody else is to come. The active mask is settled when the warp stands still. */
static bool is_complete(const struct warp *w, const struct meeting *m)
{
    return m->operation != BENCH_CPU_ACTIVEMASK && m->arrived == (m->mask & ~w->ended);
}

void bench_executor_lane_ended(struct executor *e, struct warp *w)
{
    for (uint32_t i = w->meeting_count; i-- > 0;) /* complete() moves the last one to i */
        if (is_complete(w, &w->meetings[i]))
            complete(e, w, i);
}

bool bench_executor_release_active(struct executor *e, struct warp *w)
{
    bool any = false;
    for (uint32_t i = w->meeting_count; i-- > 0;) {
        if (w->meetings[i].operation == BENCH_CPU_ACTIVEMASK) {
            complete(e, w, i);
            any = true;
        }
    }
    return any;
}

static uint32_t join(struct warp *w, uint32_t bit, uint32_t mask, uint32_t operation)
{
    uint32_t i = 0;
    while (i < w->meeting_count &&
           (w->meetings[i].mask != mask || w->meetings[i].operation != operation))
        i++;
    if (i == w->meeting_count)
        w->meetings[w->meeting_count++] = (struct meeting){mask, operation, 0};
    w->meetings[i].arrived |= bit;
    return i;
}

_Noreturn static void not_named(struct executor *e, uint32_t mask, const char *file, int line)
{
    const struct bench_cpu_dim *t = &e->context->thread_idx;
    bench_executor_fail(
        e,
        "barrier divergence: thread (%u,%u,%u) is lane %u of its warp, but the mask "
        "0x%08x that it gives does not name it (%s:%d)",
        t->x, t->y, t->z, e->context->linear % WARP, mask, file, line);
}

struct bench_resume bench_executor_warp(uint32_t mask, uint32_t operation, uint64_t value,
                                        const char *file, int line, void *sp)
{
    struct executor *e = bench_cpu_context.executor;
    uint32_t self = bench_cpu_context.linear;
    uint32_t lane = self % WARP;
    uint32_t kind = operation & 0xff;
    if (e->plain)
        bench_executor_expand(e);
    struct warp *w = &e->warps[self / WARP];
    e->places[self] = (struct place){file, line, (int)kind, mask};
    w->value[lane] = value;
    w->source[lane] = operation >> 8 & (WARP - 1);
    if (kind == BENCH_CPU_ACTIVEMASK)
        mask = (uint32_t)line; /* lanes meet by place, not by mask */
    else if (!(mask >> lane & 1))
        not_named(e, mask, file, line);
    uint32_t m = join(w, 1u << lane, mask, kind);
    if (is_complete(w, &w->meetings[m]))
        complete(e, w, m);
    return bench_executor_switch(e, sp);
}
