/* Atomics, fences and waiting between blocks on the cpu device. */
#include <criterion/criterion.h>
#include <stdint.h>

#include "cpu_support.h"

TestSuite(cpu_atomic, .init = cpu_setup, .fini = cpu_teardown, .timeout = 300);

#define BLOCKS 64
#define THREADS 128
#define N (BLOCKS * THREADS)

/* As in atomic.cu. */
struct counters {
    int i_add, i_sub, i_min, i_max, i_and, i_or, i_xor, i_exch_sum;
    uint32_t u_inc, u_dec, u_min, u_max;
    unsigned long long l_add, l_max;
    long long s_min;
    float f_add;
    double d_add;
    uint32_t locked;
    int under_lock;
    uint16_t h_add, b_add;
};

Test(cpu_atomic, nothing_is_lost_between_threads)
{
    cpu_reopen("cpu:4", NULL);
    struct counters start = {.i_and = -1, .u_min = UINT32_MAX};
    struct counters *c = cpu_memory(&start, sizeof(start));
    void *args[] = {&c};
    cpu_launch(cpu_kernel("atomic.cu", "all"), BLOCKS, THREADS, 0, args);
    cr_expect_eq(c->i_add, 3 * N);
    cr_expect_eq(c->i_sub, -2 * N);
    cr_expect_eq(c->i_min, -(N - 1));
    cr_expect_eq(c->i_max, N - 1);
    cr_expect_eq(c->i_and, -1 & ~0x7f);
    cr_expect_eq(c->i_or, 0x1ff);
    cr_expect_eq(c->i_xor, 0); /* of 0 … 8191 */
    cr_expect_eq(c->i_exch_sum, N);
    cr_expect_eq(c->u_inc, N % 100);
    /* 0 → 9 → 8 … → 0: a cycle of ten. */
    cr_expect_eq(c->u_dec, (10 - N % 10) % 10);
    cr_expect_eq(c->u_min, 5);
    cr_expect_eq(c->u_max, N + 4);
    cr_expect_eq(c->l_add, (unsigned long long)N << 33);
    cr_expect_eq(c->l_max, (unsigned long long)(N - 1) << 32);
    cr_expect_eq(c->s_min, -((long long)(N - 1) << 32));
    cr_expect_eq(c->f_add, 0.5f * N);
    cr_expect_eq(c->d_add, 0.25 * N);
    cr_expect_eq(c->h_add, 0x6400, "1024 as a half, not %04x", c->h_add);
    cr_expect_eq(c->b_add, 0x4380, "256 as a bfloat16, not %04x", c->b_add);
}

Test(cpu_atomic, a_lock_excludes)
{
    cpu_reopen("cpu:4", NULL);
    struct counters *c = cpu_memory(NULL, sizeof(*c));
    void *args[] = {&c};
    cpu_launch(cpu_kernel("atomic.cu", "lock"), BLOCKS, THREADS, 0, args);
    cr_expect_eq(c->under_lock, N);
}

Test(cpu_atomic, blocks_may_wait_for_lower_ones)
{
    cpu_reopen("cpu:3", NULL);
    int *flags = cpu_memory(NULL, 1000 * sizeof(int));
    int *out = cpu_memory(NULL, 1000 * sizeof(int));
    void *args[] = {&flags, &out};
    cpu_launch(cpu_kernel("atomic.cu", "chain"), 1000, 32, 0, args);
    for (int i = 0; i < 1000; i++)
        cr_assert_eq(out[i], i);
}
