/* What an import promises as a transaction: undo, repair, lock, journal, nothing twice. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/util/file.h"
#include "bench/util/mem.h"
#include "bench/util/process.h"
#include "importer/store.h"
#include "importer/undo.h"
#include "txn_tree.h"

TestSuite(transaction, .init = txn_enter, .fini = txn_leave, .timeout = 300);

#define G "tree/src/flag_gems/experimental/generated/"
#define GIT "tree/.git/bench-import/"

static void expect_snapshot(const char *wanted)
{
    char *now = txn_snapshot();
    cr_expect_str_eq(now, wanted);
    free(now);
}

static void import_fails(int code, const char *part)
{
    struct bench_err err = {.code = 0};
    cr_expect_eq(txn_apply(txn_plan, &err), code, "%s", err.message);
    cr_expect_not_null(strstr(err.message, part), "expected '%s' in: %s", part, err.message);
}

/* Returns what bench_undo_run does. */
static int undo(bool force, struct bench_undo *result, struct bench_err *err)
{
    struct bench_tree tree;
    txn_open(&tree);
    int rc = bench_undo_run(&tree, force, result, err);
    bench_tree_fini(&tree);
    return rc;
}

static void undo_fails(int code, const char *part)
{
    struct bench_undo result;
    struct bench_err err = {.code = 0};
    cr_expect_eq(undo(false, &result, &err), code, "%s", err.message);
    cr_expect_not_null(strstr(err.message, part), "expected '%s' in: %s", part, err.message);
    bench_undo_fini(&result);
}

static void undo_with_force(size_t edited)
{
    struct bench_undo result;
    struct bench_err err = {.code = 0};
    cr_expect_eq(undo(true, &result, &err), 0, "%s", err.message);
    cr_expect_eq(result.edited_count, edited);
    bench_undo_fini(&result);
}

/* Bytes, modes and times of the last change, of files and of the folders that the import made. */
static void undo_is_exact(enum txn_store store)
{
    struct stat st;
    struct bench_err err = {.code = 0};
    const struct timespec long_ago[2] = {{.tv_sec = 86400}, {.tv_sec = 86400, .tv_nsec = 7}};
    txn_make_tree(store);
    cr_assert_eq(utimensat(AT_FDCWD, G "pointwise/gelu.py", long_ago, 0), 0);
    char *before = txn_snapshot();
    cr_assert_eq(txn_apply(txn_plan, &err), 0, "%s", err.message);
    cr_assert_eq(stat(G "pointwise/gelu.py", &st), 0);
    cr_expect_eq(st.st_mode & 07777, 0640, "a changed file keeps its mode");
    cr_expect_gt(st.st_mtim.tv_sec, 86400, "Python must see that it changed");
    cr_expect_not(bench_file_exists(G "pointwise/tanh.py"));
    txn_undo_last();
    expect_snapshot(before);
    cr_assert_eq(stat(G "pointwise/gelu.py", &st), 0);
    cr_expect(st.st_mtim.tv_sec == 86400 && st.st_mtim.tv_nsec == 7);
    cr_expect_not(bench_file_exists("tree/.bench-import"));
    cr_expect_not(bench_file_exists("tree/.git/bench-import"));
    undo_fails(BENCH_ENOTFOUND, "there is nothing to undo");
    free(before);
}

Test(transaction, undo_is_exact_in_a_git_checkout)
{
    undo_is_exact(TXN_IN_GIT);
}

Test(transaction, undo_is_exact_without_git)
{
    undo_is_exact(TXN_IN_TREE);
}

Test(transaction, only_the_last_import_can_be_undone)
{
    txn_make_after(TXN_IN_GIT);
    txn_undo_last();
    undo_fails(BENCH_ENOTFOUND, "only the last one can be undone, once");
}

