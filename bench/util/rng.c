#include "bench/util/rng.h"

#include <math.h>

static uint64_t splitmix64(uint64_t *x)
{
    uint64_t z = (*x += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

void bench_rng_init(struct bench_rng *r, uint64_t seed)
{
    for (int i = 0; i < 4; i++)
        r->state[i] = splitmix64(&seed);
}

static uint64_t rotate_left(uint64_t x, int k)
{
    return (x << k) | (x >> (64 - k));
}

uint64_t bench_rng_u64(struct bench_rng *r)
{
    uint64_t *s = r->state;
    uint64_t result = rotate_left(s[1] * 5, 7) * 9;
    uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate_left(s[3], 45);
    return result;
}

/* High and low halves of a 64 x 64 bit product. __int128 is no ISO C, hence the extension mark. */
__extension__ typedef unsigned __int128 product;

uint64_t bench_rng_below(struct bench_rng *r, uint64_t n)
{
    product m = (product)bench_rng_u64(r) * n;
    uint64_t low = (uint64_t)m;
    if (low < n) {
        uint64_t threshold = -n % n;
        while (low < threshold) {
            m = (product)bench_rng_u64(r) * n;
            low = (uint64_t)m;
        }
    }
    return (uint64_t)(m >> 64);
}

double bench_rng_double(struct bench_rng *r)
{
    return (double)(bench_rng_u64(r) >> 11) * 0x1p-53;
}

double bench_rng_normal(struct bench_rng *r)
{
    for (;;) {
        double x = 2 * bench_rng_double(r) - 1;
        double y = 2 * bench_rng_double(r) - 1;
        double s = x * x + y * y;
        if (s > 0 && s < 1)
            return x * sqrt(-2 * log(s) / s);
    }
}

void bench_rng_shuffle(struct bench_rng *r, int *items, size_t count)
{
    for (size_t i = count; i > 1; i--) {
        size_t j = (size_t)bench_rng_below(r, i);
        int item = items[i - 1];
        items[i - 1] = items[j];
        items[j] = item;
    }
}
