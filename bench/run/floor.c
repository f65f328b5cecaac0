#include "bench/run/floor.h"

#include <math.h>

#include "bench/measure/stats.h"
#include "bench/run/sample.h"
#include "bench/run/support.h"
#include "bench/util/clock.h"

/* Rounds that calibrate the floor; fewer, but at least 20, where they take longer than that. */
#define FLOOR_ROUNDS 200
#define FLOOR_LEAST_ROUNDS 20
#define FLOOR_MAX_NS 350e6
/* Before they count: a GPU that was idle takes tens of milliseconds to raise its clocks. */
#define FLOOR_WARMUP_NS 100e6
/* Further empty kernels in one sample, to tell a kernel's own part from the timing's. */
#define FLOOR_EXTRA 8

static int launch_empty(struct bench_session *s, const void *what, struct bench_err *err)
{
    int rc = BENCH_OK;
    for (int i = 0; rc == BENCH_OK && i < *(const int *)what; i++)
        rc = bench_support_empty(s, err);
    return rc;
}

/* Elapsed times around one and around several empty kernels, in turns. */
struct empty_samples {
    double one[FLOOR_ROUNDS], several[FLOOR_ROUNDS];
    size_t count;
};

static int time_empty(struct bench_session *s, bool gated, int kernels, double *elapsed_ns,
                      struct bench_err *err)
{
    bool was_late;
    int rc = bench_device_flush(s->device, err);
    if (rc == BENCH_OK)
        rc = bench_sample_launch(s, gated, launch_empty, &kernels, elapsed_ns, &was_late, err);
    return rc;
}

static int sample_floor(struct bench_session *s, bool gated, struct empty_samples *samples,
                        struct bench_err *err)
{
    int64_t start = bench_clock_ns();
    int rc = BENCH_OK;
    samples->count = 0;
    while (rc == BENCH_OK && samples->count < FLOOR_ROUNDS) {
        double spent_ns = (double)(bench_clock_ns() - start);
        double *one = &samples->one[samples->count], *several = &samples->several[samples->count];
        if (samples->count >= FLOOR_LEAST_ROUNDS && spent_ns > FLOOR_MAX_NS)
            break;
        rc = time_empty(s, gated, 1, one, err);
        if (rc == BENCH_OK)
            rc = time_empty(s, gated, 1 + FLOOR_EXTRA, several, err);
        if (spent_ns >= FLOOR_WARMUP_NS)
            samples->count++;
    }
    return rc;
}

int bench_floor_measure(struct bench_session *s, bool gated, struct bench_floor *floor,
                        struct bench_err *err)
{
    struct empty_samples samples;
    *floor = (struct bench_floor){0};
    if (!s->info->computes)
        return BENCH_OK;
    int rc = sample_floor(s, gated, &samples, err);
    if (rc != BENCH_OK)
        return rc;
    double one_ns = bench_median(samples.one, samples.count);
    double several_ns = bench_median(samples.several, samples.count);
    /* Kernels queued one behind the other are at least as far apart as each is long: the empty
     * kernel's own part is not underestimated, so no more than the floor is taken off. */
    floor->empty_ns = one_ns;
    floor->own_ns = fmax(0, (several_ns - one_ns) / FLOOR_EXTRA);
    floor->floor_ns = fmax(0, one_ns - floor->own_ns);
    return BENCH_OK;
}

void bench_floor_write(const struct bench_floor *floor, const char *key,
                       struct bench_json_writer *w)
{
    bench_json_put_key(w, key);
    bench_json_open_object(w);
    bench_json_put_key_double(w, "empty_ns", floor->empty_ns);
    bench_json_put_key_double(w, "own_ns", floor->own_ns);
    bench_json_put_key_double(w, "floor_ns", floor->floor_ns);
    bench_json_close_object(w);
}

int bench_floor_read(const struct bench_json *object, const char *key, struct bench_floor *floor,
                     struct bench_err *err)
{
    const struct bench_json *members = NULL;
    int rc = bench_json_get_object(object, key, true, &members, err);
    if (rc == BENCH_OK)
        rc = bench_json_get_double(members, "empty_ns", true, &floor->empty_ns, err);
    if (rc == BENCH_OK)
        rc = bench_json_get_double(members, "own_ns", true, &floor->own_ns, err);
    if (rc == BENCH_OK)
        rc = bench_json_get_double(members, "floor_ns", true, &floor->floor_ns, err);
    return rc;
}
