/* Operator data (docs/formats.md, "Operator data"): the Python code and test of one operator. */
#ifndef BENCH_IMPORTER_OPDATA_H
#define BENCH_IMPORTER_OPDATA_H

#include <stddef.h>

#include "bench/perf/json.h"
#include "importer/export.h"

/* Strings are owned; those that may be NULL say so. */
struct bench_opdata {
    char *origin;  /* path of the file, or what it was exported from; for messages */
    char *label;   /* the same without folders of this machine; for metadata */
    char *op_name; /* as in the file */
    char *name;    /* Python name */
    char *code;
    char *test_func;      /* NULL if there is none */
    char *category;       /* NULL if not told */
    char *implementation; /* NULL but for exported CUDA C */
    char *source_hash;    /* NULL but for exported CUDA C */
};

/* BENCH_EINPUT with the place of the fault. */
int bench_opdata_read(const char *path, struct bench_opdata *data, struct bench_err *err);
/* Takes the strings out of `e`, which is empty afterwards. */
void bench_opdata_from_export(struct bench_export *e, struct bench_opdata *data);
void bench_opdata_fini(struct bench_opdata *data); /* a zeroed one is fine */

/* The operator data files of a folder and all its sub-folders but hidden ones, by the Python names
 * of their operators. Symbolic links are followed, each file and folder once. */
struct bench_opdata_index {
    struct bench_opdata_entry {
        char *name;
        char *path;
    } * entries;
    size_t count, capacity;
    char *dir;
    char *unreadable; /* what could not be looked at, and files that look like operator data but are
                         not, each with why; "" if none */
};
int bench_opdata_index_read(const char *dir, struct bench_opdata_index *index,
                            struct bench_err *err);
void bench_opdata_index_fini(struct bench_opdata_index *index);
/* Path of the one file with this operator. BENCH_ENOTFOUND if there is none; BENCH_EINPUT, naming
 * them, if there are several. `batch` (1 or 2; 0 for any) decides between files that differ in
 * lying in a folder batch1 or batch2. */
int bench_opdata_index_find(const struct bench_opdata_index *index, const char *name, int batch,
                            const char **path, struct bench_err *err);

#endif
