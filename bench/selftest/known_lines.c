/* Kernels whose ratio is known by construction. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/case/format.h"
#include "bench/measure/stats.h"
#include "bench/selftest/known_table.h"
#include "bench/selftest/steps.h"

/* Of the threshold: what "near" means, and where an answer is neither right nor wrong. */
#define NEAR 0.055
#define AT 0.001
/* Cases of this length and more are decided near the threshold, so many of them. */
#define DECIDED_NS 5e3
#define DECIDED_SHARE 0.90
/* So many steps take so many times a step: within 1 %, or one step between the heaps that event
 * times lie in (bench/selftest/steps.h), which both the time and the start that it is compared with
 * may be off by. On an H100 the heaps are some 200 ns apart, and times off by up to 145 ns, at 6 us
 * as at 34 us. Never less than three of its clock's steps of 32 ns. */
#define LINEAR_SHARE 0.01
#define LINEAR_LEAST_NS 100.0

static double empty_ns(const struct bench_record *r)
{
    return r->floor_ns + r->own_ns;
}

/* Elapsed time beyond an empty kernel's. */
static double beyond_ns(const struct selftest_case *c)
{
    const struct bench_record *r = c->candidate;
    return bench_grouped_median(r->elapsed_ns, r->round_count, r->resolution_ns) - empty_ns(r);
}

static double steps_of(const struct selftest_case *c)
{
    return c->candidate_passes * c->work;
}

void selftest_law_find(const struct selftest_suite_run *run, struct selftest_law *law)
{
    struct selftest_case c;
    double most = 0;
    *law = (struct selftest_law){.known = false};
    for (size_t i = 0; i < run->suite->case_count; i++)
        if (selftest_case_get(run, i, &c) && steps_of(&c) <= 0) {
            law->known = true;
            law->start_ns = fmax(0, beyond_ns(&c));
        }
    for (size_t i = 0; law->known && i < run->suite->case_count; i++)
        if (selftest_case_get(run, i, &c) && steps_of(&c) > most) {
            most = steps_of(&c);
            law->step_ns = (beyond_ns(&c) - law->start_ns) / most;
        }
    law->known = law->known && law->step_ns > 0;
}

double selftest_law_ratio(const struct selftest_law *law, const struct selftest_case *c)
{
    double above = c->reference_passes, below = c->candidate_passes;
    if (!law->known)
        return above / below;
    double pass_ns = c->work * law->step_ns;
    return (law->start_ns + above * pass_ns) / (law->start_ns + below * pass_ns);
}

/* ---- counting ---- */

struct known {
    size_t cases, missing;
    size_t pass, fail, wrong;
    size_t at, at_decided; /* the threshold itself */
    size_t holds, holds_plain;
    size_t near, near_decided; /* of cases that are long enough */
    size_t graph;              /* judged by the second estimate */
    size_t disagree;           /* judged by both, since the two do not overlap */
    double linear_ns;          /* what a time may be off by, whatever its length */
    double linear_worst;       /* in units of what it may be off by; of that case: */
    double linear_off_ns, linear_off;
    size_t linear_cases;
    const char *wrong_label, *linear_label;
};

static void count_answer(const struct selftest_case *c, double truth, double threshold,
                         struct known *k)
{
    enum bench_answer answer = c->judgement->answer;
    double plain = c->reference_passes / c->candidate_passes;
    bool at = fabs(plain / threshold - 1) < AT;
    k->pass += answer == BENCH_PASS;
    k->fail += answer == BENCH_FAIL;
    k->at += at;
    k->at_decided += at && answer != BENCH_UNDETERMINED;
    if (!at && ((answer == BENCH_PASS && truth < threshold) ||
                (answer == BENCH_FAIL && truth >= threshold))) {
        k->wrong++;
        k->wrong_label = c->plan->label;
    }
    if (!at && fabs(plain / threshold - 1) < NEAR && c->time_ns >= DECIDED_NS) {
        k->near++;
        k->near_decided += answer != BENCH_UNDETERMINED;
    }
}

static void count_linear(const struct selftest_case *c, const struct selftest_law *law,
                         struct known *k)
{
    double wanted = law->start_ns + steps_of(c) * law->step_ns, off = fabs(beyond_ns(c) - wanted);
    double share = off / fmax(LINEAR_SHARE * wanted, k->linear_ns);
    k->linear_cases++;
    if (share > k->linear_worst) {
        k->linear_worst = share;
        k->linear_off_ns = off;
        k->linear_off = off / wanted;
        k->linear_label = c->plan->label;
    }
}

