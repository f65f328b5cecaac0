/*
 * One variant of one implementation, bound to a case's tensors and ready to be launched.
 */
#ifndef BENCH_RUN_CALLABLE_H
#define BENCH_RUN_CALLABLE_H

#include "bench/run/case_data.h"
#include "bench/run/record.h"

struct bench_callable_launch;

struct bench_callable {
    const struct bench_implementation *impl;
    const struct bench_variant *variant;
    const struct bench_kernels *kernels; /* NULL for library calls */
    struct bench_callable_launch *launches;
    size_t launch_count;
    struct bench_guarded *workspaces; /* workspaces[impl->workspace_count] */
    const char *library;              /* version; "" if it is no library call */
    bool host_synchronises; /* it waits for the device inside: a gate would be opened late */
};

/* Compiles, loads, resolves arguments, takes workspaces. 0, or a code with *status saying what that
 * means for the implementation: BENCH_STATUS_UNSUPPORTED (another may be tried), compile_error,
 * unknown_entry, launch_error. BENCH_EPOISONED ends the process. */
int bench_callable_prepare(struct bench_session *s, const struct bench_case *c,
                           const struct bench_implementation *impl,
                           const struct bench_variant *variant,
                           const struct bench_binding *bindings, size_t binding_count,
                           struct bench_arena *arena, struct bench_callable *out,
                           enum bench_status *status, struct bench_err *err);
/* Frees what is not in the arena (library handles); a zeroed one is fine. */
void bench_callable_fini(struct bench_callable *callable);

/* Launches all its kernels in order; does not wait. */
int bench_callable_launch(struct bench_session *s, const struct bench_callable *callable,
                          struct bench_err *err);

#endif
