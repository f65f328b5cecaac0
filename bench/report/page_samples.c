/* The samples of the page: as many as fit what it may hold, the same rounds of each arm, and of the
 * cases nearest to a decision where it cannot be all. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/report_impl.h"

/* Of one arm of a case. More dots than MOST are not told apart on a screen, and fewer than LEAST do
 * not show a distribution. */
#define MOST 240
#define LEAST 32
/* Steps of the axis that samples are rounded to, for the page alone: a third of a dot at most. */
#define STEPS 999

struct nearness {
    double distance;
    size_t at;
};

static size_t arms(const struct bench_outcome_case *c)
{
    size_t count = 0;
    for (int r = 0; r < BENCH_ROLE_COUNT; r++)
        count += c->roles[r].standing == BENCH_OUTCOME_OK && c->roles[r].rounds > 0;
    return count;
}

/* How far the nearest answer is from its threshold, in logarithms; an open one is nearest. */
static double distance(const struct bench_outcome_case *c)
{
    double nearest = INFINITY;
    for (int rule = 0; rule < BENCH_OUTCOME_RULES; rule++) {
        const struct bench_outcome_decision *d = &c->decisions[rule];
        if (!d->known || !(d->ratio.estimate > 0))
            continue;
        double off =
            d->answer == BENCH_UNDETERMINED ? 0 : fabs(log(d->ratio.estimate / d->threshold));
        nearest = off < nearest ? off : nearest;
    }
    return nearest;
}

static int by_distance(const void *a, const void *b)
{
    const struct nearness *x = a, *y = b;
    if (x->distance != y->distance)
        return x->distance < y->distance ? -1 : 1;
    return x->at < y->at ? -1 : x->at > y->at;
}

/* LEAST of each arm of the nearest cases, until `most` are spent. */
static void take_nearest(struct report_samples *plan, const struct bench_outcome *o, size_t most)
{
    struct nearness *order = bench_xmalloc((o->case_count + 1) * sizeof *order);
    size_t taken = 0;
    for (size_t i = 0; i < o->case_count; i++)
        order[i] = (struct nearness){distance(&o->cases[i]), i};
    qsort(order, o->case_count, sizeof *order, by_distance);
    for (size_t i = 0; i < o->case_count; i++) {
        size_t count = arms(&o->cases[order[i].at]) * LEAST;
        if (count == 0 || count > most)
            continue;
        most -= count;
        plan->wanted[order[i].at] = true;
        taken++;
    }
    free(order);
    bench_str_addf(&plan->note,
                   "This page holds samples of %zu of its %zu cases, those nearest to a decision; "
                   "the journal of the run has all (bench report --samples N takes more).",
                   taken, o->case_count);
}

void report_samples_plan(struct report_samples *plan, const struct bench_outcome *o, size_t most)
{
    size_t all = 0;
    *plan = (struct report_samples){.wanted = bench_xcalloc(o->case_count + 1, sizeof(bool))};
    bench_str_init(&plan->note);
    for (size_t i = 0; i < o->case_count; i++)
        all += arms(&o->cases[i]);
    if (!o->has_journal || most == 0) {
        bench_str_add(&plan->note, o->has_journal
                                       ? "This page was made without samples (--samples 0)."
                                       : "No samples: the run's journal was not there to be read.");
        return;
    }
    plan->each = all == 0 || most / all > MOST ? MOST : most / all;
    if (plan->each < LEAST) {
        plan->each = LEAST;
        take_nearest(plan, o, most);
        return;
    }
    for (size_t i = 0; i < o->case_count; i++)
        plan->wanted[i] = arms(&o->cases[i]) > 0;
}

void report_samples_fini(struct report_samples *plan)
{
    free(plan->wanted);
    bench_str_fini(&plan->note);
}

/* {"b": least, "u": step, "s": [steps above it]}, times in ns, every `stride`-th. */
static void put_arm(struct bench_str *out, const double *ms, size_t count, size_t stride)
{
    double low = INFINITY, high = 0;
    for (size_t i = 0; i < count; i += stride) {
        low = ms[i] < low ? ms[i] : low;
        high = ms[i] > high ? ms[i] : high;
    }
    double unit = high > low ? (high - low) / STEPS : 1e-6;
    bench_str_addf(out, "{\"b\":%.8g,\"u\":%.6g,\"s\":", low * 1e6, unit * 1e6);
    for (size_t i = 0; i < count; i += stride)
        bench_str_addf(out, "%s%.0f", i ? "," : "[", (ms[i] - low) / unit);
    bench_str_add(out, "]}");
}

/* [case, rounds, stride, [arms]]: a line. */
static int put_case(struct bench_str *out, const struct bench_outcome *o, size_t i, size_t each,
                    struct bench_err *err)
{
    const struct bench_outcome_case *c = &o->cases[i];
    size_t rounds = 0;
    for (int r = 0; r < BENCH_ROLE_COUNT; r++)
        rounds = c->roles[r].rounds > rounds ? c->roles[r].rounds : rounds;
    size_t stride = (rounds + each - 1) / each;
    bench_str_addf(out, "[%zu,%zu,%zu,[", i, rounds, stride);
    for (int r = 0; r < BENCH_ROLE_COUNT; r++) {
        double *ms = NULL;
        size_t count = 0;
        bench_str_add(out, r ? "," : "");
        int rc = c->roles[r].standing == BENCH_OUTCOME_OK
                     ? bench_outcome_samples(o, c, (enum bench_role)r, 0, &ms, &count, err)
                     : BENCH_EUNSUPPORTED;
        if (rc != BENCH_OK && rc != BENCH_EUNSUPPORTED)
            return rc;
        if (count)
            put_arm(out, ms, count, stride);
        else
            bench_str_add(out, "null");
        free(ms);
    }
    bench_str_add(out, "]]\n");
    return BENCH_OK;
}

int report_samples_write(const struct report_samples *plan, const struct bench_outcome *o,
                         struct report_out *out, struct bench_err *err)
{
    int rc = BENCH_OK;
    for (size_t i = 0; i < o->case_count && rc == BENCH_OK; i++) {
        if (plan->wanted[i])
            rc = put_case(&out->text, o, i, plan->each, err);
        report_flush(out);
    }
    return rc;
}
