/* cuBLAS, opened at run time. */
#include <stdio.h>
#include <stdlib.h>

#include "bench/provider/library/library_impl.h"

static const char *const sonames[] = {"libcublas.so.13", "libcublas.so.12", NULL};
static const char *const pip[] = {"cu13/lib", "cublas/lib", NULL};
static const struct bench_library_search search = {
    .what = "cuBLAS",
    .env = "BENCH_CUBLAS",
    .sonames = sonames,
    .pip = pip,
    .install = "Install the CUDA toolkit, or `pip install nvidia-cublas`",
    .needs = "cuBLAS 12 or newer",
};

#ifdef BENCH_HAVE_CUDA

#include <cublas_v2.h>

#include "bench/util/mem.h"

/* What NVIDIA recommends for Hopper; less makes cuBLAS choose slower kernels ("cuBLAS workspace
 * configuration" in its documentation). Given by us, so that no call allocates. */
#define WORKSPACE_BYTES ((size_t)32 << 20)

static struct {
    __typeof__(&cublasCreate) create;
    __typeof__(&cublasGetVersion) get_version;
    __typeof__(&cublasSetStream) set_stream;
    __typeof__(&cublasSetWorkspace) set_workspace;
    __typeof__(&cublasGetStatusString) get_status_string;
    __typeof__(&cublasGemmEx_64) gemm;
    __typeof__(&cublasGemmStridedBatchedEx_64) gemm_batched;
} cublas;

/* One handle for the process: making one takes longer than measuring a case. It follows the device
 * of the call. Used by the device's one thread only. */
static struct {
    cublasHandle_t handle;
    char version[32];
} shared;

/* The number of the argument that only products of many pairs have. */
#define GEMM_BATCH 6

struct gemm {
    void *workspace;
    cudaDataType_t type;
    cublasComputeType_t compute;
    float one_f, zero_f;
    double one_d, zero_d;
    const void *one, *zero; /* of the compute type */
};

static const struct bench_library_function functions[] = {
    {"cublasCreate_v2", (void **)&cublas.create},
    {"cublasGetVersion_v2", (void **)&cublas.get_version},
    {"cublasSetStream_v2", (void **)&cublas.set_stream},
    {"cublasSetWorkspace_v2", (void **)&cublas.set_workspace},
    {"cublasGetStatusString", (void **)&cublas.get_status_string},
    {"cublasGemmEx_64", (void **)&cublas.gemm},
    {"cublasGemmStridedBatchedEx_64", (void **)&cublas.gemm_batched},
    {NULL, NULL},
};

static int check(cublasStatus_t status, const char *what, struct bench_err *err)
{
    if (status == CUBLAS_STATUS_SUCCESS)
        return BENCH_OK;
    int code = status == CUBLAS_STATUS_NOT_SUPPORTED || status == CUBLAS_STATUS_ARCH_MISMATCH
                   ? BENCH_EUNSUPPORTED
                   : BENCH_ERROR;
    return bench_err_set(err, code, "cuBLAS: %s: %s", what, cublas.get_status_string(status));
}

static int open_handle(struct bench_err *err)
{
    int version = 0;
    if (shared.handle)
        return BENCH_OK;
    int rc = bench_locate_functions(&search, functions, NULL, err);
    if (rc == BENCH_OK)
        rc = check(cublas.create(&shared.handle), "cublasCreate", err);
    if (rc == BENCH_OK)
        rc = check(cublas.get_version(shared.handle, &version), "cublasGetVersion", err);
    snprintf(shared.version, sizeof shared.version, "cuBLAS %d.%d.%d", version / 10000,
             version / 100 % 100, version % 100);
    return rc;
}

/* float32 is multiplied in float32 (CUBLAS_COMPUTE_32F does not use TF32 unless
 * NVIDIA_TF32_OVERRIDE says so); half precision accumulates in float32. */