Test(transaction, the_same_again_touches_nothing)
{
    struct stat a;
    struct stat b;
    struct stat c;
    struct bench_err err = {.code = 0};
    txn_make_after(TXN_IN_GIT);
    cr_assert_eq(stat(G "pointwise/silu.py", &a), 0);
    cr_assert_eq(stat(GIT "last/journal", &b), 0);
    cr_assert_eq(txn_apply(txn_plan, &err), 0, "%s", err.message);
    cr_assert_eq(stat(G "pointwise/silu.py", &c), 0);
    cr_expect(a.st_ino == c.st_ino && a.st_mtim.tv_nsec == c.st_mtim.tv_nsec);
    cr_assert_eq(stat(GIT "last/journal", &c), 0);
    cr_expect(b.st_ino == c.st_ino, "the import before can still be undone");
}

Test(transaction, kernels_without_openat2)
{
    txn_make_before(TXN_IN_GIT);
    char *before = txn_snapshot();
    txn_make_after(TXN_IN_GIT);
    char *after = txn_snapshot();
    faults.no_openat2 = 1;
    txn_make_after(TXN_IN_GIT);
    expect_snapshot(after);
    txn_undo_last();
    expect_snapshot(before);
    faults.no_openat2 = 0;
    free(before);
    free(after);
}

Test(transaction, files_edited_since_are_not_undone_without_force)
{
    struct bench_tree tree;
    struct bench_undo result;
    struct bench_err err = {.code = 0};
    char *diff = NULL;
    txn_make_before(TXN_IN_GIT);
    char *before = txn_snapshot();
    cr_assert_eq(txn_apply(txn_plan, &err), 0, "%s", err.message);
    txn_write(G "pointwise/silu.py", "def silu(x):\n    return 3\n");
    cr_assert_eq(chmod(G "pointwise/gelu.py", 0755), 0);
    cr_assert_eq(unlink(G "custom/comm_.py"), 0);
    char *edited = txn_snapshot();
    undo_fails(BENCH_EINPUT, "2 of 10 files were edited since the import; --force");
    expect_snapshot(edited);

    txn_open(&tree);
    cr_assert_eq(bench_undo_look(&tree, &result, &err), 0, "%s", err.message);
    bench_tree_fini(&tree);
    if (bench_process_exists("python3")) {
        cr_assert_eq(bench_undo_diff(&result, &diff, &err), 0, "%s", err.message);
        cr_expect_not_null(strstr(diff, "-    return x\n+    return 3\n"), "%s", diff);
        free(diff);
    }
    bench_undo_fini(&result);
    undo_with_force(2);
    expect_snapshot(before);
    free(before);
    free(edited);
}

Test(transaction, folders_with_other_files_stay_and_caches_go)
{
    struct bench_undo result;
    struct bench_err err = {.code = 0};
    txn_make_after(TXN_IN_GIT);
    txn_write(G "custom/__pycache__/comm_.cpython-311.pyc", "cache");
    txn_write("tree/src/flag_gems/experimental/tests/unit/mine.py", "mine\n");
    cr_assert_eq(undo(false, &result, &err), 0, "%s", err.message);
    cr_assert_eq(result.kept_count, 1);
    cr_expect_str_eq(result.kept[0], "src/flag_gems/experimental/tests/unit");
    cr_expect_not(bench_file_exists(G "custom"));
    txn_expect_text("tree/src/flag_gems/experimental/tests/unit/mine.py", "mine\n");
    bench_undo_fini(&result);
}

Test(transaction, a_file_edited_between_plan_and_import)
{
    struct bench_tree tree;
    struct bench_err err = {.code = 0};
    txn_make_tree(TXN_IN_GIT);
    txn_open(&tree);
    cr_assert_eq(txn_plan(&tree, &err), 0);
    txn_write(G "_metadata.json", "{\"ops\": \"mine\"}\n");
    char *before = txn_snapshot();
    cr_expect_eq(bench_tree_apply(&tree, &err), BENCH_EINPUT);
    cr_expect_not_null(strstr(err.message, "was edited while the import was planned"), "%s",
                       err.message);
    cr_expect_not_null(strstr(err.message, "the tree is as it was"), "%s", err.message);
    expect_snapshot(before);
    cr_expect_not(bench_file_exists("tree/.git/bench-import"));
    bench_tree_fini(&tree);
    free(before);
}

