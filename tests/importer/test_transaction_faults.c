/*
 * An import that is disturbed at each of its system calls: killed there, or the call fails.
 * Whatever happens, Python can import the package at once, and after the next start the tree is,
 * byte for byte, as before the import or as after it.
 */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/util/mem.h"
#include "faults.h"
#include "importer/undo.h"
#include "txn_tree.h"

TestSuite(transaction_faults, .init = txn_enter, .fini = txn_leave, .timeout = 120);

/* The tree in its three states: before an earlier import, after it, after the one under test. */
static char *first, *before, *after;

static void fini_states(void)
{
    free(first);
    free(before);
    free(after);
}

static int run_import(void)
{
    struct bench_err err;
    int rc = txn_apply(txn_plan, &err);
    if (rc != 0 && getenv("SHOW_MESSAGES")) {
        fprintf(stderr, "%s\n", err.message);
    }
    return rc;
}

static int run_undo(void)
{
    struct bench_tree tree;
    struct bench_undo undo;
    struct bench_err err;
    int rc = bench_tree_open("tree", &tree, &err);
    if (rc == 0) {
        rc = bench_undo_run(&tree, false, &undo, &err);
        bench_undo_fini(&undo);
        bench_tree_fini(&tree);
    }
    return rc;
}

static int run_repair(void)
{
    struct bench_tree tree;
    struct bench_err err;
    char *note = NULL;
    int rc = bench_tree_open("tree", &tree, &err);
    if (rc == 0) {
        rc = bench_tree_repair(&tree, false, &note, &err);
        free(note);
        bench_tree_fini(&tree);
    }
    return rc;
}

static void undo_last(void)
{
    struct bench_tree tree;
    struct bench_undo undo;
    struct bench_err err = {.code = 0};
    txn_open(&tree);
    cr_assert_eq(bench_undo_run(&tree, false, &undo, &err), 0, "%s", err.message);
    bench_undo_fini(&undo);
    bench_tree_fini(&tree);
}

/* The tree as it is before the import under test. */
static void make_before(enum txn_store store)
{
    struct bench_err err = {.code = 0};
    txn_make_tree(store);
    cr_assert_eq(txn_apply(txn_plan_earlier, &err), 0, "%s", err.message);
}

static void make_states(enum txn_store store)
{
    struct bench_err err = {.code = 0};
    txn_make_tree(store);
    first = txn_snapshot();
    make_before(store);
    before = txn_snapshot();
    cr_assert_eq(txn_apply(txn_plan, &err), 0, "%s", err.message);
    after = txn_snapshot();
    cr_assert_str_neq(before, after);
    undo_last();
    char *again = txn_snapshot();
    cr_assert_str_eq(again, before, "undo without faults");
    free(again);
}

static void make_after(enum txn_store store)
{
    struct bench_err err = {.code = 0};
    make_before(store);
    cr_assert_eq(txn_apply(txn_plan, &err), 0, "%s", err.message);
}

/* How a process that was disturbed ended. */
enum ending { FINE, FAILED, KILLED };

/* What a process without a fault tells of its calls, in memory that is shared with it. */
#define CALLS_MAX 4096
struct calls {
    long count;
    unsigned char traits[CALLS_MAX];
};
static struct calls *calls;

/* Runs `work` in a process with the fault at its call number `at`. */
static enum ending disturb(int (*work)(void), enum fault_kind kind, long at)
{
    int status = 0;
    fflush(NULL);
    pid_t pid = fork();
    cr_assert_neq(pid, -1);
    if (pid == 0) {
        faults = (struct faults){.kind = kind, .at = at, .armed = 1};
        if (kind == FAULT_NONE) {
            faults.traits = calls->traits;
            faults.traits_size = CALLS_MAX;
        }
        int rc = work();
        faults.armed = 0;
        if (kind == FAULT_NONE) {
            calls->count = faults.count;
        }
        _exit(rc == 0 ? 0 : 1);
    }
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    if (WIFSIGNALED(status)) {
        cr_assert_eq(WTERMSIG(status), SIGKILL);
        return KILLED;
    }
    return WEXITSTATUS(status) == 0 ? FINE : FAILED;
}

