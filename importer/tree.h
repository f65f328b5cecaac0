/*
 * A FlagGems source tree, and changes to its files: planned first, then applied as a whole, in one
 * transaction that a kill at any moment leaves either to be finished or to be taken back
 * (docs/import-transaction.md). Nothing here ever writes outside of the tree and its git folder.
 */
#ifndef BENCH_IMPORTER_TREE_H
#define BENCH_IMPORTER_TREE_H

#include <stdbool.h>
#include <stddef.h>

#include "bench/util/err.h"

struct bench_change {
    char *path;     /* relative to the tree, as it was given */
    char *target;   /* the same without symbolic links: what is written */
    char *old_text; /* NULL: the file is new */
    char *new_text; /* NULL: the file goes */
};

struct bench_tree {
    char *root;                   /* full path without symbolic links; NULL: not open */
    int fd;                       /* the same folder, open */
    struct bench_change *changes; /* in the order in which they were planned */
    size_t count, capacity;
};

/* BENCH_EINPUT, saying what was expected, unless <path>/src/flag_gems is a folder. */
int bench_tree_open(const char *path, struct bench_tree *tree, struct bench_err *err);
void bench_tree_fini(struct bench_tree *tree); /* a zeroed one is fine */

/* Text of a file of the tree as it is now; *text is NULL if it does not exist. The caller frees.
 * BENCH_EINPUT for a path that leads out of the tree, also by symbolic links, that is longer than
 * file systems take, for what is no regular file, and for bytes that are not UTF-8 or hold a NUL.
 */
int bench_tree_read(const struct bench_tree *tree, const char *path, char **text,
                    struct bench_err *err);

/* Plans that the file will have this text; no change if it has it already. Planned again, the last
 * text counts. BENCH_EINPUT as for reading, and for a new file whose name differs from another
 * one's by upper and lower case only: on some systems those are one file. */
int bench_tree_change(struct bench_tree *tree, const char *path, const char *text,
                      struct bench_err *err);

/* Plans that the file will be gone; no change if there is none. */
int bench_tree_remove(struct bench_tree *tree, const char *path, struct bench_err *err);

/* Drops the changes planned last, until `count` are left. */
void bench_tree_forget(struct bench_tree *tree, size_t count);

/*
 * Writes all changes or none, in an order in which Python can import the package at every moment:
 * modules, then each __init__.py (inner ones first), then deletions, then everything that is no
 * module (metadata), and in each of these groups as planned. What is needed to undo it is kept
 * until the next import.
 *
 * If something fails, what was done is taken back, and the message says so, or what is left to the
 * next start. BENCH_EINTERRUPTED if SIGINT, SIGTERM or SIGHUP arrived before the first file was in
 * place. BENCH_EINPUT if a file is no longer as it was when the change was planned. Another import
 * at work on this tree is BENCH_ERROR, and the message names the process.
 */
int bench_tree_apply(struct bench_tree *tree, struct bench_err *err);

/*
 * Finishes or takes back what an import that died has left; to be called before a plan is made.
 * *note says what was done (the caller frees); NULL: there was nothing, and nothing is written
 * then. With `look_only` nothing is ever written and no lock taken, and an import that was not
 * finished is BENCH_EINPUT: the tree is not what it seems. BENCH_EINPUT, too, if those files were
 * edited since.
 */
int bench_tree_repair(const struct bench_tree *tree, bool look_only, char **note,
                      struct bench_err *err);

#endif
