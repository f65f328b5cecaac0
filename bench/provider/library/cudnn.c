/* cuDNN, opened at run time; its older interface of fixed operations. */
#include <stdio.h>
#include <stdlib.h>

#include "bench/provider/library/library_impl.h"

static const char *const sonames[] = {"libcudnn.so.9", NULL};
static const char *const pip[] = {"cudnn/lib", NULL};
static const struct bench_library_search search = {
    .what = "cuDNN",
    .env = "BENCH_CUDNN",
    .sonames = sonames,
    .pip = pip,
    .install = "Install cuDNN 9, or `pip install nvidia-cudnn-cu13`",
    .needs = "cuDNN 9",
};

#if defined(BENCH_HAVE_CUDA) && __has_include(<cudnn.h>)
#include <cudnn.h>
#include <limits.h>

#include "bench/util/mem.h"

/* Declared here and not by the header's prototypes: those are marked deprecated, and what replaces
 * them (graphs) has no tensor addition with broadcasting in one call. */
static struct {
    cudnnStatus_t (*create)(cudnnHandle_t *);
    cudnnStatus_t (*set_stream)(cudnnHandle_t, cudaStream_t);
    size_t (*get_version)(void);
    const char *(*get_error_string)(cudnnStatus_t);
    cudnnStatus_t (*create_tensor)(cudnnTensorDescriptor_t *);
    cudnnStatus_t (*set_tensor)(cudnnTensorDescriptor_t, cudnnTensorFormat_t, cudnnDataType_t, int,
                                int, int, int);
    cudnnStatus_t (*destroy_tensor)(cudnnTensorDescriptor_t);
    cudnnStatus_t (*softmax)(cudnnHandle_t, cudnnSoftmaxAlgorithm_t, cudnnSoftmaxMode_t,
                             const void *, cudnnTensorDescriptor_t, const void *, const void *,
                             cudnnTensorDescriptor_t, void *);
    cudnnStatus_t (*create_reduce)(cudnnReduceTensorDescriptor_t *);
    cudnnStatus_t (*set_reduce)(cudnnReduceTensorDescriptor_t, cudnnReduceTensorOp_t,
                                cudnnDataType_t, cudnnNanPropagation_t, cudnnReduceTensorIndices_t,
                                cudnnIndicesType_t);
    cudnnStatus_t (*destroy_reduce)(cudnnReduceTensorDescriptor_t);
    cudnnStatus_t (*reduce_workspace)(cudnnHandle_t, cudnnReduceTensorDescriptor_t,
                                      cudnnTensorDescriptor_t, cudnnTensorDescriptor_t, size_t *);
    cudnnStatus_t (*reduce)(cudnnHandle_t, cudnnReduceTensorDescriptor_t, void *, size_t, void *,
                            size_t, const void *, cudnnTensorDescriptor_t, const void *,
                            const void *, cudnnTensorDescriptor_t, void *);
    cudnnStatus_t (*create_op)(cudnnOpTensorDescriptor_t *);
    cudnnStatus_t (*set_op)(cudnnOpTensorDescriptor_t, cudnnOpTensorOp_t, cudnnDataType_t,
                            cudnnNanPropagation_t);
    cudnnStatus_t (*destroy_op)(cudnnOpTensorDescriptor_t);
    cudnnStatus_t (*op)(cudnnHandle_t, cudnnOpTensorDescriptor_t, const void *,
                        cudnnTensorDescriptor_t, const void *, const void *,
                        cudnnTensorDescriptor_t, const void *, const void *,
                        cudnnTensorDescriptor_t, void *);
} cudnn;

/* One handle for the process, as in cublas.c. */
static struct {
    cudnnHandle_t handle;
    char version[32];
} shared;

/* State of a call of any entry; what an entry does not need stays NULL. */
struct call {
    cudnnTensorDescriptor_t x, y, out;
    cudnnReduceTensorDescriptor_t reduce;
    cudnnOpTensorDescriptor_t op;
    void *workspace;
    size_t workspace_bytes;
    cudnnDataType_t type, compute;
    double factors_d[3]; /* 1, 0, alpha */
    float factors_f[3];
    const void *one, *zero, *alpha; /* of the compute type */
};

