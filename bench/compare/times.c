/* From the times of two runs to changes of cases and operators. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/compare/compare_impl.h"

static const char throttled[] = "the clock was throttled";
static const char unknown_spread[] =
    "the data do not say how times spread: one process, and no interval";

struct times {
    struct bench_comparison *c;
    struct bench_noise noise;
    size_t processes_a, processes_b;
    struct bench_drift_time *anchors; /* times of what did not change */
    size_t anchor_count, anchor_capacity, anchor_items;
    double *values; /* for one case or operator: [processes_a + processes_b] */
    /* Of every case with two times, for its operator: the change of its log and 1 / ns. */
    double *moved, *inverse_ns, *variance;
};

/* ---- the drift ---- */

static size_t processes_of(const struct bench_outcome *o)
{
    int most = 0;
    for (size_t i = 0; i < o->case_count; i++)
        for (int r = 0; r < BENCH_ROLE_COUNT; r++) {
            const struct bench_outcome_role *role = &o->cases[i].roles[r];
            if (role->process_count > 0 && role->processes[role->process_count - 1] > most)
                most = role->processes[role->process_count - 1];
        }
    return (size_t)most + 1;
}

static void add_anchor(struct times *t, const struct bench_outcome_role *role, size_t first)
{
    for (size_t i = 0; i < role->process_count; i++) {
        if (t->anchor_count == t->anchor_capacity) {
            t->anchor_capacity = t->anchor_capacity ? t->anchor_capacity * 2 : 1024;
            t->anchors = bench_xrealloc(t->anchors, t->anchor_capacity * sizeof *t->anchors);
        }
        t->anchors[t->anchor_count++] =
            (struct bench_drift_time){.item = t->anchor_items,
                                      .process = first + (size_t)role->processes[i],
                                      .log_ns = log(role->process_ms[i] * 1e6)};
    }
}

/* One implementation may play both roles: it was measured once. */
static bool plays_reference(const struct bench_outcome_case *c, const struct bench_outcome_role *r)
{
    const struct bench_outcome_role *reference = &c->roles[BENCH_REFERENCE];
    return bench_compare_has_time(reference) &&
           strcmp(reference->implementation, r->implementation) == 0;
}

static void find_anchors(struct times *t)
{
    for (size_t i = 0; i < t->c->case_count; i++) {
        const struct bench_outcome_case *a = t->c->cases[i].a, *b = t->c->cases[i].b;
        for (int r = BENCH_REFERENCE; a != NULL && b != NULL && r <= BENCH_BASELINE; r++) {
            const struct bench_outcome_role *x = &a->roles[r], *y = &b->roles[r];
            if (!bench_compare_has_time(x) || !bench_compare_has_time(y) || x->throttled ||
                y->throttled || !bench_compare_same_code(x, y) ||
                (r == BENCH_BASELINE && (plays_reference(a, x) || plays_reference(b, y))))
                continue;
            add_anchor(t, x, 0);
            add_anchor(t, y, t->processes_a);
            t->anchor_items++;
        }
    }
}

/* ---- one case ---- */

/* What sampling leaves open of a time, as the variance of its log; 0 if not told. */
static double sampling_variance(const struct bench_outcome_role *r)
{
    double half = r->low_ms > 0 ? log(r->high_ms / r->low_ms) / 2 / 1.96 : 0;
    return isfinite(half) ? half * half : 0;
}

static bool tells_spread(const struct bench_outcome_role *r)
{
    return r->process_count > 1 || (r->low_ms > 0 && isfinite(r->high_ms));
}

/* The partner that a candidate is divided by, for ratios alone. */
static const struct bench_outcome_role *partner_of(const struct bench_outcome_case *c)
{
    const struct bench_outcome_role *reference = &c->roles[BENCH_REFERENCE];
    return bench_compare_has_time(reference) ? reference : &c->roles[BENCH_BASELINE];
}

/* The time in the process, or NAN. */
static double time_in(const struct bench_outcome_role *r, int process)
{
    for (size_t i = 0; i < r->process_count; i++)
        if (r->processes[i] == process)
            return r->process_ms[i];
    return NAN;
}

