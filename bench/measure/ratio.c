#include "bench/measure/ratio.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "bench/measure/bootstrap.h"
#include "bench/measure/correlation.h"
#include "bench/measure/stats.h"
#include "bench/measure/student.h"
#include "bench/util/mem.h"

/* One side, measured: its median, and the medians of the resamples. */
struct arm {
    const struct bench_side *side;
    struct bench_ranked ranked;
    double median, variance;
    double *medians; /* medians[resamples] */
    double off_ns;   /* what the median may be off by besides sampling, either way */
};

struct spread {
    size_t resamples;
    double covariance; /* of the two medians */
    double t;          /* Student's quantile for alpha */
    double tail;       /* of the resamples, at either end */
    double stretch;    /* sqrt of the correlation time */
    double *ratios;    /* ratios[resamples], scratch */
};

struct bench_resampled {
    struct bench_side a, b;
    struct arm above, below;
    size_t count;
    double estimate;
    double time; /* the correlation time: how many rounds are worth one independent round */
    struct spread spread;
};

/* The quantile `tail` of the resampled ratios; floors and half steps are taken off as given. */
static double resampled_low(const struct arm *above, const struct arm *below,
                            const struct spread *spread, double off_above, double off_below)
{
    size_t n = spread->resamples;
    for (size_t i = 0; i < n; i++) {
        double up = above->medians[i] - off_above, down = below->medians[i] - off_below;
        spread->ratios[i] = up <= 0 ? 0 : down <= 0 ? INFINITY : up / down;
    }
    double position = spread->tail * (double)(n - 1), next = INFINITY;
    size_t at = (size_t)position;
    double share = position - (double)at,
           lower = bench_order_statistic(spread->ratios, n, at, &next);
    return isfinite(next) ? lower + share * (next - lower) : lower;
}

/* Fieller's interval (1954): the smallest r for which above - r * below does not differ from 0.
 * It knows what an interval on a ratio's logarithm does not: when the divisor itself may be 0. */
static double fieller_low(double above, double below, double variance_above, double variance_below,
                          double covariance, double t)
{
    double q = t * t;
    double free_term = above * above - q * variance_above;
    if (above <= 0 || free_term <= 0)
        return 0;
    double square = below * below - q * variance_below;
    double middle = above * below - q * covariance;
    double root = sqrt(fmax(middle * middle - square * free_term, 0));
    return middle + root > 0 ? free_term / (middle + root) : 0;
}

/* A kernel's least time counts under the low reading, where it has its launch in it; beyond an
 * empty kernel it may take nothing. */
static double least_at(const struct bench_side *side, double floor_ns)
{
    return floor_ns > bench_floor_best_ns(&side->floor) ? 0 : side->floor.least_ns;
}

/* The lower end of above / below with these floors taken off, when each median may be off by its
 * off_ns as well. */
static double lower_end(const struct arm *above, const struct arm *below,
                        const struct spread *spread, double floor_above, double floor_below)
{
    double off_above = floor_above + above->off_ns;
    double off_below = floor_below - below->off_ns;
    double least_above = least_at(above->side, floor_above);
    double least_below = least_at(below->side, floor_below);
    double up = fmax(above->median - off_above, least_above);
    double down = fmax(below->median - off_below, least_below);
    double low =
        fieller_low(up, down, above->variance, below->variance, spread->covariance, spread->t);
    double drawn = resampled_low(above, below, spread, off_above, off_below);
    if (up > 0 && down > 0 && drawn > 0 && isfinite(drawn))
        drawn = up / down * pow(drawn / (up / down), spread->stretch);
    low = fmin(low, drawn);
    if (least_above > 0) /* no kernel takes less, so the ratio is bounded even here */
        low = fmax(low, least_above / (down + spread->t * sqrt(below->variance)));
    return low;
}

