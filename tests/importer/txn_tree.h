/* For tests of the import's transaction: a small tree, changes to it that need every kind of step,
 * and ways to compare whole trees. The tree is "tree" in a new folder, the working directory. */
#ifndef TESTS_IMPORTER_TXN_TREE_H
#define TESTS_IMPORTER_TXN_TREE_H

#include <stdbool.h>

#include "importer/tree.h"

/* In memory where there is /dev/shm: hundreds of imports are made. */
void txn_enter(void);
void txn_leave(void);

void txn_write(const char *path, const char *text);
char *txn_text(const char *path); /* fails the test if there is none; the caller frees */
void txn_expect_text(const char *path, const char *text);

enum txn_store { TXN_IN_GIT, TXN_IN_TREE };
/* The tree anew: operators gelu and tanh, with an __init__.py, tests and metadata. */
void txn_make_tree(enum txn_store store);
void txn_open(struct bench_tree *tree);
/* Plans: gelu changes, silu is new, comm_ is new in a package that is new, tanh goes. */
int txn_plan(struct bench_tree *tree, struct bench_err *err);
/* Plans a change of tanh and its metadata: an import before the one under test. */
int txn_plan_earlier(struct bench_tree *tree, struct bench_err *err);
/* Opens the tree, plans with `plan`, applies; the first error. Asserts nothing, so that forked
 * processes may use it. */
int txn_apply(int (*plan)(struct bench_tree *, struct bench_err *), struct bench_err *err);
/* Repairs, expects that this succeeds, and that nothing but last/ is in the store then. True if
 * there was something to repair. */
bool txn_repair(void);
/* The file in the store of the tree, "journal" or a folder. */
bool txn_store_has(const char *name);

/* Every file and folder with type, mode and bytes as one text, without the store; the caller
 * frees. */
char *txn_snapshot(void);
/* What Python could not import, or NULL: each name in each __init__.py has its file, and that
 * defines it. The caller frees. */
char *txn_import_fault(void);

#endif
