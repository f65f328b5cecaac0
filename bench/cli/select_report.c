#include "bench/cli/select_report.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/util/mem.h"

#define TOP 5

/* Widths of columns. */
#define CASES_WIDTH 9
#define KEPT_WIDTH 15
#define NUMBER_WIDTH 8
#define MEAN_WIDTH 12
#define SHARE_WIDTH 9

/* Right-aligned, "-" for what cannot be calculated; `suffix` is "x" or "%". */
static void print_number(int width, double v, int digits, const char *suffix)
{
    char text[48];
    if (isnan(v))
        snprintf(text, sizeof(text), "-");
    else
        snprintf(text, sizeof(text), "%.*f%s", digits, v, suffix);
    printf("  %*s", width, text);
}

static const char *operators(size_t n)
{
    return n == 1 ? "operator" : "operators";
}

static void print_head(const struct bench_selection *s, int width)
{
    bool geomean = s->policy == BENCH_POLICY_GEOMEAN;
    const char *rule = geomean ? "geometric mean" : "any case";
    const char *share = s->players.baseline ? "% of base" : "% of CUDA";
    int cases = geomean ? CASES_WIDTH : KEPT_WIDTH;
    if (s->batch == 1) {
        printf("Batch 1, operators that %s: %s of flaggems_time / your_time >= %.2f\n\n",
               s->players.reference ? "have a reference" : "FlagGems has", rule, s->threshold);
        printf("%-*s  %*s  %*s  %8s  %9s  %s\n", width, "operator", cases, "cases",
               geomean ? NUMBER_WIDTH : MEAN_WIDTH, geomean ? "speedup" : "mean of kept", "min",
               share, "verdict");
    } else {
        printf("Batch 2, operators new to FlagGems: %s of your_time / cuda_time <= %.2f\n\n", rule,
               s->threshold);
        printf("%-*s  %*s  %*s  %9s  %s\n", width, "operator", cases, "cases",
               geomean ? SHARE_WIDTH : MEAN_WIDTH, geomean ? share : "mean of kept", "min",
               "verdict");
    }
}

static void print_row(const struct bench_selection *s, const struct bench_selection_op *op,
                      int width)
{
    char cases[64];
    bool geomean = s->policy == BENCH_POLICY_GEOMEAN;
    if (geomean)
        snprintf(cases, sizeof(cases), "%zu/%zu", op->compared, op->total);
    else
        snprintf(cases, sizeof(cases), "%zu of %zu kept", op->passed, op->total);
    printf("%-*s  %*s", width, op->op->name, geomean ? CASES_WIDTH : KEPT_WIDTH, cases);
    /* Of a rejected operator nothing is kept: its means would be over other cases. */
    bool has_means = geomean || op->selected;
    double speedup = has_means ? op->avg_speedup : NAN;
    double relative = has_means ? op->avg_relative : NAN;
    if (s->batch == 1) {
        print_number(geomean ? NUMBER_WIDTH : MEAN_WIDTH, speedup, 2, "x");
        print_number(NUMBER_WIDTH, op->worst_speedup, 2, "x");
        print_number(SHARE_WIDTH, 100 / relative, 0, "%");
    } else {
        print_number(geomean ? SHARE_WIDTH : MEAN_WIDTH, 100 / relative, 0, "%");
        print_number(SHARE_WIDTH, 100 / op->worst_relative, 0, "%");
    }
    bool open = op->decision && op->decision->answer == BENCH_DATASET_UNDETERMINED;
    printf("  %s: %s\n", op->selected ? "selected" : (open ? "undetermined" : "no"), op->reason);
}

static bool by_speedup; /* of the comparison below, which qsort gives no argument */

static int compare_best(const void *a, const void *b)
{
    const struct bench_selection_op *x = *(const struct bench_selection_op *const *)a;
    const struct bench_selection_op *y = *(const struct bench_selection_op *const *)b;
    double u = by_speedup ? -x->avg_speedup : x->avg_relative;
    double v = by_speedup ? -y->avg_speedup : y->avg_relative;
    if (u != v)
        return u < v ? -1 : 1;
    return strcmp(x->op->name, y->op->name);
}

static void print_top(const struct bench_selection *s, bool speedup)
{
    const struct bench_selection_op **best =
        bench_xmalloc(s->op_count * sizeof(const struct bench_selection_op *));
    size_t n = 0;
    for (size_t i = 0; i < s->op_count; i++)
        if (s->ops[i].selected && !isnan(speedup ? s->ops[i].avg_speedup : s->ops[i].avg_relative))
            best[n++] = &s->ops[i];
    by_speedup = speedup;
    qsort(best, n, sizeof(const struct bench_selection_op *), compare_best);
    if (n)
        printf("\n%s against %s:\n", speedup ? "Fastest" : "Best",
               speedup ? bench_players_reference_name(&s->players)
                       : bench_players_baseline_name(&s->players));
    for (size_t i = 0; i < n && i < TOP; i++) {
        if (speedup)
            printf("  %s: %.2fx\n", best[i]->op->name, best[i]->avg_speedup);
        else
            printf("  %s: %.0f%% of %s\n", best[i]->op->name, 100 / best[i]->avg_relative,
                   bench_players_baseline_name(&s->players));
    }
    free(best);
}

void bench_select_report(const struct bench_selection *s, const char *path)
{
    if (s->op_count == 0) {
        printf("Batch %d: %s; an empty selection is in %s\n", s->batch,
               s->batch == 1 ? "there are no operators to compare with FlagGems"
                             : "there are no operators new to FlagGems",
               path);
        return;
    }
    int width = 8;
    for (size_t i = 0; i < s->op_count; i++)
        if ((int)strlen(s->ops[i].op->name) > width)
            width = (int)strlen(s->ops[i].op->name);
    print_head(s, width);
    for (size_t i = 0; i < s->op_count; i++)
        print_row(s, &s->ops[i], width);
    if (s->batch == 1)
        print_top(s, true);
    print_top(s, false);
    printf("\nBatch %d: %zu of %zu %s selected, with %zu %s: %s\n", s->batch, s->selected_ops,
           s->op_count, operators(s->op_count), s->selected_cases,
           s->selected_cases == 1 ? "case" : "cases", path);
}
