/*
 * The null device: nothing is computed, time is scripted (script.h). Everything that depends on
 * time can be tested on it to the last digit: the same seed gives the same times.
 *
 * What can be asked of it ("null:2200", "null:floor=2200,clock=1980,throttle=0.1"): options.h.
 *
 * A graph is the list of its launches. Replaying it draws each one's time anew and adds the floor
 * to each, as launching them one by one does; starting the graph takes no time. So nothing is
 * gained by a graph here, and nothing lost: what is computed from graph times has a known answer.
 */
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "bench/device/device_impl.h"
#include "bench/device/null/options.h"
#include "bench/device/null/script.h"
#include "bench/util/mem.h"

#define MEMORY_ALIGNMENT 256

struct null_device {
    struct bench_device base;
    struct bench_rng rng;
    struct bench_null_options options;
    double now_ns; /* the virtual clock */
    bool poisoned;
    struct bench_rng throttle_rng; /* its own, so that throttling leaves the scripted times alone */
    double probes;                 /* of the SM clock, so far */
    double clock_share;            /* of its frequency that the clock has now; 1 or less */
    struct bench_graph *recording; /* NULL: launches run */
    double events[BENCH_DEVICE_EVENTS]; /* NaN: not recorded */
};

struct bench_function {
    struct bench_function *next;
    struct bench_script script;
    struct bench_script_state state;
};

struct bench_module {
    struct bench_function *functions;
};

struct bench_graph {
    struct bench_function **launches;
    size_t count, capacity;
};

static struct null_device *null_of(struct bench_device *device)
{
    return (struct null_device *)device; /* base is its first member */
}

/* Which devices are lost: shared by this process and all that it forks, as the state of a GPU is.
 */
static unsigned char *lost;

