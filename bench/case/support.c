#include "bench/case/support.h"

#include <stdlib.h>
#include <string.h>

#include "bench/util/mem.h"

/* As in support.cu: blocks of 256 threads; checks write one finding a block. */
#define BLOCK_THREADS 256
#define MAX_CHECK_BLOCKS 1024
/* Launches of checks per multiprocessor: enough warps in flight to use the memory bandwidth. */
#define CHECK_BLOCKS_PER_SM 4
/* Of reads: 2,048 threads, all that a multiprocessor can hold. */
#define READ_BLOCKS_PER_SM 8

enum kernel {
    KERNEL_FILL,
    KERNEL_SET,
    KERNEL_COPY,
    KERNEL_READ,
    KERNEL_GUARD_SET,
    KERNEL_GUARD_CHECK,
    KERNEL_EQUAL,
    KERNEL_DIGEST,
    KERNEL_DIGEST_ADD,
    KERNEL_SETTLE,
    KERNEL_SEAL,
    KERNEL_COMPARE,
    KERNEL_COMPARE_EXACT,
    KERNEL_COMPARE_POSITIONS,
    KERNEL_EMPTY,
    KERNEL_COUNT
};

static const char *const kernel_names[KERNEL_COUNT] = {
    [KERNEL_FILL] = "support_fill",
    [KERNEL_SET] = "support_set",
    [KERNEL_COPY] = "support_copy",
    [KERNEL_READ] = "support_read",
    [KERNEL_GUARD_SET] = "support_guard_set",
    [KERNEL_GUARD_CHECK] = "support_guard_check",
    [KERNEL_EQUAL] = "support_equal",
    [KERNEL_DIGEST] = "support_digest",
    [KERNEL_DIGEST_ADD] = "support_digest_add",
    [KERNEL_SETTLE] = "support_settle",
    [KERNEL_SEAL] = "support_seal",
    [KERNEL_COMPARE] = "support_compare",
    [KERNEL_COMPARE_EXACT] = "support_compare_exact",
    [KERNEL_COMPARE_POSITIONS] = "support_compare_positions",
    [KERNEL_EMPTY] = "support_empty",
};

struct bench_support {
    struct bench_device *device;
    /* One module an element type, loaded when first needed. */
    struct bench_module *modules[BENCH_DTYPE_COUNT];
    struct bench_function *kernels[BENCH_DTYPE_COUNT][KERNEL_COUNT];
    /* What the blocks of a check, or of a digest, have to say: [check_blocks]. */
    struct bench_finding *device_findings;
    uint64_t *device_sums;
    struct bench_finding host_findings[MAX_CHECK_BLOCKS];
    uint64_t host_sums[MAX_CHECK_BLOCKS];
    uint32_t check_blocks;
    const char *arch;
};

void bench_support_request(enum bench_dtype dtype, const char *arch,
                           struct bench_compile_request *request)
{
    /* Products and sums are not to be contracted, so that all devices give the same bits. */
    static const char *const options[] = {"--fmad=false"};
    static struct bench_define defines[BENCH_DTYPE_COUNT];
    defines[dtype] = (struct bench_define){"BENCH_T", bench_dtype_c_name(dtype)};
    *request = (struct bench_compile_request){
        .source = "bench/case/device_code/support.cu",
        .text = bench_support_source,
        .arch = arch,
        .options = options,
        .option_count = 1,
        .defines = &defines[dtype],
        .define_count = 1,
        .entries = kernel_names,
        .entry_count = KERNEL_COUNT,
    };
}

int bench_support_open(struct bench_session *s, struct bench_support **support,
                       struct bench_err *err)
{
    struct bench_support *u = bench_xcalloc(1, sizeof *u);
    u->device = s->device;
    u->arch = s->info->arch;
    int blocks = CHECK_BLOCKS_PER_SM * s->info->sm_count;
    u->check_blocks = (uint32_t)(blocks < 1                  ? 1
                                 : blocks > MAX_CHECK_BLOCKS ? MAX_CHECK_BLOCKS
                                                             : blocks);
    int rc = bench_device_alloc(s->device, u->check_blocks * sizeof(struct bench_finding),
                                (void **)&u->device_findings, err);
    if (rc == BENCH_OK)
        rc = bench_device_alloc(s->device, u->check_blocks * sizeof *u->device_sums,
                                (void **)&u->device_sums, err);
    if (rc != BENCH_OK) {
        bench_support_close(u);
        return rc;
    }
    *support = u;
    return BENCH_OK;
}

