#include "bench/util/mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* The exit code of every failure of the system, see enum bench_exit. */
#define EXIT_OUT_OF_MEMORY 4

static void out_of_memory(size_t size)
{
    fprintf(stderr, "bench: out of memory (asked for %zu bytes)\n", size);
    exit(EXIT_OUT_OF_MEMORY);
}

void *bench_xmalloc(size_t size)
{
    void *p = malloc(size ? size : 1);
    if (!p)
        out_of_memory(size);
    return p;
}

/* Of x86 and most ARM systems; elsewhere the advice is a little off and does no harm. */
#define LARGE_PAGE ((size_t)2 << 20)

void *bench_xmalloc_large(size_t size)
{
    if (size < 2 * LARGE_PAGE)
        return bench_xmalloc(size);
    size_t whole = (size + LARGE_PAGE - 1) & ~(LARGE_PAGE - 1);
    void *p = whole < size ? NULL : aligned_alloc(LARGE_PAGE, whole);
    if (!p)
        out_of_memory(size);
    madvise(p, whole, MADV_HUGEPAGE);
    return p;
}

void *bench_xcalloc(size_t count, size_t size)
{
    void *p = calloc(count ? count : 1, size ? size : 1);
    if (!p)
        out_of_memory(count > SIZE_MAX / (size ? size : 1) ? SIZE_MAX : count * size);
    return p;
}

void *bench_xrealloc(void *old, size_t size)
{
    void *p = realloc(old, size ? size : 1);
    if (!p)
        out_of_memory(size);
    return p;
}

char *bench_xstrdup(const char *s)
{
    size_t size = strlen(s) + 1;
    return memcpy(bench_xmalloc(size), s, size);
}

char *bench_xprintf(const char *format, ...)
{
    char *text = NULL;
    va_list args;
    va_start(args, format);
    int length = vasprintf(&text, format, args);
    va_end(args);
    if (length < 0)
        out_of_memory(0);
    return text;
}

/* Blocks double from 4 KiB to 1 MiB: small documents stay small, and large ones need few blocks. */
#define BLOCK_MIN ((size_t)4096)
#define BLOCK_MAX ((size_t)1 << 20)
#define ALIGNMENT ((size_t)16)

struct block {
    struct block *older;
    size_t used;
    size_t size;
    _Alignas(16) unsigned char data[];
};

struct bench_arena {
    struct block *newest;
    size_t next_size;
};

struct bench_arena *bench_arena_new(void)
{
    struct bench_arena *a = bench_xcalloc(1, sizeof(*a));
    a->next_size = BLOCK_MIN;
    return a;
}

void bench_arena_free(struct bench_arena *a)
{
    if (!a)
        return;
    while (a->newest) {
        struct block *older = a->newest->older;
        free(a->newest);
        a->newest = older;
    }
    free(a);
}

static struct block *add_block(struct bench_arena *a, size_t size)
{
    struct block *b = bench_xcalloc(1, sizeof(*b) + size);
    b->size = size;
    b->older = a->newest;
    a->newest = b;
    return b;
}

void *bench_arena_alloc(struct bench_arena *a, size_t size)
{
    if (size > SIZE_MAX / 2)
        out_of_memory(size);
    size = (size + ALIGNMENT - 1) & ~(ALIGNMENT - 1);

    struct block *b = a->newest;
    if (!b || b->size - b->used < size) {
        b = add_block(a, size > a->next_size ? size : a->next_size);
        if (a->next_size < BLOCK_MAX)
            a->next_size *= 2;
    }
    void *p = b->data + b->used;
    b->used += size;
    return p;
}

char *bench_arena_strndup(struct bench_arena *a, const char *s, size_t n)
{
    char *copy = bench_arena_alloc(a, n + 1);
    memcpy(copy, s, n);
    return copy;
}

char *bench_arena_strdup(struct bench_arena *a, const char *s)
{
    return bench_arena_strndup(a, s, strlen(s));
}

char *bench_arena_printf(struct bench_arena *a, const char *format, ...)
{
    va_list args;
    va_list again;
    va_start(args, format);
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (length < 0)
        out_of_memory(0);
    char *text = bench_arena_alloc(a, (size_t)length + 1);
    vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return text;
}
