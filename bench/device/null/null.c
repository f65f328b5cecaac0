/*
 * The null device computes nothing and takes scripted times: for testing the sampler, the
 * statistics and the run engine with known answers. A function's symbol is its script:
 *
 *   constant(ns)  normal(mean, stddev)  lognormal(median, sigma)  bimodal(a, b, share_of_b)
 *   drift(start, ns_per_launch)         times of a launch, drawn from the seed
 *   quantised(step, <one of the above>) rounded to multiples of step, as GPU events are
 *   fail_launch  poison  crash  hang  exit   what a faulty implementation does when launched
 *
 * Time is virtual: events read a clock that only launches advance.
 */
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/device/device_impl.h"
#include "bench/util/mem.h"
#include "bench/util/rng.h"

#define MAX_PARAMETERS 3

struct null_device {
    struct bench_device base;
    struct bench_rng rng;
    double now_ns;
    double events[BENCH_DEVICE_EVENTS];
    bool poisoned;
};

enum script { CONSTANT, NORMAL, LOGNORMAL, BIMODAL, DRIFT, FAIL_LAUNCH, POISON, CRASH, HANG, EXIT };

static const struct {
    const char *name;
    int parameters;
} scripts[] = {
    [CONSTANT] = {"constant", 1}, [NORMAL] = {"normal", 2}, [LOGNORMAL] = {"lognormal", 2},
    [BIMODAL] = {"bimodal", 3},   [DRIFT] = {"drift", 2},   [FAIL_LAUNCH] = {"fail_launch", 0},
    [POISON] = {"poison", 0},     [CRASH] = {"crash", 0},   [HANG] = {"hang", 0},
    [EXIT] = {"exit", 0},
};

struct bench_function {
    struct bench_function *next;
    enum script script;
    double p[MAX_PARAMETERS];
    double step_ns; /* 0: not quantised */
    int64_t launches;
};

struct bench_module {
    struct bench_function *functions;
};

static struct null_device *null_of(struct bench_device *device)
{
    return (struct null_device *)device;
}

static int null_count(char *why)
{
    why[0] = '\0';
    return 1;
}

static int null_open(int index, const char *argument, uint64_t seed, struct bench_device **device,
                     struct bench_err *err)
{
    (void)argument;
    (void)err;
    struct null_device *d = bench_xcalloc(1, sizeof(*d));
    struct bench_device_info *info = &d->base.info;
    d->base.ops = &bench_device_null_ops;
    bench_rng_init(&d->rng, seed);
    strcpy(info->kind, "null");
    strcpy(info->name, "null (scripted times)");
    strcpy(info->id, "null");
    strcpy(info->arch, "null");
    strcpy(info->driver, "none");
    info->index = index;
    info->sm_count = 1;
    info->max_threads_per_block = 1024;
    info->max_shared_bytes = (size_t)48 * 1024;
    info->memory_bytes = (size_t)1 << 30;
    *device = &d->base;
    return BENCH_OK;
}

static void null_close(struct bench_device *device)
{
    free(null_of(device));
}

static int null_alloc(struct bench_device *device, size_t bytes, void **memory,
                      struct bench_err *err)
{
    (void)device;
    if (posix_memalign(memory, 256, bytes ? bytes : 1) != 0)
        return bench_err_set(err, BENCH_ERROR, "no memory for a buffer of %zu bytes", bytes);
    return BENCH_OK;
}

static void null_release(struct bench_device *device, void *memory)
{
    (void)device;
    free(memory);
}

static int null_copy(struct bench_device *device, void *to, const void *from, size_t bytes,
                     bool to_device, struct bench_err *err)
{
    (void)device;
    (void)to_device;
    (void)err;
    memcpy(to, from, bytes);
    return BENCH_OK;
}

static int null_load(struct bench_device *device, const char *path, struct bench_module **module,
                     struct bench_err *err)
{
    (void)device;
    (void)path;
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

/* Reads up to `count` numbers separated by commas, then ")"; returns what follows, or NULL. */
static const char *read_numbers(const char *text, double *out, int count)
{
    for (int i = 0; i < count; i++) {
        char *end;
        out[i] = strtod(text, &end);
        if (end == text || !isfinite(out[i]))
            return NULL;
        text = end + strspn(end, " ");
        if (*text != (i + 1 < count ? ',' : ')'))
            return NULL;
        text++;
    }
    return text;
}

static bool parse_plain(const char *symbol, size_t length, struct bench_function *f)
{
    for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
        size_t name = strlen(scripts[i].name);
        if (length < name || strncmp(symbol, scripts[i].name, name) != 0)
            continue;
        const char *rest = symbol + name;
        if (scripts[i].parameters > 0)
            rest = *rest == '(' ? read_numbers(rest + 1, f->p, scripts[i].parameters) : NULL;
        f->script = (enum script)i;
        if (rest && rest == symbol + length)
            return true;
    }
    return false;
}