__attribute__((constructor)) static void share_lost(void)
{
    void *memory =
        mmap(NULL, BENCH_NULL_DEVICES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    lost = memory == MAP_FAILED ? NULL : memory;
}

static int null_count(char *why)
{
    (void)why;
    return 1;
}

static int null_open(int index, const char *argument, uint64_t seed, struct bench_device **device,
                     struct bench_err *err)
{
    struct bench_null_options options;
    int rc = bench_null_options_parse(argument, &options, err);
    if (rc != BENCH_OK)
        return rc;
    const int number = (int)options.index;
    if (lost != NULL && lost[number])
        return bench_err_set(err, BENCH_ERROR, "null device %d is lost", number);
    (void)index;
    struct null_device *d = bench_xcalloc(1, sizeof(*d));
    d->base.ops = &bench_device_null_ops;
    d->base.info = (struct bench_device_info){
        .kind = "null",
        .name = "scripted times",
        .id = "null",
        .arch = "null",
        .driver = "bench " BENCH_VERSION,
        .index = number,
        .sm_count = 1,
        .max_threads_per_block = 1024,
        .max_shared_bytes = (size_t)227 * 1024, /* as the cpu device has it */
        .memory_bytes = (size_t)1 << 36,
        .resolution_ns = options.resolution_ns,
        .reports_clock = options.clock_mhz > 0,
        .graphs = true,
        .overwrites = true,
    };
    if (number > 0)
        snprintf(d->base.info.id, sizeof(d->base.info.id), "null-%d", number);
    if (options.model > 0)
        snprintf(d->base.info.name, sizeof(d->base.info.name), "scripted times, model %.0f",
                 options.model);
    bench_rng_init(&d->rng, seed);
    bench_rng_init(&d->throttle_rng, ~seed);
    d->options = options;
    d->clock_share = 1;
    for (int i = 0; i < BENCH_DEVICE_EVENTS; i++)
        d->events[i] = NAN;
    *device = &d->base;
    return BENCH_OK;
}

static void null_close(struct bench_device *device)
{
    free(device);
}

static int null_alloc(struct bench_device *device, size_t bytes, void **memory,
                      struct bench_err *err)
{
    (void)device;
    int cause = posix_memalign(memory, MEMORY_ALIGNMENT, bytes ? bytes : 1);
    return cause == 0 ? BENCH_OK
                      : bench_err_set(err, BENCH_EMEMORY, "out of memory: %zu bytes asked for: %s",
                                      bytes, strerror(cause));
}

static void null_release(struct bench_device *device, void *memory)
{
    (void)device;
    free(memory);
}

static int check_poison(struct bench_device *device, struct bench_err *err)
{
    return null_of(device)->poisoned
               ? bench_err_set(err, BENCH_EPOISONED,
                               "null device: poisoned by a kernel named \"poison\"")
               : BENCH_OK;
}

static int null_copy(struct bench_device *device, void *to, const void *from, size_t bytes,
                     bool to_device, struct bench_err *err)
{
    (void)to_device;
    if (bytes > 0)
        memmove(to, from, bytes);
    return check_poison(device, err);
}

static int null_load(struct bench_device *device, const char *path, struct bench_module **module,
                     struct bench_err *err)
{
    (void)device;
    (void)path; /* kernels are not code: any path will do */
    (void)err;
    *module = bench_xcalloc(1, sizeof(**module));
    return BENCH_OK;
}

static void null_unload(struct bench_device *device, struct bench_module *module)
{
    (void)device;
    while (module->functions) {
        struct bench_function *next = module->functions->next;
        free(module->functions);
        module->functions = next;
    }
    free(module);
}

static int null_function(struct bench_device *device, struct bench_module *module,
                         const char *symbol, struct bench_function **function,
                         struct bench_function_info *info, struct bench_err *err)
{
    (void)device;
    struct bench_script script;
    int rc = bench_script_parse(symbol, &script, err);
    if (rc != BENCH_OK)
        return rc;
    struct bench_function *f = bench_xcalloc(1, sizeof(*f));
    f->script = script;
    f->next = module->functions;
    module->functions = f;
    *function = f;
    if (info)
        *info = (struct bench_function_info){.registers = -1, .max_threads_per_block = 1024};
    return BENCH_OK;
}

/* The floor is the host's and the front end's part, which the SM clock does not change. */
static void pass_time(struct null_device *d, struct bench_function *function)
{
    double ns = bench_script_draw(&function->script, &function->state, &d->rng);
    d->now_ns += d->options.floor_ns + ns / d->clock_share;
}

static void sleep_ns(double ns)
{
    struct timespec pause = {.tv_sec = (time_t)(ns / 1e9), .tv_nsec = (long)fmod(ns, 1e9)};
    while (ns > 0 && nanosleep(&pause, &pause) != 0 && errno == EINTR)
        continue;
}

static void run(struct null_device *d, struct bench_function *function)
{
    sleep_ns(d->options.pace_ns);
    switch (function->script.kind) {
    case BENCH_SCRIPT_LOSE:
        if (lost != NULL && d->base.info.index == (int)function->script.parameters[0]) {
            lost[d->base.info.index] = 1;
            d->poisoned = true;
        } else {
            pass_time(d, function);
        }
        break;
    case BENCH_SCRIPT_POISON:
        d->poisoned = true;
        break;
    case BENCH_SCRIPT_CRASH:
        signal(SIGSEGV, SIG_DFL); /* no handler is to soften it */
        raise(SIGSEGV);
        break;
    case BENCH_SCRIPT_HANG:
        for (;;)
            pause();
    case BENCH_SCRIPT_EXIT:
        _exit(3);
    default:
        pass_time(d, function);
        break;
    }
}

static void add_launch(struct bench_graph *graph, struct bench_function *function)
{
    if (graph->count == graph->capacity) {
        graph->capacity = graph->capacity ? 2 * graph->capacity : 16;
        graph->launches =
            bench_xrealloc(graph->launches, graph->capacity * sizeof(struct bench_function *));
    }
    graph->launches[graph->count++] = function;
}

static int null_launch(struct bench_device *device, struct bench_function *function,
                       const uint32_t grid[3], const uint32_t block[3], size_t shared_bytes,
                       void **args, struct bench_err *err)
{
    (void)args;
    struct null_device *d = null_of(device);
    int rc = check_poison(device, err);
    if (rc != BENCH_OK)
        return rc;
    if (function->script.kind == BENCH_SCRIPT_FAIL_LAUNCH)
        return bench_err_set(err, BENCH_ERROR,
                             "null device: fail_launch: grid (%u,%u,%u), block (%u,%u,%u) with %zu "
                             "bytes of shared memory cannot be launched",
                             grid[0], grid[1], grid[2], block[0], block[1], block[2], shared_bytes);
    if (d->recording)
        add_launch(d->recording, function);
    else
        run(d, function);
    return BENCH_OK;
}

static int null_synchronize(struct bench_device *device, struct bench_err *err)
{
    return check_poison(device, err);
}

static int null_record(struct bench_device *device, int event, struct bench_err *err)
{
    struct null_device *d = null_of(device);
    double step = d->options.resolution_ns;
    d->events[event] = step > 0 ? floor(d->now_ns / step) * step : d->now_ns;
    return check_poison(device, err);
}

static int null_elapsed(struct bench_device *device, int from, int to, double *ns,
                        struct bench_err *err)
{
    const double *events = null_of(device)->events;
    if (isnan(events[from]) || isnan(events[to]))
        return bench_err_set(err, BENCH_ERROR, "event %d was never recorded",
                             isnan(events[from]) ? from : to);
    *ns = events[to] - events[from];
    return BENCH_OK;
}

static int null_overwrite_cache(struct bench_device *device, struct bench_err *err)
{
    return check_poison(device, err); /* there is no cache, and it takes no time */
}

static int null_clock(struct bench_device *device, bool read, double *mhz, struct bench_err *err)
{
    struct null_device *d = null_of(device);
    int rc = check_poison(device, err);
    if (rc != BENCH_OK)
        return rc;
    if (read) {
        if (d->probes == 0)
            return bench_err_set(err, BENCH_ERROR, "the clock was not probed");
        *mhz = d->options.clock_mhz * d->clock_share;
        return BENCH_OK;
    }
    bool chance = bench_rng_double(&d->throttle_rng) < d->options.throttle;
    bool throttled = chance || d->probes < d->options.warmup;
    d->clock_share = throttled ? BENCH_NULL_THROTTLED : 1;
    d->probes++;
    return BENCH_OK;
}

static int null_graph_begin(struct bench_device *device, struct bench_err *err)
{
    int rc = check_poison(device, err);
    if (rc == BENCH_OK)
        null_of(device)->recording = bench_xcalloc(1, sizeof(struct bench_graph));
    return rc;
}

static void null_graph_free(struct bench_device *device, struct bench_graph *graph)
{
    (void)device;
    if (graph)
        free(graph->launches);
    free(graph);
}

static int null_graph_end(struct bench_device *device, struct bench_graph **graph,
                          struct bench_err *err)
{
    struct bench_graph *made = null_of(device)->recording;
    null_of(device)->recording = NULL;
    bool empty = made->count == 0;
    if (graph && !empty) {
        *graph = made;
        return BENCH_OK;
    }
    null_graph_free(device, made);
    return graph ? bench_err_set(err, BENCH_EUNSUPPORTED,
                                 "it cannot be recorded in a graph: nothing was launched")
                 : BENCH_OK;
}

static int null_graph_launch(struct bench_device *device, struct bench_graph *graph,
                             struct bench_err *err)
{
    int rc = check_poison(device, err);
    for (size_t i = 0; i < graph->count && rc == BENCH_OK; i++)
        run(null_of(device), graph->launches[i]);
    return rc;
}

static const struct bench_device_graph_ops null_graph_ops = {
    .begin = null_graph_begin,
    .end = null_graph_end,
    .launch = null_graph_launch,
    .free = null_graph_free,
};

const struct bench_device_ops bench_device_null_ops = {
    .kind = "null",
    .count = null_count,
    .open = null_open,
    .close = null_close,
    .alloc = null_alloc,
    .release = null_release,
    .copy = null_copy,
    .load = null_load,
    .unload = null_unload,
    .function = null_function,
    .launch = null_launch,
    .synchronize = null_synchronize,
    .record = null_record,
    .elapsed = null_elapsed,
    .overwrite_cache = null_overwrite_cache,
    .graph = &null_graph_ops,
    .clock = null_clock,
};