/* Another process holds the lock until it is told to go. */
Test(transaction, two_imports_are_kept_apart)
{
    int ready[2];
    char byte;
    cr_assert_eq(pipe(ready), 0);
    txn_make_before(TXN_IN_GIT);
    char *before = txn_snapshot();
    pid_t pid = fork();
    if (pid == 0) {
        struct import_store store;
        int root = open("tree", O_RDONLY | O_DIRECTORY);
        bool locked = import_store_lock(root, "tree", true, &store, NULL) == 0;
        if (write(ready[1], locked ? "y" : "n", 1) == 1) {
            pause();
        }
        _exit(1);
    }
    cr_assert_eq(read(ready[0], &byte, 1), 1);
    cr_assert_eq(byte, 'y');
    char *holder =
        bench_xprintf("another import is at work on this tree (process %d on ", (int)pid);
    import_fails(BENCH_ERROR, holder);
    undo_fails(BENCH_ERROR, holder);
    expect_snapshot(before);
    free(holder);
    free(before);
    cr_assert_eq(kill(pid, SIGKILL), 0);
    cr_assert_eq(waitpid(pid, NULL, 0), pid);
    struct bench_err err = {.code = 0};
    cr_expect_eq(txn_apply(txn_plan, &err), 0, "the lock of a process that died: %s", err.message);
}

static void repair_fails(const char *part)
{
    struct bench_tree tree;
    struct bench_err err = {.code = 0};
    char *note = NULL;
    txn_open(&tree);
    cr_expect_eq(bench_tree_repair(&tree, false, &note, &err), BENCH_EINPUT);
    cr_expect_not_null(strstr(err.message, part), "expected '%s' in: %s", part, err.message);
    cr_expect_null(note);
    bench_tree_fini(&tree);
}

Test(transaction, an_import_that_died_is_finished_by_the_next_start_and_named)
{
    struct bench_tree tree;
    struct bench_err err = {.code = 0};
    char *note = NULL;
    txn_make_after(TXN_IN_GIT);
    char *after = txn_snapshot();
    txn_die_midway(TXN_IN_GIT);
    char *middle = txn_snapshot();
    txn_open(&tree);
    cr_expect_eq(bench_tree_repair(&tree, true, &note, &err), BENCH_EINPUT, "only looking");
    cr_expect_not_null(strstr(err.message, "`bench import` finishes it"), "%s", err.message);
    expect_snapshot(middle);
    cr_assert_eq(bench_tree_repair(&tree, false, &note, &err), 0, "%s", err.message);
    cr_assert_not_null(note);
    cr_expect_not_null(strstr(note, "had died (process "), "%s", note);
    cr_expect_not_null(strstr(note, "it was finished first"), "%s", note);
    expect_snapshot(after);
    bench_tree_fini(&tree);
    free(note);
    free(middle);
    free(after);
}

Test(transaction, an_import_that_died_can_be_undone_instead)
{
    txn_make_before(TXN_IN_GIT);
    char *before = txn_snapshot();
    txn_die_midway(TXN_IN_GIT);
    txn_undo_last();
    expect_snapshot(before);
    cr_expect(txn_store_has("last"), "the import before it can still be undone");
    free(before);
}

/* git checkout took the files back by hand. */
Test(transaction, an_import_that_died_and_whose_files_are_as_before)
{
    txn_make_before(TXN_IN_GIT);
    char *before = txn_snapshot();
    txn_die_midway(TXN_IN_GIT);
    txn_write(G "pointwise/gelu.py", "def gelu(x):\n    return x\n");
    cr_assert_eq(unlink(G "pointwise/silu.py"), 0);
    bool any = txn_repair();
    cr_expect(any);
    expect_snapshot(before);
    free(before);
}

Test(transaction, an_import_that_died_and_whose_files_were_edited)
{
    txn_make_before(TXN_IN_GIT);
    char *before = txn_snapshot();
    txn_die_midway(TXN_IN_GIT);
    txn_write(G "pointwise/silu.py", "mine\n");
    repair_fails("pointwise/silu.py was edited since");
    import_fails(BENCH_EINPUT, "`bench import --undo --force` goes back");
    txn_expect_text(G "pointwise/silu.py", "mine\n");
    undo_fails(BENCH_EINPUT, "1 of 10 files were edited");
    undo_with_force(1);
    expect_snapshot(before);
    free(before);
}