static const struct bench_library_function functions[] = {
    {"cudnnCreate", (void **)&cudnn.create},
    {"cudnnSetStream", (void **)&cudnn.set_stream},
    {"cudnnGetVersion", (void **)&cudnn.get_version},
    {"cudnnGetErrorString", (void **)&cudnn.get_error_string},
    {"cudnnCreateTensorDescriptor", (void **)&cudnn.create_tensor},
    {"cudnnSetTensor4dDescriptor", (void **)&cudnn.set_tensor},
    {"cudnnDestroyTensorDescriptor", (void **)&cudnn.destroy_tensor},
    {"cudnnSoftmaxForward", (void **)&cudnn.softmax},
    {"cudnnCreateReduceTensorDescriptor", (void **)&cudnn.create_reduce},
    {"cudnnSetReduceTensorDescriptor", (void **)&cudnn.set_reduce},
    {"cudnnDestroyReduceTensorDescriptor", (void **)&cudnn.destroy_reduce},
    {"cudnnGetReductionWorkspaceSize", (void **)&cudnn.reduce_workspace},
    {"cudnnReduceTensor", (void **)&cudnn.reduce},
    {"cudnnCreateOpTensorDescriptor", (void **)&cudnn.create_op},
    {"cudnnSetOpTensorDescriptor", (void **)&cudnn.set_op},
    {"cudnnDestroyOpTensorDescriptor", (void **)&cudnn.destroy_op},
    {"cudnnOpTensor", (void **)&cudnn.op},
    {NULL, NULL},
};

/* Bad parameters are "unsupported" too: cuDNN answers so for shapes and types that it does not do.
 */
static int check(cudnnStatus_t status, const char *what, struct bench_err *err)
{
    if (status == CUDNN_STATUS_SUCCESS)
        return BENCH_OK;
    int code = status >= 2000 && status < 4000 ? BENCH_EUNSUPPORTED : BENCH_ERROR;
    return bench_err_set(err, code, "cuDNN: %s: %s", what, cudnn.get_error_string(status));
}

static int open_handle(struct bench_err *err)
{
    if (shared.handle)
        return BENCH_OK;
    int rc = bench_locate_functions(&search, functions, NULL, err);
    if (rc != BENCH_OK)
        return rc;
    size_t version = cudnn.get_version();
    snprintf(shared.version, sizeof shared.version, "cuDNN %zu.%zu.%zu", version / 10000,
             version / 100 % 100, version % 100);
    return check(cudnn.create(&shared.handle), "cudnnCreate", err);
}

static int choose_types(const struct bench_library_call *call, struct call *c,
                        struct bench_err *err)
{
    bool is_double = call->dtype == BENCH_FLOAT64;
    for (int i = 0; i < 3; i++) {
        c->factors_d[i] = i == 1 ? 0 : 1;
        c->factors_f[i] = i == 1 ? 0 : 1;
    }
    c->one = is_double ? (const void *)&c->factors_d[0] : &c->factors_f[0];
    c->zero = is_double ? (const void *)&c->factors_d[1] : &c->factors_f[1];
    c->alpha = is_double ? (const void *)&c->factors_d[2] : &c->factors_f[2];
    c->compute = is_double ? CUDNN_DATA_DOUBLE : CUDNN_DATA_FLOAT;
    switch (call->dtype) {
    case BENCH_FLOAT64:
        c->type = CUDNN_DATA_DOUBLE;
        return BENCH_OK;
    case BENCH_FLOAT32:
        c->type = CUDNN_DATA_FLOAT;
        return BENCH_OK;
    case BENCH_FLOAT16:
        c->type = CUDNN_DATA_HALF;
        return BENCH_OK;
    case BENCH_BFLOAT16:
        c->type = CUDNN_DATA_BFLOAT16;
        return BENCH_OK;
    default:
        return bench_err_set(err, BENCH_EUNSUPPORTED, "%s does not do %s", call->entry->name,
                             bench_dtype_name(call->dtype));
    }
}

/* State, types and the library's handle: what every entry begins with. */
static int begin(struct bench_library_call *call, struct call **out, struct bench_err *err)
{
    struct call *c = bench_xcalloc(1, sizeof *c);
    call->state = c;
    *out = c;
    int rc = choose_types(call, c, err);
    if (rc == BENCH_OK)
        rc = open_handle(err);
    snprintf(call->version, sizeof call->version, "%s", shared.version);
    return rc;
}

