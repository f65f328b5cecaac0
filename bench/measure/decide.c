#include "bench/measure/decide.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "bench/measure/stats.h"
#include "bench/measure/student.h"
#include "bench/util/mem.h"

static const char *const names[] = {
    [BENCH_UNDETERMINED] = "undetermined", [BENCH_PASS] = "pass", [BENCH_FAIL] = "fail"};

const char *bench_answer_name(enum bench_answer answer)
{
    return names[answer];
}

enum bench_answer bench_decide(const struct bench_ratio *ratio,
                               const struct bench_criterion *criterion, double noise_floor)
{
    double threshold = criterion->threshold;
    if (!(ratio->estimate > 0) || fabs(log(ratio->estimate / threshold)) < noise_floor)
        return BENCH_UNDETERMINED;
    if (criterion->at_least)
        return ratio->low >= threshold   ? BENCH_PASS
               : ratio->high < threshold ? BENCH_FAIL
                                         : BENCH_UNDETERMINED;
    return ratio->high <= threshold ? BENCH_PASS
           : ratio->low > threshold ? BENCH_FAIL
                                    : BENCH_UNDETERMINED;
}

void bench_ratio_geomean(const struct bench_ratio *cases, size_t count, struct bench_ratio *out)
{
    *out = (struct bench_ratio){NAN, 0, INFINITY, 0, INFINITY};
    if (count == 0)
        return;
    double sum = 0, squares_down = 0, squares_up = 0, common_down = 0, common_up = 0;
    for (size_t i = 0; i < count; i++) {
        double middle = log(cases[i].estimate);
        double down = middle - log(cases[i].stat_low), up = log(cases[i].stat_high) - middle;
        sum += middle;
        squares_down += down * down;
        squares_up += up * up;
        common_down += log(cases[i].stat_low) - log(cases[i].low);
        common_up += log(cases[i].high) - log(cases[i].stat_high);
    }
    double n = (double)count, mean = sum / n;
    if (!isfinite(mean))
        return;
    out->estimate = exp(mean);
    out->stat_low = exp(mean - sqrt(squares_down) / n);
    out->stat_high = exp(mean + sqrt(squares_up) / n);
    /* Not a number where a case is unbounded already without floor and resolution. */
    out->low = isnan(common_down) ? 0 : out->stat_low * exp(-common_down / n);
    out->high = isnan(common_up) ? INFINITY : out->stat_high * exp(common_up / n);
}

#define EARLY_REACH 2
#define EARLY_BIAS 0.25

static double half_width(const struct bench_ratio *ratio)
{
    return log(ratio->stat_high / ratio->stat_low) / 2;
}

bool bench_ratio_is_near(const struct bench_ratio *ratio, const struct bench_criterion *criterion)
{
    return fabs(log(ratio->estimate / criterion->threshold)) < EARLY_REACH * half_width(ratio);
}

void bench_ratio_allow_early(struct bench_ratio *part)
{
    double by = exp(EARLY_BIAS * half_width(part));
    part->low /= by;
    part->high *= by;
}

/* How much longer a half-width becomes by an error that adds in squares; one without bound stays
 * so. */
static double longer(double half, double by)
{
    return isfinite(half) ? hypot(half, by) - half : 0;
}

void bench_ratio_allow_own(struct bench_ratio *part, double by)
{
    double down = exp(longer(log(part->estimate / part->stat_low), log1p(by)));
    double up = exp(longer(log(part->stat_high / part->estimate), log1p(by)));
    part->stat_low /= down;
    part->low /= down;
    part->stat_high *= up;
    part->high *= up;
}

void bench_ratio_over_processes(const double *estimates, size_t count, double confidence,
                                const struct bench_ratio *common, struct bench_ratio *out)
{
    *out = (struct bench_ratio){NAN, 0, INFINITY, 0, INFINITY};
    if (count == 0)
        return;
    double sum = 0, squares = 0;
    for (size_t i = 0; i < count; i++)
        sum += log(estimates[i]);
    double mean = sum / (double)count;
    if (!isfinite(mean))
        return;
    out->estimate = exp(mean);
    if (count < 2)
        return;
    for (size_t i = 0; i < count; i++)
        squares += (log(estimates[i]) - mean) * (log(estimates[i]) - mean);
    double error = sqrt(squares / (double)(count - 1) / (double)count);
    double half = bench_student_upper((1 - confidence) / 2, (double)(count - 1)) * error;
    out->low = out->stat_low = exp(mean - half);
    out->high = out->stat_high = exp(mean + half);
    if (common == NULL)
        return;
    out->low *= common->stat_low > 0 ? common->low / common->stat_low : 0;
    out->high *= isfinite(common->stat_high) ? common->high / common->stat_high : INFINITY;
}

double bench_noise_floor(const double *ratios, size_t count)
{
    /* 1 in 20 is the 95 % quantile's share: of fewer, only the largest can stand for it. */
    const size_t enough = 20;
    if (count == 0)
        return 0;
    double *off = bench_xmalloc(count * sizeof *off);
    for (size_t i = 0; i < count; i++) {
        assert(ratios[i] > 0);
        off[i] = fabs(log(ratios[i]));
    }
    double floor = bench_quantile(off, count, count < enough ? 1 : 0.95);
    free(off);
    return floor;
}
