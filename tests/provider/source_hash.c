/* The hash that stands for a source and all that it includes. Needs no compiler. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "bench/provider/cuda/compile.h"
#include "bench/util/file.h"
#include "bench/util/mem.h"

static char *folder;

static void setup(void)
{
    char pattern[] = "/tmp/bench-test-XXXXXX";
    cr_assert_not_null(mkdtemp(pattern));
    folder = bench_xstrdup(pattern);
}

static void teardown(void)
{
    bench_file_remove_tree(folder, NULL);
    free(folder);
}

TestSuite(source_hash, .init = setup, .fini = teardown);

static void write_file(const char *tree, const char *name, const char *text)
{
    struct bench_err err = {0};
    char *path = bench_xprintf("%s/%s/%s", folder, tree, name);
    cr_assert_eq(bench_file_write_atomic(path, text, strlen(text), &err), 0, "%s", err.message);
    free(path);
}

static void write_tree(const char *tree)
{
    write_file(tree, "op/a.cu", "#include \"../common/x.cuh\"\n#include <z.cuh>\n");
    write_file(tree, "common/x.cuh", "#pragma once\n#include \"y.cuh\"\n");
    write_file(tree, "common/y.cuh", "#include \"x.cuh\"\n"); /* a circle */
    write_file(tree, "include/z.cuh", "// in a folder of the options\n");
    write_file(tree, "common/other.cuh", "// included by nobody\n");
}

static void hash_tree(const char *tree, char hash[33])
{
    static const char *const options[] = {"-I../include"};
    struct bench_err err = {0};
    char *path = bench_xprintf("%s/%s/op/a.cu", folder, tree);
    struct bench_compile_request request = {
        .source = path, .arch = "sm_90", .options = options, .option_count = 1};
    cr_assert_eq(bench_source_hash(&request, hash, &err), 0, "%s", err.message);
    free(path);
}

Test(source_hash, changes_with_every_file_that_is_included)
{
    static const char *const files[] = {"op/a.cu", "common/x.cuh", "common/y.cuh", "include/z.cuh"};
    char before[33], after[33];
    write_tree("one");
    hash_tree("one", before);
    cr_expect_eq(strlen(before), 32);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char *path = bench_xprintf("%s/one/%s", folder, files[i]), *text;
        cr_assert_eq(bench_file_read(path, 0, &text, NULL, NULL), 0);
        char *changed = bench_xprintf("%s// changed\n", text);
        write_file("one", files[i], changed);
        hash_tree("one", after);
        cr_expect_str_neq(after, before, "%s", files[i]);
        write_file("one", files[i], text);
        free(changed);
        free(text);
        free(path);
    }
    write_file("one", "common/other.cuh", "// changed\n");
    hash_tree("one", after);
    cr_expect_str_eq(after, before);
}

Test(source_hash, is_the_same_wherever_the_tree_lies)
{
    char here[33], there[33];
    write_tree("here");
    write_tree("some/where/else");
    hash_tree("here", here);
    hash_tree("some/where/else", there);
    cr_expect_str_eq(here, there);
}

Test(source_hash, a_missing_source_is_an_error_that_names_it)
{
    char hash[33];
    struct bench_err err = {0};
    struct bench_compile_request request = {.source = "/nonexistent/a.cu", .arch = "sm_90"};
    cr_expect_eq(bench_source_hash(&request, hash, &err), BENCH_EINPUT);
    cr_expect_not_null(strstr(err.message, "/nonexistent/a.cu"), "%s", err.message);
    cr_expect_eq(bench_source_hash(&request, hash, NULL), BENCH_EINPUT);
}
