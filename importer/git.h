/* git in a tree, as its user would call it, in English. Private to the importer. */
#ifndef BENCH_IMPORTER_GIT_H
#define BENCH_IMPORTER_GIT_H

#include <stdbool.h>

#include "bench/util/err.h"
#include "bench/util/process.h"

/* The words of a command, NULL-terminated. */
#define GIT(...) ((const char *const[]){__VA_ARGS__, NULL})

/* Runs `git -C <tree> ...`, which reads `input` (NULL: nothing). Returns git's exit code, or a
 * negative error, BENCH_EUNSUPPORTED without git. The caller calls _fini on the result in every
 * case. */
int import_git(const char *tree, const char *const *arguments, const char *input,
               struct bench_process_result *result, struct bench_err *err);
/* The same for commands that must succeed. *out (may be NULL) is what git said, without blanks at
 * the end; the caller frees. */
int import_git_must(const char *tree, const char *const *arguments, const char *input, char **out,
                    struct bench_err *err);
/* git's yes (exit code 0) or no (any other). */
int import_git_asks(const char *tree, const char *const *arguments, bool *yes,
                    struct bench_err *err);

/* BENCH_EINPUT, saying what to do, if the tree is no checkout with a commit, or in the middle of a
 * merge, rebase or cherry-pick; with `commit` also if something is staged or nobody is known who
 * commits. BENCH_EUNSUPPORTED without git. */
int import_git_check(const char *tree, bool commit, struct bench_err *err);

#endif