/* Logs of the candidate's times (ns), or of its ratios, in its processes; how many. */
static size_t logs_of(const struct times *t, const struct bench_outcome_case *c, double *logs,
                      int *processes)
{
    const struct bench_outcome_role *candidate = &c->roles[BENCH_CANDIDATE];
    size_t count = 0;
    for (size_t i = 0; i < candidate->process_count; i++) {
        double v = log(candidate->process_ms[i] * 1e6);
        if (t->c->options.ratios)
            v -= log(time_in(partner_of(c), candidate->processes[i]) * 1e6);
        if (!isfinite(v))
            continue;
        logs[count] = v;
        processes[count++] = candidate->processes[i];
    }
    return count;
}

/* What is usual holds usual sampling; times of fewer rounds are worse. */
static double own_variance(const struct times *t, const struct bench_outcome_role *r, double ns)
{
    return fmax(bench_noise_variance(&t->noise, ns), sampling_variance(r));
}

/* Variance of one process's value, known beforehand. */
static double variance_of(const struct times *t, const struct bench_outcome_case *c)
{
    const struct bench_outcome_role *candidate = &c->roles[BENCH_CANDIDATE];
    double ns = candidate->time_ms * 1e6;
    double v = own_variance(t, candidate, ns);
    if (!t->c->options.ratios)
        return v;
    const struct bench_outcome_role *partner = partner_of(c);
    double other = partner->time_ms * 1e6, drift = t->noise.drift_ns * (1 / ns - 1 / other);
    return v + own_variance(t, partner, other) + drift * drift;
}

static double mean(const double *values, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += values[i];
    return sum / (double)count;
}

/* Takes the drifts off, and returns the variance of what was taken off the mean. */
static double take_drift_off(const struct times *t, double *logs, const int *processes,
                             size_t count, size_t first, double inverse_ns)
{
    double variance = 0;
    for (size_t i = 0; i < count && !t->c->options.ratios; i++) {
        size_t process = first + (size_t)processes[i];
        logs[i] -= bench_drift_at(&t->c->drift, process, inverse_ns);
        variance += bench_drift_variance(&t->c->drift, process, inverse_ns);
    }
    return variance / (double)(count * count);
}

static const char *why_undetermined(const struct bench_outcome_case *a,
                                    const struct bench_outcome_case *b)
{
    const struct bench_outcome_role *x = &a->roles[BENCH_CANDIDATE];
    const struct bench_outcome_role *y = &b->roles[BENCH_CANDIDATE];
    if (x->throttled || y->throttled)
        return throttled;
    return tells_spread(x) && tells_spread(y) ? "" : unknown_spread;
}

static void compare_case(struct times *t, size_t index)
{
    struct bench_compared_case *item = &t->c->cases[index];
    const struct bench_outcome_case *a = item->a, *b = item->b;
    if (item->fate != BENCH_FATE_OK || !bench_compare_has_time(&a->roles[BENCH_CANDIDATE]) ||
        !bench_compare_has_time(&b->roles[BENCH_CANDIDATE]))
        return;
    double *values = t->values, *other = t->values + t->processes_a;
    int *processes = bench_xmalloc((t->processes_a + t->processes_b) * sizeof *processes);
    const double ns = sqrt(a->roles[BENCH_CANDIDATE].time_ms * b->roles[BENCH_CANDIDATE].time_ms);
    const double inverse = t->inverse_ns[index] = 1e-6 / ns;
    double common = 0;
    struct bench_change_side side_a = {.values = values, .variance = variance_of(t, a)};
    struct bench_change_side side_b = {.values = other, .variance = variance_of(t, b)};
    item->processes_a = side_a.count = logs_of(t, a, values, processes);
    if (side_a.count > 0) {
        item->a_ms = exp(mean(values, side_a.count)) * (t->c->options.ratios ? 1 : 1e-6);
        common += take_drift_off(t, values, processes, side_a.count, 0, inverse);
    }
    item->processes_b = side_b.count = logs_of(t, b, other, processes);
    if (side_b.count > 0)
        common += take_drift_off(t, other, processes, side_b.count, t->processes_a, inverse);
    free(processes);
    if (side_a.count == 0 || side_b.count == 0)
        return;
    const struct bench_change_prior prior = {.freedom = t->noise.freedom,
                                             .process_freedom = t->noise.process_freedom,
                                             .far = t->noise.far * t->c->drift.scale,
                                             .far_freedom = t->noise.far_freedom,
                                             .scale = t->c->drift.scale,
                                             .common = common};
    bench_change_of(&side_a, &side_b, &prior, &item->time);
    item->time.reason = why_undetermined(a, b);
    item->b_ms = item->a_ms * item->time.change;
    t->moved[index] = log(item->time.change);
    t->variance[index] = (side_a.variance + side_b.variance) / 2;
}

