/* Warp operations on the cpu device, against what PTX says of them. */
#include <criterion/criterion.h>
#include <stdint.h>
#include <string.h>

#include "cpu_support.h"

TestSuite(cpu_warp, .init = cpu_setup, .fini = cpu_teardown);

/* PTX ISA, shfl.sync, word for word: the source lane. */
static int source_lane(int kind, int lane, int b, int width)
{
    int segment = 32 - width;
    int c = kind == 1 ? 0 : 31; /* CUDA: up has 0, the others 0x1f */
    int bval = b & 31;
    int min_lane = lane & segment;
    int max_lane = min_lane | (c & ~segment);
    int j;
    switch (kind) {
    case 0:
        j = min_lane | (bval & ~segment & 31);
        return j <= max_lane ? j : lane;
    case 1:
        j = lane - bval;
        return j >= max_lane ? j : lane;
    case 2:
        j = lane + bval;
        return j <= max_lane ? j : lane;
    default:
        j = lane ^ bval;
        return j <= max_lane ? j : lane;
    }
}

#define CHECK_SHUFFLES(type, convert)                                                              \
    do {                                                                                           \
        struct bench_function *kernel = cpu_kernel("warp.cu", "shuffles<" #type ">");              \
        type values[32];                                                                           \
        for (int i = 0; i < 32; i++)                                                               \
            values[i] = convert;                                                                   \
        type *input = cpu_memory(values, sizeof(values));                                          \
        type *out = cpu_memory(NULL, 4 * sizeof(values));                                          \
        for (int width = 1; width <= 32; width *= 2)                                               \
            for (int distance = 0; distance < 32; distance++) {                                    \
                void *args[] = {&input, &out, &width, &distance};                                  \
                cpu_launch(kernel, 1, 32, 0, args);                                                \
                for (int kind = 0; kind < 4; kind++)                                               \
                    for (int lane = 0; lane < 32; lane++)                                          \
                        cr_assert_eq(out[kind * 32 + lane],                                        \
                                     values[source_lane(kind, lane, distance, width)],             \
                                     "operation %d, lane %d, width %d, distance %d", kind, lane,   \
                                     width, distance);                                             \
            }                                                                                      \
    } while (0)

Test(cpu_warp, shuffles_do_what_ptx_says)
{
    CHECK_SHUFFLES(int, i * 1001 - 7);
    CHECK_SHUFFLES(double, i * 0.37 - 3);
}

Test(cpu_warp, shuffles_move_all_types)
{
    CHECK_SHUFFLES(float, (float)i * 0.5f);
    CHECK_SHUFFLES(long long, (long long)i << 40);
}

Test(cpu_warp, parts_of_a_warp_go_their_own_ways)
{
    int values[64];
    for (int i = 0; i < 64; i++)
        values[i] = i * 7 % 41;
    int *input = cpu_memory(values, sizeof(values));
    int *out = cpu_memory(NULL, sizeof(values));
    void *args[] = {&input, &out};
    cpu_launch(cpu_kernel("warp.cu", "parts"), 1, 64, 0, args);
    for (int warp = 0; warp < 64; warp += 32) {
        const int *v = values + warp;
        int odd_sum = 0;
        int odd_evens = 0; /* odd values among the even lanes from 8 on */
        for (int lane = 8; lane < 32; lane++) {
            odd_sum += lane % 2 ? v[lane] : 0;
            odd_evens += lane % 2 == 0 && v[lane ^ 2] % 2;
        }
        for (int lane = 0; lane < 32; lane++) {
            int want = lane < 8        ? v[(lane + 5) & 7] + 5
                       : lane % 2 == 0 ? v[lane ^ 2] + odd_evens
                                       : odd_sum;
            cr_assert_eq(out[warp + lane], want, "lane %d: %d, not %d", lane, out[warp + lane],
                         want);
        }
    }
}

/* What lane `lane` gets for each of the kernel's operations. */
static void model_votes(const int *v, uint32_t mask, int lane, uint32_t want[11])
{
    uint32_t ballot = 0, any = 0, all = 1, match = 0, match_all = mask;
    uint32_t sum = 0, minimum = INT32_MAX, maximum = 0, and_ = UINT32_MAX, or_ = 0, xor_ = 0;
    for (int i = 0; i < 32; i++) {
        if (!(mask >> i & 1))
            continue;
        uint32_t u = (uint32_t)v[i];
        ballot |= (uint32_t)(v[i] > 2) << i;
        any |= v[i] == 3;
        all &= v[i] >= 0;
        match |= (uint32_t)(v[i] == v[lane]) << i;
        match_all = v[i] == v[__builtin_ctz(mask)] ? match_all : 0;
        sum += u;
        minimum = v[i] - 3 < (int)minimum ? (uint32_t)(v[i] - 3) : minimum;
        maximum = (uint32_t)(v[i] - 3) > maximum ? (uint32_t)(v[i] - 3) : maximum;
        and_ &= u;
        or_ |= u;
        xor_ ^= u;
    }
    const uint32_t result[11] = {
        ballot,  any,  all, match, match_all ? match_all | 1u << 31 : 0, sum, minimum,
        maximum, and_, or_, xor_};
    memcpy(want, result, sizeof(result));
}

Test(cpu_warp, votes_matches_and_reductions)
{
    struct bench_function *kernel = cpu_kernel("warp.cu", "votes");
    const uint32_t masks[] = {UINT32_MAX, 1, 0x80000000u, 0x0000ffffu, 0x5a5a1234u, 0x00010100u};
    for (size_t m = 0; m < sizeof(masks) / sizeof(masks[0]); m++) {
        for (int seed = 0; seed < 4; seed++) {
            int values[32];
            for (int i = 0; i < 32; i++)
                values[i] = seed == 0 ? 3 : (i * (seed + 2) * 5 + seed) % 6 - (seed == 3);
            int *input = cpu_memory(values, sizeof(values));
            uint32_t *out = cpu_memory(NULL, 11 * sizeof(values));
            uint32_t mask = masks[m];
            void *args[] = {&input, &out, &mask};
            cpu_launch(kernel, 1, 32, 0, args);
            for (int lane = 0; lane < 32; lane++) {
                if (!(mask >> lane & 1))
                    continue;
                uint32_t want[11];
                model_votes(values, mask, lane, want);
                for (int op = 0; op < 11; op++)
                    cr_assert_eq(out[op * 32 + lane], want[op],
                                 "operation %d, mask %08x, lane %d: %08x, not %08x", op, mask, lane,
                                 out[op * 32 + lane], want[op]);
            }
        }
    }
}

Test(cpu_warp, lanes_that_do_not_exist_or_have_ended_are_not_waited_for)
{
    int *out = cpu_memory(NULL, 40 * sizeof(int));
    int n = 20;
    void *args[] = {&out, &n};
    cpu_launch(cpu_kernel("warp.cu", "unfinished"), 1, 40, 0, args);
    for (int i = 0; i < 40; i++)
        cr_expect_eq(out[i], i % 32 < 20 ? (i % 32) ^ 1 : 0, "thread %d: %d", i, out[i]);
    /* A lane that reads from one that has ended gets a value that cannot be mistaken for data. */
    n = 5;
    cpu_launch(cpu_kernel("warp.cu", "unfinished"), 1, 32, 0, args);
    cr_expect_eq(out[4], -1);
}

Test(cpu_warp, the_active_mask_is_that_of_the_branch)
{
    uint32_t *out = cpu_memory(NULL, 32 * sizeof(uint32_t));
    void *args[] = {&out};
    cpu_launch(cpu_kernel("warp.cu", "active"), 1, 32, 0, args);
    uint32_t thirds = 0;
    for (int i = 0; i < 32; i += 3)
        thirds |= 1u << i;
    for (int i = 0; i < 32; i++)
        cr_expect_eq(out[i], i % 3 == 0 ? thirds : ~thirds, "lane %d: %08x", i, out[i]);
}

Test(cpu_warp, masks_may_be_split_again_and_again)
{
    int values[32];
    int total = 0;
    for (int i = 0; i < 32; i++)
        total += values[i] = i * i;
    int *input = cpu_memory(values, sizeof(values));
    int *out = cpu_memory(NULL, sizeof(values));
    void *args[] = {&input, &out};
    cpu_launch(cpu_kernel("warp.cu", "recursive"), 1, 32, 0, args);
    for (int i = 0; i < 32; i++)
        cr_expect_eq(out[i], total, "lane %d: %d, not %d", i, out[i], total);
    cpu_reopen("cpu:1", &(struct bench_cpu_options){.reverse_threads = true});
    cpu_launch(cpu_kernel("warp.cu", "recursive"), 1, 32, 0, args);
    for (int i = 0; i < 32; i++)
        cr_expect_eq(out[i], total);
}

Test(cpu_warp, halves_are_shuffled_too)
{
    uint16_t in[32];
    for (int i = 0; i < 32; i++)
        in[i] = 0x3c00; /* 1 */
    uint16_t *input = cpu_memory(in, sizeof(in));
    uint16_t *out = cpu_memory(NULL, sizeof(uint16_t));
    void *args[] = {&input, &out};
    cpu_launch(cpu_kernel("warp.cu", "sum<__half>"), 1, 32, 0, args);
    cr_expect_eq(*out, 0x5000); /* 32 */
    for (int i = 0; i < 32; i++)
        input[i] = 0x3f80;
    cpu_launch(cpu_kernel("warp.cu", "sum<__nv_bfloat16>"), 1, 32, 0, args);
    cr_expect_eq(*out, 0x4200);
}
