/* Launching the kernels of device_code/roofline.cu and timing them. */
#include <math.h>
#include <string.h>

#include "bench/case/roofline_impl.h"
#include "bench/measure/stats.h"
#include "bench/util/clock.h"

/* Samples of one kernel and grid; fewer, but at least a few, where they take longer than that. */
#define SAMPLES 24
#define LEAST_SAMPLES 5
#define PROBE_MAX_NS 40e6
/* An idle GPU takes tens of milliseconds to raise its clocks (the same as in floor.c). */
#define WARMUP_NS 100e6
/* Buffers of device memory are so many times the cache, and at least so large that the timing's own
 * part (3 us) is small: 128 MiB take 30 us or more on any GPU. */
#define L2_FACTOR 8
#define LEAST_BUFFER ((size_t)128 << 20)

static const char *const kernel_names[BENCH_METER_KERNELS] = {
    [BENCH_METER_EMPTY] = "roofline_empty",       [BENCH_METER_READ] = "roofline_read",
    [BENCH_METER_WRITE] = "roofline_write",       [BENCH_METER_COPY] = "roofline_copy",
    [BENCH_METER_FMA_FP64] = "roofline_fma_fp64", [BENCH_METER_FMA_FP32] = "roofline_fma_fp32",
    [BENCH_METER_FMA_FP16] = "roofline_fma_fp16", [BENCH_METER_MMA_FP64] = "roofline_mma_fp64",
    [BENCH_METER_MMA_TF32] = "roofline_mma_tf32", [BENCH_METER_MMA_FP16] = "roofline_mma_fp16",
    [BENCH_METER_MMA_BF16] = "roofline_mma_bf16", [BENCH_METER_MMA_INT8] = "roofline_mma_int8",
};

void bench_roofline_request(const char *arch, struct bench_compile_request *request)
{
    *request = (struct bench_compile_request){
        .source = "bench/case/device_code/roofline.cu",
        .text = bench_roofline_source,
        .arch = arch,
        .entries = kernel_names,
        .entry_count = BENCH_METER_KERNELS,
    };
}

const char *bench_meter_kernel_name(enum bench_meter_kernel kernel)
{
    return kernel_names[kernel];
}

int bench_meter_launch(struct bench_meter *m, const struct bench_meter_work *work,
                       struct bench_err *err)
{
    const uint32_t grid[3] = {work->blocks, 1, 1}, block[3] = {BENCH_METER_THREADS, 1, 1};
    return bench_device_launch(m->device, m->kernels[work->kernel], grid, block, 0, work->args,
                               err);
}

/* ---- samples ---- */

enum { EVENT_START, EVENT_STOP };

/* `before` runs up to the start: what it leaves in the cache is what `timed` finds. */
static int sample(struct bench_meter *m, const struct bench_meter_work *before,
                  const struct bench_meter_work *timed, double *ns, bool *was_late,
                  struct bench_err *err)
{
    *was_late = false;
    int rc = bench_device_gate_close(m->device, err);
    if (rc == BENCH_OK)
        rc = bench_meter_launch(m, before, err);
    if (rc == BENCH_OK)
        rc = bench_device_record(m->device, EVENT_START, err);
    if (rc == BENCH_OK)
        rc = bench_meter_launch(m, timed, err);
    if (rc == BENCH_OK)
        rc = bench_device_record(m->device, EVENT_STOP, err);
    /* Also after a failure: nothing may be left waiting. */
    int opened = bench_device_gate_open(m->device, was_late, rc == BENCH_OK ? err : NULL);
    rc = rc == BENCH_OK ? opened : rc;
    if (rc == BENCH_OK)
        rc = bench_device_synchronize(m->device, err);
    if (rc == BENCH_OK)
        rc = bench_device_elapsed(m->device, EVENT_START, EVENT_STOP, ns, err);
    if (rc == BENCH_OK && !(isfinite(*ns) && *ns > 0))
        rc = bench_err_set(err, BENCH_ERROR, "%s: an elapsed time of %g ns",
                           bench_meter_kernel_name(timed->kernel), *ns);
    return rc;
}

/* The highest clock counts: rates are limits. */
static int see_clock(struct bench_meter *m, struct bench_err *err)
{
    double mhz = 0;
    if (!m->info->reports_clock)
        return BENCH_OK;
    int rc = bench_device_clock_probe(m->device, err);
    if (rc == BENCH_OK)
        rc = bench_device_synchronize(m->device, err);
    if (rc == BENCH_OK)
        rc = bench_device_clock_read(m->device, &mhz, err);
    if (rc == BENCH_OK && isfinite(mhz) && mhz > m->clock_mhz)
        m->clock_mhz = mhz;
    return rc;
}

/* *ns: the 5 % quantile of the samples, the fastest that is no stray reading. */
static int fastest(struct bench_meter *m, const struct bench_meter_work *before,
                   const struct bench_meter_work *timed, double *ns, struct bench_err *err)
{
    double samples[SAMPLES];
    struct bench_summary summary;
    int64_t start = bench_clock_ns();
    size_t count = 0;
    int rc = BENCH_OK, tries = 0;
    while (rc == BENCH_OK && count < SAMPLES && tries++ < 2 * SAMPLES) {
        bool was_late;
        if (count >= LEAST_SAMPLES && (double)(bench_clock_ns() - start) > PROBE_MAX_NS)
            break;
        rc = sample(m, before, timed, &samples[count], &was_late, err);
        count += rc == BENCH_OK && !was_late;
    }
    if (rc == BENCH_OK && count < LEAST_SAMPLES)
        rc = bench_err_set(err, BENCH_EUNSUPPORTED,
                           "%s: only %zu of %d launches could be timed: the host was too slow",
                           bench_meter_kernel_name(timed->kernel), count, tries);
    if (rc == BENCH_OK) {
        bench_summarize(samples, count, &summary);
        *ns = summary.q05;
        rc = see_clock(m, err);
    }
    return rc;
}

