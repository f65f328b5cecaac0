#include "bench/history/analysis.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/history/order.h"
#include "bench/history/segment.h"
#include "bench/measure/stats.h"

/* Of the nights that have the role, so many must have a partner too. */
#define PARTNER_SHARE 0.8
/* Noise below a clock's resolution is none that can be seen: DESIGN has 0.007 % to 0.26 % from one
 * process to the next. */
#define LEAST_NOISE 0.0005
/* A step of both is one of the platform if the partner made at least this share of it. */
#define SHARED 0.5
#define RECENT 30
/* Of fewer nights nothing is said of their noise. */
#define FEWEST_FOR_NOISE 6

const char *bench_history_cause_name(enum bench_history_cause cause)
{
    static const char *const names[] = {"candidate", "partner", "platform"};
    return names[cause];
}

/* ---- series ---- */

/* Logarithms of the times of one role, or of its ratio to another one. */
struct series {
    double *y;     /* y[count] */
    size_t *night; /* night[count]: number in the course */
    size_t count;
    double noise; /* that single runs know of: standard error from their intervals, median */
};

static bool is_timed(const struct bench_history_result *r)
{
    return r->status != NULL && r->time_ms > 0 && isfinite(r->time_ms);
}

/* Variance of log time that the interval tells; 0 if there is none. */
static double variance(const struct bench_history_result *r)
{
    if (!(r->low_ms > 0) || !(r->high_ms >= r->low_ms) || !isfinite(r->high_ms))
        return 0;
    double deviation = log(r->high_ms / r->low_ms) / (2 * 1.959964);
    return deviation * deviation;
}

/* partner -1: the role's times. */
static void make_series(const struct bench_history_course *c, int role, int partner,
                        struct bench_arena *arena, struct series *s)
{
    double *deviations = bench_arena_alloc(arena, c->count * sizeof *deviations);
    s->y = bench_arena_alloc(arena, c->count * sizeof *s->y);
    s->night = bench_arena_alloc(arena, c->count * sizeof *s->night);
    s->count = 0;
    for (size_t i = 0; i < c->count; i++) {
        const struct bench_history_result *r = &c->nights[i].roles[role];
        const struct bench_history_result *p = partner >= 0 ? &c->nights[i].roles[partner] : NULL;
        if (!is_timed(r) || (p != NULL && !is_timed(p)))
            continue;
        s->y[s->count] = log(p ? r->time_ms / p->time_ms : r->time_ms);
        deviations[s->count] = sqrt(variance(r) + (p ? variance(p) : 0));
        s->night[s->count++] = i;
    }
    s->noise =
        s->count > 0 ? fmax(bench_history_median(deviations, s->count), LEAST_NOISE) : LEAST_NOISE;
}

