/* The processes that time kernels with and without CUPTI. */
#include "bench/selftest/trace.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/case/clock_watch.h"
#include "bench/case/graph_time.h"
#include "bench/case/sample.h"
#include "bench/case/support.h"
#include "bench/measure/ratio.h"
#include "bench/measure/stats.h"
#include "bench/provider/cuda/locate.h"
#include "bench/selftest/apart.h"
#include "bench/selftest/steps.h"
#include "bench/selftest/suite_run.h"
#include "bench/util/clock.h"
#include "bench/util/file.h"
#ifdef BENCH_HAVE_CUDA
#include "bench/device/cuda/cupti.h"
#endif

/* Rounds in which every point is launched once. */
#define ROUNDS 60
/* Before them: at least so many, then until the clock is steady or for a second: an idle GPU takes
 * 100 ms and more to raise it. */
#define WARMUP_LEAST_ROUNDS 10
#define WARMUP_MOST_NS 1e9
/* Of the device's memory, a quarter may be taken. */
#define MEMORY_SHARE 4
/* Starting CUDA, compiling, and a second of kernels. */
#define TIMEOUT_S 120

static const struct {
    const char *name, *what, *file, *text;
} kernels[TRACE_KERNELS] = {
    [TRACE_EMPTY] = {"selftest_empty", "does nothing", "empty.cu",
                     "extern \"C\" __global__ void selftest_empty() {}\n"},
    [TRACE_PASSES] = {"passes", "computes", "passes/passes.cu", NULL},
    [TRACE_STREAM_SCALAR] = {"stream_scalar", "moves 4 bytes a thread", "stream/stream.cu", NULL},
    [TRACE_STREAM_VECTOR] = {"stream_vector", "moves 16 bytes a thread", "stream/stream.cu", NULL},
};

const char *trace_kernel_name(enum trace_kernel kernel)
{
    return kernels[kernel].name;
}

const char *trace_kernel_what(enum trace_kernel kernel)
{
    return kernels[kernel].what;
}

/* Few blocks for a few us to a ms; then 2^8 to 2^20 blocks that do nothing, and as many that move
 * memory, 4 or 16 bytes a thread. */
size_t trace_points(struct trace_point points[TRACE_MOST_POINTS])
{
    static const int64_t steps[] = {200, 500, 1000, 2000, 5000, 20000, 100000};
    size_t n = 0;
    points[n++] = (struct trace_point){TRACE_EMPTY, 1, 1, 0, true};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        points[n++] = (struct trace_point){TRACE_PASSES, 64, 128, steps[i], true};
    for (uint32_t log2 = 8; log2 <= 20; log2 += 2)
        points[n++] = (struct trace_point){TRACE_EMPTY, 1u << log2, 128, 0, false};
    for (uint32_t log2 = 8; log2 <= 20; log2 += 2)
        points[n++] =
            (struct trace_point){TRACE_STREAM_SCALAR, 1u << log2, 256, (int64_t)256 << log2, false};
    for (uint32_t log2 = 8; log2 <= 18; log2 += 2)
        points[n++] = (struct trace_point){TRACE_STREAM_VECTOR, 1u << log2, 256,
                                           (int64_t)1024 << log2, false};
    return n;
}

/* ---- in the child ---- */

struct tracer {
    struct bench_session session;
    struct trace_result *result;
    struct trace_point points[TRACE_MOST_POINTS];
    size_t count;
    float *x, *out;
    struct bench_module *modules[TRACE_KERNELS];
    struct bench_function *functions[TRACE_KERNELS];
    double *elapsed[TRACE_MOST_POINTS]; /* elapsed[point][ROUNDS] */
    double clock_mhz[ROUNDS];
    bool wanted[TRACE_MOST_POINTS];
};

static int load(struct tracer *t, enum trace_kernel kernel, struct bench_err *err)
{
    const char *entries[] = {kernels[kernel].name};
    char *path = bench_path_join(t->result->kernels, kernels[kernel].file);
    const struct bench_compile_request request = {
        .source = path,
        .text = kernels[kernel].text,
        .arch = t->session.info->arch,
        .entries = entries,
        .entry_count = 1,
    };
    struct bench_compiled compiled = {0};
    int rc = bench_compile(&request, &compiled, err);
    if (rc == BENCH_OK)
        rc = bench_device_load(t->session.device, compiled.path, &t->modules[kernel], err);
    if (rc == BENCH_OK)
        rc = bench_device_function(t->session.device, t->modules[kernel],
                                   compiled.entries[0].symbol, &t->functions[kernel], NULL, err);
    bench_compiled_fini(&compiled);
    free(path);
    return rc;
}

