/*
 * From description to numbers: a case binds an operator to a shape, dtype and params; a call binds
 * an implementation and one of its variants to a case, with every launch resolved. Nothing here
 * touches a device.
 */
#ifndef BENCH_SPEC_PLAN_H
#define BENCH_SPEC_PLAN_H

#include "bench/perf/json.h"
#include "bench/spec/operator.h"
#include "bench/util/mem.h"

struct bench_tensor {
    const char *name;
    enum bench_dtype dtype;
    int64_t shape[BENCH_MAX_DIMS];
    int ndim;
    int64_t numel;
    size_t bytes;
    enum bench_fill_kind fill; /* inputs */
    double fill_a, fill_b;
};

struct bench_case {
    const struct bench_operator *op;
    enum bench_dtype dtype;
    int64_t shape[BENCH_MAX_DIMS];
    int ndim;
    int64_t numel;
    bool empty;                /* numel is 0: the case is checked and never timed */
    bool writes_nothing;       /* no output has an element: no kernel is launched */
    double *params;            /* one a parameter of the operator, in its order */
    const char *params_json;   /* {"other":"row"} in the operator's order, compact; "{}" if none */
    const char *label;         /* "gelu float32 [256, 256] other=row", for people */
    char key[33];              /* hash of operator, dtype, shape, params: the case's identity */
    struct bench_scope *scope; /* numel, ndim, sizeof_T, dims, params, lets */
    struct bench_tensor *inputs, *outputs; /* counts as in the operator */
    double bytes, flops;
};

/* `params` is a JSON object with some of the operator's parameters, or NULL for the defaults.
 * A dim that the description's `empty` names may be 0. That makes an empty case: of tensors of 0
 * elements, which a kernel gets as pointers to no memory, without bytes and flops.
 * Errors (wrong number of dimensions, unknown parameter, expression) name the operator and case.
 * The case lives in `arena`, except its scope: bench_case_fini frees that. */
int bench_case_plan(const struct bench_operator *op, enum bench_dtype dtype, const int64_t *shape,
                    int ndim, const struct bench_json *params, struct bench_arena *arena,
                    struct bench_case *out, struct bench_err *err);
void bench_case_fini(struct bench_case *c);

struct bench_arg {
    enum bench_arg_kind kind;
    const char *tensor; /* BENCH_ARG_TENSOR: name */
    union {
        int32_t i32;
        int64_t i64;
        float f32;
        double f64;
    } value;
};

struct bench_launch {
    const char *entry;
    uint32_t grid[3], block[3];
    size_t shared_bytes;
    struct bench_arg *args;
    size_t arg_count;
};

struct bench_variant {
    int64_t *values;   /* one a tunable, in its order */
    const char *label; /* "BLOCK=256 ITEMS=4"; "" if there are no tunables */
    const char *json;  /* {"BLOCK":256,"ITEMS":4} */
};

struct bench_call {
    const struct bench_implementation *impl;
    const struct bench_variant *variant;
    struct bench_launch *launches;
    size_t launch_count;
    size_t *workspace_bytes; /* one a workspace of the implementation */
};

/* What expressions may know of the device. */
struct bench_plan_device {
    const char *kind; /* "cuda", "cpu", "null" */
    int sm_count;
};

/* 0 if the implementation can run the case's dtype on this kind of device and its `requires` hold;
 * else BENCH_EUNSUPPORTED with the reason. */
int bench_implementation_supports(const struct bench_implementation *impl,
                                  const struct bench_case *c,
                                  const struct bench_plan_device *device, struct bench_err *err);

/* The variants whose `where` holds for this case (one empty variant if there are no tunables);
 * BENCH_EUNSUPPORTED if none is left. */
int bench_variants_plan(const struct bench_implementation *impl, const struct bench_case *c,
                        const struct bench_plan_device *device, struct bench_arena *arena,
                        struct bench_variant **variants, size_t *count, struct bench_err *err);

/* Resolves grids, blocks, shared memory, arguments and workspaces. A grid or block of 0 or beyond
 * 2^31-1 is an error. */
int bench_call_plan(const struct bench_implementation *impl, const struct bench_variant *variant,
                    const struct bench_case *c, const struct bench_plan_device *device,
                    struct bench_arena *arena, struct bench_call *out, struct bench_err *err);

#endif
