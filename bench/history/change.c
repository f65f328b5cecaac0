#include "bench/history/change.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "bench/history/segment.h"
#include "bench/measure/stats.h"
#include "bench/measure/student.h"
#include "bench/util/mem.h"

/* Levels are those of the time around the step, not of years ago. */
#define NEAREST 100
/* A drift is taken for a straight line over so many points on either side: long enough for a slope,
 * short enough for a season to have one. */
#define STRAIGHT 40
/* A slope beside a step is believed, and taken out of its size, from this gain on: as of a step. */
#define SLOPE_GAIN 12.0
/* Fewer points than this, outliers left out, are no level. */
#define FEWEST 3
/* How much worse another place of the step may fit, in units of the noise's variance. The classical
 * 3.84 of one parameter is a little too narrow for a place (docs/history.md has the coverage). */
#define PLACE_SLACK 5.0

/* ---- levels and slopes ---- */

/* Sums over the points of one side that are no outliers. */
struct side {
    size_t count;
    double level, mean_t, mean_y, stt, sty, syy;
};

double bench_change_level(const double *y, size_t count, double scale)
{
    double middle = bench_median(y, count), sum = 0;
    size_t kept = 0;
    for (size_t t = 0; t < count; t++)
        if (fabs(y[t] - middle) <= BENCH_CHANGE_BOUND * scale) {
            sum += y[t];
            kept++;
        }
    return kept > 0 ? sum / (double)kept : middle;
}

static void sum_side(const double *y, size_t begin, size_t end, double scale, struct side *s)
{
    double middle = bench_median(y + begin, end - begin);
    double sum_t = 0, sum_y = 0;
    *s = (struct side){.level = middle};
    for (int pass = 0; pass < 2; pass++) {
        for (size_t t = begin; t < end; t++) {
            if (fabs(y[t] - middle) > BENCH_CHANGE_BOUND * scale)
                continue;
            double dt = (double)t - s->mean_t, dy = y[t] - s->mean_y;
            if (pass == 0) {
                s->count++;
                sum_t += (double)t;
                sum_y += y[t];
            } else {
                s->stt += dt * dt;
                s->sty += dt * dy;
                s->syy += dy * dy;
            }
        }
        if (pass == 0 && s->count > 0) {
            s->mean_t = sum_t / (double)s->count;
            s->mean_y = s->level = sum_y / (double)s->count;
        }
    }
}

/* How much better a line with a step between the sides fits than a line through both, in units of
 * the noise's variance. */
static double step_gain(const struct side *l, const struct side *r, double scale)
{
    double stt = l->stt + r->stt, sty = l->sty + r->sty, syy = l->syy + r->syy;
    double with_step = syy - (stt > 0 ? sty * sty / stt : 0);
    double weight = (double)l->count * (double)r->count / ((double)l->count + (double)r->count);
    double dt = r->mean_t - l->mean_t, dy = r->mean_y - l->mean_y;
    stt += weight * dt * dt;
    sty += weight * dt * dy;
    syy += weight * dy * dy;
    double without = syy - (stt > 0 ? sty * sty / stt : 0);
    return (without - with_step) / (scale * scale);
}

/* ---- one step ---- */

/* The difference of the levels; of lines at the step, where a common slope is beyond doubt. */
static void size_of(struct bench_change *c, const struct side *l, const struct side *r,
                    double scale)
{
    double freedom = fmax((double)(l->count + r->count) - 2, 1);
    double stt = l->stt + r->stt, sty = l->sty + r->sty, syy = l->syy + r->syy;
    double variance = 1 / (double)l->count + 1 / (double)r->count;
    c->before = l->count;
    c->after = r->count;
    c->log_ratio = r->level - l->level;
    if (stt > 0 && sty * sty / stt > SLOPE_GAIN * scale * scale) {
        double dt = r->mean_t - l->mean_t;
        c->log_ratio -= dt * sty / stt;
        variance += dt * dt / stt;
        syy -= sty * sty / stt;
    }
    double error = fmax(sqrt(syy / freedom), scale) * sqrt(variance);
    double reach = bench_student_upper(0.025, freedom) * error;
    c->low = c->log_ratio - reach;
    c->high = c->log_ratio + reach;
}

