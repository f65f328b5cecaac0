/* Trees and paths that are made to lead an import astray, or that just do not suit it. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/util/file.h"
#include "bench/util/mem.h"
#include "importer/undo.h"
#include "txn_tree.h"

TestSuite(hostile_trees, .init = txn_enter, .fini = txn_leave, .timeout = 300);

#define IN "src/flag_gems/experimental/generated/"
#define G "tree/" IN

/* Plans one file in the tree as it is, and applies it. */
static int write_one(const char *path, const char *text, struct bench_err *err)
{
    struct bench_tree tree;
    int rc = bench_tree_open("tree", &tree, err);
    if (rc == 0) {
        rc = bench_tree_change(&tree, path, text, err);
        rc = rc == 0 ? bench_tree_apply(&tree, err) : rc;
        bench_tree_fini(&tree);
    }
    return rc;
}

static void expect_refused(const char *path, const char *part)
{
    struct bench_err err = {.code = 0};
    char *before = txn_snapshot();
    cr_expect_lt(write_one(path, "text\n", &err), 0, "%.100s was written", path);
    cr_expect_not_null(strstr(err.message, part), "expected '%s' in: %s", part, err.message);
    char *after = txn_snapshot();
    cr_expect_str_eq(before, after);
    cr_expect_not(txn_store_has("."), "a store was made for nothing");
    free(before);
    free(after);
}

static void expect_written(const char *path, const char *where)
{
    struct bench_err err = {.code = 0};
    cr_assert_eq(write_one(path, "text\n", &err), 0, "%s", err.message);
    txn_expect_text(where, "text\n");
}

Test(hostile_trees, paths_that_are_none)
{
    static const struct {
        const char *path, *part;
    } paths[] = {{"../x.py", "leads upwards with '..'"},
                 {"src/../../x.py", "leads upwards with '..'"},
                 {"src/..", "leads upwards with '..'"},
                 {"/etc/passwd", "is absolute"},
                 {"", "is empty"},
                 {"src//x.py", "has an empty part, or '.'"},
                 {"src/./x.py", "has an empty part, or '.'"},
                 {"src/", "has an empty part, or '.'"},
                 {"src/a\nb.py", "control character"},
                 {"src/a\\b.py", "a backslash"},
                 {"src/\x7f.py", "control character"}};
    struct bench_tree tree;
    char *text;
    txn_make_tree(TXN_IN_GIT);
    txn_open(&tree);
    for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
        expect_refused(paths[i].path, paths[i].part);
        cr_expect_eq(bench_tree_read(&tree, paths[i].path, &text, NULL), BENCH_EINPUT);
        cr_expect_eq(bench_tree_remove(&tree, paths[i].path, NULL), BENCH_EINPUT);
    }
    bench_tree_fini(&tree);
    expect_written("src/a..b.py", "tree/src/a..b.py");
}

Test(hostile_trees, names_of_any_length)
{
    static const int lengths[] = {256, 1000, 4096, 100000};
    txn_make_tree(TXN_IN_GIT);
    for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
        char *path = bench_xprintf("src/%0*d.py", lengths[i], 0);
        expect_refused(path, lengths[i] > 2000 ? "is too long" : "name of more than 255 bytes");
        free(path);
    }
    char *path = bench_xprintf("src/%0252d.py", 0);
    char *where = bench_path_join("tree", path);
    expect_written(path, where);
    free(path);
    free(where);
}

Test(hostile_trees, links_to_folders_outside)
{
    txn_make_tree(TXN_IN_GIT);
    txn_write("outside/keep.txt", "keep\n");
    cr_assert_eq(symlink("../../../../../outside", G "away"), 0);
    cr_assert_eq(symlink("/", G "root"), 0);
    cr_assert_eq(symlink("../../../../../outside/keep.txt", G "file.py"), 0);
    expect_refused(IN "away/x.py", "leads out of the tree");
    expect_refused(IN "away/new/x.py", "leads out of the tree");
    expect_refused(IN "root/tmp/bench_hostile.py", "leads out of the tree");
    expect_refused(IN "file.py", "leads out of the tree");
    txn_expect_text("outside/keep.txt", "keep\n");
    cr_expect_not(bench_file_exists("/tmp/bench_hostile.py"));
}

