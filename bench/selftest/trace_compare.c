#include "bench/selftest/trace_compare.h"

#include <math.h>

#include "bench/measure/stats.h"
#include "bench/selftest/steps.h"

static bool was_measured(const struct trace_results *r, size_t point)
{
    return r->plain.elapsed_ns[point] > 0;
}

static double untraced_ns(const struct trace_results *r, size_t point)
{
    return (r->plain.elapsed_ns[point] + r->again.elapsed_ns[point]) / 2;
}

static void find_limits(const struct trace_results *r, struct trace_comparison *c)
{
    double spreads[2 * TRACE_MOST_POINTS];
    double empty = (r->plain.floor.empty_ns + r->again.floor.empty_ns) / 2;
    size_t count = 0;
    for (size_t i = 0; i < c->count; i++)
        if (was_measured(r, i)) {
            spreads[count++] = r->plain.spread_ns[i];
            spreads[count++] = r->again.spread_ns[i];
        }
    c->step_ns = fmax(TRACE_AGREE_NS, selftest_step_ns(spreads, count, empty));
    c->twice_ns = fmax(c->step_ns, SELFTEST_PROCESS_SHARE * empty);
}

static void compare_agreement(const struct trace_results *r, struct trace_comparison *c)
{
    double offsets[TRACE_MOST_POINTS];
    size_t count = 0;
    c->floor_low_ns = fmin(r->plain.floor.low_ns, r->again.floor.low_ns);
    c->floor_high_ns = fmax(r->plain.floor.high_ns, r->again.floor.high_ns);
    c->offset_least = INFINITY;
    c->offset_most = c->outside_ns = -INFINITY;
    for (size_t i = 0; i < c->count; i++) {
        if (!c->points[i].agreement || !was_measured(r, i))
            continue;
        double duration = r->traced.duration_ns[i], offset = untraced_ns(r, i) - duration;
        double allowed = fmax(TRACE_AGREE_NS, TRACE_AGREE_SHARE * duration);
        double outside = fmax(c->floor_low_ns - offset, offset - c->floor_high_ns) - allowed;
        offsets[count++] = offset;
        c->offset_least = fmin(c->offset_least, offset);
        c->offset_most = fmax(c->offset_most, offset);
        if (outside > c->outside_ns) {
            c->outside_ns = outside;
            c->outside = &c->points[i];
        }
    }
    c->offset_ns = bench_median(offsets, count);
}

/* The one of two changes that is larger, whichever its sign. */
static double larger(double a, double b)
{
    return fabs(a) > fabs(b) ? a : b;
}

static void compare_row(const struct trace_results *r, size_t i, struct trace_comparison *c)
{
    struct trace_row *row = &c->rows[c->row_count++];
    double untraced = untraced_ns(r, i), kernel = fmax(1, untraced - c->offset_ns);
    *row = (struct trace_row){.point = &c->points[i],
                              .untraced_ns = untraced,
                              .kernel_ns = kernel,
                              .again_ns = r->again.elapsed_ns[i] - r->plain.elapsed_ns[i],
                              .traced_ns = r->traced.elapsed_ns[i] - untraced,
                              .cupti_ns = r->traced.duration_ns[i] - kernel};
    /* The traced process is another one, so it may differ as much as two untraced ones may; the
     * mean is unsure by half of what the two that it is of differ by. */
    double allowed = fmax(TRACE_DISTURBED_SHARE * kernel, c->twice_ns) + fabs(row->again_ns) / 2;
    row->disturbed = fabs(larger(row->traced_ns, row->cupti_ns)) > allowed;
    if (row->disturbed && row->point->agreement && c->agreement_disturbed == NULL)
        c->agreement_disturbed = row;
    double share = fabs(row->again_ns) / fmax(TRACE_DISTURBED_SHARE * kernel, c->twice_ns);
    if (c->worst_again == NULL || share > c->worst_again_share) {
        c->worst_again_share = share;
        c->worst_again = row;
    }
}

/* Shapes of one kernel stand in the order of their blocks. */
static void add_to_kind(const struct trace_row *row, struct trace_kind *kind)
{
    double change = larger(row->traced_ns, row->cupti_ns) / row->kernel_ns;
    kind->shapes++;
    kind->most_blocks = row->point->blocks;
    if (row->disturbed) {
        kind->first = kind->first == 0 ? row->point->blocks : kind->first;
        kind->least = kind->disturbed == 0 ? change : fmin(kind->least, change);
        kind->most = kind->disturbed == 0 ? change : fmax(kind->most, change);
        kind->disturbed++;
    } else if (kind->first == 0) {
        kind->trusted = row->point->blocks;
    }
}

void trace_compare(const struct trace_results *results, struct trace_comparison *c)
{
    *c = (struct trace_comparison){.count = 0};
    c->count = trace_points(c->points);
    find_limits(results, c);
    compare_agreement(results, c);
    for (size_t i = 0; i < c->count; i++)
        if (was_measured(results, i))
            compare_row(results, i, c);
    for (size_t i = 0; i < c->row_count; i++)
        add_to_kind(&c->rows[i], &c->kinds[c->rows[i].point->kernel]);
}
