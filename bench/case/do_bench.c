#include "bench/case/do_bench.h"

#include <assert.h>

#include "bench/measure/stats.h"

/* do_bench of Triton 3.5 (python/triton/testing.py): a first call and a wait; then, for every
 * repetition and without waiting in between, cache.zero_(), start.record(), fn(), end.record(); one
 * wait, and the median of the times between the events (return_mode="median"; its default is the
 * mean, which one interrupted launch can spoil). Its warm-up of 25 ms is left out: the rounds that
 * were measured before have warmed everything up. */
static int enqueue(struct bench_session *s, const struct bench_callable *callable, int rep,
                   struct bench_err *err)
{
    int rc = bench_device_overwrite_cache(s->device, err);
    if (rc == BENCH_OK)
        rc = bench_device_record(s->device, 2 * rep, err);
    if (rc == BENCH_OK)
        rc = bench_callable_launch(s, callable, err);
    if (rc == BENCH_OK)
        rc = bench_device_record(s->device, 2 * rep + 1, err);
    return rc;
}

static int warm_up(struct bench_session *s, const struct bench_callable *callable,
                   struct bench_err *err)
{
    int rc = bench_device_overwrite_cache(s->device, err);
    if (rc == BENCH_OK)
        rc = bench_callable_launch(s, callable, err);
    if (rc == BENCH_OK)
        rc = bench_device_synchronize(s->device, err);
    return rc;
}

int bench_do_bench(struct bench_session *s, const struct bench_callable *callable,
                   double *median_ns, struct bench_err *err)
{
    static_assert(2 * BENCH_DO_BENCH_REPS <= BENCH_DEVICE_EVENTS, "each needs two events");
    double elapsed_ns[BENCH_DO_BENCH_REPS];
    *median_ns = 0;
    if (!s->info->overwrites || callable->host_synchronises)
        return BENCH_OK;
    int rc = warm_up(s, callable, err);
    if (rc == BENCH_EUNSUPPORTED) /* no memory for what is to be overwritten */
        return BENCH_OK;
    for (int i = 0; rc == BENCH_OK && i < BENCH_DO_BENCH_REPS; i++)
        rc = enqueue(s, callable, i, err);
    if (rc == BENCH_OK)
        rc = bench_device_synchronize(s->device, err);
    for (int i = 0; rc == BENCH_OK && i < BENCH_DO_BENCH_REPS; i++)
        rc = bench_device_elapsed(s->device, 2 * i, 2 * i + 1, &elapsed_ns[i], err);
    if (rc == BENCH_OK)
        *median_ns = bench_median(elapsed_ns, BENCH_DO_BENCH_REPS);
    return rc;
}