static double lowest_end(const struct arm *above, const struct arm *below,
                         const struct spread *spread, double up_high_ns, double down_high_ns)
{
    double up_low_ns = above->side->floor.low_ns, down_low_ns = below->side->floor.low_ns;
    double low = fmin(lower_end(above, below, spread, up_low_ns, down_low_ns),
                      lower_end(above, below, spread, up_high_ns, down_high_ns));
    if (above->side->gated == below->side->gated)
        return low;
    low = fmin(low, lower_end(above, below, spread, up_low_ns, down_high_ns));
    return fmin(low, lower_end(above, below, spread, up_high_ns, down_low_ns));
}

static double inverse(double x)
{
    return x > 0 ? 1 / x : INFINITY;
}

static double mean_product(const double *x, double x0, const double *y, double y0, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += (x[i] - x0) * (y[i] - y0);
    return sum / (double)count;
}

/* Drift that both arms share cancels in the ratios of the rounds; what correlation is left is of
 * the arms' own noise, and the rounds are worth that many times fewer. */
static double correlation_of_rounds(const struct arm *a, const struct arm *b, size_t count)
{
    double *logs = bench_xmalloc(count * sizeof *logs);
    for (size_t i = 0; i < count; i++) {
        double up = a->side->elapsed_ns[i] - bench_floor_best_ns(&a->side->floor);
        double down = b->side->elapsed_ns[i] - bench_floor_best_ns(&b->side->floor);
        logs[i] = log(fmax(up, fmax(a->side->floor.least_ns, 1))) -
                  log(fmax(down, fmax(b->side->floor.least_ns, 1)));
    }
    double time = bench_correlation_time(logs, count);
    free(logs);
    return time;
}

static void arm_init(struct arm *arm, const struct bench_side *side, size_t count,
                     double resolution_ns, int resamples)
{
    if (resolution_ns <= 0)
        resolution_ns = bench_lattice_ns(side->elapsed_ns, count);
    *arm = (struct arm){.side = side};
    bench_ranked_init(&arm->ranked, side->elapsed_ns, count, resolution_ns);
    arm->median = bench_ranked_median(&arm->ranked, NULL);
    arm->medians = bench_xmalloc((size_t)resamples * sizeof(double));
}

static void arm_fini(struct arm *arm)
{
    bench_ranked_fini(&arm->ranked);
    free(arm->medians);
}

static double net(const struct arm *arm)
{
    return fmax(arm->median - bench_floor_best_ns(&arm->side->floor), arm->side->floor.least_ns);
}

static double estimate_of(const struct arm *above, const struct arm *below)
{
    return net(below) > 0 ? net(above) / net(below) : NAN;
}

/* The interval with the floors up to these. */
static void find_ends(const struct arm *a, const struct arm *b, const struct spread *spread,
                      double a_high_ns, double b_high_ns, struct bench_ratio *out)
{
    out->low = fmin(lowest_end(a, b, spread, a_high_ns, b_high_ns), out->stat_low);
    out->high = fmax(inverse(lowest_end(b, a, spread, b_high_ns, a_high_ns)), out->stat_high);
}

/* The bootstrap, and what else does not depend on alpha. */
static void resample(struct bench_resampled *r, const struct bench_ratio_options *options)
{
    struct arm *a = &r->above, *b = &r->below;
    size_t n = (size_t)options->resamples;
    r->time = correlation_of_rounds(a, b, r->count);
    double widen = r->time * (double)r->count / (double)(r->count - 1);
    bench_bootstrap_medians(&a->ranked, &b->ranked, options->resamples, options->seed, a->medians,
                            b->medians);
    a->variance = widen * mean_product(a->medians, a->median, a->medians, a->median, n);
    b->variance = widen * mean_product(b->medians, b->median, b->medians, b->median, n);
    r->spread.covariance = widen * mean_product(a->medians, a->median, b->medians, b->median, n);
    r->spread.stretch = sqrt(r->time);
    r->spread.resamples = n;
    r->spread.ratios = bench_xmalloc(n * sizeof(double));
}

