#include "bench/case/floor.h"

#include <math.h>
#include <stdlib.h>

#include "bench/case/clock_watch.h"
#include "bench/case/graph_time.h"
#include "bench/case/sample.h"
#include "bench/case/support.h"
#include "bench/measure/bootstrap.h"
#include "bench/measure/ratio.h"
#include "bench/util/clock.h"
#include "bench/util/mem.h"

/* Rounds that calibrate the floor; fewer, but at least 20, where they take longer than that. */
#define FLOOR_ROUNDS 200
#define FLOOR_LEAST_ROUNDS 20
#define FLOOR_MAX_NS 350e6
/* Further empty kernels in one sample, to tell a kernel's own part from the timing's. */
#define FLOOR_EXTRA 8
/* Of an empty kernel's elapsed time (floor.h). */
#define UNSURE_SHARE 0.025
/* Before they count: a GPU that was idle takes tens of milliseconds to raise its clocks. From then
 * on, until the last readings of the clock, taken so far apart, agree. One that never becomes
 * steady is watched in every round anyway (bench/case/clock_watch.h). */
#define WARMUP_LEAST_NS 100e6
#define WARMUP_MOST_NS 1000e6
#define WARMUP_READ_EVERY_NS 10e6
#define WARMUP_READINGS 5
/* Of the intervals: percentile bootstrap (Efron 1979; Efron and Tibshirani 1993, chapter 13). */
#define FLOOR_RESAMPLES 1000
#define FLOOR_ALPHA 0.05
#define FLOOR_SEED 1

static int launch_empty(struct bench_session *s, const void *what, struct bench_err *err)
{
    int rc = BENCH_OK;
    for (int i = 0; rc == BENCH_OK && i < *(const int *)what; i++)
        rc = bench_support_empty(s, err);
    return rc;
}

/* Elapsed times around one and around several empty kernels, in turns. In operator mode nothing is
 * launched: what is left is the timing's own part, and `several` stays as `one` is. */
struct empty_samples {
    double one[FLOOR_ROUNDS], several[FLOOR_ROUNDS];
    size_t count;
};

/* How samples are taken. */
struct way {
    enum bench_mode mode;
    enum bench_cache_mode cache;
    bool gated;
};

/* As for every other sample: emptied caches, or a launch of the same that nobody times. */
static int set_cache(struct bench_session *s, const struct way *way, const int *kernels,
                     struct bench_err *err)
{
    return way->cache == BENCH_CACHE_HOT ? launch_empty(s, kernels, err)
                                         : bench_device_flush(s->device, err);
}

static int time_empty(struct bench_session *s, const struct way *way, int kernels,
                      double *elapsed_ns, struct bench_err *err)
{
    bool was_late;
    int rc = set_cache(s, way, &kernels, err);
    if (rc == BENCH_OK && way->mode == BENCH_MODE_OPERATOR)
        return bench_sample_call_launch(s, launch_empty, &kernels, elapsed_ns, err);
    if (rc == BENCH_OK)
        rc = bench_sample_launch(s, way->gated, launch_empty, &kernels, elapsed_ns, &was_late, err);
    return rc;
}

static int time_round(struct bench_session *s, const struct way *way, double *one, double *several,
                      struct bench_err *err)
{
    int kernels = way->mode == BENCH_MODE_OPERATOR ? 0 : 1;
    int rc = time_empty(s, way, kernels, one, err);
    if (rc == BENCH_OK && way->mode == BENCH_MODE_KERNEL)
        return time_empty(s, way, kernels + FLOOR_EXTRA, several, err);
    if (rc == BENCH_OK)
        *several = *one;
    return rc;
}

/* ---- warming up ---- */

static int read_clock(struct bench_session *s, struct bench_clock_watch *clock, bool *steady,
                      struct bench_err *err)
{
    double mhz = 0;
    int rc = bench_device_clock_probe(s->device, err);
    if (rc == BENCH_OK)
        rc = bench_device_synchronize(s->device, err);
    if (rc == BENCH_OK)
        rc = bench_device_clock_read(s->device, &mhz, err);
    bench_clock_watch_warm(clock, mhz);
    *steady = bench_clock_watch_agreed(clock, WARMUP_READINGS) > 0;
    return rc;
}

