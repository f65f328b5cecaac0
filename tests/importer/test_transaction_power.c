/*
 * A loss of power: the disk has whichever of the steps it likes, whatever their order was. Here
 * each subset of them is made by hand, and the next start must come through from all.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/util/file.h"
#include "bench/util/mem.h"
#include "importer/transaction.h"
#include "txn_tree.h"

TestSuite(transaction_power, .init = txn_enter, .fini = txn_leave, .timeout = 480);

static bool never(void)
{
    return false;
}

/* The tree before the import, and the import prepared and committed with no step done. */
static void commit_only(struct import_journal *journal)
{
    struct bench_tree tree;
    struct import_store store;
    const struct bench_change *changes[32];
    struct bench_err err = {.code = 0};
    txn_make_before(TXN_IN_GIT);
    txn_open(&tree);
    cr_assert_eq(txn_plan(&tree, &err), 0, "%s", err.message);
    cr_assert_leq(tree.count, 32);
    for (size_t i = 0; i < tree.count; i++) {
        changes[i] = &tree.changes[i];
    }
    cr_assert_eq(import_store_lock(tree.fd, tree.root, true, &store, &err), 0, "%s", err.message);
    cr_assert_eq(import_prepare(&store, changes, tree.count, never, &err), 0, "%s", err.message);
    cr_assert_eq(import_load(&store, "current", journal, &err), 0, "%s", err.message);
    import_store_close(&store);
    bench_tree_fini(&tree);
}

/* `lost`: the file is gone from the store, and has not come to its place. */
static void do_step(const struct import_journal *journal, size_t number, bool lost)
{
    const struct import_step *step = &journal->steps[number];
    char *part = bench_xprintf("tree/.git/bench-import/current/new/%zu", number);
    char *path = bench_path_join("tree", step->path);
    char *folder = bench_path_dirname(path);
    if (lost && step->after.exists) {
        cr_assert_eq(unlink(part), 0);
    } else if (!lost && step->after.exists) {
        cr_assert_eq(bench_file_mkdirs(folder, NULL), 0);
        cr_assert_eq(rename(part, path), 0);
    } else if (!lost) {
        cr_assert_eq(unlink(path), 0);
    }
    free(part);
    free(path);
    free(folder);
}

static void expect_repaired(const char *wanted, size_t subset)
{
    txn_repair();
    char *now = txn_snapshot();
    cr_assert_str_eq(now, wanted, "steps 0x%zx were done", subset);
    free(now);
}

Test(transaction_power, any_of_the_steps_are_on_the_disk)
{
    struct import_journal journal;
    txn_make_after(TXN_IN_GIT);
    char *after = txn_snapshot();
    commit_only(&journal);
    size_t count = journal.count;
    cr_assert_eq(count, 10);
    for (size_t subset = 0; subset < (size_t)1 << count; subset++) {
        import_journal_fini(&journal);
        commit_only(&journal);
        for (size_t i = 0; i < count; i++) {
            if (subset >> i & 1) {
                do_step(&journal, i, false);
            }
        }
        expect_repaired(after, subset);
    }
    import_journal_fini(&journal);
    free(after);
}

/* A file system on which a rename was half done: neither name has the file. */
Test(transaction_power, a_file_that_is_nowhere_takes_the_import_back)
{
    struct import_journal journal;
    txn_make_before(TXN_IN_GIT);
    char *before = txn_snapshot();
    commit_only(&journal);
    size_t count = journal.count;
    for (size_t gone = 0; gone < count; gone++) {
        bool is_deletion = !journal.steps[gone].after.exists;
        for (size_t done = 0; !is_deletion && done < count; done++) {
            import_journal_fini(&journal);
            commit_only(&journal);
            do_step(&journal, gone, true);
            if (done != gone) {
                do_step(&journal, done, false);
            }
            expect_repaired(before, (size_t)1 << done);
        }
    }
    import_journal_fini(&journal);
    free(before);
}