struct bench_resampled *bench_resampled_new(const struct bench_side *a, const struct bench_side *b,
                                            size_t count, const struct bench_ratio_options *options)
{
    assert(options->resamples >= 2);
    struct bench_resampled *r = bench_xcalloc(1, sizeof *r);
    *r = (struct bench_resampled){.a = *a, .b = *b, .count = count, .estimate = NAN};
    if (count == 0)
        return r;
    arm_init(&r->above, &r->a, count, options->resolution_ns, options->resamples);
    arm_init(&r->below, &r->b, count, options->resolution_ns, options->resamples);
    r->estimate = estimate_of(&r->above, &r->below);
    if (count >= BENCH_RATIO_LEAST_ROUNDS && !isnan(r->estimate))
        resample(r, options);
    return r;
}

void bench_resampled_free(struct bench_resampled *r)
{
    if (r == NULL)
        return;
    if (r->count > 0) {
        arm_fini(&r->above);
        arm_fini(&r->below);
    }
    free(r->spread.ratios);
    free(r);
}

/* Expanded percentiles (Hesterberg 2015, section 5.3). */
static void expand(struct bench_resampled *r, double alpha)
{
    double n = (double)r->count;
    r->spread.t = bench_student_upper(alpha / 2, fmax(n / r->time - 1, 1));
    r->spread.tail = 0.5 * erfc(r->spread.t * sqrt(n / (n - 1)) * M_SQRT1_2);
}

/* What medians may be off by besides sampling: nothing, half a step of the clock, and what they are
 * unsure by. */
static void allow(struct bench_resampled *r, double half_steps, double unsure)
{
    struct arm *arms[] = {&r->above, &r->below};
    for (int i = 0; i < 2; i++)
        arms[i]->off_ns =
            half_steps * arms[i]->ranked.half_step + unsure * arms[i]->side->unsure_ns;
}

void bench_resampled_ratio(struct bench_resampled *r, double alpha, struct bench_ratio *out,
                           const double other_high_ns[2], struct bench_ratio *other)
{
    assert(alpha > 0 && alpha < 1);
    const struct arm *a = &r->above, *b = &r->below;
    const struct bench_floor_range *floor_a = &r->a.floor, *floor_b = &r->b.floor;
    *out = (struct bench_ratio){r->estimate, 0, INFINITY, 0, INFINITY};
    if (other != NULL)
        *other = *out;
    if (r->spread.resamples == 0)
        return;
    expand(r, alpha);
    const struct spread *spread = &r->spread;
    double best_a = bench_floor_best_ns(floor_a), best_b = bench_floor_best_ns(floor_b);
    allow(r, 0, 0);
    out->stat_low = fmin(lower_end(a, b, spread, best_a, best_b), r->estimate);
    out->stat_high = fmax(inverse(lower_end(b, a, spread, best_b, best_a)), r->estimate);
    if (other != NULL) {
        *other = *out;
        allow(r, 1, 0);
        find_ends(a, b, spread, other_high_ns[0], other_high_ns[1], other);
    }
    allow(r, 1, 1);
    find_ends(a, b, spread, floor_a->high_ns, floor_b->high_ns, out);
}

void bench_ratio_of_both(const struct bench_side *a, const struct bench_side *b, size_t count,
                         const struct bench_ratio_options *options, struct bench_ratio *out,
                         const double other_high_ns[2], struct bench_ratio *other)
{
    struct bench_resampled *r = bench_resampled_new(a, b, count, options);
    bench_resampled_ratio(r, options->alpha, out, other_high_ns, other);
    bench_resampled_free(r);
}

void bench_ratio_of(const struct bench_side *a, const struct bench_side *b, size_t count,
                    const struct bench_ratio_options *options, struct bench_ratio *out)
{
    bench_ratio_of_both(a, b, count, options, out, NULL, NULL);
}

double bench_ratio_estimate(const struct bench_side *a, const struct bench_side *b, size_t count,
                            double resolution_ns)
{
    struct arm above, below;
    if (count == 0)
        return NAN;
    arm_init(&above, a, count, resolution_ns, 0);
    arm_init(&below, b, count, resolution_ns, 0);
    double estimate = estimate_of(&above, &below);
    arm_fini(&above);
    arm_fini(&below);
    return estimate;
}
