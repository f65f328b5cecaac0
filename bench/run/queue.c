#include "bench/run/queue.h"

#include <stdlib.h>

#include "bench/util/mem.h"

struct group {
    const struct bench_operator *op;
    enum bench_dtype dtype;
    size_t *cases; /* the next one last */
    size_t count, capacity;
    double cost; /* of these */
    size_t workers;
};

struct bench_queue {
    const struct bench_suite *suite;
    const double *costs;
    struct group *groups; /* in the order of their first case in the suite */
    size_t group_count;
    size_t *group_of; /* group_of[case] */
    size_t count;
};

/* Cases of a suite come by operators, so that the last group is the likeliest. */
static size_t find_group(struct bench_queue *q, const struct bench_case *c)
{
    for (size_t i = q->group_count; i-- > 0;)
        if (q->groups[i].op == c->op && q->groups[i].dtype == c->dtype)
            return i;
    q->groups = bench_xrealloc(q->groups, (q->group_count + 1) * sizeof *q->groups);
    q->groups[q->group_count] = (struct group){.op = c->op, .dtype = c->dtype};
    return q->group_count++;
}

struct bench_queue *bench_queue_new(const struct bench_suite *suite, const double *costs)
{
    struct bench_queue *q = bench_xcalloc(1, sizeof *q);
    q->suite = suite;
    q->costs = costs;
    q->group_of = bench_xmalloc((suite->case_count + 1) * sizeof *q->group_of);
    for (size_t i = 0; i < suite->case_count; i++)
        q->group_of[i] = find_group(q, &suite->cases[i].plan);
    return q;
}

void bench_queue_free(struct bench_queue *q)
{
    if (q == NULL)
        return;
    for (size_t i = 0; i < q->group_count; i++)
        free(q->groups[i].cases);
    free(q->groups);
    free(q->group_of);
    free(q);
}

void bench_queue_put(struct bench_queue *q, size_t case_index)
{
    struct group *g = &q->groups[q->group_of[case_index]];
    if (g->count == g->capacity) {
        g->capacity = 2 * g->capacity + 4;
        g->cases = bench_xrealloc(g->cases, g->capacity * sizeof *g->cases);
    }
    g->cases[g->count++] = case_index;
    g->cost += q->costs[case_index];
    q->count++;
}

size_t bench_queue_count(const struct bench_queue *q)
{
    return q->count;
}

/* Whether a worker without a group had better go to `a`. */
static bool is_better(const struct group *a, const struct group *b)
{
    if (a->workers == 0 || b->workers == 0)
        return a->workers == b->workers ? a->cost > b->cost : a->workers == 0;
    return a->cost / (double)a->workers > b->cost / (double)b->workers;
}

static size_t choose_group(const struct bench_queue *q)
{
    size_t best = BENCH_QUEUE_NOWHERE;
    for (size_t i = 0; i < q->group_count; i++)
        if (q->groups[i].count > 0 &&
            (best == BENCH_QUEUE_NOWHERE || is_better(&q->groups[i], &q->groups[best])))
            best = i;
    return best;
}

void bench_queue_leave(struct bench_queue *q, size_t *group)
{
    if (*group != BENCH_QUEUE_NOWHERE)
        q->groups[*group].workers--;
    *group = BENCH_QUEUE_NOWHERE;
}

size_t bench_queue_take(struct bench_queue *q, size_t *group)
{
    if (*group == BENCH_QUEUE_NOWHERE || q->groups[*group].count == 0) {
        bench_queue_leave(q, group);
        *group = choose_group(q);
        q->groups[*group].workers++;
    }
    struct group *g = &q->groups[*group];
    size_t case_index = g->cases[--g->count];
    g->cost -= q->costs[case_index];
    q->count--;
    return case_index;
}
