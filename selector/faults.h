/* What is wrong with data: all of it is collected, so that one wrong value never hides another. */
#ifndef SELECTOR_FAULTS_H
#define SELECTOR_FAULTS_H

#include <stddef.h>

#include "bench/perf/json.h"

enum bench_fault_level {
    BENCH_FAULT_ERROR,  /* the data must not be used */
    BENCH_FAULT_WARNING /* they can be used, but somebody should look */
};

struct bench_fault {
    enum bench_fault_level level;
    const char
        *code;     /* its kind, for programs: "time", "duplicate-case"; docs/formats.md lists all */
    char *message; /* "<file>:<line>:<col>: <pointer>: <what is wrong>" */
    const char *text; /* what is wrong, alone: points into message */
    char *file;       /* NULL, as the next ones, for faults of no one place */
    char *pointer;    /* "/gelu/configs/3/your_time" */
    size_t line;
    size_t column;
    char *found, *expected; /* the two halves of "found …, expected …"; NULL for other faults */
};

/* How many there are of one kind. */
struct bench_fault_count {
    const char *code;
    enum bench_fault_level level;
    size_t count;
    size_t kept;
};

struct bench_faults {
    struct bench_fault *items; /* in the order found */
    size_t count;              /* of items */
    size_t errors;             /* all, also those that are not kept */
    size_t warnings;
    size_t keep; /* of each kind, so many are kept; 0 (after _init): all */
    struct bench_fault_count *kinds;
    size_t kind_count;
    size_t cap; /* private */
};

void bench_faults_init(struct bench_faults *faults);
void bench_faults_fini(struct bench_faults *faults);

/* `at` is the value at fault; NULL for faults of no one place. `code` is a literal. */
void bench_faults_report(struct bench_faults *faults, enum bench_fault_level level,
                         const char *code, const struct bench_json *at, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
/* An error: "found <found>, expected <expected>". */
void bench_faults_found(struct bench_faults *faults, const char *code, const struct bench_json *at,
                        const char *found, const char *expected);
/* bench_faults_report with the code "data". */
void bench_faults_add(struct bench_faults *faults, enum bench_fault_level level,
                      const struct bench_json *at, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Appends all of `from`, which is empty afterwards. */
void bench_faults_move(struct bench_faults *to, struct bench_faults *from);

#endif
