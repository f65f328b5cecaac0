#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "bench/util/clock.h"
#include "bench/util/hash.h"
#include "bench/util/rng.h"

Test(rng, is_xoshiro256ss_seeded_by_splitmix64)
{
    /* SplitMix64 from 0 begins so (the authors' reference code). */
    struct bench_rng r;
    bench_rng_init(&r, 0);
    cr_assert_eq(r.state[0], 0xe220a8397b1dcdafu);
    cr_assert_eq(r.state[1], 0x6e789e6aa1b965f4u);
    /* xoshiro256** from the state 1, 2, 3, 4 begins so. */
    r = (struct bench_rng){{1, 2, 3, 4}};
    cr_assert_eq(bench_rng_u64(&r), 11520u);
    cr_assert_eq(bench_rng_u64(&r), 0u);
    cr_assert_eq(bench_rng_u64(&r), 1509978240u);
    cr_assert_eq(bench_rng_u64(&r), 1215971899390074240u);
}

Test(rng, draws_stay_in_range_and_cover_it)
{
    struct bench_rng r;
    bench_rng_init(&r, 1);
    int seen[7] = {0};
    double sum = 0;
    double squares = 0;
    for (int i = 0; i < 70000; i++) {
        seen[bench_rng_below(&r, 7)]++;
        double u = bench_rng_double(&r);
        cr_assert(u >= 0 && u < 1);
        double n = bench_rng_normal(&r);
        sum += n;
        squares += n * n;
    }
    for (int i = 0; i < 7; i++)
        cr_assert(seen[i] > 9500 && seen[i] < 10500, "%d", seen[i]);
    cr_assert_lt(fabs(sum / 70000), 0.02);
    cr_assert_lt(fabs(squares / 70000 - 1), 0.03);
}

Test(rng, a_shuffle_is_a_permutation_fixed_by_the_seed)
{
    int a[50];
    int b[50];
    int seen[50] = {0};
    for (int i = 0; i < 50; i++)
        a[i] = b[i] = i;
    struct bench_rng r;
    bench_rng_init(&r, 9);
    bench_rng_shuffle(&r, a, 50);
    bench_rng_init(&r, 9);
    bench_rng_shuffle(&r, b, 50);
    cr_assert_eq(memcmp(a, b, sizeof(a)), 0);
    int moved = 0;
    for (int i = 0; i < 50; i++) {
        seen[a[i]]++;
        moved += a[i] != i;
    }
    for (int i = 0; i < 50; i++)
        cr_assert_eq(seen[i], 1);
    cr_assert_gt(moved, 25);
}

static void hash_parts(const char *a, const char *b, char out[33])
{
    struct bench_hash *h = bench_hash_new();
    bench_hash_add_str(h, a);
    bench_hash_add_str(h, b);
    bench_hash_hex(h, out);
    bench_hash_free(h);
}

Test(hash, parts_are_told_apart)
{
    char one[33];
    char two[33];
    char again[33];
    hash_parts("ab", "c", one);
    hash_parts("a", "bc", two);
    hash_parts("ab", "c", again);
    cr_assert_str_neq(one, two);
    cr_assert_str_eq(one, again);
    cr_assert_eq(strlen(one), 32);
    bench_hash_free(NULL);
}

Test(hash, a_block_has_the_hash_that_xxhsum_prints)
{
    char hex[33];
    bench_hash_bytes_hex("", 0, hex);
    cr_assert_str_eq(hex, "99aa06d3014798d86001c324468d497f");
}

Test(clock, has_the_documented_forms)
{
    char iso[32];
    char python[40];
    bench_clock_iso(iso);
    bench_clock_iso_python(python);
    cr_assert_eq(strlen(iso), 20);
    cr_assert_eq(iso[10], 'T');
    cr_assert_eq(iso[19], 'Z');
    cr_assert(strlen(python) == 26 || strlen(python) == 19);
    int64_t t = bench_clock_ns();
    cr_assert_geq(bench_clock_ns(), t);
}