static double distance(double y, double level, double scale)
{
    double d = (y - level) / scale;
    return fmin(d * d, BENCH_CHANGE_BOUND * BENCH_CHANGE_BOUND);
}

/* Moves the step over its neighbours, each way, to the best place and to the farthest that is
 * hardly worse. */
static void place(const double *y, size_t begin, size_t end, const struct side *l,
                  const struct side *r, double scale, struct bench_change *c)
{
    size_t start = c->at;
    for (int pass = 0; pass < 2; pass++) {
        double cost = 0, best = 0;
        size_t at = start;
        c->earliest = c->latest = start;
        for (size_t t = start; t-- > begin + 1;) {
            cost += distance(y[t], r->level, scale) - distance(y[t], l->level, scale);
            if (cost < best && pass == 0) {
                best = cost;
                at = t;
            }
            if (cost <= PLACE_SLACK && pass == 1)
                c->earliest = t;
        }
        cost = 0;
        for (size_t t = start; t + 1 < end; t++) {
            cost += distance(y[t], l->level, scale) - distance(y[t], r->level, scale);
            if (cost < best && pass == 0) {
                best = cost;
                at = t + 1;
            }
            if (cost <= PLACE_SLACK && pass == 1)
                c->latest = t + 1;
        }
        start = at;
    }
    c->at = start;
}

/* ---- all steps ---- */

struct search {
    const double *y;
    size_t count;
    const struct bench_change_settings *settings;
    double scale;
    size_t *starts; /* starts[segments] */
    size_t segments;
};

/* What is around the step at the beginning of a segment, up to `nearest` points away. */
static void sides(const struct search *s, size_t segment, size_t nearest, size_t *begin,
                  size_t *end, struct side *l, struct side *r)
{
    size_t at = s->starts[segment];
    *begin = s->starts[segment - 1];
    *end = segment + 1 < s->segments ? s->starts[segment + 1] : s->count;
    if (at - *begin > nearest)
        *begin = at - nearest;
    if (*end - at > nearest)
        *end = at + nearest;
    sum_side(s->y, *begin, at, s->scale, l);
    sum_side(s->y, at, *end, s->scale, r);
}

/* How convincing the step at the beginning of a segment is; below 1 it is none. */
static double conviction(const struct search *s, size_t segment)
{
    struct side l, r;
    size_t begin, end;
    sides(s, segment, STRAIGHT, &begin, &end, &l, &r);
    if (l.count < FEWEST || r.count < FEWEST)
        return 0;
    double gain = step_gain(&l, &r, s->scale) / BENCH_CHANGE_GAIN;
    double size = fabs(r.level - l.level) / s->settings->least;
    return fmin(gain, size);
}

/* Joins segments until every step that is left convinces. */
static void join(struct search *s)
{
    while (s->segments > 1) {
        size_t worst = 0;
        double least = 1;
        for (size_t i = 1; i < s->segments; i++) {
            double c = conviction(s, i);
            if (c < least) {
                least = c;
                worst = i;
            }
        }
        if (worst == 0)
            return;
        s->segments--;
        for (size_t i = worst; i < s->segments; i++)
            s->starts[i] = s->starts[i + 1];
    }
}

size_t bench_change_find(const double *y, size_t count,
                         const struct bench_change_settings *settings,
                         struct bench_change **changes, double *scale)
{
    struct search s = {.y = y, .count = count, .settings = settings};
    s.scale = fmax(bench_segment_scale(y, count), settings->noise);
    *changes = NULL;
    if (scale != NULL)
        *scale = s.scale;
    if (count < 2 * FEWEST)
        return 0;
    s.starts = bench_xmalloc(count * sizeof *s.starts);
    s.segments =
        bench_segment(y, count, s.scale, BENCH_CHANGE_BOUND, BENCH_CHANGE_PENALTY, s.starts, NULL);
    join(&s);
    size_t found = s.segments - 1;
    if (found > 0)
        *changes = bench_xcalloc(found, sizeof **changes);
    for (size_t i = 1; i < s.segments; i++) {
        struct bench_change *c = &(*changes)[i - 1];
        struct side l, r;
        size_t begin, end;
        sides(&s, i, NEAREST, &begin, &end, &l, &r);
        c->at = s.starts[i];
        place(y, begin, end, &l, &r, s.scale, c);
        size_of(c, &l, &r, s.scale);
    }
    free(s.starts);
    return found;
}
