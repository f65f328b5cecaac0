#include "bench/selftest/known_table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/case/format.h"
#include "bench/case/json_text.h"

/* Columns of the table; the suites have 8 ratios. */
#define MOST_RATIOS 12

static bool has_passes(const struct selftest_case *c)
{
    return c->candidate_passes > 0 && c->reference_passes > 0;
}

static double plain_ratio(const struct selftest_case *c)
{
    return c->reference_passes / c->candidate_passes;
}

/* Steps of the candidate: a row of the table is of one candidate. */
static double length_of(const struct selftest_case *c)
{
    return c->candidate_passes * (double)c->plan->shape[c->plan->ndim - 1];
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Puts `value` into the sorted set, if there is room and it is not in it. */
static void insert(double *set, size_t *count, size_t capacity, double value)
{
    for (size_t i = 0; i < *count; i++)
        if (set[i] == value)
            return;
    if (*count < capacity) {
        set[(*count)++] = value;
        qsort(set, *count, sizeof *set, ascending);
    }
}

/* "pass +0.12 %*" */
static void add_cell(const struct selftest_case *c, const struct selftest_law *law,
                     struct bench_str *out)
{
    static const char marks[] = {'?', 'P', 'F'};
    const struct bench_ratio *r = &c->judgement->ratio;
    double truth = selftest_law_ratio(law, c);
    bench_str_addf(out, "  %c%+6.2f%%%c", marks[c->judgement->answer],
                   (r->estimate / truth - 1) * 100,
                   r->low <= truth && truth <= r->high ? ' ' : '*');
}

static void add_row(const struct selftest_suite_run *run, const struct selftest_law *law,
                    double length, const double *ratios, size_t ratio_count, struct bench_str *out)
{
    struct selftest_case c;
    char time[32] = "";
    struct bench_str cells;
    bench_str_init(&cells);
    for (size_t k = 0; k < ratio_count; k++) {
        bool found = false;
        for (size_t i = 0; i < run->suite->case_count && !found; i++) {
            found = selftest_case_get(run, i, &c) && has_passes(&c) && length_of(&c) == length &&
                    plain_ratio(&c) == ratios[k];
            if (found) {
                add_cell(&c, law, &cells);
                bench_format_time(c.time_ns, time);
            }
        }
        if (!found)
            bench_str_add(&cells, "           ");
    }
    bench_str_addf(out, "%10s%s\n", time, cells.data);
    bench_str_fini(&cells);
}

const char *selftest_known_table(const struct selftest_suite_run *run,
                                 const struct selftest_law *law,
                                 struct bench_selftest_report *report)
{
    size_t rows = 0, columns = 0, cases = run->suite->case_count;
    double ratios[MOST_RATIOS], *lengths = bench_xcalloc(cases + 1, sizeof *lengths);
    struct selftest_case c;
    struct bench_str text;
    bench_str_init(&text);
    for (size_t i = 0; i < cases; i++)
        if (selftest_case_get(run, i, &c) && has_passes(&c)) {
            insert(lengths, &rows, cases, length_of(&c));
            insert(ratios, &columns, MOST_RATIOS, plain_ratio(&c));
        }
    bench_str_addf(&text,
                   "Known ratios: the answer at %.2f (P pass, F fail, ? undetermined), and how far "
                   "the estimate is\nfrom the true ratio (* the interval does not hold it)\n"
                   "candidate ",
                   run->judge.criteria[BENCH_RULE_SPEEDUP].threshold);
    for (size_t k = 0; k < columns; k++)
        bench_str_addf(&text, "  %8.3f ", ratios[k]);
    bench_str_addc(&text, '\n');
    for (size_t i = 0; i < rows; i++)
        add_row(run, law, lengths[i], ratios, columns, &text);
    const char *kept = selftest_text(report, "%s", text.data);
    bench_str_fini(&text);
    free(lengths);
    return kept;
}

void selftest_known_put(const struct selftest_suite_run *run, const struct selftest_law *law,
                        struct selftest_values *values)
{
    struct bench_json_writer *w = &values->writer;
    struct selftest_case c;
    bench_json_put_key(w, "cases_measured");
    bench_json_open_array(w);
    for (size_t i = 0; i < run->suite->case_count; i++) {
        if (!selftest_case_get(run, i, &c) || !has_passes(&c))
            continue;
        selftest_case_open(&c, values);
        selftest_put(values, "passes", plain_ratio(&c));
        selftest_put(values, "true", selftest_law_ratio(law, &c));
        bench_json_close_object(w);
    }
    bench_json_close_array(w);
}
