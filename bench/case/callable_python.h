/* The part of bench/case/callable.h that calls Python; for callable.c. */
#ifndef BENCH_CASE_CALLABLE_PYTHON_H
#define BENCH_CASE_CALLABLE_PYTHON_H

#include "bench/case/callable.h"

/* As bench_callable_prepare; out->impl and out->variant are set. */
int bench_callable_prepare_python(struct bench_session *s, const struct bench_case *c,
                                  const struct bench_binding *bindings, size_t binding_count,
                                  struct bench_arena *arena, struct bench_callable *out,
                                  enum bench_status *status, struct bench_err *err);

#endif
