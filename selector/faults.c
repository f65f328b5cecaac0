#include "selector/faults.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "bench/util/mem.h"

void bench_faults_init(struct bench_faults *faults)
{
    *faults = (struct bench_faults){0};
}

static void free_fault(struct bench_fault *fault)
{
    free(fault->message);
    free(fault->file);
    free(fault->pointer);
    free(fault->found);
    free(fault->expected);
}

void bench_faults_fini(struct bench_faults *faults)
{
    for (size_t i = 0; i < faults->count; i++)
        free_fault(&faults->items[i]);
    free(faults->items);
    free(faults->kinds);
    bench_faults_init(faults);
}

static struct bench_fault_count *kind_of(struct bench_faults *faults, enum bench_fault_level level,
                                         const char *code)
{
    for (size_t i = 0; i < faults->kind_count; i++)
        if (faults->kinds[i].level == level && strcmp(faults->kinds[i].code, code) == 0)
            return &faults->kinds[i];
    faults->kinds =
        bench_xrealloc(faults->kinds, (faults->kind_count + 1) * sizeof(*faults->kinds));
    struct bench_fault_count *kind = &faults->kinds[faults->kind_count++];
    *kind = (struct bench_fault_count){.code = code, .level = level};
    return kind;
}

/* Counts; false if there are enough of the kind already. */
static bool is_kept(struct bench_faults *faults, enum bench_fault_level level, const char *code)
{
    faults->errors += level == BENCH_FAULT_ERROR;
    faults->warnings += level == BENCH_FAULT_WARNING;
    struct bench_fault_count *kind = kind_of(faults, level, code);
    kind->count++;
    if (faults->keep && kind->kept == faults->keep)
        return false;
    kind->kept++;
    return true;
}

static struct bench_fault *new_item(struct bench_faults *faults)
{
    if (faults->count == faults->cap) {
        faults->cap = faults->cap ? faults->cap * 2 : 16;
        faults->items = bench_xrealloc(faults->items, faults->cap * sizeof(*faults->items));
    }
    return &faults->items[faults->count++];
}

/* Takes the strings of `fault`. */
static void add(struct bench_faults *faults, struct bench_fault fault, const struct bench_json *at,
                const char *text)
{
    size_t before = 0;
    if (at) {
        bench_json_place(at, &fault.line, &fault.column);
        fault.pointer = bench_json_pointer(at);
        fault.file = bench_xstrdup(bench_json_name(bench_json_document(at)));
        fault.message = bench_xprintf("%s:%zu:%zu: %s%s%s", fault.file, fault.line, fault.column,
                                      fault.pointer, *fault.pointer ? ": " : "", text);
        before = strlen(fault.message) - strlen(text);
    } else {
        fault.message = bench_xstrdup(text);
    }
    fault.text = fault.message + before;
    *new_item(faults) = fault;
}

__attribute__((format(printf, 5, 0))) static void
report(struct bench_faults *faults, enum bench_fault_level level, const char *code,
       const struct bench_json *at, const char *format, va_list args)
{
    if (!is_kept(faults, level, code))
        return;
    struct bench_str text;
    bench_str_init(&text);
    bench_str_addv(&text, format, args);
    add(faults, (struct bench_fault){.level = level, .code = code}, at, text.data);
    bench_str_fini(&text);
}

void bench_faults_report(struct bench_faults *faults, enum bench_fault_level level,
                         const char *code, const struct bench_json *at, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    report(faults, level, code, at, format, args);
    va_end(args);
}

void bench_faults_add(struct bench_faults *faults, enum bench_fault_level level,
                      const struct bench_json *at, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    report(faults, level, "data", at, format, args);
    va_end(args);
}

void bench_faults_found(struct bench_faults *faults, const char *code, const struct bench_json *at,
                        const char *found, const char *expected)
{
    if (!is_kept(faults, BENCH_FAULT_ERROR, code))
        return;
    char *text = bench_xprintf("found %s, expected %s", found, expected);
    add(faults,
        (struct bench_fault){.level = BENCH_FAULT_ERROR,
                             .code = code,
                             .found = bench_xstrdup(found),
                             .expected = bench_xstrdup(expected)},
        at, text);
    free(text);
}

void bench_faults_move(struct bench_faults *to, struct bench_faults *from)
{
    for (size_t i = 0; i < from->count; i++) {
        struct bench_fault_count *kind = kind_of(to, from->items[i].level, from->items[i].code);
        if (to->keep && kind->kept == to->keep) {
            free_fault(&from->items[i]);
            continue;
        }
        kind->kept++;
        *new_item(to) = from->items[i];
    }
    for (size_t i = 0; i < from->kind_count; i++)
        kind_of(to, from->kinds[i].level, from->kinds[i].code)->count += from->kinds[i].count;
    to->errors += from->errors;
    to->warnings += from->warnings;
    from->count = 0;
    bench_faults_fini(from);
}
