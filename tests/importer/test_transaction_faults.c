/*
 * An import that is disturbed at each of its system calls: killed there, or the call fails.
 * Whatever happens, Python can import the package at once, and after the next start the tree is,
 * byte for byte, as before the import or as after it.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "faults.h"
#include "txn_tree.h"

TestSuite(transaction_faults, .init = txn_enter, .fini = txn_leave, .timeout = 300);

/* The tree in its three states: before an earlier import, after it, after the one under test. */
static char *first, *before, *after;

static void fini_states(void)
{
    free(first);
    free(before);
    free(after);
}

static void make_states(enum txn_store store)
{
    struct bench_err err = {.code = 0};
    txn_make_tree(store);
    first = txn_snapshot();
    txn_make_before(store);
    before = txn_snapshot();
    cr_assert_eq(txn_apply(txn_plan, &err), 0, "%s", err.message);
    after = txn_snapshot();
    cr_assert_str_neq(before, after);
    txn_undo_last();
    char *again = txn_snapshot();
    cr_assert_str_eq(again, before, "undo without faults");
    free(again);
}

static struct txn_calls *calls;

static void count_calls(int (*work)(void))
{
    calls = mmap(NULL, sizeof(*calls), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    cr_assert_neq(calls, MAP_FAILED);
    cr_assert_eq(txn_disturb(work, FAULT_NONE, 0, calls), TXN_FINE);
    cr_assert_gt(calls->count, 30);
    cr_assert_lt(calls->count, TXN_CALLS_MAX);
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
static void check(enum txn_ending ending, bool is_undo, enum fault_kind kind, long at)
{
    expect_importable(kind, at);
    bool is_new = false;
    if (ending == TXN_FINE || (ending == TXN_FAILED && kind != FAULT_EIO_ON && !is_undo)) {
        is_new = tree_is(after, before, "at once", kind, at);
        cr_assert(ending == TXN_FAILED || is_new != is_undo,
                  "%s at call %ld: it said that all went well", fault_name(kind), at);
    }
    if (kind == FAULT_SHORT || kind == FAULT_EINTR) {
        cr_assert_eq(ending, TXN_FINE, "%s at call %ld must be survived", fault_name(kind), at);
    }
    txn_repair();
    expect_importable(kind, at);
    is_new = tree_is(after, before, "after the next start", kind, at);
    if (is_new) {
        txn_undo_last();
        tree_is(before, before, "undone", kind, at);
    } else if (!is_undo) { /* the import before can still be undone */
        txn_undo_last();
        tree_is(first, first, "the earlier import undone", kind, at);
    }
}

/* All calls; with AddressSanitizer, where each process costs tens of milliseconds, every seventh.
 */
#ifdef __SANITIZE_ADDRESS__
#define STRIDE 7
#else
#define STRIDE 1
#endif

static void sweep(int (*work)(void), void (*prepare)(enum txn_store), enum txn_store store,
                  enum fault_kind kind)
{
    long points = 0;
    long considered = 0;
    make_states(store);
    prepare(store);
    count_calls(work);
    for (long at = 1; at <= calls->count; at++) {
        if (fault_applies(kind, calls->traits[at]) && considered++ % STRIDE == 0) {
            prepare(store);
            check(txn_disturb(work, kind, at, NULL), work == txn_run_undo, kind, at);
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
        sweep(txn_run_import, txn_make_before, TXN_IN_GIT, kind);                                  \
    }                                                                                              \
    Test(transaction_faults, undo_##name)                                                          \
    {                                                                                              \
        sweep(txn_run_undo, txn_make_after, TXN_IN_GIT, kind);                                     \
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
    txn_make_before(TXN_IN_TREE);
    count_calls(txn_run_import);
    long import_calls = calls->count;
    for (long at = 40; at <= import_calls; at += import_calls / 9) {
        enum txn_ending ending = TXN_KILLED;
        for (long then = 1; ending == TXN_KILLED; then += STRIDE) {
            txn_make_before(TXN_IN_TREE);
            cr_assert_eq(txn_disturb(txn_run_import, FAULT_KILL, at, NULL), TXN_KILLED);
            ending = txn_disturb(txn_run_repair, FAULT_KILL, then, NULL);
            check(ending == TXN_KILLED ? TXN_KILLED : TXN_FAILED, false, FAULT_KILL, at);
            points++;
        }
    }
    cr_assert_gt(points, 100 / STRIDE);
    cr_assert_eq(munmap(calls, sizeof(*calls)), 0);
    fini_states();
}
