/* The parts of the sandbox; private to bench/run/sandbox*.c. */
#ifndef BENCH_RUN_SANDBOX_IMPL_H
#define BENCH_RUN_SANDBOX_IMPL_H

#include "bench/run/sandbox.h"

/* The kernel's Landlock ABI; 0 if there is none, or none that will do, and then why. */
int bench_landlock_abi(char why[160]);
/* Nothing may be written but beneath these (those that do not exist are left out); no TCP and no
 * signals to the outside where the ABI has it. */
int bench_landlock_enter(int abi, const char *const *writable, size_t count, struct bench_err *err);

/* Whether there is a libseccomp; else why not. */
bool bench_seccomp_find(char why[160]);
/* `supervisor` may not be signalled, nor have its limits changed. */
int bench_seccomp_enter(int supervisor, struct bench_err *err);

#endif
