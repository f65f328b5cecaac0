/* Finding the folder of a run: what the commands after `bench run` work on if nothing is passed. */
#ifndef BENCH_CLI_RUN_FOLDER_H
#define BENCH_CLI_RUN_FOLDER_H

#include "bench/util/err.h"

/* The folder that results/latest (a symbolic link, or a file with the folder's name in one line)
 * points to, in the working directory; the caller frees. BENCH_ENOTFOUND where there is none. */
int bench_run_folder_latest(char **path, struct bench_err *err);

/* `given`, or the latest if it is NULL; checked to be a folder. The caller frees. */
int bench_run_folder_find(const char *given, char **path, struct bench_err *err);

#endif
