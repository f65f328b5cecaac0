/*
 * What git has of an import that was taken back: `bench import --commit` made a commit, and --undo
 * is about files. Nothing here touches a commit or a branch that is there; the undoing can become a
 * commit of its own.
 */
#ifndef BENCH_IMPORTER_UNPUBLISH_H
#define BENCH_IMPORTER_UNPUBLISH_H

#include "importer/undo.h"

/* Zeroed before the first call. */
struct bench_unpublish {
    char **before; /* files of the import that had changes which were not committed */
    size_t before_count;
    char **paths; /* files of the import that git shows as changed for the undoing alone */
    size_t count; /* 0: it was not committed, or there is no git */
    char *commit; /* the last commit of the first of them, and its first line */
    char *subject;
    bool is_last; /* it is HEAD, has a commit before it, and no branch of a remote has it */
};

/* Whether --commit can be done, to be asked before anything is undone. BENCH_EINPUT,
 * BENCH_EUNSUPPORTED: as bench_publish_check. */
int bench_unpublish_check(const struct bench_tree *tree, struct bench_err *err);

/* Before bench_undo_run, and after it. Without git, or in no checkout, there is nothing, which is
 * no error. */
int bench_unpublish_begin(const struct bench_tree *tree, const struct bench_undo *undo,
                          struct bench_unpublish *left, struct bench_err *err);
int bench_unpublish_look(const struct bench_tree *tree, const struct bench_undo *undo,
                         struct bench_unpublish *left, struct bench_err *err);

/* Commits the undoing of left->paths, and nothing else, as a revert. `*commit` is its hash, the
 * caller frees. */
int bench_unpublish_commit(const struct bench_tree *tree, const struct bench_unpublish *left,
                           char **commit, struct bench_err *err);

void bench_unpublish_fini(struct bench_unpublish *left); /* a zeroed one is fine */

#endif
