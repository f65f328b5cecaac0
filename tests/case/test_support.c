/* The harness's own kernels, run on the cpu device. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/case/support.h"
#include "bench/util/mem.h"

static struct bench_session s;

static void open_cpu(void)
{
    struct bench_err err = {0};
    cr_assert_eq(bench_session_open(&s, "cpu", 1, false, &err), 0, "%s", err.message);
}

static void close_cpu(void)
{
    bench_session_close(&s);
}

TestSuite(support, .init = open_cpu, .fini = close_cpu, .timeout = 300);

static void *take(size_t bytes)
{
    void *memory = NULL;
    struct bench_err err = {0};
    cr_assert_eq(bench_session_take(&s, bytes, &memory, &err), 0, "%s", err.message);
    return memory;
}

static void fill(void *data, enum bench_dtype dtype, int64_t n, enum bench_fill_kind kind, double a,
                 double b, uint64_t seed, uint32_t ordinal)
{
    struct bench_err err = {0};
    struct bench_tensor t = {.dtype = dtype, .numel = n, .fill = kind, .fill_a = a, .fill_b = b};
    cr_assert_eq(bench_support_fill(&s, data, &t, seed, ordinal, &err), 0, "%s", err.message);
    cr_assert_eq(bench_device_synchronize(s.device, &err), 0, "%s", err.message);
}

static void fetch(void *to, const void *from, size_t bytes)
{
    cr_assert_eq(bench_device_download(s.device, to, from, bytes, NULL), 0);
}

/* Known answers of Random123 (kat_vectors): philox4x32-10 of counter 0 and key 0 is
 * 6627e8d5 e169c58d bc57ac4c 9b00dbd8; a range of 2^32 takes words 0 and 2 as they are. */
Test(support, fill_is_philox_4x32_10)
{
    int64_t got[2];
    void *data = take(sizeof got);
    fill(data, BENCH_INT64, 2, BENCH_FILL_INTEGERS, 0, 4294967296.0, 0, 0);
    fetch(got, data, sizeof got);
    cr_assert_eq(got[0], 0x6627e8d5);
    cr_assert_eq(got[1], 0xbc57ac4c);
}

Test(support, fill_depends_on_seed_and_tensor_and_not_on_length)
{
    float a[100], b[101], c[100], d[100];
    void *data = take(sizeof b);
    fill(data, BENCH_FLOAT32, 100, BENCH_FILL_NORMAL, 0, 1, 5, 0);
    fetch(a, data, sizeof a);
    fill(data, BENCH_FLOAT32, 101, BENCH_FILL_NORMAL, 0, 1, 5, 0);
    fetch(b, data, sizeof b);
    fill(data, BENCH_FLOAT32, 100, BENCH_FILL_NORMAL, 0, 1, 6, 0);
    fetch(c, data, sizeof c);
    fill(data, BENCH_FLOAT32, 100, BENCH_FILL_NORMAL, 0, 1, 5, 1);
    fetch(d, data, sizeof d);
    cr_assert_eq(memcmp(a, b, sizeof a), 0);
    cr_assert_neq(memcmp(a, c, sizeof a), 0);
    cr_assert_neq(memcmp(a, d, sizeof a), 0);
}

#define MANY 200000
static double many[MANY];

Test(support, normal_fill_is_normal)
{
    void *data = take(sizeof many);
    fill(data, BENCH_FLOAT64, MANY, BENCH_FILL_NORMAL, 3, 2, 42, 0);
    fetch(many, data, sizeof many);
    double sum = 0, squares = 0;
    int within_one = 0, beyond_three = 0;
    for (int i = 0; i < MANY; i++) {
        double z = (many[i] - 3) / 2;
        sum += z;
        squares += z * z;
        within_one += fabs(z) < 1;
        beyond_three += fabs(z) > 3;
    }
    /* Five standard errors each. */
    cr_assert_float_eq(sum / MANY, 0, 5 / sqrt(MANY));
    cr_assert_float_eq(squares / MANY, 1, 5 * sqrt(2.0 / MANY));
    cr_assert_float_eq(within_one / (double)MANY, 0.6826895, 5 * sqrt(0.22 / MANY));
    cr_assert_float_eq(beyond_three / (double)MANY, 0.0026998, 5 * sqrt(0.0027 / MANY));
}

