#include "bench/case/sample.h"

#include <math.h>

#include "bench/case/support.h"
#include "bench/util/clock.h"

enum { EVENT_START, EVENT_STOP };

int bench_sample_launch(struct bench_session *s, bool gated, bench_launch_function launch,
                        const void *what, double *elapsed_ns, bool *was_late, struct bench_err *err)
{
    struct bench_device *device = s->device;
    int rc = BENCH_OK;
    *was_late = false;
    if (gated)
        rc = bench_device_gate_close(device, err);
    if (rc == BENCH_OK)
        rc = bench_device_record(device, EVENT_START, err);
    if (rc == BENCH_OK)
        rc = launch(s, what, err);
    if (rc == BENCH_OK)
        rc = bench_device_record(device, EVENT_STOP, err);
    if (gated) { /* also after a failure: nothing may be left waiting */
        int opened = bench_device_gate_open(device, was_late, rc == BENCH_OK ? err : NULL);
        rc = rc == BENCH_OK ? opened : rc;
    }
    if (rc == BENCH_OK)
        rc = bench_device_synchronize(device, err);
    if (rc == BENCH_OK)
        rc = bench_device_elapsed(device, EVENT_START, EVENT_STOP, elapsed_ns, err);
    if (rc == BENCH_OK && !(isfinite(*elapsed_ns) && *elapsed_ns >= 0))
        rc = bench_err_set(err, BENCH_ERROR, "the device reports an elapsed time of %g ns",
                           *elapsed_ns);
    return rc;
}

int bench_sample_call_launch(struct bench_session *s, bench_launch_function launch,
                             const void *what, double *elapsed_ns, struct bench_err *err)
{
    int rc = bench_device_synchronize(s->device, err);
    int64_t start = bench_clock_ns();
    if (rc == BENCH_OK)
        rc = launch(s, what, err);
    if (rc == BENCH_OK)
        rc = bench_device_synchronize(s->device, err);
    *elapsed_ns = (double)(bench_clock_ns() - start);
    return rc;
}

static int launch_callable(struct bench_session *s, const void *what, struct bench_err *err)
{
    return bench_callable_launch(s, what, err);
}

/* They are in the cache as dirty as the launch left them. Not for a call in Python, whose answer
 * lies elsewhere and is overwritten by bench_callable_reset: this would only take its cache away.
 */
static int poison_outputs(struct bench_session *s, const struct bench_callable *callable,
                          struct bench_err *err)
{
    const struct bench_case *c = callable->plan;
    int rc = BENCH_OK;
    for (size_t i = 0; rc == BENCH_OK && s->info->computes && i < c->op->output_count; i++)
        rc = bench_support_poison(s, callable->outputs[i].data, c->outputs[i].dtype,
                                  callable->outputs[i].bytes, err);
    return rc;
}

/* Cold: the caches are emptied before. Hot: an untimed launch of the same brings everything in. */
static int set_cache(struct bench_session *s, enum bench_cache_mode mode,
                     const struct bench_callable *callable, struct bench_err *err)
{
    int rc = bench_callable_reset(s, callable, err);
    if (rc != BENCH_OK)
        return rc;
    if (mode == BENCH_CACHE_COLD)
        return bench_device_flush(s->device, err);
    rc = bench_callable_launch(s, callable, err);
    if (rc == BENCH_OK && callable->outputs != NULL && callable->python == NULL)
        rc = poison_outputs(s, callable, err);
    return rc == BENCH_OK ? bench_callable_reset(s, callable, err) : rc;
}

static int sample_once(struct bench_session *s, const struct bench_settings *settings,
                       bool as_found, const struct bench_callable *callable, double *elapsed_ns,
                       bool *was_late, struct bench_err *err)
{
    *was_late = false;
    int rc = as_found ? bench_callable_reset(s, callable, err)
                      : set_cache(s, settings->cache, callable, err);
    if (rc != BENCH_OK)
        return rc;
    if (settings->mode == BENCH_MODE_OPERATOR)
        return bench_sample_call_launch(s, launch_callable, callable, elapsed_ns, err);
    return bench_sample_launch(s, !callable->host_synchronises, launch_callable, callable,
                               elapsed_ns, was_late, err);
}

/* That an implementation waited for the device in an earlier case need not be true of this one, but
 * the first late gate is believed then: each costs the gate's whole deadline. */
struct bench_waiting {
    const struct bench_implementation *impl;
    struct bench_waiting *next;
};

static bool has_waited(const struct bench_session *s, const struct bench_implementation *impl)
{
    for (const struct bench_waiting *w = s->waiting; w != NULL; w = w->next)
        if (w->impl == impl)
            return true;
    return false;
}

static void remember_waiting(struct bench_session *s, const struct bench_implementation *impl)
{
    if (has_waited(s, impl))
        return;
    struct bench_waiting *w = bench_arena_alloc(s->arena, sizeof *w);
    *w = (struct bench_waiting){impl, s->waiting};
    s->waiting = w;
}

/* Twice if the gate opened late; without a gate after that. */
static int try_sample(struct bench_session *s, const struct bench_settings *settings, bool as_found,
                      struct bench_callable *callable, double *elapsed_ns, struct bench_err *err)
{
    bool was_late = false;
    int rc = sample_once(s, settings, as_found, callable, elapsed_ns, &was_late, err);
    if (rc == BENCH_OK && was_late && !has_waited(s, callable->impl))
        rc = sample_once(s, settings, as_found, callable, elapsed_ns, &was_late, err);
    if (rc != BENCH_OK || !was_late)
        return rc;
    callable->host_synchronises = true;
    remember_waiting(s, callable->impl);
    return sample_once(s, settings, as_found, callable, elapsed_ns, &was_late, err);
}

int bench_sample(struct bench_session *s, const struct bench_settings *settings,
                 struct bench_callable *callable, double *elapsed_ns, struct bench_err *err)
{
    int rc = try_sample(s, settings, false, callable, elapsed_ns, err);
    return bench_callable_failed(s, callable, rc, err);
}

int bench_sample_as_found(struct bench_session *s, const struct bench_settings *settings,
                          struct bench_callable *callable, double *elapsed_ns,
                          struct bench_err *err)
{
    int rc = try_sample(s, settings, true, callable, elapsed_ns, err);
    return bench_callable_failed(s, callable, rc, err);
}
