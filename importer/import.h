/*
 * Import: selected operators become files of a FlagGems tree, in one of its layouts. First a plan
 * is made, which reads and checks everything and writes nothing; then it is applied as a whole.
 */
#ifndef BENCH_IMPORTER_IMPORT_H
#define BENCH_IMPORTER_IMPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "importer/export_selected.h"
#include "importer/layout.h"
#include "importer/measured.h"
#include "importer/tree.h"

struct import_context;

struct bench_import_request {
    const char *tree;          /* folder of a FlagGems checkout */
    const char *const *inputs; /* selected_batchN.json, in the order of their batches */
    size_t input_count;
    int batch;                      /* 1 or 2: the files must say so; 0: any */
    const char *operators_dir;      /* operator data; NULL: exported from kernels_dir */
    const char *kernels_dir;        /* NULL if there is none */
    bench_source_hasher hasher;     /* by which changed sources are refused; NULL: they are not */
    bench_export_compiler compiler; /* of what is exported on the way; NULL: it is not compiled */
    bench_code_hasher code_hasher;  /* and other code in Python; NULL: it is not */
    bool only_measured;             /* refuse code of which nothing says that it was measured */
    enum bench_layout layout;
    bool force; /* files that were changed by hand, or that no import wrote, are overwritten */
};

/* What a run of the imported tests said of one operator, see importer/verify.h. */
struct bench_import_tests {
    const char *name; /* Python name */
    int total, passed;
};

enum bench_import_state {
    BENCH_IMPORT_NEW,
    BENCH_IMPORT_CHANGED,
    BENCH_IMPORT_UNCHANGED,
    BENCH_IMPORT_FAILED, /* message says why; nothing is planned for it */
    BENCH_IMPORT_SKIPPED /* already taken from an earlier batch */
};

struct bench_import_op {
    char *name;        /* as in the selection, without "aten::" */
    char *python_name; /* of its module; NULL if it failed before that was known */
    int batch;
    char *category; /* NULL if it failed before that was known */
    char *op_id;    /* likewise */
    enum bench_import_state state;
    enum bench_measured measured; /* is this code what was measured? */
    char *message; /* for failed operators, and what is to be said of others; else NULL */
    /* A file that is not as an import wrote it (relative to the tree), its text, and what it was to
     * become; NULL if there is none. */
    char *conflict_path, *conflict_old, *conflict_new;
    char *module, *code_path, *test_path; /* NULL as category */
    char *test_origin;                    /* "given" or "made by bench"; NULL as category */
    int tests_total, tests_passed;        /* of a run of the tests */
    char *tests_time;                     /* when; NULL: they were not run */
};

struct bench_import {
    struct bench_tree tree;
    struct bench_import_op *ops;
    size_t op_count;
    size_t failed_count;
    size_t unknown_count; /* that have not failed, and nothing says that their code was measured */
    enum bench_layout layout;
    const char *layout_why;       /* what it was taken for (static) */
    bool no_inventory;            /* layout experimental_ops, but there is no conf/operators.yaml */
    char *commit;                 /* of the tree; NULL if it is no git checkout */
    size_t records_at;            /* changes from here on are records: _metadata.json, inventory */
    struct import_context *inner; /* of the files that make the plan */
    char *device_kind;            /* where it was measured, if that was no GPU: "cpu"; else NULL */
    char *device;                 /* its name, beside device_kind; NULL if not told */
};

/* Makes the plan. An operator that cannot be imported is in the plan as failed, with the reason,
 * and the rest is planned without it; the result is 0 even so. Negative: nothing could be planned
 * (BENCH_EINPUT: the tree, the selection or the metadata are wrong, or the times are scripted ones
 * of the null device; BENCH_EUNSUPPORTED: no python3). */
int bench_import_plan(const struct bench_import_request *request, struct bench_import *plan,
                      struct bench_err *err);
void bench_import_fini(struct bench_import *plan); /* a zeroed one is fine */

/* Plans the records again with what a run of the tests said; operators that are not named were not
 * tested. Tests of an operator that the tree has unchanged count only if what they say is new. */
int bench_import_set_tests(struct bench_import *plan, const struct bench_import_tests *tests,
                           size_t count, struct bench_err *err);

/* Writes the plan: all of it or nothing, see bench_tree_apply. */
int bench_import_apply(struct bench_import *plan, struct bench_err *err);

/* Takes back what bench_import_apply wrote, see importer/undo.h. */
int bench_import_take_back(const struct bench_import *plan, struct bench_err *err);

/* Unified diff of all changes; the caller frees. */
int bench_import_diff(const struct bench_import *plan, char **diff, struct bench_err *err);
/* Unified diff of a failed operator's conflict; NULL if it has none. The caller frees. */
int bench_import_conflict_diff(const struct bench_import_op *op, char **diff,
                               struct bench_err *err);

#endif