static int make_tensor(const struct call *c, cudnnTensorDescriptor_t *tensor, const int64_t dims[4],
                       struct bench_err *err)
{
    for (int i = 0; i < 4; i++)
        if (dims[i] < 1 || dims[i] > INT_MAX)
            return bench_err_set(err, BENCH_EUNSUPPORTED,
                                 "cuDNN: a dimension of %lld: it takes 1 to %d", (long long)dims[i],
                                 INT_MAX);
    int rc = check(cudnn.create_tensor(tensor), "cudnnCreateTensorDescriptor", err);
    if (rc == BENCH_OK)
        rc = check(cudnn.set_tensor(*tensor, CUDNN_TENSOR_NCHW, c->type, (int)dims[0], (int)dims[1],
                                    (int)dims[2], (int)dims[3]),
                   "cudnnSetTensor4dDescriptor", err);
    return rc;
}

/* The stream is set with every call: the handle is shared. */
static int use_stream(const struct bench_library_call *call, struct bench_err *err)
{
    cudaStream_t stream = bench_device_native_stream(call->device);
    return check(cudnn.set_stream(shared.handle, stream), "cudnnSetStream", err);
}

static void fini(struct bench_library_call *call)
{
    struct call *c = call->state;
    if (!c)
        return;
    if (c->x)
        cudnn.destroy_tensor(c->x);
    if (c->y)
        cudnn.destroy_tensor(c->y);
    if (c->out)
        cudnn.destroy_tensor(c->out);
    if (c->reduce)
        cudnn.destroy_reduce(c->reduce);
    if (c->op)
        cudnn.destroy_op(c->op);
    bench_device_release(call->device, c->workspace);
    free(c);
}

/* softmax: x[rows][cols] as rows images of cols channels of one pixel; an instance is one image. */
static int softmax_prepare(struct bench_library_call *call, struct bench_err *err)
{
    struct call *c = NULL;
    int64_t dims[4] = {bench_library_int(call, 2), bench_library_int(call, 3), 1, 1};
    int rc = begin(call, &c, err);
    if (rc == BENCH_OK)
        rc = make_tensor(c, &c->x, dims, err);
    return rc;
}

static int softmax_run(struct bench_library_call *call, struct bench_err *err)
{
    const struct call *c = call->state;
    int rc = use_stream(call, err);
    if (rc != BENCH_OK)
        return rc;
    return check(cudnn.softmax(shared.handle, CUDNN_SOFTMAX_ACCURATE, CUDNN_SOFTMAX_MODE_INSTANCE,
                               c->one, c->x, bench_library_tensor(call, 0), c->zero, c->x,
                               bench_library_tensor(call, 1)),
                 "cudnnSoftmaxForward", err);
}

/* reduce_sum: x[outer][n][inner] to out[outer][inner]. */
static int reduce_prepare(struct bench_library_call *call, struct bench_err *err)
{
    struct call *c = NULL;
    int64_t outer = bench_library_int(call, 2), n = bench_library_int(call, 3),
            inner = bench_library_int(call, 4);
    int rc = begin(call, &c, err);
    if (rc == BENCH_OK)
        rc = make_tensor(c, &c->x, (const int64_t[4]){1, outer, n, inner}, err);
    if (rc == BENCH_OK)
        rc = make_tensor(c, &c->out, (const int64_t[4]){1, outer, 1, inner}, err);
    if (rc == BENCH_OK)
        rc = check(cudnn.create_reduce(&c->reduce), "cudnnCreateReduceTensorDescriptor", err);
    if (rc == BENCH_OK)
        rc = check(cudnn.set_reduce(c->reduce, CUDNN_REDUCE_TENSOR_ADD, c->compute,
                                    CUDNN_PROPAGATE_NAN, CUDNN_REDUCE_TENSOR_NO_INDICES,
                                    CUDNN_32BIT_INDICES),
                   "cudnnSetReduceTensorDescriptor", err);
    if (rc == BENCH_OK)
        rc = check(
            cudnn.reduce_workspace(shared.handle, c->reduce, c->x, c->out, &c->workspace_bytes),
            "cudnnGetReductionWorkspaceSize", err);
    if (rc == BENCH_OK && c->workspace_bytes > 0)
        rc = bench_device_alloc(call->device, c->workspace_bytes, &c->workspace, err);
    return rc;
}

