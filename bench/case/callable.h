/*
 * One variant of one implementation, bound to a case's tensors and ready to be launched.
 */
#ifndef BENCH_CASE_CALLABLE_H
#define BENCH_CASE_CALLABLE_H

#include "bench/case/case_data.h"
#include "bench/case/record.h"

struct bench_callable_launch;

struct bench_callable {
    const struct bench_implementation *impl;
    const struct bench_variant *variant;
    const struct bench_kernels *kernels; /* NULL for library calls */
    struct bench_callable_launch *launches;
    size_t launch_count;
    struct bench_guarded *workspaces; /* workspaces[impl->workspace_count] */
    struct bench_python_call *python; /* NULL if it is no call in Python; else no launches */
    const char *library;              /* version; "" if it is no library call, nor in Python */
    /* With a hot cache, the launch before the timed one leaves the right answer: these outputs are
     * poisoned in between, so that a timed launch cannot find it. NULL: nothing is. */
    const struct bench_guarded *outputs;
    const struct bench_case *plan; /* then: its case */
    bool host_synchronises;        /* it waits for the device inside: a gate would be opened late */
};

/* Compiles, loads, resolves arguments, takes workspaces; an operator in Python is called, so the
 * inputs must be filled. 0, or a code with *status saying what that
 * means for the implementation: BENCH_STATUS_UNSUPPORTED (another may be tried), compile_error,
 * unknown_entry, launch_error, or one of those of Python. BENCH_EPOISONED ends the process. */
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

/* What a call in Python needs besides, in untimed moments; all of it returns 0 and does nothing for
 * other implementations. After a failure the device was waited for: BENCH_EPOISONED if it is lost.
 *
 * _reset comes before each timed launch: it forgets the last answer and clones anew what the
 * implementation writes to. _poison fills the memory that the next answer may be written into, as
 * bench_verify_poison does with outputs of ours. _collect checks what the last launch returned and
 * copies it into the outputs that it was bound to. */
int bench_callable_reset(struct bench_session *s, const struct bench_callable *callable,
                         struct bench_err *err);
int bench_callable_poison(struct bench_session *s, const struct bench_callable *callable,
                          struct bench_err *err);
int bench_callable_collect(struct bench_session *s, const struct bench_callable *callable,
                           struct bench_err *err);
/* After a launch, or one of the above, has failed with `rc`: waits for the device, which may be
 * lost without Python knowing what that means. Returns BENCH_EPOISONED then, else `rc`. */
int bench_callable_failed(struct bench_session *s, const struct bench_callable *callable, int rc,
                          struct bench_err *err);

/* What a failed prepare, launch, wait or collect says about the implementation. */
enum bench_status bench_callable_status(const struct bench_err *err);

#endif
