/* The run folders that `bench merge` puts together: each read with the suite that it was asked for,
 * found by the command that it was started with. */
#ifndef BENCH_CLI_MERGE_INPUTS_H
#define BENCH_CLI_MERGE_INPUTS_H

#include "bench/cli/run_arguments.h"
#include "bench/run/merge.h"

struct merge_source {
    const char *folder;
    struct bench_json_doc *doc; /* run.json */
    char **argv;                /* its command */
    int argc;
    struct run_arguments arguments;
    struct bench_operators described; /* operators in Python */
    struct bench_suite *suite;
    struct bench_run run; /* with its records */
    int journal_fd;       /* held, as by a run that reads; -1 */
};

struct merge_inputs {
    struct merge_source *sources;
    size_t count;
    struct bench_suite *suite; /* of all of them together */
    char **argv;               /* the command of one run that would have measured it */
    int argc;
    struct bench_arena *arena;
};

/* `suite` and `kernels` name other places than the runs' commands; NULL: those. Errors are
 * BENCH_EINPUT or BENCH_ENOTFOUND where a folder cannot be part of it. _fini in every case. */
int merge_inputs_read(const char *const *folders, size_t count, const char *suite,
                      const char *kernels, struct merge_inputs *inputs, struct bench_err *err);
void merge_inputs_fini(struct merge_inputs *inputs);

#endif