static int reduce_run(struct bench_library_call *call, struct bench_err *err)
{
    const struct call *c = call->state;
    int rc = use_stream(call, err);
    if (rc != BENCH_OK)
        return rc;
    return check(cudnn.reduce(shared.handle, c->reduce, NULL, 0, c->workspace, c->workspace_bytes,
                              c->one, c->x, bench_library_tensor(call, 0), c->zero, c->out,
                              bench_library_tensor(call, 1)),
                 "cudnnReduceTensor", err);
}

/* add: out = x + alpha * other, where a dimension of `other` may be 1. */
static int add_prepare(struct bench_library_call *call, struct bench_err *err)
{
    struct call *c = NULL;
    int64_t dims[4];
    for (size_t i = 0; i < 4; i++)
        dims[i] = bench_library_int(call, 3 + i);
    int rc = begin(call, &c, err);
    if (rc == BENCH_OK && call->arg_count == 8) {
        c->factors_d[2] = *(const double *)call->args[7];
        c->factors_f[2] = (float)c->factors_d[2];
    }
    if (rc == BENCH_OK)
        rc = make_tensor(c, &c->x, (const int64_t[4]){1, 1, dims[0], dims[1]}, err);
    if (rc == BENCH_OK)
        rc = make_tensor(c, &c->y, (const int64_t[4]){1, 1, dims[2], dims[3]}, err);
    if (rc == BENCH_OK)
        rc = check(cudnn.create_op(&c->op), "cudnnCreateOpTensorDescriptor", err);
    if (rc == BENCH_OK)
        rc = check(cudnn.set_op(c->op, CUDNN_OP_TENSOR_ADD, c->compute, CUDNN_PROPAGATE_NAN),
                   "cudnnSetOpTensorDescriptor", err);
    return rc;
}

static int add_run(struct bench_library_call *call, struct bench_err *err)
{
    const struct call *c = call->state;
    int rc = use_stream(call, err);
    if (rc != BENCH_OK)
        return rc;
    return check(cudnn.op(shared.handle, c->op, c->one, c->x, bench_library_tensor(call, 0),
                          c->alpha, c->y, bench_library_tensor(call, 1), c->zero, c->x,
                          bench_library_tensor(call, 2)),
                 "cudnnOpTensor", err);
}

#else

static int unsupported(struct bench_library_call *call, struct bench_err *err)
{
    return bench_err_set(err, BENCH_EUNSUPPORTED,
                         "%s: this program was built without cuDNN's headers (cudnn.h)",
                         call->entry->name);
}

static void fini(struct bench_library_call *call)
{
    (void)call;
}

#define softmax_prepare unsupported
#define softmax_run unsupported
#define reduce_prepare unsupported
#define reduce_run unsupported
#define add_prepare unsupported
#define add_run unsupported

#endif

const struct bench_library_entry bench_library_cudnn[] = {
    {
        .name = "cudnn.softmax",
        .help = "cudnn.softmax(x, out, int64 rows, int64 cols): softmax over the last dimension of "
                "x[rows][cols]",
        .signature = "ttll",
        .prepare = softmax_prepare,
        .run = softmax_run,
        .fini = fini,
        .search = &search,
    },
    {
        .name = "cudnn.reduce_sum",
        .help = "cudnn.reduce_sum(x, out, int64 outer, int64 n, int64 inner): out[outer][inner] = "
                "sum over n of x[outer][n][inner], in float32 (float64 for float64)",
        .signature = "ttlll",
        .prepare = reduce_prepare,
        .run = reduce_run,
        .fini = fini,
        .search = &search,
    },
    {
        .name = "cudnn.add",
        .help = "cudnn.add(x, other, out, int64 rows, int64 cols, int64 other_rows, int64 "
                "other_cols[, double alpha]): out[rows][cols] = x + alpha * other, where a "
                "dimension of other that is 1 is repeated",
        .signature = "tttllll?d",
        .prepare = add_prepare,
        .run = add_run,
        .fini = fini,
        .search = &search,
    },
    {0},
};