void bench_support_close(struct bench_support *support)
{
    if (support == NULL)
        return;
    bench_device_release(support->device, support->device_findings);
    bench_device_release(support->device, support->device_sums);
    for (int t = 0; t < BENCH_DTYPE_COUNT; t++)
        if (support->modules[t] != NULL)
            bench_device_unload(support->device, support->modules[t]);
    free(support);
}

static int load(struct bench_support *u, enum bench_dtype dtype, struct bench_err *err)
{
    struct bench_compile_request request;
    struct bench_compiled compiled = {0};
    struct bench_module **module = &u->modules[dtype];
    bench_support_request(dtype, u->arch, &request);
    int rc = bench_compile(&request, &compiled, err);
    if (rc != BENCH_OK) {
        bench_err_prefix(err, "the harness's own kernels for %s: ", bench_dtype_name(dtype));
        return rc;
    }
    rc = bench_device_load(u->device, compiled.path, module, err);
    for (int k = 0; rc == BENCH_OK && k < KERNEL_COUNT; k++)
        rc = bench_device_function(u->device, *module, compiled.entries[k].symbol,
                                   &u->kernels[dtype][k], NULL, err);
    bench_compiled_fini(&compiled);
    return rc;
}

static int launch(struct bench_session *s, enum bench_dtype dtype, enum kernel kernel,
                  uint64_t blocks, void **args, struct bench_err *err)
{
    struct bench_support *u = s->support;
    if (u->kernels[dtype][KERNEL_EMPTY] == NULL) {
        int rc = load(u, dtype, err);
        if (rc != BENCH_OK)
            return rc;
    }
    if (blocks > INT32_MAX)
        return bench_err_set(err, BENCH_ERROR, "a tensor is too large for the harness's kernels");
    uint32_t grid[3] = {(uint32_t)blocks, 1, 1}, block[3] = {BLOCK_THREADS, 1, 1};
    return bench_device_launch(s->device, u->kernels[dtype][kernel], grid, block, 0, args, err);
}

static uint64_t blocks_for(uint64_t threads)
{
    return (threads + BLOCK_THREADS - 1) / BLOCK_THREADS;
}

int bench_support_fill(struct bench_session *s, void *data, const struct bench_tensor *tensor,
                       uint64_t seed, uint32_t ordinal, struct bench_err *err)
{
    int64_t n = tensor->numel;
    int kind = (int)tensor->fill;
    double a = tensor->fill_a, b = tensor->fill_b;
    unsigned long long key = seed;
    unsigned int number = ordinal;
    void *args[] = {&data, &n, &kind, &a, &b, &key, &number};
    if (n == 0)
        return BENCH_OK;
    return launch(s, tensor->dtype, KERNEL_FILL, blocks_for(((uint64_t)n + 1) / 2), args, err);
}

/* Kernels on bytes do not depend on the element type: any module has them. */
#define BYTES_DTYPE BENCH_FLOAT32

static int poison_byte(enum bench_dtype dtype)
{
    return bench_dtype_is_float(dtype) ? 0xFF : 0xA5;
}

int bench_support_zero(struct bench_session *s, void *data, size_t bytes, struct bench_err *err)
{
    int64_t n = (int64_t)bytes;
    int value = 0;
    void *args[] = {&data, &n, &value};
    return launch(s, BYTES_DTYPE, KERNEL_SET, blocks_for((bytes + 15) / 16), args, err);
}

int bench_support_poison(struct bench_session *s, void *data, enum bench_dtype dtype, size_t bytes,
                         struct bench_err *err)
{
    int64_t n = (int64_t)bytes;
    int value = poison_byte(dtype);
    void *args[] = {&data, &n, &value};
    if (n == 0)
        return BENCH_OK;
    return launch(s, BYTES_DTYPE, KERNEL_SET, blocks_for((bytes + 15) / 16), args, err);
}

