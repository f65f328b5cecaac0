/* What `bench validate` and `bench select` share: finding, loading and complaining about the two
 * files of performance data. */
#ifndef BENCH_CLI_PERF_DATA_H
#define BENCH_CLI_PERF_DATA_H

#include <stdbool.h>

#include "bench/cli/options.h"
#include "selector/dataset.h"
#include "selector/faults.h"
#include "selector/join.h"

/* As many of one kind as anybody reads. */
#define BENCH_PERF_DATA_FAULTS 20

struct bench_perf_data {
    char *run_folder; /* NULL if the files were named */
    struct bench_dataset *your;
    struct bench_dataset *flaggems; /* NULL if there are no reference data */
    struct bench_join join;
    struct bench_faults faults;
};

/* Loads the named files, or, if `your_path` is NULL, those of `run_folder` (NULL: the latest run),
 * which must be finished: an interrupted one is refused. Faults of the content are in data->faults.
 * Returns BENCH_EXIT_OK, or another enum bench_exit with the message printed. The caller calls
 * _fini in every case. */
int bench_perf_data_load(struct bench_perf_data *data, const char *command, const char *your_path,
                         const char *flaggems_path, const char *run_folder);
/* The same with so many faults of each kind kept for printing (0: all of them); above it is
 * BENCH_PERF_DATA_FAULTS. */
int bench_perf_data_load_faults(struct bench_perf_data *data, const char *command,
                                const char *your_path, const char *flaggems_path,
                                const char *run_folder, size_t keep);
void bench_perf_data_fini(struct bench_perf_data *data);

/* Prints errors and (unless `quiet`) warnings to standard error, and how many more there are. */
void bench_perf_data_print_faults(const struct bench_faults *faults, bool quiet);

#endif