Test(support, uniform_integers_constant_and_sequence_keep_their_bounds)
{
    static int32_t integers[10000];
    static float reals[10000];
    int counts[7] = {0};
    void *data = take(sizeof integers);
    fill(data, BENCH_INT32, 10000, BENCH_FILL_INTEGERS, -3, 4, 9, 0);
    fetch(integers, data, sizeof integers);
    for (int i = 0; i < 10000; i++) {
        cr_assert(integers[i] >= -3 && integers[i] < 4);
        counts[integers[i] + 3]++;
    }
    for (int k = 0; k < 7; k++)
        cr_assert(counts[k] > 1200 && counts[k] < 1660, "value %d: %d times", k - 3, counts[k]);
    fill(data, BENCH_FLOAT32, 10000, BENCH_FILL_UNIFORM, -1, 2, 9, 0);
    fetch(reals, data, sizeof reals);
    for (int i = 0; i < 10000; i++)
        cr_assert(reals[i] >= -1 && reals[i] <= 2);
    fill(data, BENCH_FLOAT32, 9, BENCH_FILL_CONSTANT, 2.5, 0, 9, 0);
    fetch(reals, data, 9 * sizeof *reals);
    cr_assert_eq(reals[8], 2.5f);
    fill(data, BENCH_FLOAT32, 9, BENCH_FILL_SEQUENCE, 1, 0.5, 9, 0);
    fetch(reals, data, 9 * sizeof *reals);
    cr_assert_eq(reals[8], 5.0f);
}

Test(support, poison_is_nan_and_ends_with_the_tensor)
{
    float got[10];
    void *data = take(sizeof got);
    fill(data, BENCH_FLOAT32, 10, BENCH_FILL_CONSTANT, 1, 0, 0, 0);
    cr_assert_eq(bench_support_poison(&s, data, BENCH_FLOAT32, 9 * sizeof(float), NULL), 0);
    cr_assert_eq(bench_device_synchronize(s.device, NULL), 0);
    fetch(got, data, sizeof got);
    for (int i = 0; i < 9; i++)
        cr_assert(isnan(got[i]));
    cr_assert_eq(got[9], 1.0f);
}

Test(support, guard_zones_show_the_first_byte_that_changed)
{
    struct bench_finding found;
    unsigned char *zone = take(4096), byte;
    cr_assert_eq(bench_support_guard_set(&s, zone, 4096, NULL), 0);
    cr_assert_eq(bench_support_guard_check(&s, zone, 4096, &found, NULL), 0);
    cr_assert_eq(found.bad, 0);
    for (int at = 4000; at >= 77; at -= 3923) {
        fetch(&byte, zone + at, 1);
        byte ^= 1;
        cr_assert_eq(bench_device_upload(s.device, zone + at, &byte, 1, NULL), 0);
    }
    cr_assert_eq(bench_support_guard_check(&s, zone, 4096, &found, NULL), 0);
    cr_assert_eq(found.bad, 2);
    cr_assert_eq(found.first, 77);
}

Test(support, equal_sees_one_byte_anywhere)
{
    struct bench_finding found;
    unsigned char bytes[1003];
    void *a = take(sizeof bytes), *b = take(sizeof bytes);
    for (size_t at = 0; at < sizeof bytes; at += 167) {
        memset(bytes, 7, sizeof bytes);
        cr_assert_eq(bench_device_upload(s.device, a, bytes, sizeof bytes, NULL), 0);
        bytes[at] ^= 0x80;
        cr_assert_eq(bench_device_upload(s.device, b, bytes, sizeof bytes, NULL), 0);
        cr_assert_eq(bench_support_equal(&s, a, b, sizeof bytes, &found, NULL), 0);
        cr_assert_eq(found.bad, 1);
        cr_assert_eq(found.first, (int64_t)at);
    }
    cr_assert_eq(bench_support_equal(&s, a, a, sizeof bytes, &found, NULL), 0);
    cr_assert_eq(found.bad, 0);
}