/* ---- one operator ---- */

static bool counts(const struct bench_compared_case *item)
{
    return item->time.known && item->time.reason[0] == '\0';
}

/* The mean over the operator's cases in each process that has all of them; how many. */
static size_t operator_values(const struct times *t, const struct bench_compared_operator *op,
                              bool of_b, double *values, int *used)
{
    const size_t processes = of_b ? t->processes_b : t->processes_a;
    const size_t room = t->processes_a + t->processes_b;
    double *sum = bench_xcalloc(processes, sizeof *sum), *logs = bench_xmalloc(room * sizeof *logs);
    size_t *there = bench_xcalloc(processes, sizeof *there), count = 0;
    int *numbers = bench_xmalloc(room * sizeof *numbers);
    for (size_t i = op->first_case; i < op->first_case + op->case_count; i++) {
        const struct bench_compared_case *item = &t->c->cases[i];
        if (!counts(item))
            continue;
        size_t n = logs_of(t, of_b ? item->b : item->a, logs, numbers);
        take_drift_off(t, logs, numbers, n, of_b ? t->processes_a : 0, t->inverse_ns[i]);
        for (size_t k = 0; k < n; k++) {
            sum[numbers[k]] += logs[k];
            there[numbers[k]]++;
        }
    }
    for (size_t p = 0; p < processes; p++)
        if (there[p] == op->compared) {
            values[count] = sum[p] / (double)op->compared;
            used[count++] = (int)p;
        }
    free(sum);
    free(logs);
    free(there);
    free(numbers);
    return count;
}

/* Of the mean over processes: what was taken off each, 1 / t being the mean over the cases. */
static double drift_variance(const struct times *t, const int *used, size_t count, size_t first,
                             double inverse_ns)
{
    double variance = 0;
    for (size_t i = 0; i < count && !t->c->options.ratios; i++)
        variance += bench_drift_variance(&t->c->drift, first + (size_t)used[i], inverse_ns);
    return variance / (double)(count * count);
}

/* Sums over the cases of an operator. */
struct sums {
    double n, moved, squares, inverse_ns, variance;
};

static struct sums add_up(const struct times *t, const struct bench_compared_operator *op)
{
    struct sums s = {0};
    for (size_t i = op->first_case; i < op->first_case + op->case_count; i++) {
        if (!counts(&t->c->cases[i]))
            continue;
        s.n++;
        s.moved += t->moved[i];
        s.inverse_ns += t->inverse_ns[i];
        s.variance += t->variance[i];
    }
    for (size_t i = op->first_case; i < op->first_case + op->case_count; i++)
        if (counts(&t->c->cases[i]))
            s.squares += (t->moved[i] - s.moved / s.n) * (t->moved[i] - s.moved / s.n);
    return s;
}

/* Means over many cases have lighter tails than each has. */
static double freedom_of(const struct bench_noise *noise, double cases)
{
    return noise->freedom + (noise->operator_freedom - noise->freedom) * fmin(1, (cases - 1) / 4);
}