static void count_calls(int (*work)(void))
{
    calls = mmap(NULL, sizeof(*calls), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    cr_assert_neq(calls, MAP_FAILED);
    cr_assert_eq(disturb(work, FAULT_NONE, 0), FINE);
    cr_assert_gt(calls->count, 30);
    cr_assert_lt(calls->count, CALLS_MAX);
}

/* Which of two snapshots the tree is; fails the test if it is neither. */
static bool tree_is(const char *one, const char *other, const char *when, enum fault_kind kind,
                    long at)
{
    char *now = txn_snapshot();
    bool is_one = strcmp(now, one) == 0;
    cr_assert(is_one || strcmp(now, other) == 0, "%s at call %ld, %s: the tree is neither:\n%s",
              fault_name(kind), at, when, now);
    free(now);
    return is_one;
}

static void expect_importable(enum fault_kind kind, long at)
{
    char *fault = txn_import_fault();
    cr_assert_null(fault, "%s at call %ld: Python cannot import the package: %s", fault_name(kind),
                   at, fault);
}

/* What must hold after a fault, whatever was at work, and after the next start. `is_undo`: of the
 * import under test, else it is the import itself. */
static void check(enum ending ending, bool is_undo, enum fault_kind kind, long at)
{
    expect_importable(kind, at);
    bool is_new = false;
    if (ending == FINE || (ending == FAILED && kind != FAULT_EIO_ON && !is_undo)) {
        is_new = tree_is(after, before, "at once", kind, at);
        cr_assert(ending == FAILED || is_new != is_undo,
                  "%s at call %ld: it said that all went well", fault_name(kind), at);
    }
    if (kind == FAULT_SHORT || kind == FAULT_EINTR) {
        cr_assert_eq(ending, FINE, "%s at call %ld must be survived", fault_name(kind), at);
    }
    txn_repair();
    expect_importable(kind, at);
    is_new = tree_is(after, before, "after the next start", kind, at);
    if (is_new) {
        undo_last();
        tree_is(before, before, "undone", kind, at);
    } else if (!is_undo) { /* the import before can still be undone */
        undo_last();
        tree_is(first, first, "the earlier import undone", kind, at);
    }
}

static void sweep(int (*work)(void), void (*prepare)(enum txn_store), enum txn_store store,
                  enum fault_kind kind)
{
    long points = 0;
    make_states(store);
    prepare(store);
    count_calls(work);
    for (long at = 1; at <= calls->count; at++) {
        if (fault_applies(kind, calls->traits[at])) {
            prepare(store);
            check(disturb(work, kind, at), work == run_undo, kind, at);
            points++;
        }
    }
    cr_assert_gt(points, 0);
    cr_log_info("%s: %ld of %ld calls\n", fault_name(kind), points, calls->count);
    cr_assert_eq(munmap(calls, sizeof(*calls)), 0);
    fini_states();
}

#define SWEEP(name, kind)                                                                          \
    Test(transaction_faults, import_##name)                                                        \
    {                                                                                              \
        sweep(run_import, make_before, TXN_IN_GIT, kind);                                          \
    }                                                                                              \
    Test(transaction_faults, undo_##name)                                                          \
    {                                                                                              \
        sweep(run_undo, make_after, TXN_IN_GIT, kind);                                             \
    }

SWEEP(killed_at_every_call, FAULT_KILL)
SWEEP(killed_in_the_middle_of_every_write, FAULT_TORN)
SWEEP(with_every_write_cut_short, FAULT_SHORT)
SWEEP(interrupted_at_every_call, FAULT_EINTR)
SWEEP(with_an_input_output_error_at_every_call, FAULT_EIO)
SWEEP(with_input_output_errors_from_every_call_on, FAULT_EIO_ON)
SWEEP(with_no_space_at_every_call, FAULT_ENOSPC)
SWEEP(with_a_disk_that_is_full_from_every_call_on, FAULT_FULL)

/* The next start is killed as well, at each of its calls, and only the one after it comes through.
 */
Test(transaction_faults, the_repair_killed_at_every_call)
{
    long points = 0;
    make_states(TXN_IN_TREE);
    make_before(TXN_IN_TREE);
    count_calls(run_import);
    long import_calls = calls->count;
    for (long at = 40; at <= import_calls; at += import_calls / 9) {
        enum ending ending = KILLED;
        for (long then = 1; ending == KILLED; then++) {
            make_before(TXN_IN_TREE);
            cr_assert_eq(disturb(run_import, FAULT_KILL, at), KILLED);
            ending = disturb(run_repair, FAULT_KILL, then);
            check(ending == KILLED ? KILLED : FAILED, false, FAULT_KILL, at);
            points++;
        }
    }
    cr_assert_gt(points, 100);
    cr_assert_eq(munmap(calls, sizeof(*calls)), 0);
    fini_states();
}