int bench_support_copy(struct bench_session *s, void *to, const void *from, size_t bytes,
                       struct bench_err *err)
{
    int64_t n = (int64_t)bytes;
    void *args[] = {&to, &from, &n};
    if (n == 0)
        return BENCH_OK;
    return launch(s, BYTES_DTYPE, KERNEL_COPY, blocks_for((bytes + 15) / 16), args, err);
}

int bench_support_read(struct bench_session *s, const void *data, size_t bytes,
                       struct bench_err *err)
{
    int64_t words = (int64_t)(bytes / 16);
    uint64_t *sink = s->support->device_sums; /* scratch of digests, which write it before use */
    uint64_t most = (uint64_t)s->info->sm_count * READ_BLOCKS_PER_SM;
    uint64_t blocks = blocks_for((uint64_t)words);
    void *args[] = {&data, &words, &sink};
    if (words == 0)
        return BENCH_OK;
    return launch(s, BYTES_DTYPE, KERNEL_READ, blocks < most ? blocks : most, args, err);
}

int bench_support_guard_set(struct bench_session *s, void *zone, size_t bytes,
                            struct bench_err *err)
{
    int64_t n = (int64_t)bytes;
    void *args[] = {&zone, &n};
    return launch(s, BYTES_DTYPE, KERNEL_GUARD_SET, blocks_for(bytes), args, err);
}

/* As many as the work is for, at most as many as may write an answer. */
static uint64_t answering_blocks(const struct bench_support *u, uint64_t work)
{
    uint64_t blocks = blocks_for(work);
    return blocks < u->check_blocks ? blocks : u->check_blocks;
}

/* Launches a check and adds up what its blocks found. */
static int check(struct bench_session *s, enum bench_dtype dtype, enum kernel kernel, uint64_t work,
                 void **args, struct bench_finding *found, struct bench_err *err)
{
    struct bench_support *u = s->support;
    uint64_t blocks = answering_blocks(u, work);
    memset(found, 0, sizeof *found);
    found->first = INT64_MAX;
    if (work == 0)
        return BENCH_OK;
    int rc = launch(s, dtype, kernel, blocks, args, err);
    if (rc == BENCH_OK)
        rc = bench_device_synchronize(s->device, err);
    if (rc == BENCH_OK)
        rc = bench_device_download(s->device, u->host_findings, u->device_findings,
                                   blocks * sizeof *found, err);
    for (uint64_t i = 0; rc == BENCH_OK && i < blocks; i++) {
        const struct bench_finding *f = &u->host_findings[i];
        found->bad += f->bad;
        found->nan_bad += f->nan_bad;
        found->first = f->first < found->first ? f->first : found->first;
        found->max_error = f->max_error > found->max_error ? f->max_error : found->max_error;
        found->max_ratio = f->max_ratio > found->max_ratio ? f->max_ratio : found->max_ratio;
        found->sum_error2 += f->sum_error2;
        found->sum_want2 += f->sum_want2;
        found->sum_scale2 += f->sum_scale2;
    }
    return rc;
}

int bench_support_guard_check(struct bench_session *s, const void *zone, size_t bytes,
                              struct bench_finding *found, struct bench_err *err)
{
    int64_t n = (int64_t)bytes;
    void *args[] = {&zone, &n, &s->support->device_findings};
    return check(s, BYTES_DTYPE, KERNEL_GUARD_CHECK, bytes, args, found, err);
}

int bench_support_equal(struct bench_session *s, const void *a, const void *b, size_t bytes,
                        struct bench_finding *found, struct bench_err *err)
{
    int64_t n = (int64_t)bytes;
    void *args[] = {&a, &b, &n, &s->support->device_findings};
    return check(s, BYTES_DTYPE, KERNEL_EQUAL, bytes, args, found, err);
}

int bench_support_compare(struct bench_session *s, enum bench_dtype dtype, const void *got,
                          const void *want, const double *scale, int64_t count, double rtol,
                          double atol, struct bench_finding *found, struct bench_err *err)
{
    struct bench_finding **out = &s->support->device_findings;
    if (bench_dtype_is_float(dtype)) {
        void *args[] = {&got, &want, &scale, &count, &rtol, &atol, out};
        return check(s, dtype, KERNEL_COMPARE, (uint64_t)count, args, found, err);
    }
    void *args[] = {&got, &want, &count, &rtol, &atol, out};
    return check(s, dtype, KERNEL_COMPARE_EXACT, (uint64_t)count, args, found, err);
}