static double linear_limit_ns(const struct selftest_suite_run *run)
{
    size_t count = 0;
    double *spreads = bench_xmalloc((run->suite->case_count + 1) * sizeof *spreads), empty = 0;
    struct selftest_case c;
    for (size_t i = 0; i < run->suite->case_count; i++)
        if (selftest_case_get(run, i, &c)) {
            spreads[count++] =
                selftest_spread_ns(c.candidate->elapsed_ns, c.candidate->round_count);
            empty = empty_ns(c.candidate);
        }
    double limit = fmax(LINEAR_LEAST_NS, selftest_step_ns(spreads, count, empty));
    free(spreads);
    return limit;
}

static void count_known(const struct selftest_suite_run *run, const struct selftest_law *law,
                        struct known *k)
{
    double threshold = run->judge.criteria[BENCH_RULE_SPEEDUP].threshold;
    struct selftest_case c;
    *k = (struct known){.linear_ns = linear_limit_ns(run), .wrong_label = "", .linear_label = ""};
    for (size_t i = 0; i < run->suite->case_count; i++) {
        if (!selftest_case_get(run, i, &c)) {
            k->missing++;
            continue;
        }
        if (steps_of(&c) <= 0)
            continue; /* there to show what a kernel takes besides */
        const struct bench_ratio *r = &c.judgement->ratio;
        double truth = selftest_law_ratio(law, &c), plain = c.reference_passes / c.candidate_passes;
        k->cases++;
        k->holds += r->low <= truth && truth <= r->high;
        k->holds_plain += r->low <= plain && plain <= r->high;
        k->graph += strcmp(c.judgement->method, "graph") == 0;
        k->disagree += c.judgement->disagree;
        count_answer(&c, truth, threshold, k);
        if (law->known)
            count_linear(&c, law, k);
    }
}

/* ---- lines ---- */

static void report_side(const struct selftest_suite_run *run, const struct selftest_law *law,
                        const struct known *k, double threshold,
                        struct bench_selftest_report *report)
{
    struct bench_selftest_line *line = selftest_line(report, "known sides");
    struct selftest_values v;
    line->measured = selftest_text(
        report,
        "%zu of %zu on the wrong side of %.2f; %zu pass, %zu fail, %zu undetermined; at "
        "%.2f itself %zu of %zu decided; %zu by the graph estimate, %zu where it disagrees",
        k->wrong, k->cases, threshold, k->pass, k->fail, k->cases - k->pass - k->fail, threshold,
        k->at_decided, k->at, k->graph, k->disagree);
    line->limit = "none on the wrong side";
    selftest_require(report, line, k->wrong == 0, "among them %s", k->wrong_label);
    selftest_values_open(&v);
    bench_json_put_key_int(&v.writer, "cases", (int64_t)k->cases);
    bench_json_put_key_int(&v.writer, "wrong", (int64_t)k->wrong);
    bench_json_put_key_int(&v.writer, "pass", (int64_t)k->pass);
    bench_json_put_key_int(&v.writer, "fail", (int64_t)k->fail);
    bench_json_put_key_int(&v.writer, "at_threshold", (int64_t)k->at);
    bench_json_put_key_int(&v.writer, "at_threshold_decided", (int64_t)k->at_decided);
    bench_json_put_key_int(&v.writer, "by_graph", (int64_t)k->graph);
    bench_json_put_key_int(&v.writer, "disagree", (int64_t)k->disagree);
    selftest_put(&v, "threshold", threshold);
    selftest_known_put(run, law, &v);
    selftest_values_close(&v, report, line);
    line->table = selftest_known_table(run, law, report);
}

