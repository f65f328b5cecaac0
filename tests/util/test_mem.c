#include <criterion/criterion.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bench/util/mem.h"

Test(mem, an_arena_gives_zeroed_aligned_memory_that_does_not_overlap)
{
    struct bench_arena *a = bench_arena_new();
    unsigned char *blocks[500];
    for (size_t i = 0; i < 500; i++) {
        blocks[i] = bench_arena_alloc(a, i * 7);
        cr_assert_eq((uintptr_t)blocks[i] % 16, 0);
        for (size_t j = 0; j < i * 7; j++)
            cr_assert_eq(blocks[i][j], 0);
        memset(blocks[i], (int)(i % 251) + 1, i * 7);
    }
    for (size_t i = 0; i < 500; i++)
        for (size_t j = 0; j < i * 7; j++)
            cr_assert_eq(blocks[i][j], i % 251 + 1);
    bench_arena_free(a);
}

Test(mem, an_arena_holds_pieces_larger_than_its_blocks)
{
    struct bench_arena *a = bench_arena_new();
    char *large = bench_arena_alloc(a, 10u << 20);
    large[(10u << 20) - 1] = 'x';
    cr_assert_str_eq(bench_arena_strdup(a, "after"), "after");
    cr_assert_str_eq(bench_arena_strndup(a, "abcdef", 3), "abc");
    cr_assert_str_eq(bench_arena_printf(a, "%d-%s", 42, "x"), "42-x");
    bench_arena_free(a);
    bench_arena_free(NULL);
}

Test(mem, xprintf_formats)
{
    char *s = bench_xprintf("%s/%d", "a", 1);
    cr_assert_str_eq(s, "a/1");
    free(s);
}
