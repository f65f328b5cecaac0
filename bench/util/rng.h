/* A small seeded random generator (SplitMix64 seeding xoshiro256**; Blackman and Vigna, 2018) for
 * orders, bootstrap and seeds. Inputs of kernels are filled on the device, see bench/run/support.
 */
#ifndef BENCH_UTIL_RNG_H
#define BENCH_UTIL_RNG_H

#include <stddef.h>
#include <stdint.h>

struct bench_rng {
    uint64_t state[4];
};

void bench_rng_init(struct bench_rng *r, uint64_t seed);
uint64_t bench_rng_u64(struct bench_rng *r);
/* Uniform in [0, n), without modulo bias (Lemire 2019); n > 0. */
uint64_t bench_rng_below(struct bench_rng *r, uint64_t n);
/* Uniform in [0, 1), 53 bits. */
double bench_rng_double(struct bench_rng *r);
/* Standard normal (polar method). */
double bench_rng_normal(struct bench_rng *r);
/* Fisher-Yates. */
void bench_rng_shuffle(struct bench_rng *r, int *items, size_t count);

#endif