int bench_support_compare_positions(struct bench_session *s, const struct bench_tensor *positions,
                                    const void *got, const void *want,
                                    const struct bench_tensor *input, const void *values,
                                    struct bench_finding *found, struct bench_err *err)
{
    int64_t count = positions->numel, per_row = positions->shape[positions->ndim - 1];
    int64_t length = input->shape[input->ndim - 1];
    void *args[] = {&got, &want, &values, &count, &per_row, &length, &s->support->device_findings};
    return check(s, input->dtype, KERNEL_COMPARE_POSITIONS, (uint64_t)count, args, found, err);
}

static uint64_t mix(uint64_t v) /* as in support.cu */
{
    v = (v ^ (v >> 30)) * 0xbf58476d1ce4e5b9u;
    v = (v ^ (v >> 27)) * 0x94d049bb133111ebu;
    return v ^ (v >> 31);
}

static unsigned long long digest_start(size_t bytes, uint32_t ordinal, uint64_t key)
{
    return mix(key + bytes + (ordinal + UINT64_C(1)) * 0x9e3779b97f4a7c15u);
}

int bench_support_digest(struct bench_session *s, const void *data, size_t bytes, uint32_t ordinal,
                         uint64_t key, uint64_t *digest, struct bench_err *err)
{
    struct bench_support *u = s->support;
    int64_t n = (int64_t)bytes;
    unsigned long long start = digest_start(bytes, ordinal, key);
    void *args[] = {&data, &n, &start, &u->device_sums};
    uint64_t blocks = answering_blocks(u, (bytes + 7) / 8);
    *digest = 0;
    if (bytes == 0)
        return BENCH_OK;
    int rc = launch(s, BYTES_DTYPE, KERNEL_DIGEST, blocks, args, err);
    if (rc == BENCH_OK)
        rc = bench_device_synchronize(s->device, err);
    if (rc == BENCH_OK)
        rc = bench_device_download(s->device, u->host_sums, u->device_sums,
                                   blocks * sizeof *u->host_sums, err);
    for (uint64_t i = 0; rc == BENCH_OK && i < blocks; i++)
        *digest += u->host_sums[i];
    return rc;
}

int bench_support_digest_add(struct bench_session *s, const void *data, size_t bytes,
                             uint32_t ordinal, uint64_t key, uint64_t *slot, struct bench_err *err)
{
    int64_t n = (int64_t)bytes;
    unsigned long long start = digest_start(bytes, ordinal, key);
    void *args[] = {&data, &n, &start, &slot};
    if (bytes == 0)
        return BENCH_OK;
    return launch(s, BYTES_DTYPE, KERNEL_DIGEST_ADD, answering_blocks(s->support, (bytes + 7) / 8),
                  args, err);
}

int bench_support_settle(struct bench_session *s, void *data, void *hold, enum bench_dtype dtype,
                         size_t bytes, const uint64_t *slot, uint64_t expected, uint64_t *kept,
                         uint64_t sample, struct bench_err *err)
{
    int64_t n = (int64_t)bytes;
    int value = poison_byte(dtype);
    unsigned long long want = expected, number = sample;
    void *args[] = {&data, &hold, &n, &value, &slot, &want, &kept, &number};
    if (bytes == 0)
        return BENCH_OK;
    return launch(s, BYTES_DTYPE, KERNEL_SETTLE, blocks_for((bytes + 15) / 16), args, err);
}

int bench_support_seal(struct bench_session *s, void *data, size_t bytes, uint64_t key,
                       struct bench_err *err)
{
    int64_t n = (int64_t)bytes;
    unsigned long long k = key;
    void *args[] = {&data, &n, &k};
    if (bytes == 0)
        return BENCH_OK;
    return launch(s, BYTES_DTYPE, KERNEL_SEAL, blocks_for((bytes + 15) / 16), args, err);
}

int bench_support_empty(struct bench_session *s, struct bench_err *err)
{
    return launch(s, BYTES_DTYPE, KERNEL_EMPTY, 1, NULL, err);
}
