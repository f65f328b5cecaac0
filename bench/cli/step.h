/* Running another sub-command of this program as a process of its own: its faults stay its own, its
 * exit code is the answer, and what it wrote can be gone on with. */
#ifndef BENCH_CLI_STEP_H
#define BENCH_CLI_STEP_H

#include <stddef.h>

#include "bench/util/err.h"

/* A command line that grows. */
#define BENCH_WORDS_MAX 200
struct bench_words {
    char *items[BENCH_WORDS_MAX + 1]; /* NULL-terminated */
    size_t count;
};
/* One word, `before` and `value` together ("--output=", "x"); nothing if `value` is NULL. */
void bench_words_add(struct bench_words *words, const char *before, const char *value);
/* The number with as many digits as it takes. */
void bench_words_add_number(struct bench_words *words, const char *before, double value);
void bench_words_fini(struct bench_words *words);

struct bench_step {
    const char *const *argv; /* the sub-command and its arguments, NULL-terminated */
    const char *out;         /* file for its standard output (appended to); NULL: ours */
    const char *err;         /* file for its standard error, which may be the same; NULL: ours */
    char *env;               /* "NAME=value" added to its environment; NULL: nothing */
};

/* Waits for its end. SIGINT, SIGTERM and SIGHUP that arrive meanwhile are passed on, and *signalled
 * says so (the last one; 0: none); it dies with us, too. *exit_code is 128 + the signal that it
 * died of. An error means that it could not be started. */
int bench_step_run(const struct bench_step *step, int *exit_code, int *signalled,
                   struct bench_err *err);

#endif
