#include "bench/measure/sampler.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/util/mem.h"
#include "bench/util/rng.h"

struct arm {
    double *samples; /* samples[rounds] */
    size_t count;
    bool dropped;
};

struct bench_sampler {
    struct bench_sampler_config config;
    struct bench_rng rng;
    struct arm *arms;
    int *order;   /* of this round: the arms not dropped, shuffled */
    int in_order; /* how many */
    int at;       /* position in the order of the arm to run next */
    int round;    /* from -warmup_rounds to rounds */
    int current;  /* arm that _next named and whose time is awaited, or -1 */
};

static void start_round(struct bench_sampler *s)
{
    s->in_order = 0;
    for (int i = 0; i < s->config.arms; i++)
        if (!s->arms[i].dropped)
            s->order[s->in_order++] = i;
    bench_rng_shuffle(&s->rng, s->order, (size_t)s->in_order);
    s->at = 0;
}

struct bench_sampler *bench_sampler_new(const struct bench_sampler_config *config)
{
    assert(config->arms >= 1 && config->arms <= BENCH_SAMPLER_MAX_ARMS);
    assert(config->warmup_rounds >= 0 && config->rounds >= 0);
    struct bench_sampler *s = bench_xcalloc(1, sizeof *s);
    s->config = *config;
    s->arms = bench_xcalloc((size_t)config->arms, sizeof *s->arms);
    s->order = bench_xcalloc((size_t)config->arms, sizeof *s->order);
    for (int i = 0; i < config->arms; i++)
        s->arms[i].samples = bench_xcalloc((size_t)config->rounds + 1, sizeof(double));
    bench_rng_init(&s->rng, config->seed);
    s->round = -config->warmup_rounds;
    s->current = -1;
    start_round(s);
    return s;
}

void bench_sampler_free(struct bench_sampler *s)
{
    if (s == NULL)
        return;
    for (int i = 0; i < s->config.arms; i++)
        free(s->arms[i].samples);
    free(s->arms);
    free(s->order);
    free(s);
}

int bench_sampler_next(struct bench_sampler *s)
{
    s->current = -1;
    while (s->round < s->config.rounds) {
        while (s->at < s->in_order) {
            int arm = s->order[s->at++];
            if (!s->arms[arm].dropped)
                return s->current = arm;
        }
        s->round++;
        start_round(s);
        if (s->in_order == 0)
            return -1;
    }
    return -1;
}

void bench_sampler_add(struct bench_sampler *s, double ns)
{
    assert(s->current >= 0 && isfinite(ns) && ns >= 0);
    struct arm *arm = &s->arms[s->current];
    if (s->round >= 0 && !arm->dropped)
        arm->samples[arm->count++] = ns;
    s->current = -1;
}

int bench_sampler_round(const struct bench_sampler *s)
{
    return s->round;
}

void bench_sampler_drop(struct bench_sampler *s, int arm)
{
    assert(arm >= 0 && arm < s->config.arms);
    s->arms[arm].dropped = true;
    if (s->current == arm)
        s->current = -1;
}

const double *bench_sampler_samples(const struct bench_sampler *s, int arm, size_t *count)
{
    assert(arm >= 0 && arm < s->config.arms);
    *count = s->arms[arm].count;
    return s->arms[arm].samples;
}
