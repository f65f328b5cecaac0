#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/util/file.h"
#include "bench/util/mem.h"
#include "bench/util/str.h"

static char folder[] = "/tmp/bench_test_file_XXXXXX";

static void make_folder(void)
{
    cr_assert_not_null(mkdtemp(folder));
    cr_assert_eq(chdir(folder), 0);
}

static void remove_folder(void)
{
    struct bench_err err;
    cr_assert_eq(bench_file_remove_tree(folder, &err), 0, "%s", err.message);
    cr_assert_not(bench_file_exists(folder));
}

TestSuite(file, .init = make_folder, .fini = remove_folder);

static void write_text(const char *path, const char *text)
{
    struct bench_err err;
    cr_assert_eq(bench_file_write_atomic(path, text, strlen(text), &err), 0, "%s", err.message);
}

static void assert_content(const char *path, const char *expected)
{
    struct bench_err err;
    char *data;
    size_t length;
    cr_assert_eq(bench_file_read(path, 0, &data, &length, &err), 0, "%s", err.message);
    cr_assert_eq(length, strlen(expected));
    cr_assert_str_eq(data, expected);
    free(data);
}

Test(file, a_write_makes_the_folders_and_leaves_nothing_but_the_file)
{
    write_text("a/b/c.txt", "one");
    assert_content("a/b/c.txt", "one");
    write_text("a/b/c.txt", "two, and longer");
    assert_content("a/b/c.txt", "two, and longer");

    char **names;
    size_t count;
    struct bench_err err;
    cr_assert_eq(bench_file_list("a/b", &names, &count, &err), 0);
    cr_assert_eq(count, 1);
    cr_assert_str_eq(names[0], "c.txt");
    bench_file_list_free(names, count);
}

Test(file, a_write_keeps_the_mode_and_the_symbolic_link)
{
    struct stat st;
    write_text("new", "x");
    cr_assert_eq(stat("new", &st), 0);
    cr_assert_eq(st.st_mode & 07777, 0644);
    cr_assert_eq(chmod("new", 0750), 0);
    cr_assert_eq(symlink("new", "link"), 0);
    write_text("link", "y");
    assert_content("new", "y");
    cr_assert_eq(lstat("link", &st), 0);
    cr_assert(S_ISLNK(st.st_mode));
    cr_assert_eq(stat("new", &st), 0);
    cr_assert_eq(st.st_mode & 07777, 0750);
}

Test(file, a_write_that_cannot_be_names_the_path)
{
    struct bench_err err;
    write_text("plain", "x");
    cr_assert_lt(bench_file_write_atomic("plain/below", "y", 1, &err), 0);
    cr_assert_not_null(strstr(err.message, "plain"));
    cr_assert_eq(bench_file_mkdirs("dir", &err), 0);
    cr_assert_lt(bench_file_write_atomic("dir", "y", 1, &err), 0);
    cr_assert_not_null(strstr(err.message, "dir: is a folder"));
}

Test(file, reading_says_what_is_wrong)
{
    struct bench_err err;
    char *data;
    cr_assert_eq(bench_file_read("nothing", 0, &data, NULL, &err), BENCH_ENOTFOUND);
    cr_assert_str_eq(err.message, "nothing: no such file");
    cr_assert_eq(bench_file_read(".", 0, &data, NULL, &err), BENCH_EINPUT);
    cr_assert_str_eq(err.message, ".: is a folder, expected a file");
    write_text("large", "0123456789");
    cr_assert_eq(bench_file_read("large", 9, &data, NULL, &err), BENCH_EINPUT);
    cr_assert_not_null(strstr(err.message, "10 bytes, at most 9"));
    cr_assert_eq(bench_file_read("large", 10, &data, NULL, &err), 0);
    free(data);
}

Test(file, a_list_is_sorted)
{
    write_text("d/b", "");
    write_text("d/a", "");
    write_text("d/C", "");
    char **names;
    size_t count;
    struct bench_err err;
    cr_assert_eq(bench_file_list("d", &names, &count, &err), 0);
    cr_assert_eq(count, 3);
    cr_assert_str_eq(names[0], "C");
    cr_assert_str_eq(names[1], "a");
    cr_assert_str_eq(names[2], "b");
    bench_file_list_free(names, count);
    cr_assert_eq(bench_file_list("missing", &names, &count, &err), BENCH_ENOTFOUND);
}

Test(file, removing_a_tree_does_not_follow_links)
{
    struct bench_err err;
    write_text("keep/precious", "x");
    write_text("tree/sub/file", "x");
    cr_assert_eq(symlink("../../keep", "tree/sub/link"), 0);
    cr_assert_eq(bench_file_remove_tree("tree", &err), 0, "%s", err.message);
    cr_assert_not(bench_file_exists("tree"));
    assert_content("keep/precious", "x");
    cr_assert_eq(symlink("keep", "link"), 0);
    cr_assert_eq(bench_file_remove_tree("link", &err), 0);
    assert_content("keep/precious", "x");
    cr_assert_eq(bench_file_remove_tree("never was", &err), 0);
}