static uint64_t digest(const void *data, size_t bytes, uint32_t ordinal, uint64_t key)
{
    uint64_t value = 0;
    struct bench_err err = {0};
    cr_assert_eq(bench_support_digest(&s, data, bytes, ordinal, key, &value, &err), 0, "%s",
                 err.message);
    return value;
}

/* The answers are of a program in another language, written after support.h. */
Test(support, digest_is_as_defined)
{
    unsigned char bytes[16];
    void *data = take(sizeof bytes);
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)i;
    cr_assert_eq(bench_device_upload(s.device, data, bytes, sizeof bytes, NULL), 0);
    cr_expect_eq(digest(data, 13, 0, 0), 0xac85a2c15f217d72u);
    cr_expect_eq(digest(data, 13, 1, 0), 0x624213519477c54cu);
    cr_expect_eq(digest(data, 16, 0, 0), 0xfe1ea5788fa6e6acu);
    cr_expect_eq(digest(data, 16, 0, 0x0123456789abcdefu), 0x46d5af074b71879au);
    cr_expect_eq(digest(data, 0, 0, 1), 0);
}

/* A device whose arithmetic differs in one bit of one element would not pass. The answers are of a
 * program in another language that computes in exact fractions, rounded once an operation. */
Test(support, normal_fill_has_the_bits_that_are_promised)
{
    const uint64_t seed = 0x123456789abcdef0u;
    void *data = take(1001 * sizeof(double));
    fill(data, BENCH_FLOAT32, 1001, BENCH_FILL_NORMAL, 0.5, 2, seed, 3);
    cr_expect_eq(digest(data, 1001 * 4, 3, 0), 0xeed5befcf354a7ddu);
    fill(data, BENCH_FLOAT64, 1001, BENCH_FILL_NORMAL, 0.5, 2, seed, 3);
    cr_expect_eq(digest(data, 1001 * 8, 3, 0), 0x198e1159d6f90c9du);
    fill(data, BENCH_FLOAT16, 1001, BENCH_FILL_NORMAL, 0.5, 2, seed, 3);
    cr_expect_eq(digest(data, 1001 * 2, 3, 0), 0x52dbaaf8a54694f0u);
}

Test(support, digest_sees_every_bit_and_place)
{
    static unsigned char bytes[40003];
    void *data = take(sizeof bytes);
    fill(data, BENCH_UINT8, sizeof bytes, BENCH_FILL_INTEGERS, 0, 256, 1, 0);
    fetch(bytes, data, sizeof bytes);
    const uint64_t before = digest(data, sizeof bytes, 0, 0);
    for (size_t at = 0; at < sizeof bytes; at += 1429) {
        bytes[at] ^= 0x10;
        cr_assert_eq(bench_device_upload(s.device, data, bytes, sizeof bytes, NULL), 0);
        cr_expect_neq(digest(data, sizeof bytes, 0, 0), before, "byte %zu", at);
        bytes[at] ^= 0x10;
    }
    for (size_t i = 0; i < 8; i++) { /* the first two words exchanged */
        unsigned char first = bytes[i];
        bytes[i] = bytes[8 + i];
        bytes[8 + i] = first;
    }
    cr_assert_eq(bench_device_upload(s.device, data, bytes, sizeof bytes, NULL), 0);
    cr_expect_neq(digest(data, sizeof bytes, 0, 0), before);
}

/* Any size, also none and one that is no whole number of words; under AddressSanitizer a read past
 * the end would show. */
