/* What does not reach a goal, with its number. */
#include <math.h>

#include "bench/report/kernels_impl.h"

struct missed {
    struct bench_str *out;
    const char *operator_name;
    enum kernels_form form;
    size_t count;
};

static void open_line(struct missed *m)
{
    if (m->form == KERNELS_ROW) {
        bench_str_addf(m->out, "| [");
        kernels_add_text(m->out, m->operator_name);
        bench_str_addf(m->out, "](#%s) | ", m->operator_name);
    } else {
        bench_str_add(m->out, m->count == 0 ? "Below a goal: " : "; ");
    }
    m->count++;
}

static void between(struct missed *m)
{
    bench_str_add(m->out, m->form == KERNELS_ROW ? " | " : ": ");
}

static void close_line(struct missed *m)
{
    if (m->form == KERNELS_ROW)
        bench_str_add(m->out, " |\n");
}

static void add_case(struct bench_str *out, const struct bench_outcome_case *c)
{
    bench_str_add(out, ", ");
    kernels_add_code(out, c->label);
}

/* What moves bytes nearly as fast as they can be copied cannot be beaten by much. */
static void add_reference_share(struct bench_str *out, const struct kernels_facts *f,
                                double threshold)
{
    if (!(f->reference_copy.mean * threshold > 1))
        return;
    bench_str_add(out, "; on large cases the reference itself reaches ");
    kernels_add_percent(out, f->reference_copy.mean);
    bench_str_add(out, " of the copy bandwidth");
}

/* Runs that decided nothing tell their times alone. */
static void add_rule(struct missed *m, const struct kernels_facts *f, enum bench_outcome_rule rule)
{
    static const double usual[BENCH_OUTCOME_RULES] = {1.30, 0.80};
    const struct bench_outcome_decision *d = &f->op->decisions[rule];
    struct report_speed s = report_speed(d, rule);
    double threshold = d->known ? s.threshold : usual[rule];
    double reached = d->known ? s.estimate : f->speed[rule].mean;
    bool passes = d->known ? d->answer == BENCH_PASS : reached >= threshold;
    if (isnan(reached) || passes)
        return;
    open_line(m);
    report_add_speed(m->out, threshold, rule);
    bench_str_add(m->out, rule == BENCH_OUTCOME_SPEEDUP ? " the reference’s speed"
                                                        : " of the baseline’s speed");
    between(m);
    report_add_speed(m->out, reached, rule);
    if (d->known && d->answer == BENCH_UNDETERMINED)
        bench_str_add(m->out, ", undetermined");
    if (rule == BENCH_OUTCOME_SPEEDUP)
        add_reference_share(m->out, f, threshold);
    close_line(m);
}

/* `what` the goal is a share of, of the cases of `mean`. */
static void add_mean(struct missed *m, const struct kernels_mean *mean, double goal,
                     const char *what, const char *cases)
{
    if (mean->below == 0)
        return;
    open_line(m);
    kernels_add_percent(m->out, goal);
    bench_str_addf(m->out, " of %s", what);
    between(m);
    kernels_add_percent(m->out, mean->mean);
    bench_str_addf(m->out, " over %zu %s, %zu of them below; the least ", mean->count, cases,
                   mean->below);
    kernels_add_percent(m->out, mean->worst);
    add_case(m->out, mean->worst_case);
    close_line(m);
}

static void add_failed(struct missed *m, const struct kernels_facts *f)
{
    if (f->failed == 0)
        return;
    open_line(m);
    bench_str_add(m->out, "right in every case");
    between(m);
    bench_str_addf(m->out, "failed in %zu of %zu", f->failed, f->cases);
    close_line(m);
}

size_t kernels_add_missed(struct bench_str *out, const struct kernels_facts *f,
                          const struct bench_operator *op, enum kernels_form form)
{
    struct missed m = {out, op->name, form, 0};
    if (f->run == NULL)
        return 0;
    add_failed(&m, f);
    add_rule(&m, f, BENCH_OUTCOME_SPEEDUP);
    add_rule(&m, f, BENCH_OUTCOME_RELATIVE);
    add_mean(&m, &f->copy, BENCH_GOAL_COPY, "the copy bandwidth", "large cases");
    add_mean(&m, &f->library, BENCH_GOAL_LIBRARY, "the library’s speed in half precision", "cases");
    if (form == KERNELS_SENTENCE && m.count > 0)
        bench_str_add(out, ".");
    return m.count;
}
