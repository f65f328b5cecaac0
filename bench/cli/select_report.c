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
#define JUDGED_WIDTH 24

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

static bool any_judged(const struct bench_selection *s)
{
    for (size_t i = 0; i < s->op_count; i++)
        if (bench_selection_judged(s, &s->ops[i]))
            return true;
    return false;
}

/* "1.36 (1.33 to 1.39)": what the reason says too. */
static void print_judged(const struct bench_check *check)
{
    char text[64] = "-";
    if (check && isfinite(check->high))
        snprintf(text, sizeof(text), "%.4g (%.4g to %.4g)", check->value, check->low, check->high);
    else if (check)
        snprintf(text, sizeof(text), "%.4g (%.4g to any)", check->value, check->low);
    printf("  %*s", JUDGED_WIDTH, text);
}

static void print_head(const struct bench_selection *s, int width)
{
    bool all = !s->criteria->plan;
    const char *share = s->players.baseline ? "% of base" : "% of CUDA";
    int cases = all ? CASES_WIDTH : KEPT_WIDTH;
    char *rule = bench_criteria_describe(s->criteria);
    if (s->batch == 1) {
        printf("Batch 1, operators that %s: %s\n\n",
               s->players.reference ? "have a reference" : "FlagGems has", rule);
        printf("%-*s  %*s  %*s  %*s  %*s", width, "operator", cases, "cases",
               all ? NUMBER_WIDTH : MEAN_WIDTH, all ? "speedup" : "mean of kept", NUMBER_WIDTH,
               "min", SHARE_WIDTH, share);
    } else {
        printf("Batch 2, operators new to FlagGems: %s\n\n", rule);
        printf("%-*s  %*s  %*s  %*s", width, "operator", cases, "cases",
               all ? SHARE_WIDTH : MEAN_WIDTH, all ? share : "mean of kept", SHARE_WIDTH, "min");
    }
    if (any_judged(s))
        printf("  %*s", JUDGED_WIDTH, s->batch == 1 ? "judged speedup" : "judged relative time");
    printf("  verdict\n");
    free(rule);
}

static void print_row(const struct bench_selection *s, const struct bench_selection_op *op,
                      int width, bool judged)
{
    char cases[64];
    bool all = !s->criteria->plan;
    if (all)
        snprintf(cases, sizeof(cases), "%zu/%zu", op->compared, op->total);
    else
        snprintf(cases, sizeof(cases), "%zu of %zu kept", op->passed, op->total);
    printf("%-*s  %*s", width, op->op->name, all ? CASES_WIDTH : KEPT_WIDTH, cases);
    /* Of a rejected operator nothing is kept: its means would be over other cases. */
    bool has_means = all || op->selected;
    double speedup = has_means ? op->avg_speedup : NAN;
    double relative = has_means ? op->avg_relative : NAN;
    if (s->batch == 1) {
        print_number(all ? NUMBER_WIDTH : MEAN_WIDTH, speedup, 2, "x");
        print_number(NUMBER_WIDTH, op->worst_speedup, 2, "x");
        print_number(SHARE_WIDTH, 100 / relative, 0, "%");
    } else {
        print_number(all ? SHARE_WIDTH : MEAN_WIDTH, 100 / relative, 0, "%");
        print_number(SHARE_WIDTH, 100 / op->worst_relative, 0, "%");
    }
    if (judged)
        print_judged(bench_selection_judged(s, op));
    bool open = op->answer == BENCH_UNDETERMINED;
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

size_t bench_select_best(const struct bench_selection *s, bool speedup,
                         const struct bench_selection_op **best, size_t count)
{
    const struct bench_selection_op **all =
        bench_xmalloc((s->op_count + 1) * sizeof(const struct bench_selection_op *));
    size_t n = 0;
    for (size_t i = 0; i < s->op_count; i++)
        if (s->ops[i].selected && !isnan(speedup ? s->ops[i].avg_speedup : s->ops[i].avg_relative))
            all[n++] = &s->ops[i];
    by_speedup = speedup;
    qsort(all, n, sizeof(const struct bench_selection_op *), compare_best);
    n = n < count ? n : count;
    memcpy(best, all, n * sizeof(const struct bench_selection_op *));
    free(all);
    return n;
}

static void print_top(const struct bench_selection *s, bool speedup)
{
    const struct bench_selection_op *best[TOP];
    size_t n = bench_select_best(s, speedup, best, TOP);
    const char *base = bench_players_baseline_name(&s->players);
    if (n)
        printf("\n%s against %s:\n", speedup ? "Fastest" : "Best",
               speedup ? bench_players_reference_name(&s->players) : base);
    for (size_t i = 0; i < n; i++) {
        if (speedup)
            printf("  %s: %.2fx\n", best[i]->op->name, best[i]->avg_speedup);
        else
            printf("  %s: %.0f%% of %s\n", best[i]->op->name, 100 / best[i]->avg_relative, base);
    }
}

/* Two numbers of one operator stand side by side, and differ. */
static void print_legend(const struct bench_selection *s)
{
    printf(
        "\njudged: the value and the interval that decided, with the floor allowed for and, where "
        "confirmed, over fresh processes.\nAll other numbers, and those of the lists below, are "
        "ratios of the times as they stand in the data (%s in the file).\n",
        s->batch == 1 ? "avg_speedup_vs_flaggems" : "avg_relative_to_cuda");
}

/* Whoever gave no intervals should know that chance had its say. */
static void print_evidence(const struct bench_selection *s)
{
    if (s->by_points == 0)
        return;
    printf("\nDecided by point estimate%s: %s.\n", s->by_points == s->op_count ? "" : " in part",
           s->criteria->intervals
               ? "the data tell no intervals, so a value near the threshold may be on either side"
               : "the criteria look at no intervals, so a value near the threshold may be on "
                 "either side");
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
    bool judged = any_judged(s);
    for (size_t i = 0; i < s->op_count; i++)
        print_row(s, &s->ops[i], width, judged);
    if (judged)
        print_legend(s);
    if (s->batch == 1)
        print_top(s, true);
    print_top(s, false);
    print_evidence(s);
    printf("\nBatch %d: %zu of %zu %s selected, with %zu %s: %s\n", s->batch, s->selected_ops,
           s->op_count, operators(s->op_count), s->selected_cases,
           s->selected_cases == 1 ? "case" : "cases", path);
}
