/* Export of what was measured: from selected operators to operator data, in memory or as files. */
#ifndef BENCH_IMPORTER_EXPORT_SELECTED_H
#define BENCH_IMPORTER_EXPORT_SELECTED_H

#include "importer/export.h"
#include "importer/selection.h"

/* What run.json says of the run that was selected from. Missing file or keys leave NULL. Strings
 * are owned. */
struct bench_run_facts {
    char *name;                 /* of the run */
    char *device;               /* "NVIDIA H100 80GB HBM3" */
    char *kind;                 /* "cuda", "cpu", "null" */
    char *time;                 /* when it began, ISO 8601 */
    char *folder;               /* that has run.json */
    struct bench_json_doc *doc; /* run.json, or NULL */
};
/* BENCH_EINPUT, BENCH_ERROR: there is a run.json beside the selection that cannot be read, so what
 * is checked by it cannot be; nothing is to be freed then. Else looks for it there; if it has none,
 * beside the data that it was made of (unless that is of another run than the operators name).
 * Without one, the kind of device is what the operators say. */
int bench_run_facts_read(const struct bench_selected *selected, struct bench_run_facts *facts,
                         struct bench_err *err);
void bench_run_facts_fini(struct bench_run_facts *facts);

/* The description of what was measured: that of the operator's name in `kernels_dir`; if that is
 * NULL, the one that the data name, or else that of the installation. BENCH_ENOTFOUND if there is
 * none. The caller frees. */
int bench_measured_operator_read(const struct bench_selected_op *op, const char *kernels_dir,
                                 struct bench_operator **description, struct bench_err *err);

/* The hash that a run records of an implementation's source (bench/run/sources.h); false if it has
 * none. */
typedef bool (*bench_source_hasher)(const struct bench_implementation *impl, char hex[33]);

/* Exports one measured operator. Its description is that of its name in `kernels_dir`; if that is
 * NULL, the one that was measured, or else that of the installation. BENCH_ENOTFOUND if there is
 * none; BENCH_EUNSUPPORTED if the data do not say what was measured, or if it cannot be exported;
 * BENCH_EINPUT if the description was changed since, or by `hasher` (NULL: not looked at) a source.
 * `compiler` is bench_export_operator's. */
int bench_export_selected(const struct bench_selected_op *op, const char *kernels_dir,
                          const struct bench_run_facts *facts, bench_source_hasher hasher,
                          bench_export_compiler compiler, struct bench_export *out,
                          struct bench_err *err);

/* Exports without measurements: `implementation` for every dtype it has; `variant` is as
 * "BLOCK=256", or NULL for all (the first that suits a shape is then taken). `kernels_dir` NULL is
 * the installation's. */
int bench_export_unmeasured(const char *op_name, const char *kernels_dir,
                            const char *implementation, const char *variant,
                            bench_export_compiler compiler, struct bench_export *out,
                            struct bench_err *err);

/* Writes <output>/batch<N>/<name>.json, or <output>/<name>.json for batch 0; *path is its path (the
 * caller frees). */
int bench_export_write(const struct bench_export *e, const char *output, int batch, char **path,
                       struct bench_err *err);

#endif