Test(hostile_trees, links_that_stay_inside)
{
    struct stat st;
    char *full = realpath(".", NULL);
    char *absolute = bench_xprintf("%s/" G "pointwise", full);
    txn_make_tree(TXN_IN_GIT);
    cr_assert_eq(symlink("pointwise", G "alias"), 0);
    cr_assert_eq(symlink(absolute, G "absolute"), 0);
    cr_assert_eq(symlink("pointwise/gelu.py", G "gelu_link.py"), 0);
    expect_written(IN "alias/a.py", G "pointwise/a.py");
    expect_written(IN "absolute/b.py", G "pointwise/b.py");
    expect_written(IN "alias/new/c.py", G "pointwise/new/c.py");
    expect_written(IN "gelu_link.py", G "pointwise/gelu.py");
    cr_assert_eq(lstat(G "gelu_link.py", &st), 0);
    cr_expect(S_ISLNK(st.st_mode), "the file is replaced, not the link");
    free(absolute);
    free(full);
}

Test(hostile_trees, links_to_nothing_and_to_themselves)
{
    txn_make_tree(TXN_IN_GIT);
    cr_assert_eq(symlink("nowhere", G "broken"), 0);
    cr_assert_eq(symlink("loop", G "loop"), 0);
    expect_refused(IN "broken", "a symbolic link on this path leads nowhere");
    expect_refused(IN "broken/x.py", "a symbolic link on this path leads nowhere");
    expect_refused(IN "loop/x.py", "Too many levels of symbolic links");
}

/* Between plan and import, or between a kill and the next start, a folder becomes a link. */
static void swap_for_link(void)
{
    cr_assert_eq(rename(G "pointwise", "outside"), 0);
    cr_assert_eq(symlink("../../../../../outside", G "pointwise"), 0);
}

static void race(void)
{
    struct bench_tree tree;
    struct bench_err err = {.code = 0};
    txn_make_tree(TXN_IN_GIT);
    txn_open(&tree);
    cr_assert_eq(txn_plan(&tree, &err), 0);
    swap_for_link();
    char *outside = txn_text("outside/gelu.py");
    cr_expect_lt(bench_tree_apply(&tree, &err), 0);
    cr_expect_not_null(strstr(err.message, "the tree is as it was"), "%s", err.message);
    txn_expect_text("outside/gelu.py", outside);
    cr_expect_not(bench_file_exists("outside/silu.py"));
    bench_tree_fini(&tree);
    free(outside);
}

Test(hostile_trees, a_folder_swapped_for_a_link_after_planning)
{
    race();
}

Test(hostile_trees, a_folder_swapped_for_a_link_without_openat2)
{
    faults.no_openat2 = 1;
    race();
    faults.no_openat2 = 0;
}

Test(hostile_trees, a_folder_swapped_for_a_link_before_repair_and_undo)
{
    struct bench_tree tree;
    struct bench_undo undo;
    struct bench_err err = {.code = 0};
    char *note = NULL;
    txn_die_midway(TXN_IN_GIT);
    swap_for_link();
    char *outside = txn_text("outside/gelu.py");
    txn_open(&tree);
    cr_expect_lt(bench_tree_repair(&tree, false, &note, &err), 0);
    cr_expect_lt(bench_undo_run(&tree, true, &undo, &err), 0);
    txn_expect_text("outside/gelu.py", outside);
    bench_tree_fini(&tree);
    free(outside);
}

Test(hostile_trees, a_file_for_a_folder_and_a_folder_for_a_file)
{
    txn_make_tree(TXN_IN_GIT);
    expect_refused(IN "pointwise/gelu.py/x.py", "a part of this path is a file");
    expect_refused(IN "pointwise", "is a folder, expected a file");
    cr_assert_eq(mkfifo(G "pipe.py", 0644), 0);
    struct bench_err err = {.code = 0};
    cr_expect_eq(write_one(IN "pipe.py", "text\n", &err), BENCH_EINPUT);
    cr_expect_not_null(strstr(err.message, "no regular file"), "%s", err.message);
}

