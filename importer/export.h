/*
 * Export: a CUDA C implementation becomes operator data (docs/formats.md, "Operator data"): a
 * Python module that holds the CUDA source and launches it through torch's NVRTC facility, and a
 * pytest file that tests it against torch. The text follows from the operator's description alone;
 * nothing is run here.
 */
#ifndef BENCH_IMPORTER_EXPORT_H
#define BENCH_IMPORTER_EXPORT_H

#include <stddef.h>
#include <stdint.h>

#include "bench/perf/json.h"
#include "bench/spec/operator.h"

/* What to launch for one case. Cases that were measured say which variant was best; a case of
 * ndim -1 stands for any shape ("this implementation, this variant, not measured"). */
struct bench_export_case {
    enum bench_dtype dtype;
    int64_t shape[BENCH_MAX_DIMS];
    int ndim;
    const struct bench_json *params; /* object, or NULL for the defaults */
    const char *implementation;
    const struct bench_json *variant_json; /* {"BLOCK": 256} or "BLOCK=256", or NULL */
    const char *variant;                   /* "BLOCK=256 ITEMS=2"; used if variant_json is NULL.
                                              Both NULL: every variant, in the description's order;
                                              the first that is possible for a shape is taken */
    bool failed; /* measured with wrong results or an error: counted in info, otherwise ignored */
};

/* Where the numbers come from, for the module's docstring; NULL where not known. */
struct bench_export_origin {
    const char *run;    /* name of the run */
    const char *device; /* "NVIDIA H100 80GB HBM3" */
    const char *time;   /* ISO 8601 */
};

struct bench_export {
    char *op_name;     /* "aten::mm" */
    char *measured_as; /* name of the description, by which it was measured: "matmul" */
    char *name;        /* Python name of the function: "mm" */
    char *category;    /* "blas" */
    char *code;
    char *test_func;
    char source_hash[33];  /* of the CUDA source with all that it includes */
    char *implementations; /* "candidate" or "candidate, tensor_core" */
    char *unchecked;       /* why the sources were not compiled as they stand in `code`; NULL: they
                              were, or no compiler was given */
    size_t total, success, failed; /* measured cases */
};

/* Compiles `text` in place of the implementation's source, with these values of its tunables
 * (bench_build_text). BENCH_EUNSUPPORTED where nothing can be compiled. */
typedef int (*bench_export_compiler)(const struct bench_implementation *impl,
                                     enum bench_dtype dtype, const int64_t *values,
                                     const char *text, struct bench_err *err);

/* `compiler` tries each source as it stands in the module, once a dtype; NULL:
 * nothing is compiled. BENCH_EUNSUPPORTED, with the reason, for what cannot be exported:
 * implementations of other providers than cuda, operators without a `torch` section, sources that
 * do not compile as one text. BENCH_EINPUT for cases that the description does not have
 * (implementation, variant, dtype, parameter). */
int bench_export_operator(const struct bench_operator *op, const struct bench_export_case *cases,
                          size_t count, const struct bench_export_origin *origin,
                          bench_export_compiler compiler, struct bench_export *out,
                          struct bench_err *err);
void bench_export_fini(struct bench_export *e); /* a zeroed one is fine */

/* The operator data file's text; the caller frees. */
char *bench_export_json(const struct bench_export *e);

/* "aten::gelu" or "gelu" -> "gelu"; "aten::ge_.Scalar" -> "ge__Scalar". BENCH_EINPUT for what is
 * no Python name afterwards ("aten::../../x"). The caller frees. */
int bench_operator_python_name(const char *op_name, char **name, struct bench_err *err);

#endif
