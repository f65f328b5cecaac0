/* Whether a record that was read can be calculated with. Lines come from workers, in which
 * candidates run, and from files: whoever judges records relies on what is checked here. */
#include "bench/case/record_check.h"

#include <math.h>

/* More than eleven days: no launch, floor or case takes that, and sums of squares of less have
 * room in a double. */
#define MOST_NS 1e15

struct number {
    const char *key;
    double value, least, most;
};

static int check_numbers(const struct bench_json *o, const struct number *numbers, size_t count,
                         struct bench_err *err)
{
    for (size_t i = 0; i < count; i++) {
        const struct number *n = &numbers[i];
        const struct bench_json *member = bench_json_get(o, n->key);
        if (!(n->value >= n->least && n->value <= n->most))
            return bench_json_error(member != NULL ? member : o, err,
                                    "%s is %g, expected a number from %g to %g", n->key, n->value,
                                    n->least, n->most);
    }
    return BENCH_OK;
}

static int check_samples(const struct bench_json *o, const char *key, const double *samples,
                         size_t count, struct bench_err *err)
{
    for (size_t i = 0; i < count; i++)
        if (!(samples[i] >= 0 && samples[i] <= MOST_NS))
            return bench_json_error(bench_json_get(o, key), err,
                                    "sample %zu is %g, expected 0 to %g ns", i, samples[i],
                                    MOST_NS);
    return BENCH_OK;
}

static int check_identity(const struct bench_json *o, const struct bench_record *r,
                          struct bench_err *err)
{
    bool nobody = r->status == BENCH_STATUS_UNSUPPORTED || r->status == BENCH_STATUS_UNAVAILABLE;
    if (r->roles == 0)
        return bench_json_error(o, err, "it plays no role");
    if (r->implementation == NULL && !nobody)
        return bench_json_error(o, err, "the status '%s' of no implementation",
                                bench_status_name(r->status));
    return BENCH_OK;
}

static int check_graph(const struct bench_json *o, const struct bench_record *r,
                       struct bench_err *err)
{
    if ((r->graph_launches > 0) != (r->graph_round_count > 0))
        return bench_json_error(o, err, "%d launches in a graph and %zu samples of it",
                                r->graph_launches, r->graph_round_count);
    return BENCH_OK;
}

int bench_record_check(const struct bench_json *o, const struct bench_record *r,
                       struct bench_err *err)
{
    const struct number numbers[] = {
        {"floor_ns", r->floor_ns, -MOST_NS, MOST_NS},
        {"own_ns", r->own_ns, 0, MOST_NS},
        {"floor_low_ns", r->floor_low_ns, 0, r->floor_high_ns},
        {"floor_high_ns", r->floor_high_ns, 0, MOST_NS},
        {"floor_taken_ns", r->floor_taken_ns, r->floor_low_ns, r->floor_high_ns},
        {"graph_floor_low_ns", r->graph_floor_low_ns, -MOST_NS, r->graph_floor_high_ns},
        {"graph_floor_high_ns", r->graph_floor_high_ns, -MOST_NS, MOST_NS},
        {"resolution_ns", r->resolution_ns, 0, MOST_NS},
        {"alpha", r->alpha, 0, 0.5},
        {"rounds_host_ns", r->rounds_host_ns, 0, HUGE_VAL},
        {"case_host_ns", r->case_host_ns, 0, HUGE_VAL},
        {"do_bench_ns", r->do_bench_ns, 0, MOST_NS},
        {"roofline_ns", r->roofline_ns, 0, MOST_NS},
    };
    int rc;
    if ((rc = check_identity(o, r, err)) != 0 || (rc = check_graph(o, r, err)) != 0 ||
        (rc = check_numbers(o, numbers, sizeof numbers / sizeof *numbers, err)) != 0 ||
        (rc = check_samples(o, "elapsed_ns", r->elapsed_ns, r->round_count, err)) != 0 ||
        (rc = check_samples(o, "twin_elapsed_ns", r->twin_elapsed_ns, r->twin_round_count, err)) !=
            0)
        return rc;
    return check_samples(o, "graph_elapsed_ns", r->graph_elapsed_ns, r->graph_round_count, err);
}
