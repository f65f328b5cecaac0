/* `--operators DIR`: each operator's file is found by its op_name, wherever it lies. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/util/mem.h"
#include "importer/opdata.h"
#include "support.h"

TestSuite(opdata, .init = importer_enter, .fini = importer_leave, .timeout = 300);

static struct bench_opdata_index operators;
static struct bench_err err;

static void index_data(const char *dir)
{
    cr_assert_eq(bench_opdata_index_read(dir, &operators, &err), 0, "%s", err.message);
}

static void expect_found(const char *name, int batch, const char *expected)
{
    const char *path = NULL;
    int rc = bench_opdata_index_find(&operators, name, batch, &path, &err);
    cr_assert_eq(rc, 0, "%s: %s", name, err.message);
    cr_expect_str_eq(path, expected);
}

static void expect_missing(const char *name, int code, const char *message)
{
    const char *path = NULL;
    cr_assert_eq(bench_opdata_index_find(&operators, name, 1, &path, &err), code, "%s", name);
    cr_expect_not_null(strstr(err.message, message), "expected '%s' in: %s", message, err.message);
}

#define CODE "def f(x):\n    return x + 1\n"

Test(opdata, names_are_normalised_and_file_names_mean_nothing)
{
    importer_data("one/two/three/some_file", "aten::gelu", CODE, NULL);
    importer_data("other", "sum", CODE, NULL);
    importer_data("over", "aten::ge_.Scalar", CODE, NULL);
    importer_write("data/notes.json", "{\"about\": \"nothing of ours\"}");
    importer_write("data/list.json", "[1, 2]");
    importer_write("data/gelu.py", "not looked at");
    index_data("data");
    cr_expect_str_eq(operators.unreadable, "");
    expect_found("gelu", 1, "data/one/two/three/some_file.json");
    expect_found("sum", 2, "data/other.json");
    expect_found("ge__Scalar", 1, "data/over.json");
    expect_missing("other", BENCH_ENOTFOUND, "no operator data in data has op_name 'other'");
    bench_opdata_index_fini(&operators);
}

Test(opdata, folders_are_looked_through_at_any_depth_but_hidden_ones)
{
    struct bench_str name;
    bench_str_init(&name);
    for (int i = 0; i < 40; i++)
        bench_str_addf(&name, "d%d/", i);
    bench_str_add(&name, "gelu");
    importer_data(name.data, "gelu", CODE, NULL);
    importer_data(".trash/sum", "sum", CODE, NULL);
    index_data("data");
    char *path = bench_xprintf("data/%s.json", name.data);
    expect_found("gelu", 1, path);
    expect_missing("sum", BENCH_ENOTFOUND, "no operator data");
    free(path);
    bench_str_fini(&name);
    bench_opdata_index_fini(&operators);
}

/* A link that leads back is a loop without end; two ways to one file are not two files. */
Test(opdata, links_are_followed_once)
{
    importer_data("real/gelu", "gelu", CODE, NULL);
    importer_data("outside_of_it/sum", "sum", CODE, NULL);
    cr_assert_eq(rename("data/outside_of_it", "elsewhere"), 0);
    cr_assert_eq(symlink("..", "data/real/back"), 0);
    cr_assert_eq(symlink("../data", "data/self"), 0);
    cr_assert_eq(symlink("loop", "data/loop"), 0);
    cr_assert_eq(symlink("loop.json", "data/loop.json"), 0);
    cr_assert_eq(symlink("gelu.json", "data/real/again.json"), 0);
    cr_assert_eq(symlink("../elsewhere", "data/linked"), 0);
    index_data("data");
    cr_expect_eq(operators.count, 2);
    expect_found("sum", 1, "data/linked/sum.json");
    expect_found("gelu", 1, "data/real/again.json");
    expect_missing("cumsum", BENCH_ENOTFOUND, "data/loop.json: Too many levels of symbolic links");
    bench_opdata_index_fini(&operators);
}

Test(opdata, of_several_files_the_one_in_the_folder_of_the_batch_counts)
{
    importer_data("batch1/a", "gelu", CODE, NULL);
    importer_data("batch2/b", "gelu", CODE, NULL);
    importer_data("batch1/s", "sum", CODE, NULL);
    importer_data("batch1/t", "aten::sum", CODE, NULL);
    cr_assert_eq(mkdir("batch1", 0777), 0);
    cr_assert_eq(rename("data", "batch1/data"), 0);
    static const char *const spellings[] = {"batch1/data", "batch1/data/"};
    for (size_t i = 0; i < 2; i++) { /* the folder's own name is beside the point */
        index_data(spellings[i]);
        expect_found("gelu", 1, "batch1/data/batch1/a.json");
        expect_found("gelu", 2, "batch1/data/batch2/b.json");
        expect_missing("sum", BENCH_EINPUT,
                       "several files have its operator data, and which one is meant is not clear: "
                       "batch1/data/batch1/s.json batch1/data/batch1/t.json; remove all but one");
        bench_opdata_index_fini(&operators);
    }
}

/* Where an operator is missing, files that may have been meant to have it are named. */
Test(opdata, what_cannot_be_read_is_named_where_something_is_missing)
{
    importer_write("data/broken.json", "{\"op_name\": \"gelu\",");
    importer_write("data/nameless.json", "{\"code\": \"def gelu(x): ...\"}");
    importer_write("data/number.json", "{\"op_name\": 7, \"code\": \"\"}");
    importer_write("data/escape.json", "{\"op_name\": \"aten::../../gelu\", \"code\": \"\"}");
    cr_assert_eq(mkfifo("data/pipe.json", 0600), 0);
    index_data("data");
    expect_missing("gelu", BENCH_ENOTFOUND, "data/broken.json:1:");
    expect_missing("gelu", BENCH_ENOTFOUND, "data/nameless.json: op_name is missing");
    expect_missing("gelu", BENCH_ENOTFOUND, "data/number.json: op_name is a number");
    expect_missing("gelu", BENCH_ENOTFOUND, "data/escape.json: ");
    expect_missing("gelu", BENCH_ENOTFOUND, "data/pipe.json: is no regular file");
    bench_opdata_index_fini(&operators);
    cr_expect_eq(bench_opdata_index_read("nowhere", &operators, &err), BENCH_EINPUT);
    cr_expect_str_eq(err.message, "nowhere: no such folder of operator data");
}

Test(opdata, a_key_that_is_there_twice_is_an_error)
{
    struct bench_opdata data;
    importer_write("gelu.json", "{\"op_name\": \"gelu\", \"code\": \"a\", \"code\": \"b\"}");
    cr_assert_eq(bench_opdata_read("gelu.json", &data, &err), BENCH_EINPUT);
    cr_expect_str_eq(err.message,
                     "gelu.json:1:42: /code: the key 'code' is there twice; remove one");
}
