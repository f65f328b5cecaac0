/* Measuring what the device can do at most: bandwidths, arithmetic, and what is documented. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/case/roofline_impl.h"
#include "bench/util/mem.h"
#include "bench/util/str.h"

/* As in roofline.cu. */
#define CHAINS 8
#define STEPS 16
/* Turns of the loops, about 200 us on an H100: 2,048 threads a multiprocessor do 128 multiply-adds
 * a clock, 1,024 threads 4,096 operations of mma.sync a clock. */
#define FMA_LOOPS 192
#define MMA_LOOPS 1000
#define FMA_BLOCKS_PER_SM 8
#define MMA_BLOCKS_PER_SM 4

/* ---- arithmetic ---- */

/* Every thread's result is expected to be `expected + slope * (thread % 8)`, exactly. */
static int check_results(struct bench_meter *m, enum bench_meter_kernel kernel, size_t count,
                         double expected, double slope, struct bench_err *err)
{
    float *results = bench_xmalloc(count * sizeof *results);
    int rc = bench_device_download(m->device, results, m->results, count * sizeof *results, err);
    for (size_t i = 0; rc == BENCH_OK && i < count; i++) {
        double want = expected + slope * (double)(i % 8);
        if (results[i] != (float)want)
            rc = bench_err_set(err, BENCH_ERROR, "%s: thread %zu computed %g, expected %g",
                               bench_meter_kernel_name(kernel), i, (double)results[i], want);
    }
    free(results);
    return rc;
}

static int clear_results(struct bench_meter *m, struct bench_err *err)
{
    float *zeros = bench_xcalloc(m->result_count, sizeof *zeros);
    int rc =
        bench_device_upload(m->device, m->results, zeros, m->result_count * sizeof *zeros, err);
    free(zeros);
    return rc;
}

/* `lanes` values a register. */
static int measure_fma(struct bench_meter *m, enum bench_meter_kernel kernel, int lanes,
                       double *flops, struct bench_err *err)
{
    uint32_t blocks = FMA_BLOCKS_PER_SM * (uint32_t)m->info->sm_count;
    /* From -half to half of the steps: roofline.cu. */
    int loops = FMA_LOOPS, start = -FMA_LOOPS * STEPS / 2, by = 1, plus = 1;
    void *args[] = {&m->results, &loops, &start, &by, &plus};
    struct bench_meter_work work = {kernel, blocks, args};
    size_t threads = (size_t)blocks * BENCH_METER_THREADS;
    double operations = 2.0 * lanes * (double)threads * CHAINS * FMA_LOOPS * STEPS;
    *flops = 0;
    int rc = clear_results(m, err);
    if (rc == BENCH_OK)
        rc = bench_meter_rate(m, &work, &work, operations, flops, err);
    double sum = 0;
    for (int c = 0; c < CHAINS; c++)
        sum += start + c + FMA_LOOPS * STEPS;
    if (rc == BENCH_OK)
        rc = check_results(m, kernel, threads, lanes * sum, lanes * CHAINS, err);
    return rc;
}

/* A warp's product is rows x columns x depth; `ones` is 32 bits of ones in the operands' type. */
struct product {
    enum bench_meter_kernel kernel;
    int rows, columns, depth;
    uint32_t ones;
};

static const struct product fp64_product = {BENCH_METER_MMA_FP64, 8, 8, 4, 0x3FF00000};
static const struct product tf32_product = {BENCH_METER_MMA_TF32, 16, 8, 8, 0x3F800000};
static const struct product fp16_product = {BENCH_METER_MMA_FP16, 16, 8, 16, 0x3C003C00};
static const struct product bf16_product = {BENCH_METER_MMA_BF16, 16, 8, 16, 0x3F803F80};
static const struct product int8_product = {BENCH_METER_MMA_INT8, 16, 8, 32, 0x01010101};

static int measure_mma(struct bench_meter *m, const struct product *p, double *flops,
                       struct bench_err *err)
{
    uint32_t blocks = MMA_BLOCKS_PER_SM * (uint32_t)m->info->sm_count, ones = p->ones;
    int loops = MMA_LOOPS;
    void *args[] = {&m->results, &loops, &ones};
    struct bench_meter_work work = {p->kernel, blocks, args};
    size_t threads = (size_t)blocks * BENCH_METER_THREADS, warps = threads / 32;
    int elements = p->rows * p->columns; /* the threads of a warp share them */
    double products = (double)warps * CHAINS * MMA_LOOPS;
    *flops = 0;
    int rc = clear_results(m, err);
    if (rc == BENCH_OK)
        rc = bench_meter_rate(m, &work, &work, 2.0 * elements * p->depth * products, flops, err);
    double sum = (double)CHAINS * elements / 32 * MMA_LOOPS * p->depth;
    if (rc == BENCH_OK)
        rc = check_results(m, p->kernel, threads, sum, 0, err);
    return rc;
}

