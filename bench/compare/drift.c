#include "bench/compare/drift.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/measure/stats.h"
#include "bench/util/mem.h"

#define ITERATIONS 100
#define SETTLED_NS 0.01
/* The median of |z| of a normal variable. */
#define NORMAL_MEDIAN 0.674489750196082

struct fit {
    const struct bench_noise *noise;
    const struct bench_drift_time *times;
    size_t count, items;
    double *mu;                                /* of an item */
    double *mu_sum;                            /* weighted, of its times */
    double *weight;                            /* of an item: the sum of its times' */
    size_t *members;                           /* of an item: its times */
    double *inverse_ns, *variance, *give_back; /* of an item */
    double (*sums)[5];                         /* of a process: the normal equations */
    struct bench_drift *drift;
};

/* What is left of a time: e, and its share that fitting mu has taken is given back. */
static double residual(const struct fit *f, const struct bench_drift_time *t)
{
    return (t->log_ns - f->mu[t->item] -
            bench_drift_at(f->drift, t->process, f->inverse_ns[t->item])) *
           f->give_back[t->item];
}

static double weight_of(const struct fit *f, const struct bench_drift_time *t)
{
    double r = residual(f, t), freedom = f->noise->freedom, variance = f->variance[t->item];
    return (freedom + 1) / (freedom + r * r / variance) / variance;
}

static void find_variances(struct fit *f)
{
    for (size_t i = 0; i < f->items; i++) {
        double ns = exp(f->mu[i]);
        f->inverse_ns[i] = 1 / ns;
        f->variance[i] = bench_noise_variance(f->noise, ns);
    }
}

static void fit_items(struct fit *f)
{
    memset(f->mu_sum, 0, f->items * sizeof *f->mu_sum);
    memset(f->weight, 0, f->items * sizeof *f->weight);
    for (size_t i = 0; i < f->count; i++) {
        const struct bench_drift_time *t = &f->times[i];
        double w = weight_of(f, t);
        f->mu_sum[t->item] +=
            w * (t->log_ns - bench_drift_at(f->drift, t->process, f->inverse_ns[t->item]));
        f->weight[t->item] += w;
    }
    for (size_t i = 0; i < f->items; i++)
        if (f->weight[i] > 0)
            f->mu[i] = f->mu_sum[i] / f->weight[i];
    find_variances(f);
}

/* The 2 by 2 normal equations of each process, its priors included. Returns by how many ns a floor
 * has moved. */
static double fit_processes(struct fit *f)
{
    double moved = 0;
    struct bench_drift *d = f->drift;
    const size_t processes = d->processes_a + d->processes_b;
    const double share = f->noise->drift_share, ns = f->noise->drift_ns;
    for (size_t p = 0; p < processes; p++) {
        const double prior[5] = {1 / (share * share), 0, 1 / (ns * ns), 0, 0};
        memcpy(f->sums[p], prior, sizeof prior);
    }
    for (size_t i = 0; i < f->count; i++) {
        const struct bench_drift_time *t = &f->times[i];
        double x = f->inverse_ns[t->item], y = t->log_ns - f->mu[t->item], w = weight_of(f, t);
        double *s = f->sums[t->process];
        s[0] += w;
        s[1] += w * x;
        s[2] += w * x * x;
        s[3] += w * y;
        s[4] += w * x * y;
    }
    for (size_t p = 0; p < processes; p++) {
        const double *s = f->sums[p];
        double determinant = s[0] * s[2] - s[1] * s[1], before = d->delta_ns[p];
        d->gamma[p] = (s[2] * s[3] - s[1] * s[4]) / determinant;
        d->delta_ns[p] = (s[0] * s[4] - s[1] * s[3]) / determinant;
        d->covariance[p][0] = s[2] / determinant;
        d->covariance[p][1] = -s[1] / determinant;
        d->covariance[p][2] = s[0] / determinant;
        moved = fmax(moved, fabs(d->delta_ns[p] - before));
    }
    return moved;
}

