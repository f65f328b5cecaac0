#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/report_impl.h"
#include "bench/util/file.h"

struct report_speed report_speed(const struct bench_outcome_decision *d,
                                 enum bench_outcome_rule rule)
{
    if (rule == BENCH_OUTCOME_SPEEDUP)
        return (struct report_speed){d->ratio.estimate, d->ratio.low, d->ratio.high, d->threshold};
    return (struct report_speed){1 / d->ratio.estimate,
                                 isinf(d->ratio.high) ? 0 : 1 / d->ratio.high,
                                 d->ratio.low > 0 ? 1 / d->ratio.low : INFINITY, 1 / d->threshold};
}

/* Of the baseline as a percentage, unless it is many times that. */
static bool as_percent(double speed, enum bench_outcome_rule rule)
{
    return rule == BENCH_OUTCOME_RELATIVE && speed < 9.995;
}

/* Digits behind the point that a speed of this size is told with. */
static int places_of(double speed, bool percent)
{
    if (percent)
        return speed < 0.0995 ? 1 : 0;
    return speed < 0.1 ? 3 : speed < 9.995 ? 2 : speed < 99.95 ? 1 : 0;
}

static void add_plain(struct bench_str *out, double speed, bool percent, int places)
{
    if (isfinite(speed))
        bench_str_addf(out, "%.*f", places, percent ? 100 * speed : speed);
    else
        bench_str_add(out, "∞");
}

void report_add_speed(struct bench_str *out, double speed, enum bench_outcome_rule rule)
{
    bool percent = as_percent(speed, rule);
    add_plain(out, speed, percent, places_of(speed, percent));
    if (isfinite(speed))
        bench_str_add(out, percent ? " %" : "×");
}

void report_add_interval(struct bench_str *out, const struct report_speed *s,
                         enum bench_outcome_rule rule)
{
    bool bounded = isfinite(s->high);
    double largest = bounded ? s->high : s->estimate;
    bool percent = as_percent(largest, rule);
    int places = places_of(largest, percent);
    /* A narrow one has a digit more, so that its ends differ. */
    if (bounded && (s->high - s->low) * (percent ? 100 : 1) < pow(10, -places))
        places++;
    add_plain(out, s->low, percent, s->low > 0 ? places : 0);
    bench_str_add(out, " to ");
    add_plain(out, s->high, percent, places);
    bench_str_add(out, !bounded ? "" : percent ? " %" : "×");
}

void report_add_time(struct bench_str *out, double ms)
{
    static const struct {
        double below_ms, factor;
        const char *unit;
    } units[] = {{1e-3, 1e6, "ns"}, {1, 1e3, "µs"}, {1e3, 1, "ms"}, {INFINITY, 1e-3, "s"}};
    if (!isfinite(ms)) {
        bench_str_add(out, "–");
        return;
    }
    size_t i = 0;
    while (ms >= units[i].below_ms)
        i++;
    double v = ms * units[i].factor;
    bench_str_addf(out, "%.*f %s", v < 10 ? 3 : v < 100 ? 2 : v < 1000 ? 1 : 0, v, units[i].unit);
}

enum bench_outcome_rule report_principal(const struct bench_outcome_operator *op)
{
    return op->decisions[BENCH_OUTCOME_SPEEDUP].known ? BENCH_OUTCOME_SPEEDUP
                                                      : BENCH_OUTCOME_RELATIVE;
}

/* How far above its threshold, as a factor; NAN where nothing was decided. */
static double standing(const struct bench_outcome_operator *op)
{
    enum bench_outcome_rule rule = report_principal(op);
    if (!op->decisions[rule].known)
        return NAN;
    struct report_speed s = report_speed(&op->decisions[rule], rule);
    return s.estimate / s.threshold;
}

static int by_standing(const void *a, const void *b)
{
    const struct bench_outcome_operator *x = *(const struct bench_outcome_operator *const *)a;
    const struct bench_outcome_operator *y = *(const struct bench_outcome_operator *const *)b;
    double p = standing(x), q = standing(y);
    if (isnan(p) || isnan(q))
        return isnan(p) - isnan(q) ? isnan(p) - isnan(q) : strcmp(x->name, y->name);
    return p == q ? strcmp(x->name, y->name) : p < q ? 1 : -1;
}

const struct bench_outcome_operator **report_ranked(const struct bench_outcome *o)
{
    const struct bench_outcome_operator **ranked =
        bench_xmalloc((o->operator_count + 1) * sizeof(const struct bench_outcome_operator *));
    for (size_t i = 0; i < o->operator_count; i++)
        ranked[i] = &o->operators[i];
    qsort(ranked, o->operator_count, sizeof(const struct bench_outcome_operator *), by_standing);
    return ranked;
}

void report_add_first_line(struct bench_str *out, const char *reason, size_t most)
{
    size_t line = strcspn(reason, "\r\n"), length = line;
    if (length > most)
        for (length = most; length > 0 && ((unsigned char)reason[length] & 0xc0) == 0x80;)
            length--;
    bench_str_addn(out, reason, length);
    if (length < line || reason[line])
        bench_str_add(out, " …");
}

void report_add_title(struct bench_str *out, const struct bench_outcome *o)
{
    bench_str_add(out, o->suite[0] ? o->suite : o->id[0] ? o->id : bench_path_basename(o->path));
    if (o->device.name[0])
        bench_str_addf(out, " on %s", o->device.name);
}
