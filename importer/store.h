/*
 * The private folder of a tree in which imports keep their lock, their journal, what is about to be
 * written and what the last import replaced (docs/import-transaction.md): "bench-import" in the
 * tree's git folder, where `git status` does not look (a worktree's `.git` is a file that names the
 * folder); ".bench-import" in the tree itself where there is no git folder or where that lies on
 * another file system, because files are moved between here and the tree.
 */
#ifndef BENCH_IMPORTER_STORE_H
#define BENCH_IMPORTER_STORE_H

#include <stdbool.h>

#include "bench/util/err.h"

struct import_store {
    int root;   /* the tree; borrowed */
    int parent; /* the folder that holds the store */
    int fd;     /* the store; -1: there is none */
    int lock;   /* -1: not held */
    char *path; /* for messages */
    const char *name;
    bool in_tree;
};

/* Finds the store of the tree that is open as `root`, and neither makes nor locks anything: fd is
 * -1 if there is none. `tree` is the path for messages. Close with import_store_close. */
int import_store_find(int root, const char *tree, struct import_store *store,
                      struct bench_err *err);

/* The same, locked: no other process holds it until import_store_close. With `make` it is made if
 * there is none. BENCH_ERROR names the process that holds it. */
int import_store_lock(int root, const char *tree, bool make, struct import_store *store,
                      struct bench_err *err);

/* Gives the lock back; a store that holds nothing more is deleted. */
void import_store_close(struct import_store *store);

/* Is `folder` on the store's file system, so that files can be moved there? */
bool import_store_reaches(const struct import_store *store, int folder);

#endif
