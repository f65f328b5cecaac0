/*
 * Putting run folders together (`bench merge`): the records of shards, or of parts of a suite, as
 * one run, judged as a whole. The folders themselves are only read.
 *
 * The new folder is written beside its place under another name, synced file by file, and renamed:
 * either it is there whole, or it is not there.
 */
#ifndef BENCH_RUN_MERGE_H
#define BENCH_RUN_MERGE_H

#include "bench/run/judge.h"
#include "bench/run/run.h"
#include "bench/run/run_json.h"

/* One run folder, read. */
struct bench_merge_input {
    const char *folder;            /* its path, as it was given */
    const struct bench_json *root; /* run.json */
    const char *status;            /* of it: "finished", … */
    int shard, shard_count;        /* 0: it is no shard */
    struct bench_run *run; /* its records, of the cases that are whole; run->suite is what it was
                              asked for, of the same files as the merged run's suite */
};

struct bench_merge_options {
    bool partial;       /* cases, and whole shards, may be missing */
    bool mixed_devices; /* models of devices may differ */
};

/* Takes the records of all inputs into `merged`, whose suite, settings and device (info, compiler)
 * are set already; in order of processes and cases, so that the same inputs make the same journal,
 * whatever the order in which they were given. merged->devices are all the inputs'. `missing` gets
 * a text for people about what is missing if that is allowed; "" if nothing is. BENCH_EINPUT: the
 * inputs do not make one run; all that is wrong is in the message, with the folders. */
int bench_merge_join(const struct bench_merge_input *inputs, size_t count,
                     const struct bench_merge_options *options, struct bench_run *merged,
                     struct bench_str *missing, struct bench_err *err);

/* What run.json says of the process that measured is said of the inputs: when the first began, how
 * long the longest took, on which hosts, at which commit if it is one. Texts live in
 * origin->arena. */
int bench_merge_origin(const struct bench_merge_input *inputs, size_t count,
                       struct bench_run *merged, struct bench_run_origin *origin,
                       struct bench_err *err);

/* Writes the folder `path`, which must not exist. `operators`: a folder that is copied into it as
 * operators/ (descriptions of operators in Python); NULL: none. */
int bench_merge_write(const struct bench_run *merged, const struct bench_judge *judge,
                      const struct bench_run_origin *origin, const char *path,
                      const char *operators, const char *status, int exit_code,
                      struct bench_err *err);

#endif