static bool parse_script(const char *symbol, struct bench_function *f)
{
    static const char quantised[] = "quantised(";
    size_t length = strlen(symbol);
    if (strncmp(symbol, quantised, sizeof(quantised) - 1) == 0 && symbol[length - 1] == ')') {
        char *end;
        f->step_ns = strtod(symbol + sizeof(quantised) - 1, &end);
        if (*end != ',' || !(f->step_ns > 0))
            return false;
        const char *inner = end + 1 + strspn(end + 1, " ");
        return parse_plain(inner, (size_t)(symbol + length - 1 - inner), f);
    }
    return parse_plain(symbol, length, f);
}

static int null_function(struct bench_device *device, struct bench_module *module,
                         const char *symbol, struct bench_function **function,
                         struct bench_function_info *info, struct bench_err *err)
{
    (void)device;
    struct bench_function *f = bench_xcalloc(1, sizeof(*f));
    if (!parse_script(symbol, f)) {
        free(f);
        return bench_err_set(err, BENCH_ENOTFOUND,
                             "the null device has no script '%s'; expected constant(ns), "
                             "normal(mean, stddev), lognormal(median, sigma), "
                             "bimodal(a, b, share), drift(start, step), quantised(step, …), "
                             "fail_launch, poison, crash, hang or exit",
                             symbol);
    }
    f->next = module->functions;
    module->functions = f;
    *function = f;
    if (info)
        *info = (struct bench_function_info){.registers = -1, .max_threads_per_block = 1024};
    return BENCH_OK;
}

static double draw_ns(struct null_device *d, struct bench_function *f)
{
    double ns = f->p[0];
    switch (f->script) {
    case NORMAL:
        ns += f->p[1] * bench_rng_normal(&d->rng);
        break;
    case LOGNORMAL:
        ns *= exp(f->p[1] * bench_rng_normal(&d->rng));
        break;
    case BIMODAL:
        ns = bench_rng_double(&d->rng) < f->p[2] ? f->p[1] : f->p[0];
        break;
    case DRIFT:
        ns += f->p[1] * (double)f->launches;
        break;
    default:
        break;
    }
    if (f->step_ns > 0)
        ns = f->step_ns * round(ns / f->step_ns);
    return ns > 0 ? ns : 0;
}

static int null_launch(struct bench_device *device, struct bench_function *function,
                       const uint32_t grid[3], const uint32_t block[3], size_t shared_bytes,
                       void **args, struct bench_err *err)
{
    (void)grid;
    (void)block;
    (void)shared_bytes;
    (void)args;
    struct null_device *d = null_of(device);
    switch (function->script) {
    case FAIL_LAUNCH:
        return bench_err_set(err, BENCH_ERROR, "the script says that this launch fails");
    case POISON:
        d->poisoned = true;
        return BENCH_OK;
    case CRASH:
        raise(SIGSEGV);
        return bench_err_set(err, BENCH_ERROR, "the script's crash was survived");
    case HANG:
        for (;;)
            pause();
    case EXIT:
        _exit(7);
    default:
        d->now_ns += draw_ns(d, function);
        function->launches++;
        return BENCH_OK;
    }
}

static int null_synchronize(struct bench_device *device, struct bench_err *err)
{
    if (null_of(device)->poisoned)
        return bench_err_set(err, BENCH_EPOISONED, "the script poisoned the device");
    return BENCH_OK;
}

static int null_record(struct bench_device *device, int event, struct bench_err *err)
{
    (void)err;
    struct null_device *d = null_of(device);
    d->events[event] = d->now_ns;
    return BENCH_OK;
}

static int null_elapsed(struct bench_device *device, int from, int to, double *ns,
                        struct bench_err *err)
{
    (void)err;
    struct null_device *d = null_of(device);
    *ns = d->events[to] - d->events[from];
    return BENCH_OK;
}

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
};
