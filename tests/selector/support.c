#include "support.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/util/file.h"

static char folder[] = "/tmp/bench_test_selector_XXXXXX";

void test_enter_folder(void)
{
    cr_assert_not_null(mkdtemp(folder));
    cr_assert_eq(chdir(folder), 0);
}

void test_leave_folder(void)
{
    cr_assert_eq(bench_file_remove_tree(folder, NULL), 0);
}

static void write_file(const char *path, const char *text)
{
    struct bench_err err;
    cr_assert_eq(bench_file_write_atomic(path, text, strlen(text), &err), 0, "%s", err.message);
}

void test_load_files(struct test_data *data, const char *your, const char *flaggems)
{
    struct bench_err err;
    *data = (struct test_data){0};
    bench_faults_init(&data->faults);
    cr_assert_eq(bench_dataset_load(your, BENCH_DATASET_YOUR, &data->faults, &data->your, &err), 0,
                 "%s", err.message);
    if (flaggems)
        cr_assert_eq(bench_dataset_load(flaggems, BENCH_DATASET_FLAGGEMS, &data->faults,
                                        &data->flaggems, &err),
                     0, "%s", err.message);
    bench_join_init(&data->join, data->your, data->flaggems);
}

void test_load(struct test_data *data, const char *your, const char *flaggems)
{
    write_file("your.json", your);
    if (flaggems)
        write_file("flaggems.json", flaggems);
    test_load_files(data, "your.json", flaggems ? "flaggems.json" : NULL);
}

void test_unload(struct test_data *data)
{
    bench_join_fini(&data->join);
    bench_dataset_free(data->your);
    bench_dataset_free(data->flaggems);
    bench_faults_fini(&data->faults);
}

void test_expect_fault(const struct bench_faults *faults, size_t n, enum bench_fault_level level,
                       const char *message)
{
    cr_assert_lt(n, faults->count, "there are only %zu faults, expected: %s", faults->count,
                 message);
    cr_expect_str_eq(faults->items[n].message, message);
    cr_expect_eq(faults->items[n].level, level);
}

void test_expect_error(const char *your, const char *message)
{
    struct test_data data;
    test_load(&data, your, NULL);
    test_expect_fault(&data.faults, 0, BENCH_FAULT_ERROR, message);
    cr_expect_eq(data.faults.count, 1, "the second is: %s",
                 data.faults.count > 1 ? data.faults.items[1].message : "");
    test_unload(&data);
}