Test(file, appended_lines_follow_one_another)
{
    struct bench_err err;
    int fd = open("log", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    cr_assert_eq(bench_file_append_line(fd, "log", "one", 3, &err), 0, "%s", err.message);
    cr_assert_eq(bench_file_append_line(fd, "log", "", 0, &err), 0);
    cr_assert_eq(bench_file_append_line(fd, "log", "three", 5, &err), 0);
    close(fd);
    assert_content("log", "one\n\nthree\n");
    cr_assert_lt(bench_file_append_line(fd, "log", "x", 1, &err), 0);
    cr_assert_not_null(strstr(err.message, "log"));
}

static void assert_path(char *path, const char *expected)
{
    cr_assert_str_eq(path, expected);
    free(path);
}

Test(file, paths_join_and_split)
{
    assert_path(bench_path_join("a", "b"), "a/b");
    assert_path(bench_path_join("a/", "b"), "a/b");
    assert_path(bench_path_join("a", "/b"), "/b");
    assert_path(bench_path_join("", "b"), "b");
    assert_path(bench_path_dirname("a/b"), "a");
    assert_path(bench_path_dirname("b"), ".");
    assert_path(bench_path_dirname("/b"), "/");
    assert_path(bench_path_dirname("a//b"), "a");
    cr_assert_str_eq(bench_path_basename("a/b"), "b");
    cr_assert_str_eq(bench_path_basename("b"), "b");
}

Test(file, home_is_where_bench_home_says)
{
    struct bench_err err;
    char *path;
    cr_assert_eq(bench_file_mkdirs("home/kernels_of_this_test", &err), 0);
    setenv("BENCH_HOME", "home", 1);
    cr_assert_eq(bench_path_find_home("kernels_of_this_test", &path, &err), 0, "%s", err.message);
    assert_path(path, "home/kernels_of_this_test");
    cr_assert_eq(bench_path_find_home("no such", &path, &err), BENCH_ENOTFOUND);
    cr_assert_not_null(strstr(err.message, "home/no such"));
    cr_assert_not_null(strstr(err.message, "BENCH_HOME"));
}

Test(file, the_cache_is_where_the_environment_says)
{
    setenv("BENCH_CACHE", "/own", 1);
    assert_path(bench_path_cache(), "/own");
    unsetenv("BENCH_CACHE");
    setenv("XDG_CACHE_HOME", "/xdg", 1);
    assert_path(bench_path_cache(), "/xdg/bench");
    unsetenv("XDG_CACHE_HOME");
    setenv("HOME", "/home/x", 1);
    assert_path(bench_path_cache(), "/home/x/.cache/bench");
    /* Never a name in /tmp that anybody could have made first. */
    unsetenv("HOME");
    char *path = bench_path_cache();
    cr_assert(path[0] == '/' && !bench_str_starts(path, "/tmp/bench"), "%s", path);
    cr_assert(bench_str_ends(path, "/.cache/bench"), "%s", path);
    free(path);
}

Test(file, a_writer_shows_nothing_before_it_is_closed)
{
    struct bench_file_writer *w;
    struct bench_err err;
    char *text;
    cr_assert_eq(bench_file_write_atomic("f", "old", 3, NULL), 0);
    cr_assert_eq(bench_file_writer_open("f", &w, &err), 0, "%s", err.message);
    bench_file_writer_add(w, "new ", 4);
    bench_file_writer_add(w, "text", 4);
    cr_assert_eq(bench_file_read("f", 0, &text, NULL, &err), 0);
    cr_expect_str_eq(text, "old");
    free(text);
    cr_assert_eq(bench_file_writer_close(w, &err), 0, "%s", err.message);
    cr_assert_eq(bench_file_read("f", 0, &text, NULL, &err), 0);
    cr_expect_str_eq(text, "new text");
    free(text);
}

static void expect_only(const char *dir, const char *name)
{
    char **names;
    size_t count;
    cr_assert_eq(bench_file_list(dir, &names, &count, NULL), 0);
    cr_expect_eq(count, 1);
    cr_expect_str_eq(names[0], name);
    bench_file_list_free(names, count);
}

Test(file, a_writer_that_fails_or_is_abandoned_leaves_nothing)
{
    struct bench_file_writer *w;
    struct bench_err err;
    cr_assert_eq(bench_file_write_atomic("d/f", "old", 3, NULL), 0);
    cr_assert_eq(bench_file_writer_open("d/f", &w, &err), 0);
    bench_file_writer_add(w, "new", 3);
    bench_file_writer_abandon(w);
    expect_only("d", "f");
    cr_expect_eq(bench_file_writer_open("d", &w, &err), BENCH_ERROR);
    cr_expect_str_eq(err.message, "d: is a folder, expected a file");

    /* In place of the file is a folder by the time that it is closed. */
    cr_assert_eq(bench_file_writer_open("d/g", &w, &err), 0);
    bench_file_writer_add(w, "new", 3);
    cr_assert_eq(bench_file_mkdirs("d/g/h", &err), 0);
    cr_expect_eq(bench_file_writer_close(w, &err), BENCH_ERROR);
    cr_expect_not_null(strstr(err.message, "d/g: cannot be written: "), "%s", err.message);
    cr_assert_eq(bench_file_remove_tree("d/g", NULL), 0);
    expect_only("d", "f");
}