/* Every byte of the journal: a damaged one is never acted on. */
Test(transaction, a_damaged_journal_is_refused)
{
    txn_die_midway(TXN_IN_GIT);
    char *journal = txn_text(GIT "current/journal");
    char *middle = txn_snapshot();
    size_t length = strlen(journal);
    for (size_t i = 0; i < length; i += 7) {
        journal[i] ^= 1;
        txn_write(GIT "current/journal", journal);
        repair_fails("is damaged");
        journal[i] ^= 1;
    }
    for (size_t cut = 0; cut < length; cut += 101) {
        char *part = bench_xprintf("%.*s", (int)cut, journal);
        txn_write(GIT "current/journal", part);
        repair_fails("is damaged");
        free(part);
    }
    expect_snapshot(middle);
    txn_write(GIT "current/journal", journal);
    txn_repair();
    free(journal);
    free(middle);
}

Test(transaction, a_damaged_copy_is_not_put_back)
{
    txn_make_after(TXN_IN_GIT);
    char **names = NULL;
    size_t count = 0;
    cr_assert_eq(bench_file_list(GIT "last/old", &names, &count, NULL), 0);
    for (size_t i = 0; i < count; i++) {
        char *path = bench_xprintf(GIT "last/old/%s", names[i]);
        txn_write(path, "rot");
        free(path);
    }
    bench_file_list_free(names, count);
    undo_fails(BENCH_ERROR, "is damaged");
    txn_expect_text(G "_metadata.json", "{\"ops\": \"gelu silu comm_\"}\n");
}

/* A worktree's .git is a file that names the git folder. */
Test(transaction, a_worktree_keeps_it_in_its_git_folder)
{
    struct bench_err err = {.code = 0};
    txn_make_tree(TXN_IN_TREE);
    txn_write("main/.git/worktrees/tree/HEAD", "ref: refs/heads/x\n");
    txn_write("main/.git/worktrees/tree/commondir", "../..\n");
    txn_write("tree/.git", "gitdir: ../main/.git/worktrees/tree\n");
    cr_assert_eq(txn_apply(txn_plan, &err), 0, "%s", err.message);
    cr_expect(bench_file_exists("main/.git/worktrees/tree/bench-import/last/journal"));
    cr_expect_not(bench_file_exists("tree/.bench-import"));
    txn_undo_last();
}

Test(transaction, a_git_file_that_names_no_git_folder_is_not_followed)
{
    struct bench_err err = {.code = 0};
    txn_make_tree(TXN_IN_TREE);
    txn_write("other/HEAD", "not a git folder\n");
    txn_write("tree/.git", "gitdir: ../other\n");
    cr_assert_eq(txn_apply(txn_plan, &err), 0, "%s", err.message);
    cr_expect_not(bench_file_exists("other/bench-import"));
    cr_expect(bench_file_exists("tree/.bench-import/last/journal"));
    txn_expect_text("tree/.bench-import/.gitignore", "*\n");
}

/* Python itself, at moments when an import was killed. The invariant that the fault tests check at
 * every call stands for this. */
Test(transaction, python_imports_the_package_whenever_it_was_killed)
{
    static const char *const argv[] = {
        "python3", "-B", "-c", "import flag_gems.experimental.generated as g; g.pointwise.gelu(1)",
        NULL};
    static const char *const env[] = {"PYTHONPATH=tree/src", NULL};
    const struct bench_process_spec spec = {.argv = argv, .env = env, .timeout_ms = 180000};
    if (!bench_process_exists("python3")) {
        cr_skip_test("python3 is not installed");
    }
    enum txn_ending ending = TXN_KILLED;
    int points = 0;
    for (long at = 400; ending == TXN_KILLED; at += 23) {
        struct bench_process_result result;
        txn_make_before(TXN_IN_GIT);
        ending = txn_disturb(txn_run_import, FAULT_KILL, at, NULL);
        cr_assert_eq(bench_process_run(&spec, &result, NULL), 0);
        cr_expect_eq(result.exit_code, 0, "killed at call %ld: %s", at, result.err);
        bench_process_result_fini(&result);
        points++;
    }
    cr_expect_gt(points, 5);
}
