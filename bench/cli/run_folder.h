/* Finding the folder of a run: what the commands after `bench run` work on if nothing is passed. */
#ifndef BENCH_CLI_RUN_FOLDER_H
#define BENCH_CLI_RUN_FOLDER_H

#include <stdbool.h>
#include <stddef.h>

#include "bench/util/err.h"

/* The folder that results/latest (a symbolic link, or a file with the folder's name in one line)
 * points to, in the working directory; the caller frees. BENCH_ENOTFOUND where there is none. */
int bench_run_folder_latest(char **path, struct bench_err *err);

/* What `bench select` wrote into the newest run: paths of selected_batch1.json and
 * selected_batch2.json, or of one `batch` if it is not 0, those that exist; the caller frees them.
 * BENCH_ENOTFOUND where there is none. */
int bench_run_folder_selections(int batch, char *paths[2], size_t *count, struct bench_err *err);

/* Whether it is the folder of a night of `bench nightly`: its run is in its `run`. */
bool bench_run_folder_is_night(const char *given);
/* `given`, or the run of the night that it is the folder of. The caller frees. */
char *bench_run_folder_of(const char *given);

/* `given` (of a night, its run), or the latest if it is NULL; checked to be a folder. The caller
 * frees. */
int bench_run_folder_find(const char *given, char **path, struct bench_err *err);

/* BENCH_EINPUT, with how far it came, if the run is not finished or a shard: a part of a run would
 * be taken for all of it. `instead` is what else can be done. A folder without run.json holds data
 * of another origin, and passes. */
int bench_run_folder_check_finished(const char *folder, const char *instead, struct bench_err *err);

#endif
