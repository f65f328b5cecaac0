/* Shared by the files that write an exported module: export.c (what), export_plan.c (launch
 * arithmetic), export_module.c (the module), export_check.c (whether its sources compile),
 * export_test.c (its test). */
#ifndef BENCH_IMPORTER_EXPORT_IMPL_H
#define BENCH_IMPORTER_EXPORT_IMPL_H

#include "bench/spec/plan.h"
#include "bench/util/str.h"
#include "importer/export.h"

/* One row of the module's table: what to launch for cases near this one. */
struct export_row {
    const struct bench_implementation *impl;
    enum bench_dtype dtype;
    int64_t *variant; /* values of the tunables */
    const int64_t *shape;
    int ndim;               /* -1: any */
    struct bench_case plan; /* if ndim >= 0 */
};

/* Trees have their formatters and linters, and this is code as it was measured. */
#define EXPORT_UNFORMATTED                                                                         \
    "# Generated: what follows is as bench wrote it, and no formatter's business.\n"               \
    "# flake8: noqa\n# fmt: off\n\n"

struct export_context {
    const struct bench_operator *op;
    const struct bench_export_origin *origin;
    bench_export_compiler compiler;
    const char *name; /* Python name */
    struct export_row *rows;
    size_t row_count;
    const struct bench_implementation **impls; /* those that rows name, each once */
    size_t impl_count;
    struct bench_arena *arena;
    struct bench_err *err;
    char source_hash[33];
    char *unchecked; /* which implementation was not compiled, and why; NULL: all were, or one does
                        not compile */
};

/* The texts of export_runtime.py and export_test.py, embedded by the build. */
extern const char export_runtime_py[];
extern const char export_test_py[];

/* Multiprocessors assumed where only a yes or no is wanted (does a requirement hold?): an H100's.
 */
#define EXPORT_SM_COUNT 132

/* `def _shapes(...)` and one `def _plan_<implementation>(...)` an implementation. */
int export_add_plans(struct export_context *x, struct bench_str *out);
/* Name of the plan function of an implementation. */
void export_add_plan_name(struct bench_str *out, const struct bench_implementation *impl);

/* Appends the parts of export_runtime.py, which two empty lines separate, that `own` needs, and
 * those that they need. */
void export_add_runtime(const char *own, struct bench_str *out);

/* Compiles `text`, which `source` becomes in the module, for each implementation of the table that
 * it is for: once a dtype, in the variant that was measured first. BENCH_EUNSUPPORTED with the
 * compiler's message if one does not compile; what the system failed at is returned as it is. */
int export_check_source(struct export_context *x, const char *source, const char *text);

int export_write_module(struct export_context *x, struct bench_str *out);
int export_write_test(struct export_context *x, struct bench_str *out);

/* {"other": "row", "alpha": 1.5} as a Python dictionary. */
void export_add_params(struct bench_str *out, const struct bench_operator *op,
                       const double *params);
/* (1, 2, 3), also for one dimension and for none. */
void export_add_shape(struct bench_str *out, const int64_t *shape, int ndim);

#endif
