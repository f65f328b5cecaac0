#include "bench/outcome/outcome_time.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/util/mem.h"

#define NORMAL_95 1.959963984540054

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

void bench_outcome_interval(const double *samples, size_t count, double resolution, double *low,
                            double *high)
{
    *low = *high = NAN;
    if (count == 0)
        return;
    double *sorted = bench_xmalloc(count * sizeof *sorted);
    memcpy(sorted, samples, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, compare);
    /* The least rank is 1, the samples' own least. */
    double rank = floor((double)count / 2 - NORMAL_95 * sqrt((double)count) / 2);
    size_t below = rank >= 1 ? (size_t)rank - 1 : 0;
    *low = fmax(0, sorted[below] - resolution / 2);
    *high = sorted[count - 1 - below] + resolution / 2;
    free(sorted);
}

void bench_outcome_interval_of_quartiles(double median, double q25, double q75, size_t rounds,
                                         double *low, double *high)
{
    *low = *high = NAN;
    if (!(q75 >= q25) || rounds == 0)
        return;
    double half = NORMAL_95 * 1.2533 * (q75 - q25) / 1.349 / sqrt((double)rounds);
    *low = fmax(0, median - half);
    *high = median + half;
}