/* `amount` of bytes or operations in the time of `timed`: a second. Keeps the larger in *rate. */
int bench_meter_rate(struct bench_meter *m, const struct bench_meter_work *before,
                     const struct bench_meter_work *timed, double amount, double *rate,
                     struct bench_err *err)
{
    double ns = 0;
    int rc = fastest(m, before, timed, &ns, err);
    if (rc != BENCH_OK)
        return rc;
    /* The empty kernel's time is a part of the elapsed time, and small beside it. */
    double net_ns = ns - m->empty_ns;
    if (net_ns < ns / 2)
        return bench_err_set(err, BENCH_EUNSUPPORTED, "%s: %g ns is too short to be measured",
                             bench_meter_kernel_name(timed->kernel), ns);
    *rate = fmax(*rate, amount * 1e9 / net_ns);
    return BENCH_OK;
}

/* ---- opening ---- */

static int load(struct bench_meter *m, struct bench_err *err)
{
    struct bench_compile_request request;
    struct bench_compiled compiled = {0};
    bench_roofline_request(m->info->arch, &request);
    int rc = bench_compile(&request, &compiled, err);
    if (rc != BENCH_OK)
        return rc;
    rc = bench_device_load(m->device, compiled.path, &m->module, err);
    for (int k = 0; rc == BENCH_OK && k < BENCH_METER_KERNELS; k++)
        rc = bench_device_function(m->device, m->module, compiled.entries[k].symbol, &m->kernels[k],
                                   NULL, err);
    bench_compiled_fini(&compiled);
    return rc;
}

static int take_memory(struct bench_meter *m, struct bench_err *err)
{
    size_t bytes = L2_FACTOR * m->info->l2_bytes;
    bytes = (bytes > LEAST_BUFFER ? bytes : LEAST_BUFFER) / BENCH_METER_TILE_BYTES *
            BENCH_METER_TILE_BYTES;
    m->buffer_bytes = bytes;
    struct bench_err why = {0};
    int rc = BENCH_OK;
    for (int i = 0; rc == BENCH_OK && i < BENCH_METER_BUFFERS; i++)
        rc = bench_device_alloc(m->device, bytes, (void **)&m->buffers[i], &why);
    if (rc == BENCH_OK)
        rc = bench_device_alloc(m->device, sizeof *m->sum, (void **)&m->sum, &why);
    if (rc == BENCH_OK)
        rc = bench_device_alloc(m->device, m->result_count * sizeof *m->results,
                                (void **)&m->results, &why);
    if (rc == BENCH_OK)
        return rc;
    return bench_err_set(err, rc == BENCH_EPOISONED ? rc : BENCH_EUNSUPPORTED,
                         "%d buffers of %zu MiB (%d times the cache) are needed: %s",
                         BENCH_METER_BUFFERS, bytes >> 20, L2_FACTOR, why.message);
}

int bench_meter_write(struct bench_meter *m, int buffer, struct bench_err *err)
{
    uint32_t tiles = (uint32_t)(m->buffer_bytes / BENCH_METER_TILE_BYTES);
    void *args[] = {&m->buffers[buffer], &tiles, &m->salts[buffer]};
    struct bench_meter_work work = {BENCH_METER_WRITE, tiles, args};
    m->salts[buffer] += BENCH_METER_SALT_STEP;
    return bench_meter_launch(m, &work, err);
}

/* Fills the buffers, raises the clocks, and times the timing. */
static int prepare(struct bench_meter *m, struct bench_err *err)
{
    struct bench_meter_work empty = {BENCH_METER_EMPTY, 1, NULL};
    int64_t start = bench_clock_ns();
    int rc = BENCH_OK;
    for (int i = 0; rc == BENCH_OK && i < BENCH_METER_BUFFERS; i++)
        rc = bench_meter_write(m, i, err);
    while (rc == BENCH_OK && (double)(bench_clock_ns() - start) < WARMUP_NS) {
        rc = bench_meter_write(m, 0, err);
        if (rc == BENCH_OK)
            rc = bench_device_synchronize(m->device, err);
    }
    if (rc == BENCH_OK)
        rc = fastest(m, &empty, &empty, &m->empty_ns, err);
    return rc;
}

int bench_meter_open(struct bench_meter *m, struct bench_session *s, size_t threads,
                     struct bench_err *err)
{
    *m = (struct bench_meter){.device = s->device, .info = s->info, .result_count = threads};
    for (int i = 0; i < BENCH_METER_BUFFERS; i++)
        m->salts[i] = (uint32_t)i; /* no two buffers have the same words */
    int rc = load(m, err);
    if (rc == BENCH_OK)
        rc = take_memory(m, err);
    if (rc == BENCH_OK)
        rc = prepare(m, err);
    return rc;
}

void bench_meter_close(struct bench_meter *m)
{
    for (int i = 0; i < BENCH_METER_BUFFERS; i++)
        bench_device_release(m->device, m->buffers[i]);
    bench_device_release(m->device, m->sum);
    bench_device_release(m->device, m->results);
    if (m->module != NULL)
        bench_device_unload(m->device, m->module);
}