/* The first point of the series that is of this night or a later one. */
static size_t point_of(const struct series *s, size_t night)
{
    size_t low = 0, high = s->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (s->night[middle] < night)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* ---- the partner ---- */

static bool is_same(const char *a, const char *b)
{
    return a == b || strcmp(a ? a : "", b ? b : "") == 0;
}

static size_t implementation_changes(const struct bench_history_course *c, int role)
{
    const struct bench_history_result *before = NULL;
    size_t changes = 0;
    for (size_t i = 0; i < c->count; i++) {
        const struct bench_history_result *r = &c->nights[i].roles[role];
        if (!is_timed(r))
            continue;
        changes += before != NULL &&
                   !(is_same(before->implementation, r->implementation) &&
                     is_same(before->source_hash, r->source_hash) &&
                     is_same(before->library, r->library) && is_same(before->variant, r->variant));
        before = r;
    }
    return changes;
}

/* The candidate stands beside both others, the reference beside the baseline alone: a partner is
 * what is not being worked on. */
static int choose_partner(const struct bench_history_course *c, int role, size_t timed,
                          struct bench_arena *arena, struct series *ratio)
{
    int chosen = -1;
    size_t least = 0;
    double quietest = 0;
    for (int p = role + 1; p < BENCH_HISTORY_ROLES; p++) {
        struct series s;
        make_series(c, role, p, arena, &s);
        if (s.count == 0 || (double)s.count < PARTNER_SHARE * (double)timed)
            continue;
        size_t changes = implementation_changes(c, p);
        double scale = bench_segment_scale(s.y, s.count);
        if (chosen < 0 || changes < least || (changes == least && scale < quietest)) {
            chosen = p;
            least = changes;
            quietest = scale;
            *ratio = s;
        }
    }
    return chosen;
}

/* ---- steps ---- */

struct analysing {
    const struct bench_history_course *course;
    struct bench_arena *arena;
    int role, partner;
    struct series own, beside, ratio; /* times of role and partner; role ÷ partner */
    double own_scale, beside_scale;
    struct bench_history_step *steps;
    size_t count;
};

/* By how much a series moved where a step is: its level in up to 30 points after, less before, not
 * beyond the neighbouring steps (in nights). */
static double moved(const struct series *s, double scale, size_t from, size_t at, size_t to)
{
    size_t middle = point_of(s, at), begin = point_of(s, from), end = point_of(s, to);
    if (middle - begin > RECENT)
        begin = middle - RECENT;
    if (end - middle > RECENT)
        end = middle + RECENT;
    if (begin == middle || middle == end)
        return 0;
    return bench_change_level(s->y + middle, end - middle, scale) -
           bench_change_level(s->y + begin, middle - begin, scale);
}

static void set_levels(const struct analysing *a, struct bench_history_step *step, size_t from,
                       size_t to)
{
    const struct series *s = &a->own;
    size_t middle = point_of(s, step->at), begin = point_of(s, from), end = point_of(s, to);
    if (middle - begin > RECENT)
        begin = middle - RECENT;
    if (end - middle > RECENT)
        end = middle + RECENT;
    step->before_ms =
        begin < middle ? exp(bench_change_level(s->y + begin, middle - begin, a->own_scale)) : NAN;
    step->after_ms =
        middle < end ? exp(bench_change_level(s->y + middle, end - middle, a->own_scale)) : NAN;
}

static void set_differences(const struct analysing *a, const struct series *s,
                            const struct bench_change *change, struct bench_history_step *step)
{
    struct bench_history_difference found[BENCH_HISTORY_DIFFERENCES];
    const struct bench_history_night *nights = a->course->nights;
    step->difference_count = bench_history_differences(&nights[s->night[change->earliest - 1]],
                                                       &nights[s->night[change->latest]], found);
    if (step->difference_count == 0)
        return;
    struct bench_history_difference *kept =
        bench_arena_alloc(a->arena, step->difference_count * sizeof *kept);
    memcpy(kept, found, step->difference_count * sizeof *kept);
    step->differences = kept;
}

static void fill_step(const struct analysing *a, const struct series *s,
                      const struct bench_change *change, struct bench_history_step *step)
{
    step->at = s->night[change->at];
    step->earliest = s->night[change->earliest];
    step->latest = s->night[change->latest];
    step->ratio = exp(change->log_ratio);
    step->low = exp(change->low);
    step->high = exp(change->high);
    step->nights_before = change->before;
    step->nights_after = change->after;
    set_differences(a, s, change, step);
}

/* Who moved, where the ratio did. The size is then that of the ratio, turned round for a partner.
 */
static enum bench_history_cause cause_in_ratio(const struct analysing *a, size_t from, size_t at,
                                               size_t to)
{
    double own = moved(&a->own, a->own_scale, from, at, to);
    double beside = moved(&a->beside, a->beside_scale, from, at, to);
    return fabs(beside) > fabs(own) ? BENCH_HISTORY_MOVED_PARTNER : BENCH_HISTORY_MOVED_CANDIDATE;
}

/* Who moved, where the role's times did and the ratio did not. */
static enum bench_history_cause cause_in_times(const struct analysing *a, size_t from, size_t at,
                                               size_t to)
{
    double own = moved(&a->own, a->own_scale, from, at, to);
    double beside = moved(&a->beside, a->beside_scale, from, at, to);
    return beside / own >= SHARED ? BENCH_HISTORY_MOVED_PLATFORM : BENCH_HISTORY_MOVED_CANDIDATE;
}

/* True if a step of the ratio is where `step` may be. */
static bool is_known(const struct analysing *a, size_t ratio_steps,
                     const struct bench_history_step *step)
{
    const size_t apart = 2;
    for (size_t i = 0; i < ratio_steps; i++)
        if (a->steps[i].earliest <= step->latest + apart &&
            step->earliest <= a->steps[i].latest + apart &&
            a->steps[i].cause == BENCH_HISTORY_MOVED_CANDIDATE)
            return true;
    return false;
}

static void add_steps(struct analysing *a, const struct series *s,
                      const struct bench_change *changes, size_t count, bool is_ratio)
{
    size_t known = a->count;
    for (size_t i = 0; i < count; i++) {
        struct bench_history_step *step = &a->steps[a->count];
        size_t from = i > 0 ? s->night[changes[i - 1].at] : 0;
        size_t to = i + 1 < count ? s->night[changes[i + 1].at] : a->course->count;
        *step = (struct bench_history_step){0};
        fill_step(a, s, &changes[i], step);
        if (is_ratio)
            step->cause = cause_in_ratio(a, from, step->at, to);
        else if (a->partner >= 0)
            step->cause = cause_in_times(a, from, step->at, to);
        set_levels(a, step, from, to);
        if (is_ratio || !is_known(a, known, step))
            a->count++;
    }
}

static int by_time(const void *a, const void *b)
{
    const struct bench_history_step *x = a, *y = b;
    return (x->at > y->at) - (x->at < y->at);
}

static void find_steps(struct analysing *a, double least, struct bench_history_analysis *out)
{
    struct bench_change_settings settings = {.least = log1p(least), .noise = a->own.noise};
    struct bench_change *in_times = NULL, *in_ratio = NULL;
    size_t of_times =
        bench_change_find(a->own.y, a->own.count, &settings, &in_times, &a->own_scale);
    size_t of_ratio = 0;
    out->noise = a->own_scale;
    if (a->partner >= 0) {
        make_series(a->course, a->partner, -1, a->arena, &a->beside);
        a->beside_scale = fmax(bench_segment_scale(a->beside.y, a->beside.count), a->beside.noise);
        settings.noise = a->ratio.noise;
        of_ratio = bench_change_find(a->ratio.y, a->ratio.count, &settings, &in_ratio, &out->noise);
    }
    a->steps = bench_arena_alloc(a->arena, (of_times + of_ratio + 1) * sizeof *a->steps);
    add_steps(a, &a->ratio, in_ratio, of_ratio, true);
    add_steps(a, &a->own, in_times, of_times, false);
    qsort(a->steps, a->count, sizeof *a->steps, by_time);
    if (a->own.count < FEWEST_FOR_NOISE)
        out->noise = NAN;
    free(in_times);
    free(in_ratio);
}

void bench_history_analyse(const struct bench_history_course *course, enum bench_history_role role,
                           double least, struct bench_arena *arena,
                           struct bench_history_analysis *out)
{
    struct analysing a = {.course = course, .arena = arena, .role = (int)role};
    *out = (struct bench_history_analysis){.role = role, .last_ms = NAN, .before_ms = NAN};
    make_series(course, a.role, -1, arena, &a.own);
    a.partner = choose_partner(course, a.role, a.own.count, arena, &a.ratio);
    out->partner = a.partner;
    out->timed = a.own.count;
    for (size_t i = 0; i < course->count; i++) {
        const struct bench_history_result *r = &course->nights[i].roles[role];
        if (r->status == NULL || r->implementation == NULL)
            continue;
        out->failed += !is_timed(r);
        if (is_timed(r))
            out->failing = 0;
        else if (out->failing++ == 0)
            out->failing_since = i;
    }
    find_steps(&a, least, out);
    out->steps = a.steps;
    out->step_count = a.count;
    /* The last night's time, against those before it. */
    size_t count = a.own.count;
    if (count == 0 || a.own.night[count - 1] + 1 != course->count)
        return;
    size_t before = count - 1 < RECENT ? count - 1 : RECENT;
    out->last_ms = course->nights[course->count - 1].roles[role].time_ms;
    if (before > 0)
        out->before_ms = exp(bench_median(a.own.y + (count - 1 - before), before));
}
