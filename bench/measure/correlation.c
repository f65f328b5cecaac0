#include "bench/measure/correlation.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "bench/measure/bootstrap.h"
#include "bench/util/mem.h"

/* ranks[i]: of series[i], ties share the mean of theirs, minus the mean of all. */
static void centred_ranks(const double *series, size_t count, double *ranks)
{
    struct bench_ranked sorted;
    bench_ranked_init(&sorted, series, count, 0);
    for (size_t i = 0; i < count; i++) {
        size_t step = sorted.step[i];
        double first = sorted.first[step], end = sorted.first[step + 1];
        ranks[sorted.round[i]] = (first + end - (double)count) / 2;
    }
    bench_ranked_fini(&sorted);
}

static double covariance_at(const double *x, size_t count, size_t lag)
{
    double sum = 0;
    for (size_t i = 0; i + lag < count; i++)
        sum += x[i] * x[i + lag];
    return sum / (double)count;
}

/* Correlation at lag 1 without the bias that the estimated mean brings: an estimate's expectation
 * is about rho - (1 + 3 rho) / n (Marriott and Pope 1954; Kendall 1954). Half a standard error is
 * added, because a correlation that is overlooked costs a wrong answer, and one that is imagined
 * only rounds: with it, arms of correlation 0.6 keep the confidence that is promised from 16 rounds
 * on (tests/perf/simulate). The stronger it is, the more an error of it weighs in the time (1 +
 * rho) / (1 - rho), and the fewer independent values it was estimated from, so that up to two
 * standard errors more are added, by the square of it: arms of correlation 0.9 keep the confidence
 * as well (96 %, where it was 94.5 %), and arms without any need 1 to 2 % more rounds for it. */
static double first_correlation(double covariance, double variance, size_t count)
{
    double n = (double)count;
    double rho = fmin((covariance / variance + 1 / n) / (1 - 3 / n), 1 - 1 / n);
    double errors = 0.5 + 2 * fmax(rho, 0) * fmax(rho, 0);
    return fmin(rho + errors * sqrt(fmax(1 - rho * rho, 0) / n), 1 - 1 / n);
}

/* Geyer's initial monotone sequence (1992): sums of neighbouring correlations, as long as they fall
 * and stand out from noise (the standard error of a sum of two correlations that are 0). It sees
 * what a process of first order does not: faint noise with a long memory under noise without. */
static double monotone_sequence_time(const double *x, size_t count, double variance)
{
    double noise = variance * sqrt(2 / (double)count), sum = 0, before = INFINITY;
    for (size_t lag = 0; lag + 1 < count / 2; lag += 2) {
        double pair = covariance_at(x, count, lag) + covariance_at(x, count, lag + 1);
        if (pair <= (lag > 0 ? noise : 0))
            break;
        before = fmin(before, pair);
        sum += before;
    }
    return 2 * sum / variance - 1;
}

double bench_correlation_time(const double *series, size_t count)
{
    if (count < 4)
        return 1;
    double *ranks = bench_xmalloc(count * sizeof *ranks), time = 1;
    centred_ranks(series, count, ranks);
    double variance = covariance_at(ranks, count, 0);
    if (variance > 0) {
        double rho = first_correlation(covariance_at(ranks, count, 1), variance, count);
        double first_order = (1 + rho) / (1 - rho);
        time = fmax(first_order, monotone_sequence_time(ranks, count, variance));
        time = fmin(fmax(time, 1), (double)count / 2);
    }
    free(ranks);
    return time;
}