static bool is_wanted(const struct trace_result *limits, const struct trace_point *p)
{
    return (limits->most_blocks == 0 || p->blocks <= limits->most_blocks) &&
           (limits->most_steps == 0 || p->kernel != TRACE_PASSES || p->size <= limits->most_steps);
}

/* Of a tensor that the launch reads or writes. */
static int64_t elements_of(const struct trace_point *p)
{
    switch (p->kernel) {
    case TRACE_EMPTY:
        return 0;
    case TRACE_PASSES:
        return (int64_t)p->blocks * p->threads;
    default:
        return p->size;
    }
}

/* Two tensors for all, as large as the largest needs. */
static int take_memory(struct tracer *t, struct bench_err *err)
{
    int64_t most = 0, bound = (int64_t)(t->session.info->memory_bytes / MEMORY_SHARE / 2 / 4);
    for (size_t i = 0; i < t->count; i++) {
        const struct trace_point *p = &t->points[i];
        int64_t elements = elements_of(p);
        t->wanted[i] = is_wanted(t->result, p) && elements <= bound;
        if (t->wanted[i] && elements > most)
            most = elements;
    }
    struct bench_tensor tensor = {.dtype = BENCH_FLOAT32,
                                  .numel = most,
                                  .bytes = (size_t)most * 4,
                                  .fill = BENCH_FILL_UNIFORM,
                                  .fill_a = 1,
                                  .fill_b = 2};
    void *x = NULL, *out = NULL;
    int rc = bench_session_take(&t->session, tensor.bytes, &x, err);
    if (rc == BENCH_OK)
        rc = bench_session_take(&t->session, tensor.bytes, &out, err);
    if (rc == BENCH_OK)
        rc = bench_support_fill(&t->session, x, &tensor, 1, 0, err);
    t->x = x;
    t->out = out;
    return rc;
}

struct launch {
    const struct tracer *tracer;
    const struct trace_point *point;
};

static int launch_point(struct bench_session *s, const void *what, struct bench_err *err)
{
    const struct launch *launch = what;
    const struct tracer *t = launch->tracer;
    const struct trace_point *p = launch->point;
    const uint32_t grid[3] = {p->blocks, 1, 1}, block[3] = {p->threads, 1, 1};
    const float *x = t->x;
    float *out = t->out, half = 0.5f;
    int steps = (int)p->size;
    int64_t n = p->size;
    void *passes[] = {&out, &steps, &half, &half}, *stream[] = {&x, &out, &n};
    void **args = p->kernel == TRACE_EMPTY ? NULL : p->kernel == TRACE_PASSES ? passes : stream;
    return bench_device_launch(s->device, t->functions[p->kernel], grid, block, 0, args, err);
}

static int sample(struct tracer *t, size_t point, double *elapsed_ns, struct bench_err *err)
{
    struct launch launch = {t, &t->points[point]};
    bool was_late = false;
    int rc = bench_device_flush(t->session.device, err);
    if (rc == BENCH_OK)
        rc = bench_sample_launch(&t->session, t->session.info->gates, launch_point, &launch,
                                 elapsed_ns, &was_late, err);
    if (rc == BENCH_OK && was_late)
        rc = bench_err_set(err, BENCH_ERROR, "the gate opened by itself; the host is too busy");
    return rc;
}

/* Every point once; samples of a round that does not count (round < 0) go nowhere. *mhz: the clock
 * at its start, 0 if the device does not tell. */
static int run_round(struct tracer *t, int round, double *mhz, struct bench_err *err)
{
    struct bench_device *device = t->session.device;
    bool read = t->session.info->reports_clock;
    int rc = read ? bench_device_clock_probe(device, err) : BENCH_OK;
    *mhz = 0;
    for (size_t i = 0; i < t->count && rc == BENCH_OK; i++) {
        double elapsed_ns = 0;
        if (!t->wanted[i])
            continue;
        rc = sample(t, i, &elapsed_ns, err);
        if (rc == BENCH_OK && read)
            rc = bench_device_clock_read(device, mhz, err);
        read = false;
        if (round >= 0)
            t->elapsed[i][round] = elapsed_ns;
    }
    return rc;
}