Test(support, read_changes_nothing)
{
    static const size_t sizes[] = {0, 15, 16, 100, 65536, 1000003};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct bench_err err = {0};
        unsigned char *before = bench_xcalloc(1, sizes[i] + 1),
                      *after = bench_xmalloc(sizes[i] + 1);
        void *data = take(sizes[i]);
        for (size_t k = 0; k < sizes[i]; k++)
            before[k] = (unsigned char)(k * 7);
        cr_assert_eq(bench_device_upload(s.device, data, before, sizes[i], NULL), 0);
        cr_assert_eq(bench_support_read(&s, data, sizes[i], &err), 0, "%s", err.message);
        cr_assert_eq(bench_device_synchronize(s.device, &err), 0, "%s", err.message);
        fetch(after, data, sizes[i]);
        cr_expect_eq(memcmp(before, after, sizes[i]), 0, "%zu bytes", sizes[i]);
        free(before);
        free(after);
    }
}

static struct bench_finding compare(const float *got, const double *want, const double *scale,
                                    int64_t n)
{
    struct bench_finding found;
    struct bench_err err = {0};
    void *g = take((size_t)n * sizeof *got), *w = take((size_t)n * sizeof *want), *c = NULL;
    cr_assert_eq(bench_device_upload(s.device, g, got, (size_t)n * sizeof *got, NULL), 0);
    cr_assert_eq(bench_device_upload(s.device, w, want, (size_t)n * sizeof *want, NULL), 0);
    if (scale != NULL) {
        c = take((size_t)n * sizeof *scale);
        cr_assert_eq(bench_device_upload(s.device, c, scale, (size_t)n * sizeof *scale, NULL), 0);
    }
    cr_assert_eq(bench_support_compare(&s, BENCH_FLOAT32, g, w, c, n, 1e-3, 1e-5, &found, &err), 0,
                 "%s", err.message);
    return found;
}

Test(support, compare_applies_the_tolerances)
{
    const double want[] = {1000, 0, -1, 0.5};
    const float close[] = {1000.9f, 0.9e-5f, -1.0009f, 0.5f};
    const float far[] = {1001.1f, 1.2e-5f, -1.0f, 0.6f};
    struct bench_finding f = compare(close, want, NULL, 4);
    cr_assert_eq(f.bad, 0);
    cr_assert(f.max_ratio > 0.85 && f.max_ratio < 1);
    f = compare(far, want, NULL, 4);
    cr_assert_eq(f.bad, 3);
    cr_assert_eq(f.nan_bad, 0);
    cr_assert_eq(f.first, 0);
    cr_assert_float_eq(f.max_error, 1.1, 1e-3);
}

Test(support, compare_allows_what_the_scale_allows)
{
    const double want[] = {0.001}, scale[] = {1000};
    const float got[] = {0.5f};
    cr_assert_eq(compare(got, want, NULL, 1).bad, 1);
    cr_assert_eq(compare(got, want, scale, 1).bad, 0);
}

Test(support, compare_knows_nan_and_infinity)
{
    const double want[] = {NAN, INFINITY, -INFINITY, 1e300, 1, 1, INFINITY, NAN};
    const float same[] = {NAN, INFINITY, -INFINITY, INFINITY, 1, 1, INFINITY, NAN};
    const float other[] = {1, -INFINITY, -INFINITY, INFINITY, NAN, INFINITY, 3e38f, NAN};
    cr_assert_eq(compare(same, want, NULL, 8).bad, 0, "1e300 is infinite in float32");
    struct bench_finding f = compare(other, want, NULL, 8);
    cr_assert_eq(f.bad, 5);
    cr_assert_eq(f.nan_bad, 5);
    cr_assert_eq(f.first, 0);
}

