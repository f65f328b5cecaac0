#include "selector/faults.h"

#include <stdarg.h>
#include <stdlib.h>

#include "bench/util/mem.h"

void bench_faults_init(struct bench_faults *faults)
{
    *faults = (struct bench_faults){0};
}

void bench_faults_fini(struct bench_faults *faults)
{
    for (size_t i = 0; i < faults->count; i++)
        free(faults->items[i].message);
    free(faults->items);
    bench_faults_init(faults);
}

void bench_faults_add(struct bench_faults *faults, enum bench_fault_level level,
                      const struct bench_json *at, const char *format, ...)
{
    struct bench_str text;
    bench_str_init(&text);
    va_list args;
    va_start(args, format);
    bench_str_addv(&text, format, args);
    va_end(args);

    char *message = bench_str_take(&text);
    bench_str_fini(&text);
    if (at) {
        struct bench_err err;
        bench_json_error(at, &err, "%s", message);
        free(message);
        message = bench_xstrdup(err.message);
    }

    if (faults->count == faults->cap) {
        faults->cap = faults->cap ? faults->cap * 2 : 16;
        faults->items = bench_xrealloc(faults->items, faults->cap * sizeof(*faults->items));
    }
    faults->items[faults->count++] = (struct bench_fault){level, message};
    faults->errors += level == BENCH_FAULT_ERROR;
    faults->warnings += level == BENCH_FAULT_WARNING;
}