/* Of each item that is in both runs: by how many standard deviations it has moved. */
static void find_scale(struct fit *f)
{
    struct bench_drift *d = f->drift;
    double(*moved)[4] = bench_xcalloc(f->items + 1, sizeof *moved); /* sum, count; of A, of B */
    double *z = bench_xmalloc((f->items + 1) * sizeof *z);
    for (size_t i = 0; i < f->count; i++) {
        const struct bench_drift_time *t = &f->times[i];
        double *m = moved[t->item] + (t->process < d->processes_a ? 0 : 2);
        m[0] += t->log_ns - bench_drift_at(d, t->process, f->inverse_ns[t->item]);
        m[1] += 1;
    }
    d->items = 0;
    for (size_t i = 0; i < f->items; i++) {
        const double *m = moved[i];
        if (m[1] == 0 || m[3] == 0)
            continue;
        double variance = f->variance[i] * (1 / m[1] + 1 / m[3]);
        z[d->items++] = fabs(m[2] / m[3] - m[0] / m[1]) / sqrt(variance);
    }
    if (d->items > 0)
        d->scale = fmax(1, bench_median(z, d->items) / NORMAL_MEDIAN);
    free(z);
    free(moved);
}

/* Means of an item's times to start from: runs of several processes count as one each. */
static void start(struct fit *f)
{
    for (size_t i = 0; i < f->count; i++) {
        f->mu[f->times[i].item] += f->times[i].log_ns;
        f->members[f->times[i].item]++;
    }
    for (size_t i = 0; i < f->items; i++)
        if (f->members[i] > 0) {
            const double n = (double)f->members[i];
            f->mu[i] /= n;
            f->give_back[i] = n > 1 ? sqrt(n / (n - 1)) : 1;
        }
    find_variances(f);
}

void bench_drift_fit(const struct bench_noise *noise, const struct bench_drift_time *times,
                     size_t count, size_t items, size_t processes_a, size_t processes_b,
                     struct bench_drift *drift)
{
    const size_t processes = processes_a + processes_b;
    *drift =
        (struct bench_drift){.processes_a = processes_a,
                             .processes_b = processes_b,
                             .gamma = bench_xcalloc(processes + 1, sizeof(double)),
                             .delta_ns = bench_xcalloc(processes + 1, sizeof(double)),
                             .covariance = bench_xcalloc(processes + 1, sizeof *drift->covariance),
                             .scale = 1};
    struct fit f = {.noise = noise, .times = times, .count = count, .items = items, .drift = drift};
    f.mu = bench_xcalloc(items + 1, sizeof *f.mu);
    f.mu_sum = bench_xcalloc(items + 1, sizeof *f.mu_sum);
    f.weight = bench_xcalloc(items + 1, sizeof *f.weight);
    f.members = bench_xcalloc(items + 1, sizeof *f.members);
    f.inverse_ns = bench_xcalloc(items + 1, sizeof *f.inverse_ns);
    f.variance = bench_xcalloc(items + 1, sizeof *f.variance);
    f.give_back = bench_xcalloc(items + 1, sizeof *f.give_back);
    f.sums = bench_xcalloc(processes + 1, sizeof *f.sums);
    start(&f);
    for (int i = 0; i < ITERATIONS; i++) {
        double moved_ns = fit_processes(&f);
        fit_items(&f);
        if (moved_ns < SETTLED_NS)
            break;
    }
    find_scale(&f);
    free(f.mu);
    free(f.mu_sum);
    free(f.weight);
    free(f.members);
    free(f.inverse_ns);
    free(f.variance);
    free(f.give_back);
    free(f.sums);
}

void bench_drift_fini(struct bench_drift *drift)
{
    free(drift->gamma);
    free(drift->delta_ns);
    free(drift->covariance);
    *drift = (struct bench_drift){0};
}

double bench_drift_at(const struct bench_drift *d, size_t process, double inverse)
{
    return d->gamma[process] + d->delta_ns[process] * inverse;
}

double bench_drift_variance(const struct bench_drift *d, size_t process, double inverse)
{
    const double *c = d->covariance[process];
    return c[0] + 2 * c[1] * inverse + c[2] * inverse * inverse;
}
