/*
 * The sampler: decides which arm (implementation) runs next and when there is enough, and keeps
 * every sample. It is handed times and says "more" or "done"; it knows nothing of devices, files or
 * progress bars. A round runs every arm once, in an order drawn anew for each round.
 */
#ifndef BENCH_MEASURE_SAMPLER_H
#define BENCH_MEASURE_SAMPLER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BENCH_SAMPLER_MAX_ARMS 1024 /* variants of an implementation are arms while tuning */

/* No defaults: every field must be set. */
struct bench_sampler_config {
    int arms;          /* 1 … BENCH_SAMPLER_MAX_ARMS */
    int warmup_rounds; /* run and not counted */
    int rounds;        /* counted */
    uint64_t seed;     /* of the orders */
};

struct bench_sampler;
struct bench_sampler *bench_sampler_new(const struct bench_sampler_config *config);
void bench_sampler_free(struct bench_sampler *s);

/* The next arm to run, or -1 when the sampler is done. */
int bench_sampler_next(struct bench_sampler *s);
/* The time of the arm that _next named last, in ns; finite and >= 0. */
void bench_sampler_add(struct bench_sampler *s, double ns);
/* The round now running, counted from 0; negative during warm-up. */
int bench_sampler_round(const struct bench_sampler *s);
/* An arm failed: it is dropped, its samples so far are kept but the arm is not run again. */
void bench_sampler_drop(struct bench_sampler *s, int arm);

/* Samples of an arm by round; *count complete rounds. */
const double *bench_sampler_samples(const struct bench_sampler *s, int arm, size_t *count);

#endif
