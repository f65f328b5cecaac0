/* Trees in which not everything may be written, and trees that are not on one file system. */
#include <criterion/criterion.h>
#include <grp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/util/file.h"
#include "txn_tree.h"

TestSuite(hostile_file_systems, .init = txn_enter, .fini = txn_leave, .timeout = 300);

#define G "tree/src/flag_gems/experimental/generated/"

/* Without the rights of root, to whom nothing is forbidden. */
static int as_nobody(int (*work)(void))
{
    int status = 0;
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        if (geteuid() == 0 &&
            (setgroups(0, NULL) != 0 || setgid(65534) != 0 || setuid(65534) != 0)) {
            _exit(77);
        }
        _exit(work());
    }
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    cr_assert(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77) {
        cr_skip_test("the rights of root cannot be given up here");
    }
    return WEXITSTATUS(status);
}

/* 0: refused with the words that are expected. */
static int import_is_refused(void)
{
    struct bench_err err = {.code = 0};
    if (txn_apply(txn_plan, &err) == 0) {
        return 1;
    }
    bool says = strstr(err.message, "Permission denied") || strstr(err.message, "Read-only");
    if (!says || !strstr(err.message, "nothing")) {
        fprintf(stderr, "%s\n", err.message);
        return 2;
    }
    return 0;
}

static void give_to_nobody(const char *path)
{
    struct stat st;
    cr_assert_eq(lchown(path, 65534, 65534), 0);
    if (lstat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
        char **names;
        size_t count;
        cr_assert_eq(bench_file_list(path, &names, &count, NULL), 0);
        for (size_t i = 0; i < count; i++) {
            char *below = bench_path_join(path, names[i]);
            give_to_nobody(below);
            free(below);
        }
        bench_file_list_free(names, count);
    }
}

static void refuses_without_permission(const char *folder, enum txn_store store)
{
    txn_make_tree(store);
    if (geteuid() == 0) {
        cr_assert_eq(chmod(".", 0755), 0);
        give_to_nobody("tree");
    }
    cr_assert_eq(chmod(folder, 0555), 0);
    char *before = txn_snapshot();
    cr_expect_eq(as_nobody(import_is_refused), 0, "%s", folder);
    char *after = txn_snapshot();
    cr_expect_str_eq(before, after);
    cr_expect_not(txn_store_has("."), "%s", folder);
    cr_assert_eq(chmod(folder, 0755), 0);
    free(before);
    free(after);
}

Test(hostile_file_systems, folders_without_write_permission)
{
    refuses_without_permission(G "pointwise", TXN_IN_GIT);
    refuses_without_permission(G ".", TXN_IN_GIT);
    refuses_without_permission("tree/.git", TXN_IN_GIT);
    refuses_without_permission("tree/src/flag_gems/experimental/tests", TXN_IN_TREE);
    refuses_without_permission("tree", TXN_IN_TREE);
}

/* In a process with mounts of its own; 77: they are not allowed here. */
static int in_own_mounts(int (*work)(void))
{
    int status = 0;
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        bool own =
            unshare(CLONE_NEWNS) == 0 && mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
        _exit(own ? work() : 77);
    }
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    cr_assert(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77) {
        cr_skip_test("this process may not mount file systems");
    }
    return WEXITSTATUS(status);
}

static int import_fails_with(const char *part)
{
    struct bench_err err = {.code = 0};
    int rc = txn_apply(txn_plan, &err);
    if (rc == 0 || strstr(err.message, part) == NULL) {
        fprintf(stderr, "%s\n", rc == 0 ? "it went through" : err.message);
        return 1;
    }
    return 0;
}

static int on_a_bind_mount(void)
{
    return mount(G "pointwise", G "pointwise", NULL, MS_BIND, NULL) != 0
               ? 77
               : import_fails_with("lies on another file system than");
}

static int on_a_tmpfs(void)
{
    return mount("none", "tree/src/flag_gems/experimental/tests", "tmpfs", 0, NULL) != 0
               ? 77
               : import_fails_with("lies on another file system than");
}

static int on_a_read_only_file_system(void)
{
    bool mounted = mount("tree", "tree", NULL, MS_BIND, NULL) == 0 &&
                   mount("none", "tree", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL) == 0;
    return mounted ? import_is_refused() : 77;
}

/* The git folder lies elsewhere: the store is then in the tree, and all goes as ever. */
static int with_git_on_another(void)
{
    struct bench_err err = {.code = 0};
    if (mount("none", "tree/.git", "tmpfs", 0, NULL) != 0) {
        return 77;
    }
    txn_write("tree/.git/HEAD", "ref: refs/heads/main\n");
    if (mkdir("tree/.git/objects", 0755) != 0 || txn_apply(txn_plan, &err) != 0) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    return bench_file_exists("tree/.bench-import/last/journal") && txn_run_undo() == 0 ? 0 : 2;
}

Test(hostile_file_systems, parts_of_the_tree_on_other_file_systems)
{
    static int (*const works[])(void) = {on_a_bind_mount, on_a_tmpfs, on_a_read_only_file_system,
                                         with_git_on_another};
    for (size_t i = 0; i < sizeof(works) / sizeof(*works); i++) {
        txn_make_tree(TXN_IN_GIT);
        char *before = txn_snapshot();
        cr_expect_eq(in_own_mounts(works[i]), 0, "mount number %zu", i);
        char *after = txn_snapshot();
        cr_expect_str_eq(before, after);
        cr_expect_not(txn_store_has("."));
        free(before);
        free(after);
    }
}

/* /dev/shm and /tmp: whichever the other tests do not use. */
Test(hostile_file_systems, a_tree_on_a_disk)
{
    char folder[] = "/tmp/bench_test_disk_XXXXXX";
    cr_assert_not_null(mkdtemp(folder));
    char *here = realpath(".", NULL);
    cr_assert_eq(chdir(folder), 0);
    txn_make_before(TXN_IN_TREE);
    char *before = txn_snapshot();
    struct bench_err err = {.code = 0};
    cr_expect_eq(txn_apply(txn_plan, &err), 0, "%s", err.message);
    txn_undo_last();
    char *after = txn_snapshot();
    cr_expect_str_eq(before, after);
    cr_assert_eq(chdir(here), 0);
    cr_assert_eq(bench_file_remove_tree(folder, NULL), 0);
    free(before);
    free(after);
    free(here);
}
