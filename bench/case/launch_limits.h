/*
 * What a GPU that is not at hand can launch: the launches of a call against the limits of an
 * architecture. A launch that exceeds one fails on the device, whatever the kernel does; here it is
 * told where the kernel is compiled. A run asks the device itself (bench/device/cuda).
 *
 * Source of the numbers: CUDA C++ Programming Guide, "Technical Specifications per Compute
 * Capability". Not seen from here: more threads than the source's __launch_bounds__ allow.
 */
#ifndef BENCH_CASE_LAUNCH_LIMITS_H
#define BENCH_CASE_LAUNCH_LIMITS_H

#include "bench/provider/cuda/compile.h"
#include "bench/spec/plan.h"
#include "bench/util/err.h"

/* 0, or BENCH_EINPUT with the kernel, what it asks for and what there is: extents of grid and
 * block, threads, registers of a block, shared memory. `arch` is "sm_90" and the like; of one that
 * is not known here shared memory is not looked at, and what is no GPU's has no limits. `compiled`
 * is the launch's kernel. */
int bench_launch_check(const char *arch, const struct bench_launch *launch,
                       const struct bench_entry_resources *compiled, struct bench_err *err);

#endif
