/* For tests of what runs a case's callables: one case, with inputs filled and the oracle asked. */
#ifndef TESTS_RUN_CASE_FIXTURE_H
#define TESTS_RUN_CASE_FIXTURE_H

#include "bench/case/callable.h"

#define FIXTURE_CALLABLES 4

struct case_fixture {
    struct bench_session s;
    struct bench_arena *arena;
    struct bench_operator *op;
    struct bench_case c;
    struct bench_case_data data;
    struct bench_callable oracle;
    struct bench_callable callables[FIXTURE_CALLABLES]; /* in the order they were asked for */
    struct bench_guarded *outputs[FIXTURE_CALLABLES];
    size_t callable_count;
};

/* A device; skips the test with the reason where there is none. */
void fixture_open(struct case_fixture *f, const char *device);
/* The operator in `folder`/<name>/<name>.json, a float32 case of n elements; on a device that
 * computes, inputs are filled and the oracle has answered. */
void fixture_case(struct case_fixture *f, const char *folder, const char *name, int64_t n);
/* An implementation's first variant. */
struct bench_callable *fixture_callable(struct case_fixture *f, const char *implementation);
void fixture_close(struct case_fixture *f);

/* Folders of operators: the shipped ones, and those of tests/resources. The caller frees. */
char *fixture_shipped(void);
char *fixture_resources(void);

#endif
