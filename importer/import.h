/*
 * Import: selected operators become files of a FlagGems tree (layout "experimental"). First a plan
 * is made, which reads and checks everything and writes nothing; then it is applied as a whole.
 */
#ifndef BENCH_IMPORTER_IMPORT_H
#define BENCH_IMPORTER_IMPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "importer/tree.h"

struct bench_import_request {
    const char *tree;          /* folder of a FlagGems checkout */
    const char *const *inputs; /* selected_batchN.json, in the order of their batches */
    size_t input_count;
    int batch;                 /* 1 or 2: the files must say so; 0: any */
    const char *operators_dir; /* operator data; NULL: exported from kernels_dir */
    const char *kernels_dir;   /* NULL if there is none */
};

enum bench_import_state {
    BENCH_IMPORT_NEW,
    BENCH_IMPORT_CHANGED,
    BENCH_IMPORT_UNCHANGED,
    BENCH_IMPORT_FAILED, /* message says why; nothing is planned for it */
    BENCH_IMPORT_SKIPPED /* already taken from an earlier batch */
};

struct bench_import_op {
    char *name;
    int batch;
    char *category; /* NULL if it failed before that was known */
    char *op_id;    /* likewise */
    enum bench_import_state state;
    char *message; /* for failed operators, and what is to be said of others; else NULL */
};

struct bench_import {
    struct bench_tree tree;
    struct bench_import_op *ops;
    size_t op_count;
    size_t failed_count;
    char *device_kind; /* where it was measured, if that was no GPU: "cpu"; else NULL */
    char *device;      /* its name, beside device_kind; NULL if not told */
};

/* Makes the plan. An operator that cannot be imported is in the plan as failed, with the reason,
 * and the rest is planned without it; the result is 0 even so. Negative: nothing could be planned
 * (BENCH_EINPUT: the tree, the selection or the metadata are wrong, or the times are scripted ones
 * of the null device; BENCH_EUNSUPPORTED: no python3). */
int bench_import_plan(const struct bench_import_request *request, struct bench_import *plan,
                      struct bench_err *err);
void bench_import_fini(struct bench_import *plan); /* a zeroed one is fine */

/* Writes the plan: all of it or nothing, see bench_tree_apply. */
int bench_import_apply(struct bench_import *plan, struct bench_err *err);

/* Unified diff of all changes; the caller frees. */
int bench_import_diff(const struct bench_import *plan, char **diff, struct bench_err *err);

#endif
