/* A FlagGems source tree, and changes to its files: planned first, then applied as a whole. */
#ifndef BENCH_IMPORTER_TREE_H
#define BENCH_IMPORTER_TREE_H

#include <stdbool.h>
#include <stddef.h>

#include "bench/util/err.h"

struct bench_change {
    char *path; /* relative to the tree */
    char *full;
    char *old_text; /* NULL: the file is new */
    char *new_text;
};

struct bench_tree {
    char *root;                   /* full path without symbolic links */
    struct bench_change *changes; /* in the order in which they are to be written */
    size_t count, capacity;
};

/* BENCH_EINPUT, saying what was expected, unless <path>/src/flag_gems is a folder. */
int bench_tree_open(const char *path, struct bench_tree *tree, struct bench_err *err);
void bench_tree_fini(struct bench_tree *tree); /* a zeroed one is fine */

/* Text of a file of the tree; *text is NULL if it does not exist. The caller frees. BENCH_EINPUT
 * for a path that leads out of the tree, also by symbolic links. */
int bench_tree_read(const struct bench_tree *tree, const char *path, char **text,
                    struct bench_err *err);

/* Plans that the file will have this text; no change if it has it already. */
int bench_tree_change(struct bench_tree *tree, const char *path, const char *text,
                      struct bench_err *err);

/* Drops the changes planned last, until `count` are left. */
void bench_tree_forget(struct bench_tree *tree, size_t count);

/* Writes all changes or none: first all beside their places, then each is renamed, in order. If
 * something fails, what was done is taken back, and the message says so (and names each file for
 * which even that failed). BENCH_EINTERRUPTED if SIGINT, SIGTERM or SIGHUP arrived before all were
 * in place. */
int bench_tree_apply(struct bench_tree *tree, struct bench_err *err);

#endif
