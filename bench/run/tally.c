#include "bench/run/tally.h"

#include <search.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "bench/util/mem.h"
#include "bench/util/str.h"

struct counter {
    const char *text;
    size_t count;
};

/* libc's balanced tree. */
struct bench_tally {
    void *root;
    struct bench_arena *arena; /* of counters and their texts */
    struct bench_str text;
};

static int compare(const void *a, const void *b)
{
    return strcmp(((const struct counter *)a)->text, ((const struct counter *)b)->text);
}

struct bench_tally *bench_tally_new(void)
{
    struct bench_tally *tally = bench_xcalloc(1, sizeof *tally);
    tally->arena = bench_arena_new();
    bench_str_init(&tally->text);
    return tally;
}

static void leave(void *counter)
{
    (void)counter; /* the arena's */
}

void bench_tally_free(struct bench_tally *tally)
{
    if (tally == NULL)
        return;
    tdestroy(tally->root, leave);
    bench_str_fini(&tally->text);
    bench_arena_free(tally->arena);
    free(tally);
}

size_t *bench_tally_of(struct bench_tally *tally, const char *format, ...)
{
    va_list args;
    bench_str_clear(&tally->text);
    va_start(args, format);
    bench_str_addv(&tally->text, format, args);
    va_end(args);
    const struct counter wanted = {.text = tally->text.data};
    struct counter **found = tfind(&wanted, &tally->root, compare);
    if (found != NULL)
        return &(*found)->count;
    struct counter *added = bench_arena_alloc(tally->arena, sizeof *added);
    *added = (struct counter){bench_arena_strdup(tally->arena, tally->text.data), 0};
    if (tsearch(added, &tally->root, compare) == NULL)
        abort(); /* as all of bench/util/mem.h does without memory */
    return &added->count;
}