/* mma.sync of these shapes begins with sm_80. */
static bool has_mma(const struct bench_device_info *info)
{
    return bench_str_starts(info->arch, "sm_") && strtol(info->arch + 3, NULL, 10) >= 80;
}

static int measure_arithmetic(struct bench_meter *m, struct bench_roofline *r,
                              struct bench_err *err)
{
    int rc = measure_fma(m, BENCH_METER_FMA_FP64, 1, &r->fp64_flops, err);
    if (rc == BENCH_OK)
        rc = measure_fma(m, BENCH_METER_FMA_FP32, 1, &r->fp32_flops, err);
    if (rc == BENCH_OK)
        rc = measure_fma(m, BENCH_METER_FMA_FP16, 2, &r->fp16_flops, err);
    if (rc != BENCH_OK || !has_mma(m->info))
        return rc;
    rc = measure_mma(m, &fp64_product, &r->fp64_mma_flops, err);
    if (rc == BENCH_OK)
        rc = measure_mma(m, &tf32_product, &r->tf32_mma_flops, err);
    if (rc == BENCH_OK)
        rc = measure_mma(m, &fp16_product, &r->fp16_mma_flops, err);
    if (rc == BENCH_OK)
        rc = measure_mma(m, &bf16_product, &r->bf16_mma_flops, err);
    if (rc == BENCH_OK)
        rc = measure_mma(m, &int8_product, &r->int8_mma_flops, err);
    return rc;
}

/* ---- what is documented ---- */

/* The clock that the driver allows, if it is higher than what was seen: a limit for colder days. */
static double highest_clock_mhz(struct bench_meter *m)
{
    struct bench_device_fact facts[32];
    size_t count = bench_device_facts(m->device, facts, sizeof facts / sizeof facts[0]);
    double mhz = m->clock_mhz;
    for (size_t i = 0; i < count; i++)
        if (strcmp(facts[i].name, "sm_clock_max_mhz") == 0) {
            double allowed = strtod(facts[i].value, NULL);
            if (isfinite(allowed) && allowed > mhz)
                mhz = allowed;
        }
    return mhz;
}

static double tensor_limit(const struct bench_meter *m, double clock_mhz, bool listed,
                           double per_clock, double measured)
{
    if (!listed || clock_mhz <= 0)
        return INFINITY; /* not known */
    return fmax(measured, per_clock * m->info->sm_count * clock_mhz * 1e6);
}

static void limit_tensor_cores(struct bench_meter *m, struct bench_roofline *r)
{
    const struct bench_tensor_peak *found = bench_tensor_peak_find(m->info->arch);
    struct bench_tensor_peak peak = found != NULL ? *found : (struct bench_tensor_peak){0};
    double mhz = r->clock_mhz = highest_clock_mhz(m);
    bool listed = found != NULL;
    r->fp64_tensor_flops = tensor_limit(m, mhz, listed, peak.fp64, r->fp64_mma_flops);
    r->tf32_tensor_flops = tensor_limit(m, mhz, listed, peak.tf32, r->tf32_mma_flops);
    r->fp16_tensor_flops = tensor_limit(m, mhz, listed, peak.fp16, r->fp16_mma_flops);
    r->bf16_tensor_flops = tensor_limit(m, mhz, listed, peak.bf16, r->bf16_mma_flops);
    r->int8_tensor_flops = tensor_limit(m, mhz, listed, peak.int8, r->int8_mma_flops);
}

int bench_roofline_measure(struct bench_session *s, struct bench_roofline *roofline,
                           struct bench_err *err)
{
    if (!s->info->gates)
        return bench_err_set(err, BENCH_EUNSUPPORTED,
                             "each launch waits for its kernel (CUDA_LAUNCH_BLOCKING, a debugger), "
                             "so that times are too long");
    struct bench_meter m;
    struct bench_roofline r = {.l2_read_bytes_s = INFINITY};
    size_t threads = (size_t)FMA_BLOCKS_PER_SM * (size_t)s->info->sm_count * BENCH_METER_THREADS;
    int rc = bench_meter_open(&m, s, threads, err);
    if (rc == BENCH_OK)
        rc = bench_meter_memory(&m, &r, err);
    if (rc == BENCH_OK)
        rc = measure_arithmetic(&m, &r, err);
    if (rc == BENCH_OK) {
        limit_tensor_cores(&m, &r);
        r.known = true;
        *roofline = r;
    }
    if (rc != BENCH_EPOISONED) /* else nothing would answer */
        bench_meter_close(&m);
    return rc;
}
