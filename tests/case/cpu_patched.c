#include "cpu_patched.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/device/device_impl.h"
#include "bench/util/mem.h"
#include "bench/util/rng.h"

struct launch {
    struct bench_function *function;
    uint32_t grid[3], block[3];
    size_t shared_bytes;
    void **args;
};

struct bench_graph {
    struct launch *launches;
    size_t count;
};

static const struct bench_device_ops *cpu;
static struct bench_device_ops patched;
static struct bench_graph *recording;
static size_t most = SIZE_MAX, alive;

/* ---- graphs ---- */

static int begin(struct bench_device *device, struct bench_err *err)
{
    (void)device;
    (void)err;
    recording = bench_xcalloc(1, sizeof *recording);
    alive++;
    return BENCH_OK;
}

static void release(struct bench_device *device, struct bench_graph *graph)
{
    (void)device;
    free(graph->launches);
    free(graph);
    alive--;
}

static int end(struct bench_device *device, struct bench_graph **graph, struct bench_err *err)
{
    (void)err;
    if (graph != NULL)
        *graph = recording;
    else
        release(device, recording);
    recording = NULL;
    return BENCH_OK;
}

static int launch(struct bench_device *device, struct bench_function *function,
                  const uint32_t grid[3], const uint32_t block[3], size_t shared_bytes, void **args,
                  struct bench_err *err)
{
    if (recording == NULL)
        return cpu->launch(device, function, grid, block, shared_bytes, args, err);
    struct launch one = {.function = function, .shared_bytes = shared_bytes, .args = args};
    memcpy(one.grid, grid, sizeof one.grid);
    memcpy(one.block, block, sizeof one.block);
    recording->launches =
        bench_xrealloc(recording->launches, (recording->count + 1) * sizeof(struct launch));
    recording->launches[recording->count++] = one;
    return BENCH_OK;
}

static int run(struct bench_device *device, struct bench_graph *graph, struct bench_err *err)
{
    int rc = BENCH_OK;
    for (size_t i = 0; rc == BENCH_OK && i < graph->count && i < most; i++) {
        const struct launch *l = &graph->launches[i];
        rc = cpu->launch(device, l->function, l->grid, l->block, l->shared_bytes, l->args, err);
    }
    return rc;
}

static const struct bench_device_graph_ops graph_ops = {
    .begin = begin, .end = end, .launch = run, .free = release};

void cpu_patched_graphs(struct bench_device *device)
{
    cpu = device->ops;
    patched = *cpu;
    patched.launch = launch;
    patched.flush = NULL;
    patched.graph = &graph_ops;
    device->ops = &patched;
    device->info.graphs = true;
}

void cpu_patched_stop_after(size_t count)
{
    most = count;
}

size_t cpu_patched_graphs_alive(void)
{
    return alive;
}

/* ---- known times ---- */

static struct cpu_times times;
static struct bench_rng rng;
static double now_ns, events_ns[BENCH_DEVICE_EVENTS];
static int probes;
static size_t flushes;
static bool is_timed;

/* In place of the host's clock (tests/CMakeLists.txt): no limit in time may depend on how busy the
 * machine is while times are known. */
int64_t __wrap_bench_clock_ns(void);
int64_t __real_bench_clock_ns(void);

int64_t __wrap_bench_clock_ns(void)
{
    return is_timed ? (int64_t)now_ns : __real_bench_clock_ns();
}

size_t cpu_patched_flushes(void)
{
    return flushes;
}

/* Of its highest frequency, what the clock has now. */
static double clock_share(void)
{
    return probes < times.rising ? 0.5 + 0.5 * probes / times.rising : 1;
}

static void pass(double ns)
{
    now_ns += ns / clock_share() + fabs(times.noise_ns * bench_rng_normal(&rng));
}

static int timed_clock(struct bench_device *device, bool read, double *mhz, struct bench_err *err)
{
    (void)device;
    (void)err;
    if (read)
        *mhz = 1980 * clock_share();
    else
        probes++;
    return BENCH_OK;
}

static int timed_launch(struct bench_device *device, struct bench_function *function,
                        const uint32_t grid[3], const uint32_t block[3], size_t shared_bytes,
                        void **args, struct bench_err *err)
{
    if (recording != NULL)
        return launch(device, function, grid, block, shared_bytes, args, err);
    pass(times.kernel_ns);
    return BENCH_OK;
}

static int timed_run(struct bench_device *device, struct bench_graph *graph, struct bench_err *err)
{
    (void)device;
    (void)err;
    now_ns += times.graph_ns;
    for (size_t i = 0; i < graph->count; i++)
        pass(times.graph_kernel_ns);
    return BENCH_OK;
}

static int timed_record(struct bench_device *device, int event, struct bench_err *err)
{
    (void)device;
    (void)err;
    events_ns[event] = floor(now_ns / times.step_ns) * times.step_ns;
    now_ns += times.pair_ns;
    return BENCH_OK;
}

static int timed_elapsed(struct bench_device *device, int from, int to, double *ns,
                         struct bench_err *err)
{
    (void)device;
    (void)err;
    *ns = events_ns[to] - events_ns[from];
    return BENCH_OK;
}

/* Events may fall anywhere in a step of the clock. */
static int timed_flush(struct bench_device *device, struct bench_err *err)
{
    (void)device;
    (void)err;
    flushes++;
    now_ns += 10000 + 1000 * bench_rng_double(&rng);
    return BENCH_OK;
}

static const struct bench_device_graph_ops timed_graph_ops = {
    .begin = begin, .end = end, .launch = timed_run, .free = release};

void cpu_patched_times(struct bench_device *device, const struct cpu_times *to)
{
    cpu_patched_graphs(device);
    times = *to;
    flushes = 0;
    is_timed = true;
    bench_rng_init(&rng, 1);
    patched.launch = timed_launch;
    patched.record = timed_record;
    patched.elapsed = timed_elapsed;
    patched.flush = timed_flush;
    patched.graph = &timed_graph_ops;
    patched.clock = timed_clock;
    device->info.reports_clock = true;
}
