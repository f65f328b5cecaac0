/* For tests of the import's transaction: a small tree, changes to it that need every kind of step,
 * and ways to compare whole trees. The tree is "tree" in a new folder, the working directory. */
#ifndef TESTS_IMPORTER_TXN_TREE_H
#define TESTS_IMPORTER_TXN_TREE_H

#include <stdbool.h>

#include "faults.h"
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

/* txn_make_tree and then the earlier import, and then the one under test. */
void txn_make_before(enum txn_store store);
void txn_make_after(enum txn_store store);
void txn_undo_last(void);

/* What a process may do that is disturbed; each returns a code, and asserts nothing. */
int txn_run_import(void); /* txn_plan, and applies it */
int txn_run_undo(void);
int txn_run_repair(void);

enum txn_ending { TXN_FINE, TXN_FAILED, TXN_KILLED };

/* What the calls of a process may do, in memory that is shared with it. */
#define TXN_CALLS_MAX 4096
struct txn_calls {
    long count;
    unsigned char traits[TXN_CALLS_MAX]; /* from number 1 on */
};

/* Runs `work` in a process with the fault at its call number `at`; `calls` may be NULL. */
enum txn_ending txn_disturb(int (*work)(void), enum fault_kind kind, long at,
                            struct txn_calls *calls);
/* txn_make_before, and an import that was killed when some of its files were in place. */
void txn_die_midway(enum txn_store store);

/* Every file and folder with type, mode and bytes as one text, without the store; the caller
 * frees. */
char *txn_snapshot(void);
/* What Python could not import, or NULL: each name in each __init__.py has its file, and that
 * defines it. The caller frees. */
char *txn_import_fault(void);

#endif
