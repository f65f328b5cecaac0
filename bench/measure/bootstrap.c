#include "bench/measure/bootstrap.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/util/mem.h"
#include "bench/util/rng.h"

struct place {
    double value;
    uint32_t round;
};

static int compare_places(const void *left, const void *right)
{
    const struct place *a = left, *b = right;
    int by_value = (a->value > b->value) - (a->value < b->value);
    return by_value != 0 ? by_value : (a->round > b->round) - (a->round < b->round);
}

/* Samples less than half a step apart are of the same step, whatever a float lost in them. */
static void find_steps(struct bench_ranked *r, const struct place *places)
{
    for (size_t i = 0; i < r->count; i++) {
        double value = places[i].value;
        if (r->steps == 0 || value > r->value[r->steps - 1] + r->half_step) {
            r->first[r->steps] = (uint32_t)i;
            r->value[r->steps++] = value;
        }
        r->step[i] = (uint32_t)(r->steps - 1);
        r->round[i] = places[i].round;
    }
    r->first[r->steps] = (uint32_t)r->count;
}

void bench_ranked_init(struct bench_ranked *r, const double *samples, size_t count,
                       double resolution_ns)
{
    assert(count > 0 && count <= UINT32_MAX && resolution_ns >= 0);
    struct place *places = bench_xmalloc(count * sizeof *places);
    for (size_t i = 0; i < count; i++) {
        assert(!isnan(samples[i]));
        places[i] = (struct place){samples[i], (uint32_t)i};
    }
    qsort(places, count, sizeof *places, compare_places);
    *r = (struct bench_ranked){.count = count, .half_step = resolution_ns / 2};
    r->round = bench_xmalloc(count * sizeof *r->round);
    r->step = bench_xmalloc(count * sizeof *r->step);
    r->first = bench_xmalloc((count + 1) * sizeof *r->first);
    r->value = bench_xmalloc(count * sizeof *r->value);
    find_steps(r, places);
    free(places);
}

void bench_ranked_fini(struct bench_ranked *r)
{
    free(r->round);
    free(r->step);
    free(r->first);
    free(r->value);
    *r = (struct bench_ranked){0};
}

static uint64_t times_drawn(const struct bench_ranked *r, const uint32_t *draws, size_t rank)
{
    return draws == NULL ? 1 : draws[r->round[rank]];
}

/* The first rank up to which at least half of the draws lie, and how many lie before its step. */
static size_t middle_rank(const struct bench_ranked *r, const uint32_t *draws, uint64_t *before)
{
    uint64_t half = (r->count + 1) / 2, sum = 0;
    size_t rank = 0;
    if (draws == NULL) {
        rank = half - 1;
        sum = half;
    } else {
        const uint32_t *round = r->round; /* the loop that all the time of a bootstrap goes into */
        while ((sum += draws[round[rank]]) < half)
            rank++;
    }
    for (size_t i = r->first[r->step[rank]]; i <= rank; i++)
        sum -= times_drawn(r, draws, i);
    *before = sum;
    return rank;
}

/* Of `count` samples half lie below the median. Where the half falls inside a step, its samples are
 * taken as spread evenly over the step; where it falls between two, the middle of the gap. */
double bench_ranked_median(const struct bench_ranked *r, const uint32_t *draws)
{
    uint64_t before, here = 0;
    size_t step = r->step[middle_rank(r, draws, &before)], rank = r->first[step];
    double value = r->value[step];
    for (; rank < r->first[step + 1]; rank++)
        here += times_drawn(r, draws, rank);
    if (2 * (before + here) > r->count) {
        double inside = (double)r->count / 2 - (double)before;
        return value + r->half_step * (2 * inside / (double)here - 1);
    }
    while (times_drawn(r, draws, rank) == 0) /* half of the draws lie above, so one is found */
        rank++;
    return (value + r->value[r->step[rank]]) / 2;
}

/* An index below 2^32 from 32 random bits: the product's high half. Its bias is below count / 2^32,
 * one in four million for 1024 rounds. */
static void draw_rounds(uint32_t *draws, size_t count, struct bench_rng *rng)
{
    memset(draws, 0, count * sizeof *draws);
    size_t i = 0;
    for (; i + 1 < count; i += 2) {
        uint64_t bits = bench_rng_u64(rng);
        draws[((bits >> 32) * count) >> 32]++;
        draws[((bits & UINT32_MAX) * count) >> 32]++;
    }
    if (i < count)
        draws[((bench_rng_u64(rng) >> 32) * count) >> 32]++;
}

void bench_bootstrap_medians(const struct bench_ranked *a, const struct bench_ranked *b,
                             int resamples, uint64_t seed, double *medians_a, double *medians_b)
{
    assert(a->count == b->count);
    uint32_t *draws = bench_xmalloc(a->count * sizeof *draws);
    struct bench_rng rng;
    bench_rng_init(&rng, seed);
    for (int i = 0; i < resamples; i++) {
        draw_rounds(draws, a->count, &rng);
        medians_a[i] = bench_ranked_median(a, draws);
        medians_b[i] = bench_ranked_median(b, draws);
    }
    free(draws);
}