Test(support, integers_are_compared_exactly_beyond_2_to_53)
{
    const int64_t want[] = {1, 9007199254740993}, got[] = {1, 9007199254740992};
    struct bench_finding f;
    void *w = take(sizeof want), *g = take(sizeof got);
    cr_assert_eq(bench_device_upload(s.device, w, want, sizeof want, NULL), 0);
    cr_assert_eq(bench_device_upload(s.device, g, got, sizeof got, NULL), 0);
    cr_assert_eq(bench_support_compare(&s, BENCH_INT64, g, w, NULL, 2, 0, 0, &f, NULL), 0);
    cr_assert_eq(f.bad, 1);
    cr_assert_eq(f.first, 1);
    cr_assert_eq(bench_support_compare(&s, BENCH_INT64, w, w, NULL, 2, 0, 0, &f, NULL), 0);
    cr_assert_eq(f.bad, 0);
}

static struct bench_finding compare_positions(const int64_t *got, const int64_t *want)
{
    /* Two rows of four: equal values at 0 and 2, zeros of both signs, NaN twice. */
    const float values[] = {5, 3, 5, 1, -0.0f, NAN, 0, NAN};
    const struct bench_tensor positions = {.numel = 4, .ndim = 2, .shape = {2, 2}};
    const struct bench_tensor input = {.dtype = BENCH_FLOAT32, .ndim = 2, .shape = {2, 4}};
    struct bench_finding found;
    struct bench_err err = {0};
    void *v = take(sizeof values), *g = take(4 * sizeof *got), *w = take(4 * sizeof *want);
    cr_assert_eq(bench_device_upload(s.device, v, values, sizeof values, NULL), 0);
    cr_assert_eq(bench_device_upload(s.device, g, got, 4 * sizeof *got, NULL), 0);
    cr_assert_eq(bench_device_upload(s.device, w, want, 4 * sizeof *want, NULL), 0);
    cr_assert_eq(bench_support_compare_positions(&s, &positions, g, w, &input, v, &found, &err), 0,
                 "%s", err.message);
    return found;
}

Test(support, of_equal_values_any_position_is_right_and_none_twice)
{
    const int64_t want[] = {0, 2, 1, 0};
    const struct {
        int64_t got[4], bad, first;
    } tries[] = {
        {{0, 2, 1, 0}, 0, 0},  {{2, 0, 3, 2}, 0, 0},         /* ties the other way round */
        {{1, 2, 1, 0}, 1, 0},  {{0, 2, 0, 1}, 2, 2},         /* another value; NaN is no zero */
        {{2, 2, 1, 0}, 1, 1},  {{0, 2, 1, 4}, 1, 3},         /* twice; beyond the row */
        {{-1, 2, 1, 0}, 1, 0}, {{0, 2, 1, INT64_MIN}, 1, 3}, /* before it */
    };
    for (size_t i = 0; i < sizeof tries / sizeof *tries; i++) {
        struct bench_finding f = compare_positions(tries[i].got, want);
        cr_expect_eq(f.bad, tries[i].bad, "try %zu: %lld wrong", i, (long long)f.bad);
        if (tries[i].bad > 0)
            cr_expect_eq(f.first, tries[i].first, "try %zu: the first is %lld", i,
                         (long long)f.first);
    }
}

/* The same kernels are what a GPU runs. */
Test(support, every_type_compiles_for_a_gpu)
{
#ifdef __SANITIZE_ADDRESS__
    cr_skip_test("under AddressSanitizer it is NVRTC that takes half a minute");
#endif
    struct bench_err err = {0};
    if (bench_compiler_check("sm_90", &err) != BENCH_OK)
        cr_skip_test("%s", err.message);
    for (int t = 0; t < BENCH_DTYPE_COUNT; t++) {
        struct bench_compile_request request;
        struct bench_compiled compiled;
        bench_support_request((enum bench_dtype)t, "sm_90", &request);
        cr_assert_eq(bench_compile(&request, &compiled, &err), 0, "%s", err.message);
        for (size_t i = 0; i < compiled.entry_count; i++)
            cr_expect_eq(compiled.entries[i].spill_store_bytes, 0, "%s", request.entries[i]);
        bench_compiled_fini(&compiled);
    }
}
