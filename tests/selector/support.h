/* Data of a test are written to files, as users write them. */
#ifndef TESTS_SELECTOR_SUPPORT_H
#define TESTS_SELECTOR_SUPPORT_H

#include "selector/dataset.h"
#include "selector/faults.h"
#include "selector/join.h"

struct test_data {
    struct bench_dataset *your;
    struct bench_dataset *flaggems; /* NULL if there is none */
    struct bench_join join;
    struct bench_faults faults;
};

/* Goes to a new, empty folder, which is the working directory of the test. */
void test_enter_folder(void);
void test_leave_folder(void);

/* Loads the texts as your.json and flaggems.json (NULL: no such file). */
void test_load(struct test_data *data, const char *your, const char *flaggems);
/* The same from files that are there. */
void test_load_files(struct test_data *data, const char *your, const char *flaggems);
void test_unload(struct test_data *data);

/* The test fails unless the n-th fault is this one. */
void test_expect_fault(const struct bench_faults *faults, size_t n, enum bench_fault_level level,
                       const char *message);
/* Your data have exactly one error, which is this, and no warning. */
void test_expect_error(const char *your, const char *message);

#endif