static int warm_up(struct bench_session *s, const struct way *way, struct bench_err *err)
{
    struct bench_clock_watch clock = {0};
    bool steady = !s->info->reports_clock;
    int64_t start = bench_clock_ns();
    double read_at_ns = 0;
    for (;;) {
        double spent_ns = (double)(bench_clock_ns() - start), one, several;
        if ((spent_ns >= WARMUP_LEAST_NS && steady) || spent_ns >= WARMUP_MOST_NS)
            return BENCH_OK;
        int rc = time_round(s, way, &one, &several, err);
        if (rc == BENCH_OK && s->info->reports_clock && spent_ns >= read_at_ns) {
            rc = read_clock(s, &clock, &steady, err);
            read_at_ns = spent_ns + WARMUP_READ_EVERY_NS;
        }
        if (rc != BENCH_OK)
            return rc;
    }
}

static int sample_floor(struct bench_session *s, const struct way *way,
                        struct empty_samples *samples, struct bench_err *err)
{
    int64_t start = bench_clock_ns();
    int rc = BENCH_OK;
    for (samples->count = 0; rc == BENCH_OK && samples->count < FLOOR_ROUNDS; samples->count++) {
        double spent_ns = (double)(bench_clock_ns() - start);
        if (samples->count >= FLOOR_LEAST_ROUNDS && spent_ns > FLOOR_MAX_NS)
            break;
        rc = time_round(s, way, &samples->one[samples->count], &samples->several[samples->count],
                        err);
    }
    return rc;
}

/* ---- what the samples say ---- */

/* The device's own word, unless the samples show finer steps: that all of them happen to lie 64 ns
 * apart does not make a clock of 32 ns coarser. */
static double resolution_of(const struct bench_session *s, const struct empty_samples *samples)
{
    double both[2 * FLOOR_ROUNDS];
    for (size_t i = 0; i < samples->count; i++) {
        both[2 * i] = samples->one[i];
        both[2 * i + 1] = samples->several[i];
    }
    double shown = bench_lattice_ns(both, 2 * samples->count), told = s->info->resolution_ns;
    return shown > 0 && (told <= 0 || shown < told) ? shown : told;
}

/* Kernels queued one behind the other are at least as far apart as each is long: the empty kernel's
 * own part is not underestimated, so no more than the floor is taken off. */
static double own_of(double one_ns, double several_ns)
{
    return fmax(0, (several_ns - one_ns) / FLOOR_EXTRA);
}

static double floor_of(double one_ns, double several_ns)
{
    return fmax(0, one_ns - own_of(one_ns, several_ns));
}

static bool all_equal(const double *samples, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (samples[i] != samples[0])
            return false;
    return true;
}

/* How far off a median can be because the clock counts in steps. Events fall anywhere in a step, so
 * that a time between two steps reads as now one and now the other, in proportion: interpolating
 * within the step is then right to 9 % of it (a time of v + d steps, read as v + 1 with probability
 * d, interpolates to v - 1/2 + 1 / (2 - 2d) for d <= 1/2, which is off by 0.086 at most, at
 * d = 0.29). Where every sample reads the same nothing shows that they do fall anywhere, and half a
 * step is unknown. */
