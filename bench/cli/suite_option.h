/* The suite that a user names, for every sub-command that takes one. */
#ifndef BENCH_CLI_SUITE_OPTION_H
#define BENCH_CLI_SUITE_OPTION_H

#include "bench/spec/suite.h"

/* How bench_path_find_home finds a folder, for the help of options that default to one. */
#define BENCH_HOME_HELP                                                                            \
    "in $BENCH_HOME, else in share/bench beside the program's bin/, else in a folder above the "   \
    "program, else here"
#define BENCH_KERNELS_HELP                                                                         \
    "Folder of operators (default: the installation's kernels/, " BENCH_HOME_HELP ")."
#define BENCH_SUITE_HELP "a file, or the name of one in the installation's configs/"

/* `given` is the path of a suite file (it has a '/' or ends with ".json"), or the name of one in
 * configs/. The caller frees *path. BENCH_ENOTFOUND names the suites that there are. */
int bench_suite_option_path(const char *given, char **path, struct bench_err *err);

/* Finds the suite and reads it; the caller frees it. `kernels` is the folder of operators, NULL for
 * that of the installation; `filter` as for bench_suite_read. */
int bench_suite_option_read(const char *given, const char *kernels,
                            const struct bench_suite_filter *filter, struct bench_suite **suite,
                            struct bench_err *err);

#endif
