/*
 * What a description passes to a kernel against what the kernel takes. A launch believes its
 * arguments: it would copy as many bytes as the kernel's parameters have, from wherever.
 */
#ifndef BENCH_CASE_ARGUMENTS_H
#define BENCH_CASE_ARGUMENTS_H

#include "bench/case/session.h"

/* Compares number, sizes and, where the device knows them, kinds of a launch's arguments with the
 * parameters of its kernel. 0, also where these are not known; else BENCH_EINPUT with the first
 * argument that does not fit, and what would. `impl` is one of the operator's, or its oracle. */
int bench_arguments_check(const struct bench_operator *op, const struct bench_implementation *impl,
                          size_t launch, const struct bench_kernel_params *params,
                          struct bench_err *err);

#endif