static void report_intervals(const struct known *k, const struct selftest_law *law,
                             struct bench_selftest_report *report)
{
    size_t allowed = selftest_misses_allowed(k->cases);
    char start[32];
    struct bench_selftest_line *line = selftest_line(report, "known intervals");
    struct selftest_values v;
    line->measured =
        selftest_text(report, "%zu of %zu hold the true ratio%s%s%s", k->holds, k->cases,
                      law->known ? " (a kernel's start counts, " : "",
                      law->known ? bench_format_time(law->start_ns, start) : "",
                      law->known ? selftest_text(report, "; without it %zu)", k->holds_plain) : "");
    line->limit = selftest_text(report, "%zu (95 %%, less what chance takes)", k->cases - allowed);
    selftest_require(report, line, k->cases - k->holds <= allowed,
                     "intervals miss what they should hold");
    selftest_values_open(&v);
    bench_json_put_key_int(&v.writer, "cases", (int64_t)k->cases);
    bench_json_put_key_int(&v.writer, "hold", (int64_t)k->holds);
    bench_json_put_key_int(&v.writer, "hold_passes_alone", (int64_t)k->holds_plain);
    bench_json_put_key_int(&v.writer, "least", (int64_t)(k->cases - allowed));
    selftest_put(&v, "start_ns", law->start_ns);
    selftest_put(&v, "step_ns", law->step_ns);
    selftest_values_close(&v, report, line);
}

static void report_decided(const struct known *k, double threshold,
                           struct bench_selftest_report *report)
{
    struct bench_selftest_line *line = selftest_line(report, "known decisions");
    struct selftest_values v;
    line->measured = selftest_text(
        report, "at %.2f +- 5 %%, of 5 us and more: %zu of %zu cases decided (%.0f %%)", threshold,
        k->near_decided, k->near,
        k->near > 0 ? 100.0 * (double)k->near_decided / (double)k->near : 0);
    line->limit = selftest_text(report, "%.0f %%", DECIDED_SHARE * 100);
    selftest_require(report, line, k->near > 0, "there is no such case");
    selftest_require(report, line, (double)k->near_decided >= DECIDED_SHARE * (double)k->near,
                     "too many stay undetermined");
    selftest_values_open(&v);
    bench_json_put_key_int(&v.writer, "cases", (int64_t)k->near);
    bench_json_put_key_int(&v.writer, "decided", (int64_t)k->near_decided);
    selftest_values_close(&v, report, line);
}

static void report_linear(const struct known *k, const struct selftest_law *law,
                          struct bench_selftest_report *report)
{
    struct selftest_values v;
    if (!law->known) {
        selftest_skip(report, "known times", "these times are scripted and exact");
        return;
    }
    struct bench_selftest_line *line = selftest_line(report, "known times");
    line->measured = selftest_text(
        report, "n steps take n times %.3f ns: worst of %zu cases %.0f ns (%.2f %%) off%s%s",
        law->step_ns, k->linear_cases, k->linear_off_ns, k->linear_off * 100,
        k->linear_label[0] ? ", " : "", k->linear_label);
    line->limit = selftest_text(report, "%.0f %%, or %.0f ns (the step in which medians move)",
                                LINEAR_SHARE * 100, k->linear_ns);
    selftest_require(report, line, k->linear_worst <= 1,
                     "time is not in proportion to work: the clock moves, or events err");
    selftest_values_open(&v);
    bench_json_put_key_int(&v.writer, "cases", (int64_t)k->linear_cases);
    selftest_put(&v, "worst", k->linear_off);
    selftest_put(&v, "worst_ns", k->linear_off_ns);
    selftest_put(&v, "allowed_ns", k->linear_ns);
    selftest_put(&v, "step_ns", law->step_ns);
    selftest_values_close(&v, report, line);
}

void selftest_known_report(const struct selftest_suite_run *run, const char *failure,
                           struct bench_selftest_report *report)
{
    struct selftest_law law;
    struct known k;
    if (failure != NULL) {
        selftest_fail(report, "known ratios", "not measured: %s", failure);
        return;
    }
    double threshold = run->judge.criteria[BENCH_RULE_SPEEDUP].threshold;
    selftest_law_find(run, &law);
    count_known(run, &law, &k);
    if (k.missing > 0) {
        selftest_fail(report, "known ratios", "%zu of %zu cases have no ratio: %s", k.missing,
                      run->suite->case_count, selftest_suite_fault(run, report));
        return;
    }
    if (strcmp(report->device.kind, "cpu") == 0) {
        selftest_cases_report(report, "known cases", k.cases);
        return;
    }
    report_side(run, &law, &k, threshold, report);
    report_intervals(&k, &law, report);
    report_decided(&k, threshold, report);
    report_linear(&k, &law, report);
}
