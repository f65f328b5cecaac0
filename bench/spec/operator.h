/*
 * Operator descriptions (kernels/<op>/<op>.json) as read-only data; docs/formats.md says what each
 * field means. Strings that hold expressions are kept as text and were checked for syntax and
 * names when the file was read.
 */
#ifndef BENCH_SPEC_OPERATOR_H
#define BENCH_SPEC_OPERATOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/perf/dtype.h"
#include "bench/spec/expr.h"
#include "bench/util/err.h"

struct bench_named_expr {
    const char *name;
    const char *expression;
};

enum bench_param_type { BENCH_PARAM_INT, BENCH_PARAM_FLOAT, BENCH_PARAM_BOOL, BENCH_PARAM_ENUM };

struct bench_param {
    const char *name;
    enum bench_param_type type;
    double default_value; /* bool: 0 or 1; enum: index into values */
    const char **values;  /* enum only */
    size_t value_count;
};

enum bench_fill_kind {
    BENCH_FILL_NORMAL,   /* a = mean, b = standard deviation */
    BENCH_FILL_UNIFORM,  /* a = low, b = high */
    BENCH_FILL_INTEGERS, /* a = low (inclusive), b = high (exclusive) */
    BENCH_FILL_CONSTANT, /* a */
    BENCH_FILL_SEQUENCE  /* a = start, b = step */
};

struct bench_fill {
    enum bench_fill_kind kind;
    const char *a; /* expressions */
    const char *b;
};

struct bench_tensor_spec {
    const char *name;
    bool shape_is_case;
    const char *shape[BENCH_MAX_DIMS]; /* expressions, if not shape_is_case */
    int ndim;
    bool dtype_is_case;
    enum bench_dtype dtype; /* if not dtype_is_case */
    struct bench_fill fill; /* inputs only */
    /* Outputs of int64 only: the input whose last dimension their numbers are positions in; any
     * position of an equal value is right, none twice in a row. NULL: numbers like others. */
    const struct bench_tensor_spec *index_into;
};

enum bench_arg_kind {
    BENCH_ARG_TENSOR, /* pointer to an input, output, workspace or the oracle's scale, by name */
    BENCH_ARG_INT,    /* 32 bits */
    BENCH_ARG_INT64,
    BENCH_ARG_FLOAT,
    BENCH_ARG_DOUBLE
};

struct bench_arg_spec {
    enum bench_arg_kind kind;
    const char *text; /* tensor: its name; scalar: the expression */
};

struct bench_launch_spec {
    const char *entry;
    const char *grid[3]; /* expressions; "1" where not given */
    const char *block[3];
    const char *shared; /* "0" where not given */
    struct bench_arg_spec *args;
    size_t arg_count;
};

struct bench_tunable {
    const char *name;
    const int64_t *values;
    size_t value_count;
};

enum bench_provider {
    BENCH_PROVIDER_CUDA,
    BENCH_PROVIDER_LIBRARY,
    BENCH_PROVIDER_NULL,
    BENCH_PROVIDER_PYTHON, /* called in the user's interpreter: bench/provider/python */
    BENCH_PROVIDER_COUNT
};
/* "cuda", "library", "null", "python" */
const char *bench_provider_name(enum bench_provider provider);

struct bench_implementation {
    const char *name;
    const char *description;
    enum bench_provider provider;
    const char *source; /* full path; NULL if the provider needs none; python: of its code file */
    const char
        *python; /* provider python: the object "python" as JSON text, as it was; else NULL */
    const char **options;
    size_t option_count;
    const char **devices; /* kinds of device it is limited to; count 0: any */
    size_t device_count;
    enum bench_dtype *dtypes; /* limited to; count 0: the operator's */
    size_t dtype_count;
    struct bench_tunable *tunables;
    size_t tunable_count;
    const char *where;                     /* NULL: all combinations */
    struct bench_named_expr *requirements; /* expression -> in `name`; reason -> in `expression` */
    size_t requirement_count;
    struct bench_named_expr *lets;
    size_t let_count;
    struct bench_named_expr *workspaces; /* name -> bytes */
    size_t workspace_count;
    struct bench_launch_spec *launches;
    size_t launch_count;
    bool is_oracle;
    bool has_scale; /* oracle only */
};

struct bench_tolerance {
    double rtol, atol;
};

/* Python texts for export; NULL where not given. */
struct bench_torch_spec {
    const char *signature;
    struct bench_named_expr *tensors;
    size_t tensor_count;
    const char *case_shape;
    struct bench_named_expr *params;
    size_t param_count;
    struct bench_named_expr *requirements; /* name = condition, expression = message */
    size_t requirement_count;
    const char *reference;
    const char *result;
    struct bench_named_expr *output_shapes;
    size_t output_shape_count;
    const char *example_call;
};

struct bench_operator {
    const char *name;
    const char *aten;
    const char *category;
    const char *description;
    const char *file;      /* path of the JSON */
    const char *directory; /* its folder */
    char hash[33];         /* of the JSON's bytes */
    char meaning[33];      /* of what it says but for prose: two that differ in "description" and
                              "far_from_limit" alone are measured alike */
    bool dtypes[BENCH_DTYPE_COUNT];
    const char **dims;
    size_t dim_count;
    int star_dim;       /* index of the dim with '*', or -1; names are stored without '*' */
    bool *may_be_empty; /* per dim: it may be 0 */
    struct bench_param *params;
    size_t param_count;
    struct bench_named_expr *lets;
    size_t let_count;
    struct bench_tensor_spec *inputs;
    size_t input_count;
    struct bench_tensor_spec *outputs;
    size_t output_count;
    const char *bytes; /* expressions */
    const char *flops;
    const char
        *roofline_exempt; /* why no time of it is impossible (a view); NULL: it is not exempt */
    const char *far_from_limit; /* why its candidates are short of what they could be; NULL */
    struct bench_tolerance tolerance[BENCH_DTYPE_COUNT];
    struct bench_implementation oracle; /* launch_count 0: none (null implementations only) */
    struct bench_implementation *implementations;
    size_t implementation_count;
    struct bench_torch_spec *torch; /* NULL if not described */
    /* The oracle, or an implementation that a role of the suite's cases names, is called in Python;
     * set by bench_suite_read, false before. */
    bool in_python;
};

/* Reads one description. All of it is checked: keys, types, names, expressions (each is evaluated
 * for syntax and unknown names), sources exist. The operator is freed by bench_operator_free. */
int bench_operator_read(const char *path, struct bench_operator **op, struct bench_err *err);
void bench_operator_free(struct bench_operator *op);
const struct bench_implementation *bench_operator_find(const struct bench_operator *op,
                                                       const char *implementation);

/* What holds for a dtype that the description says nothing of: torch.testing.assert_close's. */
struct bench_tolerance bench_operator_usual_tolerance(enum bench_dtype dtype);

/* The path of an operator's JSON in a kernels folder; the caller frees. BENCH_ENOTFOUND suggests
 * the nearest name. */
int bench_operator_locate(const char *kernels_dir, const char *name, char **path,
                          struct bench_err *err);
/* Names of all operators of a kernels folder (folders that hold <name>/<name>.json), sorted; free
 * with bench_file_list_free. BENCH_ENOTFOUND without the folder, BENCH_EINPUT if it has none. */
int bench_operator_list(const char *kernels_dir, char ***names, size_t *count,
                        struct bench_err *err);

#endif
