/* Clocks that tick: medians of rounded samples, and the step that shows in them. */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/measure/bootstrap.h"
#include "bench/measure/ratio.h"
#include "bench/util/mem.h"

/* Elapsed times come as floats in ms: 24 bits, so a multiple of the step is off by 6e-8 of it. */
#define FLOAT_ERROR 1.2e-7
/* No clock of interest ticks faster; anything finer is rounding. */
#define LEAST_STEP_NS 1.0

double bench_grouped_median(const double *samples, size_t count, double resolution_ns)
{
    if (count == 0)
        return 0;
    struct bench_ranked ranked;
    bench_ranked_init(&ranked, samples, count, resolution_ns);
    double median = bench_ranked_median(&ranked, NULL);
    bench_ranked_fini(&ranked);
    return median;
}

double bench_floor_best_ns(const struct bench_floor_range *floor)
{
    return fmax(fmin(floor->best_ns, floor->high_ns), floor->low_ns);
}

double bench_net_median(const struct bench_side *side, size_t count, double resolution_ns)
{
    double median = bench_grouped_median(side->elapsed_ns, count, resolution_ns);
    return fmax(median - bench_floor_best_ns(&side->floor), side->floor.least_ns);
}

static int compare_doubles(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

/* Euclid's algorithm on lengths that are known up to `error`. */
static double common_length(double a, double b, double error)
{
    while (b > error) {
        double rest = fmod(a, b);
        if (b - rest <= error)
            rest = 0;
        a = b;
        b = rest;
    }
    return a;
}

/* Of distances, smallest first. An error of the step grows with the number of steps in a distance,
 * so far ones cannot tell; each that can makes the step more exact. */
static double common_step(const double *distances, size_t count, double error)
{
    double step = distances[0], sum = distances[0], steps = 1;
    for (size_t i = 1; i < count && step >= LEAST_STEP_NS; i++) {
        double off = error * (1 + distances[i] / sum);
        if (off > step / 4)
            break;
        double common = common_length(distances[i], step, off);
        if (common < step - off)
            steps *= round(step / common);
        sum += distances[i];
        steps += round(distances[i] / common);
        step = sum / steps;
    }
    return step;
}

/* The distances between neighbouring values, smallest first, in place; returns how many. */
static size_t distances(double *sorted, size_t count, double error)
{
    size_t n = 0;
    double last = sorted[0];
    for (size_t i = 1; i < count; i++) {
        double distance = sorted[i] - last;
        if (distance <= error)
            continue;
        last = sorted[i];
        sorted[n++] = distance;
    }
    qsort(sorted, n, sizeof *sorted, compare_doubles);
    return n;
}

double bench_lattice_ns(const double *samples, size_t count)
{
    if (count == 0)
        return 0;
    double *values = bench_xmalloc(count * sizeof *values);
    memcpy(values, samples, count * sizeof *values);
    qsort(values, count, sizeof *values, compare_doubles);
    double error = fmax(2 * FLOAT_ERROR * values[count - 1], 1e-6);
    size_t n = distances(values, count, error);
    /* Two distances at least, or any two values would make a lattice; and every value twice on
     * average: of values that hardly ever tie, nobody can tell a step. */
    double step = n >= 2 && 2 * (n + 1) <= count ? common_step(values, n, error) : 0;
    free(values);
    return step >= LEAST_STEP_NS - error ? step : 0;
}
