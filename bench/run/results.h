/*
 * The folder of a run (docs/formats.md, "Run folder"): run.json, journal.jsonl, and the performance
 * data that `bench select` reads.
 */
#ifndef BENCH_RUN_RESULTS_H
#define BENCH_RUN_RESULTS_H

#include "bench/run/judge.h"
#include "bench/run/resume.h"
#include "bench/run/run.h"

struct bench_results_options {
    const char *folder; /* NULL: results/<UTC time>-<suite>, made unique */
    bool is_in_results; /* `folder` was made by bench_results_make_folder, in results/ */
    int argc;           /* the command line, for run.json */
    char **argv;
};

struct bench_results;

/* The folder alone, for what is put into it before the run begins: `given`, or one in results/
 * named after `suite`. The caller frees it and hands it to bench_results_open. Errors as there. */
int bench_results_make_folder(const char *given, const char *suite, char **folder,
                              struct bench_err *err);
/* Makes the folder and writes run.json with status "running". A folder that has a run already, or
 * other files, is refused (BENCH_EINPUT). */
int bench_results_open(const struct bench_run *run, const struct bench_results_options *options,
                       struct bench_results **results, struct bench_err *err);
/* The same for a run that is resumed: checks that it would go on as it began (BENCH_EINPUT says
 * what differs; then nothing is changed), reads what is there into `run`, and writes run.json with
 * status "running" again. `run` is fresh and probed; `resume` must outlive the results. `note`
 * gets what else is to be told. */
int bench_results_resume(struct bench_run *run, struct bench_resume *resume,
                         struct bench_results **results, struct bench_str *note,
                         struct bench_err *err);
/* Writes run.json anew while the run goes on: what was calibrated since. */
int bench_results_update(struct bench_results *results, const struct bench_run *run,
                         struct bench_err *err);
/* One line to the journal; on disk when this returns 0. */
int bench_results_append(struct bench_results *results, const struct bench_run *run,
                         const struct bench_record *record, struct bench_err *err);
/* Reads all records from the journal again, if some were let go (bench_run_let_go). */
int bench_results_reload(const struct bench_results *results, struct bench_run *run,
                         struct bench_err *err);
/* Writes the performance data (but for --sanitize), then run.json with the final status
 * ("finished", "interrupted", "failed") and exit code. If the performance data cannot be written,
 * run.json says "failed" with exit code 4. */
int bench_results_finish(struct bench_results *results, const struct bench_run *run,
                         const struct bench_judge *judge, const char *status, int exit_code,
                         struct bench_err *err);
/* Points results/latest here if the folder is in results/ and _finish has written performance data;
 * else does nothing. A failure costs no results. */
int bench_results_point_latest(const struct bench_results *results, struct bench_err *err);
void bench_results_free(struct bench_results *results);
/* In a child, before any code of others runs: it cannot change the journal, which it goes on
 * holding. */
void bench_results_leave(struct bench_results *results);
const char *bench_results_folder(const struct bench_results *results);

/* The texts of the two files. `name` is of the run. */
void bench_perf_write_your(const struct bench_run *run, const struct bench_judge *judge,
                           const char *name, struct bench_str *out);
void bench_perf_write_flaggems(const struct bench_run *run, const struct bench_judge *judge,
                               const char *name, struct bench_str *out);

#endif
