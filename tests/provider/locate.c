/* Libraries that are opened at run time, with one that every host has: functions that are there,
 * and those that an older library has not. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "bench/provider/cuda/locate.h"

static const char *const sonames[] = {"libm.so.6", NULL};
static const char *const no_folders[] = {NULL};
static const struct bench_library_search search = {.what = "the library of mathematics",
                                                   .env = "BENCH_TEST_LIBRARY",
                                                   .sonames = sonames,
                                                   .pip = no_folders,
                                                   .install = "Install it",
                                                   .needs = "version 2"};

static double (*found)(double);
static void (*missing)(void);

Test(locate, functions_are_found)
{
    static const struct bench_library_function functions[] = {{"floor", (void **)&found},
                                                              {NULL, NULL}};
    struct bench_err err = {0};
    char *path = NULL;
    cr_assert_eq(bench_locate_functions(&search, functions, &path, &err), 0, "%s", err.message);
    cr_expect_eq(found(2.5), 2);
    cr_assert_not_null(path);
    cr_expect_not_null(strstr(path, "libm.so.6"), "%s", path);
    free(path);
    cr_expect_eq(bench_locate_functions(&search, functions, NULL, &err), 0, "%s", err.message);
}

Test(locate, one_that_is_missing_is_named)
{
    static const struct bench_library_function functions[] = {
        {"floor", (void **)&found}, {"nobody_has_this", (void **)&missing}, {NULL, NULL}};
    struct bench_err err = {0};
    char *path = NULL;
    cr_expect_eq(bench_locate_functions(&search, functions, &path, &err), BENCH_EUNSUPPORTED);
    cr_expect_null(path);
    cr_expect_eq(strncmp(err.message, "the library of mathematics: ", 28), 0, "%s", err.message);
    cr_expect_not_null(
        strstr(err.message, "libm.so.6 has no function nobody_has_this; version 2 is needed"), "%s",
        err.message);
}

/* The file that the variable names, and no other. */
Test(locate, one_that_cannot_be_opened_is_said)
{
    static const struct bench_library_function functions[] = {{NULL, NULL}};
    struct bench_err err = {0};
    cr_assert_eq(setenv("BENCH_TEST_LIBRARY", "/dev/null", 1), 0);
    cr_expect_eq(bench_locate_functions(&search, functions, NULL, &err), BENCH_EUNSUPPORTED);
    cr_expect_not_null(strstr(err.message, "BENCH_TEST_LIBRARY is set to '/dev/null'"), "%s",
                       err.message);
}
