#include "bench/measure/stats.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/util/mem.h"

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

double bench_quantile(const double *samples, size_t count, double q)
{
    if (count == 0)
        return 0;
    double *sorted = sorted_copy(samples, count);
    double quantile = quantile_of_sorted(sorted, count, q);
    free(sorted);
    return quantile;
}

static void swap(double *a, double *b)
{
    double held = *a;
    *a = *b;
    *b = held;
}

/* Brings values[rank] of the sorted values into its place, none larger before it and none smaller
 * after it. The pivot is the middle of three, so that sorted values are no worse than others. */
static void find(double *values, size_t count, size_t rank)
{
    ptrdiff_t low = 0, high = (ptrdiff_t)count - 1, at = (ptrdiff_t)rank;
    while (low < high) {
        ptrdiff_t middle = low + (high - low) / 2;
        if (values[middle] < values[low])
            swap(&values[middle], &values[low]);
        if (values[high] < values[low])
            swap(&values[high], &values[low]);
        if (values[high] < values[middle])
            swap(&values[high], &values[middle]);
        double pivot = values[middle];
        ptrdiff_t i = low, j = high;
        while (i <= j) {
            while (values[i] < pivot)
                i++;
            while (pivot < values[j])
                j--;
            if (i <= j)
                swap(&values[i++], &values[j--]);
        }
        if (j < at)
            low = i;
        if (at < i)
            high = j;
    }
}

double bench_order_statistic(double *values, size_t count, size_t rank, double *next)
{
    assert(rank < count);
    find(values, count, rank);
    *next = INFINITY;
    for (size_t i = rank + 1; i < count; i++)
        *next = values[i] < *next ? values[i] : *next;
    return values[rank];
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
