/*
 * Memory: checked allocation, and an arena for everything that lives as long as one document.
 * Running out of memory ends the process with a message and exit code 4: nothing here can go on.
 */
#ifndef BENCH_UTIL_MEM_H
#define BENCH_UTIL_MEM_H

#include <stddef.h>

void *bench_xmalloc(size_t size);
void *bench_xcalloc(size_t count, size_t size);
void *bench_xrealloc(void *old, size_t size);
/* For a block of megabytes that will be written from its beginning to its end: in large pages,
 * where the system has them. free() frees it; it must not be grown. */
void *bench_xmalloc_large(size_t size);
char *bench_xstrdup(const char *s);
/* The caller frees. */
char *bench_xprintf(const char *format, ...) __attribute__((format(printf, 1, 2)));

struct bench_arena;
struct bench_arena *bench_arena_new(void);
void bench_arena_free(struct bench_arena *a); /* NULL-safe; frees all that came from it */
/* Zeroed, aligned to 16 bytes; never NULL. */
void *bench_arena_alloc(struct bench_arena *a, size_t size);
char *bench_arena_strdup(struct bench_arena *a, const char *s);
char *bench_arena_strndup(struct bench_arena *a, const char *s, size_t n);
char *bench_arena_printf(struct bench_arena *a, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