static int warm_up(struct tracer *t, struct bench_err *err)
{
    struct bench_clock_watch clock = {.readings = 0};
    int64_t start_ns = bench_clock_ns();
    bool steady = !t->session.info->reports_clock, late = false;
    for (int round = 0; round < WARMUP_LEAST_ROUNDS || !(steady || late); round++) {
        double mhz;
        int rc = run_round(t, -1, &mhz, err);
        if (rc != BENCH_OK)
            return rc;
        t->result->warmup_rounds++;
        steady = !t->session.info->reports_clock || bench_clock_watch_warm(&clock, mhz) > 0;
        late = (double)(bench_clock_ns() - start_ns) > WARMUP_MOST_NS;
    }
    return BENCH_OK;
}

static int measure(struct tracer *t, struct bench_err *err)
{
    struct trace_result *r = t->result;
    int rc = warm_up(t, err);
    for (int round = 0; round < ROUNDS && rc == BENCH_OK; round++)
        rc = run_round(t, round, &t->clock_mhz[round], err);
    for (size_t i = 0; i < t->count && rc == BENCH_OK; i++)
        if (t->wanted[i]) {
            r->elapsed_ns[i] = bench_grouped_median(t->elapsed[i], ROUNDS, r->floor.resolution_ns);
            r->spread_ns[i] = selftest_spread_ns(t->elapsed[i], ROUNDS);
        }
    r->clock_mhz = bench_median(t->clock_mhz, ROUNDS);
    return rc;
}

static int open_tracer(struct tracer *t, struct bench_err *err)
{
    struct bench_graph_floor graph = {0};
    t->count = trace_points(t->points);
    for (size_t i = 0; i < t->count; i++)
        t->elapsed[i] = bench_xcalloc(ROUNDS, sizeof(double));
    int rc = bench_session_open(&t->session, t->result->device, 1, false, err);
    for (int k = 0; k < TRACE_KERNELS && rc == BENCH_OK; k++)
        rc = load(t, (enum trace_kernel)k, err);
    if (rc == BENCH_OK)
        rc = take_memory(t, err);
    if (rc == BENCH_OK)
        t->result->gates = t->session.info->gates;
    if (rc == BENCH_OK)
        rc = bench_floor_measure(&t->session, BENCH_MODE_KERNEL, BENCH_CACHE_COLD,
                                 t->session.info->gates, &t->result->floor, err);
    if (rc == BENCH_OK)
        rc = bench_graph_floor_measure(&t->session, &graph, err);
    if (rc == BENCH_OK)
        bench_floor_tighten(&t->result->floor, &graph);
    return rc;
}

static void close_tracer(struct tracer *t)
{
    for (size_t i = 0; i < t->count; i++)
        free(t->elapsed[i]);
    for (int k = 0; k < TRACE_KERNELS; k++)
        if (t->modules[k] != NULL)
            bench_device_unload(t->session.device, t->modules[k]);
    bench_session_close(&t->session);
}

/* ---- with CUPTI ---- */

#ifdef BENCH_HAVE_CUDA

static int start_cupti(struct trace_result *result, struct bench_err *err)
{
    static const char *const pip[] = {"cu13/lib", "cuda_cupti/lib", NULL};
    const struct bench_library_search search = {
        .what = "CUPTI",
        .env = "BENCH_CUPTI",
        .sonames = bench_cupti_sonames,
        .pip = pip,
        .install = "Install it (a part of the CUDA toolkit; pip install nvidia-cuda-cupti)",
    };
    void *library = NULL;
    char *path = NULL;
    int rc = bench_locate_library(&search, &library, &path, err);
    if (rc == BENCH_OK) {
        snprintf(result->cupti_path, sizeof result->cupti_path, "%s", path);
        rc = bench_cupti_start(library, &result->cupti_version, err);
    }
    free(path);
    return rc;
}

static bool is_ours(const char *name)
{
    for (int k = 0; k < TRACE_KERNELS; k++)
        if (strcmp(name, kernels[k].name) == 0)
            return true;
    return false;
}