static int choose_types(enum bench_dtype dtype, struct gemm *gemm, struct bench_err *err)
{
    gemm->one_f = 1;
    gemm->one_d = 1;
    gemm->one = dtype == BENCH_FLOAT64 ? (const void *)&gemm->one_d : &gemm->one_f;
    gemm->zero = dtype == BENCH_FLOAT64 ? (const void *)&gemm->zero_d : &gemm->zero_f;
    gemm->compute = dtype == BENCH_FLOAT64 ? CUBLAS_COMPUTE_64F : CUBLAS_COMPUTE_32F;
    switch (dtype) {
    case BENCH_FLOAT64:
        gemm->type = CUDA_R_64F;
        return BENCH_OK;
    case BENCH_FLOAT32:
        gemm->type = CUDA_R_32F;
        return BENCH_OK;
    case BENCH_FLOAT16:
        gemm->type = CUDA_R_16F;
        return BENCH_OK;
    case BENCH_BFLOAT16:
        gemm->type = CUDA_R_16BF;
        return BENCH_OK;
    default:
        return bench_err_set(err, BENCH_EUNSUPPORTED, "cublas.gemm does not do %s",
                             bench_dtype_name(dtype));
    }
}

static int gemm_prepare(struct bench_library_call *call, struct bench_err *err)
{
    struct gemm *gemm = bench_xcalloc(1, sizeof *gemm);
    call->state = gemm;
    int rc = choose_types(call->dtype, gemm, err);
    if (rc == BENCH_OK)
        rc = open_handle(err);
    if (rc == BENCH_OK)
        rc = bench_device_alloc(call->device, WORKSPACE_BYTES, &gemm->workspace, err);
    snprintf(call->version, sizeof call->version, "%s", shared.version);
    return rc;
}

/* Row-major out[M][N] = a[M][K] b[K][N] is, to a column-major library, the transposed product
 * out' = b' a' with N rows and M columns, on the same memory.
 *
 * Stream and workspace are set with every call, because another prepared call may have set its own
 * in between; setting a stream takes the workspace away, so it comes first. */
static int gemm_run(struct bench_library_call *call, struct bench_err *err)
{
    const struct gemm *gemm = call->state;
    int64_t m = bench_library_int(call, 3), n = bench_library_int(call, 4),
            k = bench_library_int(call, 5);
    cudaStream_t stream = bench_device_native_stream(call->device);
    int rc = check(cublas.set_stream(shared.handle, stream), "cublasSetStream", err);
    if (rc == BENCH_OK)
        rc = check(cublas.set_workspace(shared.handle, gemm->workspace, WORKSPACE_BYTES),
                   "cublasSetWorkspace", err);
    if (rc != BENCH_OK)
        return rc;
    const void *a = bench_library_tensor(call, 0), *b = bench_library_tensor(call, 1);
    void *out = bench_library_tensor(call, 2);
    if (call->arg_count == GEMM_BATCH)
        return check(cublas.gemm(shared.handle, CUBLAS_OP_N, CUBLAS_OP_N, n, m, k, gemm->one, b,
                                 gemm->type, n, a, gemm->type, k, gemm->zero, out, gemm->type, n,
                                 gemm->compute, CUBLAS_GEMM_DEFAULT),
                     "cublasGemmEx", err);
    return check(cublas.gemm_batched(shared.handle, CUBLAS_OP_N, CUBLAS_OP_N, n, m, k, gemm->one, b,
                                     gemm->type, n, k * n, a, gemm->type, k, m * k, gemm->zero, out,
                                     gemm->type, n, m * n, bench_library_int(call, GEMM_BATCH),
                                     gemm->compute, CUBLAS_GEMM_DEFAULT),
                 "cublasGemmStridedBatchedEx", err);
}

static void gemm_fini(struct bench_library_call *call)
{
    struct gemm *gemm = call->state;
    if (!gemm)
        return;
    bench_device_release(call->device, gemm->workspace);
    free(gemm);
}

#else

static int gemm_prepare(struct bench_library_call *call, struct bench_err *err)
{
    return bench_err_set(err, BENCH_EUNSUPPORTED, "%s: this program was built without CUDA",
                         call->entry->name);
}

static int gemm_run(struct bench_library_call *call, struct bench_err *err)
{
    return gemm_prepare(call, err);
}

static void gemm_fini(struct bench_library_call *call)
{
    (void)call;
}

#endif

const struct bench_library_entry bench_library_cublas[] = {
    {
        .name = "cublas.gemm",
        .help = "cublas.gemm(a, b, out, int64 M, int64 N, int64 K[, int64 batch]): "
                "out[M][N] = a[M][K] b[K][N], row-major, of each of a batch; float32, float16, "
                "bfloat16 with sums in float32, float64",
        .signature = "tttlll?l",
        .prepare = gemm_prepare,
        .run = gemm_run,
        .fini = gemm_fini,
        .search = &search,
    },
    {0},
};