static double step_error(const double *samples, size_t count, double resolution_ns)
{
    return (all_equal(samples, count) ? 0.5 : 0.09) * resolution_ns;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Rounds are drawn again, each with both of its samples; what the clock's steps can hide comes on
 * top. Of the floor, the sample of one kernel has 1 + 1/FLOOR_EXTRA and that of several has
 * 1/FLOOR_EXTRA. */
static void find_range(const struct empty_samples *samples, const struct bench_ranked *one,
                       const struct bench_ranked *several, struct bench_floor *floor)
{
    double *empty = bench_xmalloc(FLOOR_RESAMPLES * sizeof *empty);
    double *least = bench_xmalloc(FLOOR_RESAMPLES * sizeof *least);
    size_t tail = (size_t)(FLOOR_ALPHA / 2 * FLOOR_RESAMPLES);
    bench_bootstrap_medians(one, several, FLOOR_RESAMPLES, FLOOR_SEED, empty, least);
    for (int i = 0; i < FLOOR_RESAMPLES; i++)
        least[i] = floor_of(empty[i], least[i]);
    qsort(empty, FLOOR_RESAMPLES, sizeof *empty, ascending);
    qsort(least, FLOOR_RESAMPLES, sizeof *least, ascending);
    double one_error = step_error(samples->one, samples->count, floor->resolution_ns);
    double several_error = step_error(samples->several, samples->count, floor->resolution_ns);
    double low_error = one_error + (one_error + several_error) / FLOOR_EXTRA;
    floor->low_ns = fmax(0, fmin(least[tail], floor->floor_ns) - low_error);
    floor->high_ns = fmax(empty[FLOOR_RESAMPLES - 1 - tail], floor->empty_ns) + one_error;
    free(empty);
    free(least);
}

static void conclude(const struct bench_session *s, enum bench_mode mode,
                     const struct empty_samples *samples, struct bench_floor *floor)
{
    struct bench_ranked one, several;
    floor->rounds = samples->count;
    floor->resolution_ns = mode == BENCH_MODE_KERNEL ? resolution_of(s, samples) : 0;
    bench_ranked_init(&one, samples->one, samples->count, floor->resolution_ns);
    bench_ranked_init(&several, samples->several, samples->count, floor->resolution_ns);
    double one_ns = bench_ranked_median(&one, NULL),
           several_ns = bench_ranked_median(&several, NULL);
    floor->empty_ns = one_ns;
    floor->own_ns = own_of(one_ns, several_ns);
    floor->floor_ns = floor_of(one_ns, several_ns);
    find_range(samples, &one, &several, floor);
    bench_ranked_fini(&one);
    bench_ranked_fini(&several);
}

int bench_floor_measure(struct bench_session *s, enum bench_mode mode, enum bench_cache_mode cache,
                        bool gated, struct bench_floor *floor, struct bench_err *err)
{
    const struct way way = {mode, cache, gated};
    struct empty_samples samples;
    *floor = (struct bench_floor){0};
    if (!s->info->computes)
        return BENCH_OK;
    int rc = warm_up(s, &way, err);
    if (rc == BENCH_OK)
        rc = sample_floor(s, &way, &samples, err);
    if (rc != BENCH_OK)
        return rc;
    conclude(s, mode, &samples, floor);
    return BENCH_OK;
}

void bench_floor_tighten(struct bench_floor *floor, const struct bench_graph_floor *graph)
{
    if (!(graph->kernel_ns > 0) || graph->kernel_ns >= floor->own_ns)
        return;
    double unsure_ns = floor->high_ns - floor->empty_ns; /* of a median around one empty kernel */
    floor->own_ns = graph->kernel_ns;
    floor->floor_ns = fmax(0, floor->empty_ns - floor->own_ns);
    floor->low_ns = fmax(0, floor->floor_ns - unsure_ns);
}

double bench_floor_unsure_ns(double empty_ns)
{
    return UNSURE_SHARE * empty_ns;
}

/* ---- in JSON ---- */

void bench_floor_write(const struct bench_floor *floor, const char *key,
                       struct bench_json_writer *w)
{
    bench_json_put_key(w, key);
    bench_json_open_object(w);
    bench_json_put_key_double(w, "empty_ns", floor->empty_ns);
    bench_json_put_key_double(w, "own_ns", floor->own_ns);
    bench_json_put_key_double(w, "floor_ns", floor->floor_ns);
    bench_json_put_key_double(w, "low_ns", floor->low_ns);
    bench_json_put_key_double(w, "high_ns", floor->high_ns);
    bench_json_put_key_double(w, "resolution_ns", floor->resolution_ns);
    bench_json_put_key_int(w, "rounds", (int64_t)floor->rounds);
    bench_json_close_object(w);
}

/* Runs of version 0.1 have the first three only. */
static int read_range(const struct bench_json *members, struct bench_floor *floor,
                      struct bench_err *err)
{
    int64_t rounds = 0;
    floor->low_ns = floor->floor_ns;
    floor->high_ns = floor->empty_ns;
    int rc = bench_json_get_double(members, "low_ns", false, &floor->low_ns, err);
    if (rc == BENCH_OK)
        rc = bench_json_get_double(members, "high_ns", false, &floor->high_ns, err);
    if (rc == BENCH_OK)
        rc = bench_json_get_double(members, "resolution_ns", false, &floor->resolution_ns, err);
    if (rc == BENCH_OK)
        rc = bench_json_get_int(members, "rounds", false, 0, INT64_MAX, &rounds, err);
    floor->rounds = (size_t)rounds;
    return rc;
}

int bench_floor_read(const struct bench_json *object, const char *key, struct bench_floor *floor,
                     struct bench_err *err)
{
    const struct bench_json *members = NULL;
    *floor = (struct bench_floor){0};
    int rc = bench_json_get_object(object, key, true, &members, err);
    if (rc == BENCH_OK)
        rc = bench_json_get_double(members, "empty_ns", true, &floor->empty_ns, err);
    if (rc == BENCH_OK)
        rc = bench_json_get_double(members, "own_ns", true, &floor->own_ns, err);
    if (rc == BENCH_OK)
        rc = bench_json_get_double(members, "floor_ns", true, &floor->floor_ns, err);
    if (rc == BENCH_OK)
        rc = read_range(members, floor, err);
    return rc;
}
