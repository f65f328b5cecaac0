#include "bench/measure/stats.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/util/mem.h"
#include "bench/util/rng.h"

static int compare_doubles(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static double *sorted_copy(const double *samples, size_t count)
{
    double *copy = bench_xmalloc(count * sizeof *copy);
    memcpy(copy, samples, count * sizeof *copy);
    for (size_t i = 0; i < count; i++)
        assert(!isnan(copy[i]));
    qsort(copy, count, sizeof *copy, compare_doubles);
    return copy;
}

/* Type 7: the quantile q lies at position (n - 1) q between the order statistics, with the form of
 * interpolation that numpy uses, so that both agree to the last bit. */
static double quantile_of_sorted(const double *sorted, size_t count, double q)
{
    double position = (double)(count - 1) * q;
    size_t below = (size_t)position;
    if (below + 1 >= count)
        return sorted[count - 1];
    double t = position - (double)below;
    double step = sorted[below + 1] - sorted[below];
    return t < 0.5 ? sorted[below] + step * t : sorted[below + 1] - step * (1.0 - t);
}

static double median_in_place(double *values, size_t count)
{
    qsort(values, count, sizeof *values, compare_doubles);
    return quantile_of_sorted(values, count, 0.5);
}

void bench_summarize(const double *samples, size_t count, struct bench_summary *out)
{
    memset(out, 0, sizeof *out);
    if (count == 0)
        return;
    double *sorted = sorted_copy(samples, count);
    out->count = count;
    out->min = sorted[0];
    out->q05 = quantile_of_sorted(sorted, count, 0.05);
    out->q25 = quantile_of_sorted(sorted, count, 0.25);
    out->median = quantile_of_sorted(sorted, count, 0.5);
    out->q75 = quantile_of_sorted(sorted, count, 0.75);
    out->q95 = quantile_of_sorted(sorted, count, 0.95);
    out->max = sorted[count - 1];

    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += sorted[i];
    out->mean = sum / (double)count;
    double squares = 0;
    for (size_t i = 0; i < count; i++)
        squares += (sorted[i] - out->mean) * (sorted[i] - out->mean);
    out->stddev = count > 1 ? sqrt(squares / (double)(count - 1)) : 0;

    for (size_t i = 0; i < count; i++)
        sorted[i] = fabs(sorted[i] - out->median);
    out->mad = median_in_place(sorted, count);
    free(sorted);
}

double bench_median(const double *samples, size_t count)
{
    if (count == 0)
        return 0;
    double *sorted = sorted_copy(samples, count);
    double median = quantile_of_sorted(sorted, count, 0.5);
    free(sorted);
    return median;
}

/* Draws rounds with replacement: a round is drawn whole, so that what both arms had in common in it
 * (clock, temperature, neighbours) stays in common. */
static double resampled_ratio(const double *a, const double *b, size_t count, double *drawn_a,
                              double *drawn_b, struct bench_rng *rng)
{
    for (size_t i = 0; i < count; i++) {
        size_t round = (size_t)bench_rng_below(rng, count);
        drawn_a[i] = a[round];
        drawn_b[i] = b[round];
    }
    return median_in_place(drawn_a, count) / median_in_place(drawn_b, count);
}

void bench_ratio_interval(const double *a, const double *b, size_t count, double confidence,
                          int resamples, uint64_t seed, struct bench_interval *out)
{
    memset(out, 0, sizeof *out);
    if (count == 0)
        return;
    out->estimate = bench_median(a, count) / bench_median(b, count);
    out->low = out->high = out->estimate;
    if (count < 2 || resamples < 1)
        return;

    double *drawn_a = bench_xmalloc(count * sizeof *drawn_a);
    double *drawn_b = bench_xmalloc(count * sizeof *drawn_b);
    double *ratios = bench_xmalloc((size_t)resamples * sizeof *ratios);
    struct bench_rng rng;
    bench_rng_init(&rng, seed);
    for (int i = 0; i < resamples; i++)
        ratios[i] = resampled_ratio(a, b, count, drawn_a, drawn_b, &rng);
    qsort(ratios, (size_t)resamples, sizeof *ratios, compare_doubles);
    double tail = (1.0 - confidence) / 2.0;
    out->low = quantile_of_sorted(ratios, (size_t)resamples, tail);
    out->high = quantile_of_sorted(ratios, (size_t)resamples, 1.0 - tail);
    free(ratios);
    free(drawn_b);
    free(drawn_a);
}

double bench_geomean(const double *values, size_t count)
{
    if (count == 0)
        return 0;
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += log(values[i]);
    return exp(sum / (double)count);
}
