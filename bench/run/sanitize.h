/* bench run --sanitize: candidates are compiled with AddressSanitizer, whose runtime must be in the
 * process from its start. */
#ifndef BENCH_RUN_SANITIZE_H
#define BENCH_RUN_SANITIZE_H

#include "bench/util/err.h"

/* Starts this program anew with AddressSanitizer's runtime loaded and the same arguments (argv[0]
 * is the sub-command's name); returns only if it is loaded already (0), or cannot be (an error that
 * says what is missing). */
int bench_sanitize_enter(int argc, char **argv, struct bench_err *err);

#endif