/* The n-th record of our kernels is of the n-th launch: everything is on one stream. */
static int take_durations(struct tracer *t, const struct bench_cupti_kernel *records, size_t count,
                          struct bench_err *err)
{
    double *durations = bench_xcalloc(t->count * ROUNDS, sizeof *durations);
    size_t next = 0;
    int rc = BENCH_OK, warmup = t->result->warmup_rounds;
    for (int round = -warmup; round < ROUNDS; round++)
        for (size_t i = 0; i < t->count && rc == BENCH_OK; i++) {
            const struct trace_point *p = &t->points[i];
            while (next < count && !is_ours(records[next].name))
                next++;
            if (!t->wanted[i])
                continue;
            if (next == count || strcmp(records[next].name, kernels[p->kernel].name) != 0 ||
                records[next].grid[0] != (int32_t)p->blocks ||
                records[next].block[0] != (int32_t)p->threads)
                rc = bench_err_set(err, BENCH_ERROR,
                                   "CUPTI's record %zu of %zu is not of the launch of %s with %u "
                                   "blocks of %u threads, which it should be",
                                   next, count, kernels[p->kernel].name, p->blocks, p->threads);
            else if (round >= 0)
                durations[i * ROUNDS + (size_t)round] =
                    (double)(records[next].end_ns - records[next].start_ns);
            next++;
        }
    /* CUPTI converts times to another clock, so that no step shows in them: plain medians. */
    for (size_t i = 0; i < t->count && rc == BENCH_OK; i++)
        if (t->wanted[i])
            t->result->duration_ns[i] = bench_median(&durations[i * ROUNDS], ROUNDS);
    free(durations);
    return rc;
}

static int stop_cupti(struct tracer *t, struct bench_err *err)
{
    struct bench_cupti_kernel *records = NULL;
    size_t count = 0;
    int rc = bench_device_synchronize(t->session.device, err);
    if (rc == BENCH_OK)
        rc = bench_cupti_stop(&records, &count, err);
    if (rc == BENCH_OK)
        rc = take_durations(t, records, count, err);
    free(records);
    return rc;
}

#else

static int start_cupti(struct trace_result *result, struct bench_err *err)
{
    (void)result;
    return bench_err_set(err, BENCH_EUNSUPPORTED, "this program was built without CUDA");
}

static int stop_cupti(struct tracer *t, struct bench_err *err)
{
    (void)t;
    return bench_err_set(err, BENCH_EUNSUPPORTED, "this program was built without CUDA");
}

#endif

int trace_main(void *shared, struct bench_err *err)
{
    struct tracer *t = bench_xcalloc(1, sizeof *t);
    t->result = shared;
    int rc = t->result->traced ? start_cupti(t->result, err) : BENCH_OK;
    if (rc == BENCH_OK) {
        rc = open_tracer(t, err);
        if (rc == BENCH_OK)
            rc = measure(t, err);
        if (rc == BENCH_OK && t->result->traced)
            rc = stop_cupti(t, err);
        if (rc != BENCH_EPOISONED)
            close_tracer(t);
    }
    free(t);
    return rc;
}

/* ---- in the parent ---- */

static int run_one(const struct bench_selftest_options *options, const char *folder, bool traced,
                   struct trace_result *result, struct bench_err *err)
{
    result->device = options->device;
    result->kernels = folder;
    result->traced = traced;
    return selftest_apart(trace_main, result, TIMEOUT_S, options->interrupted, err);
}

static int run_all(const struct bench_selftest_options *options, struct trace_results *results,
                   struct bench_err *err)
{
    char *folder = NULL;
    int rc = selftest_folder("kernels", &folder, err);
    if (rc == BENCH_OK)
        rc = run_one(options, folder, false, &results->plain, err);
    if (rc == BENCH_OK)
        rc = run_one(options, folder, true, &results->traced, err);
    if (rc == BENCH_OK)
        rc = run_one(options, folder, false, &results->again, err);
    free(folder);
    return rc;
}

int selftest_trace(const struct bench_selftest_options *options,
                   struct bench_selftest_report *report, struct bench_err *err)
{
    if (options->skip_cupti || strcmp(report->device.kind, "cuda") != 0) {
        selftest_skip(report, "CUPTI",
                      options->skip_cupti ? "--skip-cupti was given"
                                          : "CUPTI traces CUDA devices only");
        return BENCH_OK;
    }
    struct trace_results *results = selftest_shared_new(sizeof *results);
    struct bench_err problem = {0};
    int rc = run_all(options, results, &problem);
    if (rc == BENCH_OK)
        selftest_trace_report(results, report);
    else if (rc == BENCH_EINTERRUPTED)
        *err = problem;
    else if (rc == BENCH_EUNSUPPORTED)
        selftest_skip(report, "CUPTI", "%s", problem.message);
    else
        selftest_fail(report, "CUPTI", "%s", problem.message);
    selftest_shared_free(results, sizeof *results);
    return rc == BENCH_EINTERRUPTED ? rc : BENCH_OK;
}
