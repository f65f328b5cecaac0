/*
 * From an import to a pull request: a branch, a commit, and the text for
 * `gh pr create --body-file`. git does it, as the user would; nothing is pushed.
 */
#ifndef BENCH_IMPORTER_PUBLISH_H
#define BENCH_IMPORTER_PUBLISH_H

#include "importer/import.h"
#include "importer/verify.h"

/* To be asked before anything is written. BENCH_EINPUT, saying what to do, if the tree is no git
 * checkout, has staged changes, has uncommitted changes in files that the plan writes, is in the
 * middle of a merge or rebase, has no author (user.name, user.email), or if `branch` (NULL: none is
 * made) is no name for one or exists and is not checked out. BENCH_EUNSUPPORTED without git. */
int bench_publish_check(const struct bench_import *plan, const char *branch, bool commit,
                        struct bench_err *err);

/* Makes the branch at HEAD and checks it out, unless it is already; no file changes. `*previous` is
 * what was checked out before (branch or commit; NULL if nothing was done), the caller frees. */
int bench_publish_branch(const struct bench_import *plan, const char *branch, char **previous,
                         struct bench_err *err);
/* Takes that back, after an import that failed. */
int bench_publish_unbranch(const struct bench_import *plan, const char *branch,
                           const char *previous, struct bench_err *err);

/* Commits the files of the plan and no others, with the plan's message. `*commit` is its hash, the
 * caller frees. */
int bench_publish_commit(const struct bench_import *plan, const struct bench_verify *tests,
                         char **commit, struct bench_err *err);

/* The message of that commit. `tests` is NULL if none were run. The caller frees. */
char *bench_publish_message(const struct bench_import *plan, const struct bench_verify *tests);
/* The pull request's text, Markdown: operators by category, criteria, what was measured,
 * environment, how to reproduce. The caller frees. */
char *bench_publish_text(const struct bench_import *plan, const struct bench_verify *tests);

#endif