static void compare_operator(struct times *t, struct bench_compared_operator *op)
{
    struct sums s = add_up(t, op);
    op->compared = (size_t)s.n;
    if (op->compared == 0)
        return;
    double *values = t->values, *other = t->values + t->processes_a;
    int *used = bench_xmalloc((t->processes_a + t->processes_b) * sizeof *used);
    int *other_used = used + t->processes_a;
    const double own = t->noise.operator_share * t->noise.operator_share;
    const double variance = s.variance / (s.n * s.n) + own;
    struct bench_change_side a = {.values = values, .variance = variance};
    struct bench_change_side b = {.values = other, .variance = variance};
    op->processes_a = a.count = operator_values(t, op, false, values, used);
    op->processes_b = b.count = operator_values(t, op, true, other, other_used);
    /* There is none that all cases were in: then at least the main process has them. */
    if (a.count > 0 && b.count > 0) {
        struct bench_change_prior prior = {.freedom = freedom_of(&t->noise, s.n),
                                           .process_freedom = 1,
                                           .scale = t->c->drift.scale};
        prior.common = drift_variance(t, used, a.count, 0, s.inverse_ns / s.n) +
                       drift_variance(t, other_used, b.count, t->processes_a, s.inverse_ns / s.n);
        if (s.n > 1)
            prior.spread =
                s.squares / (s.n - 1) / s.n +
                own * prior.scale * prior.scale * (1 / (double)a.count + 1 / (double)b.count);
        bench_change_of(&a, &b, &prior, &op->time);
    }
    free(used);
}

/* ---- verdicts ---- */

static void judge(struct bench_comparison *c)
{
    const size_t most = c->case_count > c->operator_count ? c->case_count : c->operator_count;
    struct bench_change **all = bench_xmalloc((most + 1) * sizeof(struct bench_change *));
    for (size_t i = 0; i < c->case_count; i++)
        all[i] = &c->cases[i].time;
    bench_change_judge(all, c->case_count, c->options.family / 2, c->options.minimum);
    for (size_t i = 0; i < c->operator_count; i++)
        all[i] = &c->operators[i].time;
    bench_change_judge(all, c->operator_count, c->options.family / 2, c->options.minimum);
    free(all);
    for (size_t i = 0; i < c->operator_count; i++) {
        struct bench_compared_operator *op = &c->operators[i];
        for (size_t k = op->first_case; k < op->first_case + op->case_count; k++)
            if (c->cases[k].time.known) {
                op->verdicts[c->cases[k].time.verdict]++;
                c->verdicts[c->cases[k].time.verdict]++;
            }
    }
}

static void note_what_lacks(const struct times *t)
{
    struct bench_comparison *c = t->c;
    if (!c->options.ratios && c->drift.items < 5)
        bench_compare_note(c,
                           "references and baselines that are the same code in both runs: %zu; so "
                           "the drift of clocks and floors between the runs is hardly known, and "
                           "changes must be larger to be seen",
                           c->drift.items);
    if (t->processes_a < 3 || t->processes_b < 3)
        bench_compare_note(c,
                           "%s measured in fewer than three processes: single cases must change "
                           "much to be told from noise; measure with `bench run --confirm`",
                           t->processes_a < 3 && t->processes_b < 3 ? "both runs were"
                           : t->processes_a < 3                     ? "A was"
                                                                    : "B was");
    if (c->drift.scale > 1.5)
        bench_compare_note(c,
                           "code that did not change differs between the runs by %.1f times what "
                           "is usual, and all intervals were widened so much",
                           c->drift.scale);
}

void bench_compare_times(struct bench_comparison *c)
{
    struct times t = {.c = c, .processes_a = processes_of(c->a), .processes_b = processes_of(c->b)};
    bench_noise_of(c->a->device.kind, &t.noise);
    if (!c->options.ratios)
        find_anchors(&t);
    bench_drift_fit(&t.noise, t.anchors, t.anchor_count, t.anchor_items, t.processes_a,
                    t.processes_b, &c->drift);
    t.values = bench_xmalloc((t.processes_a + t.processes_b) * sizeof *t.values);
    t.moved = bench_xcalloc(c->case_count + 1, sizeof *t.moved);
    t.inverse_ns = bench_xcalloc(c->case_count + 1, sizeof *t.inverse_ns);
    t.variance = bench_xcalloc(c->case_count + 1, sizeof *t.variance);
    for (size_t i = 0; i < c->case_count; i++)
        compare_case(&t, i);
    for (size_t i = 0; i < c->operator_count; i++)
        compare_operator(&t, &c->operators[i]);
    judge(c);
    note_what_lacks(&t);
    free(t.anchors);
    free(t.values);
    free(t.moved);
    free(t.inverse_ns);
    free(t.variance);
}
