/*
 * Reading what `bench select` wrote (docs/formats.md, "Selection result"), or the performance data
 * of a run in its place: which operators, and what was measured for each of their cases.
 */
#ifndef BENCH_IMPORTER_SELECTION_H
#define BENCH_IMPORTER_SELECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/perf/dtype.h"
#include "bench/perf/json.h"
#include "bench/spec/operator.h"

/* Times are milliseconds, ratios are calculated from them; NAN where the file has none or null.
 * Strings are the document's. */
struct bench_selected_case {
    const struct bench_json *json;
    int64_t shape[BENCH_MAX_DIMS];
    int ndim;
    const char *dtype_name; /* torch's */
    enum bench_dtype dtype; /* BENCH_DTYPE_COUNT for one that nothing in kernels/ can have */
    double your_ms, flaggems_ms, cuda_ms;
    double speedup;                   /* flaggems / your */
    double relative;                  /* your / cuda */
    const struct bench_json *params;  /* object or NULL */
    const char *params_text;          /* of FlagGems' records: the arguments as text; or NULL */
    const char *implementation;       /* NULL where the file does not say */
    const char *reference;            /* implementation that played the reference; NULL likewise */
    const char *baseline;             /* and the baseline */
    const struct bench_json *variant; /* object, string or NULL */
    bool correct;                     /* false only where the file says so */
};

struct bench_selected_op {
    const struct bench_json *json;
    const char *key;              /* as in the file: "gelu" or "aten::gelu" */
    char *name;                   /* Python name: "gelu" */
    const char *category;         /* NULL where the file does not say */
    const char *device;           /* NULL where the file does not say */
    const char *device_kind;      /* cuda, cpu, null; NULL where the file does not say */
    const char *run;              /* NULL where the file does not say */
    const char *description_file; /* what was measured; NULL where the file does not say */
    struct bench_selected_case *cases;
    size_t case_count;
};

struct bench_selected {
    char *path;
    struct bench_json_doc *doc;
    int batch; /* 1, 2; 0 for performance data of a run */
    double threshold;
    const char *criterion; /* NULL for performance data of a run */
    const char *your_data; /* path of the data it was made of; NULL where the file does not say */
    struct bench_selected_op *ops;
    size_t op_count;
};

/* Reads selected_batchN.json, all of it checked: BENCH_EINPUT with the place of the first fault. A
 * ratio that does not follow from the case's times is one (whether the decision follows from the
 * cases: bench/cli/import_recheck.h). */
int bench_selected_read(const char *path, struct bench_selected **selected, struct bench_err *err);
/* Reads your_perf_data.json of a run folder in the same form: all operators, batch 0. */
int bench_selected_read_run(const char *run_dir, struct bench_selected **selected,
                            struct bench_err *err);
void bench_selected_free(struct bench_selected *selected); /* NULL-safe */

/* The operator of this Python name, or NULL. */
const struct bench_selected_op *bench_selected_find(const struct bench_selected *selected,
                                                    const char *name);

#endif