Test(hostile_trees, bytes_that_are_no_text)
{
    struct bench_tree tree;
    struct bench_err err = {.code = 0};
    char *text;
    txn_make_tree(TXN_IN_GIT);
    FILE *file = fopen(G "nul.py", "w");
    cr_assert_eq(fwrite("a\0b", 1, 3, file), 3);
    fclose(file);
    txn_write(G "latin.py", "# caf\xe9\n");
    txn_open(&tree);
    cr_expect_eq(bench_tree_read(&tree, IN "nul.py", &text, &err), BENCH_EINPUT);
    cr_expect_not_null(strstr(err.message, "nul.py: holds a NUL byte"), "%s", err.message);
    cr_expect_eq(bench_tree_change(&tree, IN "latin.py", "new\n", &err), BENCH_EINPUT);
    cr_expect_not_null(strstr(err.message, "latin.py: is not UTF-8"), "%s", err.message);
    cr_expect_eq(tree.count, 0);
    bench_tree_fini(&tree);
}

Test(hostile_trees, windows_line_ends_come_back)
{
    txn_make_tree(TXN_IN_GIT);
    txn_write(G "pointwise/crlf.py", "a = 1\r\nb = 2\r\n");
    expect_written(IN "pointwise/crlf.py", G "pointwise/crlf.py");
    txn_undo_last();
    txn_expect_text(G "pointwise/crlf.py", "a = 1\r\nb = 2\r\n");
}

Test(hostile_trees, code_of_50_mb)
{
    size_t length = 50000000;
    char *text = bench_xmalloc(length + 1);
    struct bench_err err = {.code = 0};
    memset(text, '#', length);
    text[length] = '\0';
    txn_make_tree(TXN_IN_GIT);
    cr_assert_eq(write_one(IN "pointwise/large.py", text, &err), 0, "%s", err.message);
    struct stat st;
    cr_assert_eq(stat(G "pointwise/large.py", &st), 0);
    cr_expect_eq(st.st_size, (off_t)length);
    txn_undo_last();
    cr_expect_not(bench_file_exists(G "pointwise/large.py"));
    free(text);
}

Test(hostile_trees, hard_links_elsewhere_keep_their_content)
{
    txn_make_tree(TXN_IN_GIT);
    char *old = txn_text(G "pointwise/gelu.py");
    cr_assert_eq(link(G "pointwise/gelu.py", "elsewhere.py"), 0);
    expect_written(IN "pointwise/gelu.py", G "pointwise/gelu.py");
    txn_expect_text("elsewhere.py", old);
    txn_write("elsewhere.py", "edited through the other name\n");
    txn_undo_last();
    txn_expect_text(G "pointwise/gelu.py", old);
    free(old);
}

Test(hostile_trees, names_that_differ_by_case)
{
    struct bench_tree tree;
    struct bench_err err = {.code = 0};
    txn_make_tree(TXN_IN_GIT);
    expect_refused(IN "pointwise/GELU.py", "differ by upper and lower case only");
    txn_open(&tree);
    cr_assert_eq(bench_tree_change(&tree, IN "new/fill.py", "a\n", &err), 0, "%s", err.message);
    cr_expect_eq(bench_tree_change(&tree, IN "new/Fill.py", "b\n", &err), BENCH_EINPUT);
    cr_expect_not_null(strstr(err.message, "new/Fill.py and "), "%s", err.message);
    bench_tree_fini(&tree);
}

/* The store's own name is taken. */
Test(hostile_trees, a_store_that_is_a_link_or_a_file)
{
    struct bench_err err = {.code = 0};
    txn_make_tree(TXN_IN_TREE);
    cr_assert_eq(mkdir("outside", 0755), 0);
    cr_assert_eq(symlink("../outside", "tree/.bench-import"), 0);
    cr_expect_eq(txn_apply(txn_plan, &err), BENCH_ERROR);
    cr_expect_not_null(strstr(err.message, "cannot be opened"), "%s", err.message);
    cr_assert_eq(unlink("tree/.bench-import"), 0);
    txn_write("tree/.bench-import", "a file\n");
    cr_expect_eq(txn_apply(txn_plan, &err), BENCH_ERROR);
    txn_expect_text("tree/.bench-import", "a file\n");
    char **names;
    size_t count;
    cr_assert_eq(bench_file_list("outside", &names, &count, NULL), 0);
    cr_expect_eq(count, 0);
    bench_file_list_free(names, count);
}
