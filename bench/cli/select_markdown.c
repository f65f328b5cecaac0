/* A selection as Markdown: what a pull request shows of it. */
#include <math.h>
#include <stdlib.h>

#include "bench/cli/select_report.h"
#include "bench/util/markdown.h"
#include "bench/util/mem.h"

static void add_number(struct bench_str *out, double v, int digits, const char *suffix)
{
    if (isnan(v))
        bench_str_add(out, " – |");
    else
        bench_str_addf(out, " %.*f%s |", digits, v, suffix);
}

static void add_end(struct bench_str *out, double v)
{
    if (isfinite(v))
        bench_str_addf(out, "%.4g", v);
    else
        bench_str_add(out, "any");
}

/* What decided, in the criterion's unit: "1.36 (1.33 to 1.39)". */
static void add_judged(struct bench_str *out, const struct bench_selection *s,
                       const struct bench_selection_op *op)
{
    const struct bench_check *aggregate = bench_selection_check(op, BENCH_CHECK_AGGREGATE);
    const struct bench_check *check = bench_selection_judged(s, op);
    if (!check) {
        bool points = !aggregate || aggregate->by == BENCH_BY_POINTS;
        bench_str_add(out, points ? " point estimate |" : " by shares of the cases |");
        return;
    }
    bench_str_addc(out, ' ');
    add_end(out, check->value);
    bench_str_add(out, " (");
    add_end(out, check->low);
    bench_str_add(out, " to ");
    add_end(out, check->high);
    bench_str_addc(out, ')');
    if (check->by == BENCH_BY_RUN && op->decision->processes)
        bench_str_addf(out, ", %zu processes", op->decision->processes);
    bench_str_add(out, " |");
}

static void add_row(struct bench_str *out, const struct bench_selection *s,
                    const struct bench_selection_op *op)
{
    bench_str_add(out, "| ");
    bench_markdown_add(out, op->op->name);
    bench_str_addf(out, " | %zu of %zu |", op->case_count, op->total);
    if (s->batch == 1) {
        add_number(out, op->avg_speedup, 2, "×");
        add_judged(out, s, op);
        add_number(out, op->worst_speedup, 2, "×");
        add_number(out, 100 / op->avg_relative, 0, " %");
    } else {
        add_number(out, 100 / op->avg_relative, 0, " %");
        add_judged(out, s, op);
        add_number(out, 100 / op->worst_relative, 0, " %");
    }
    bench_str_addc(out, '\n');
}

/* Best first, by what the batch is about. */
static void add_selected(struct bench_str *out, const struct bench_selection *s)
{
    const struct bench_selection_op **best =
        bench_xmalloc((s->op_count + 1) * sizeof(const struct bench_selection_op *));
    size_t n = bench_select_best(s, s->batch == 1, best, s->op_count);
    const char *base = s->players.baseline ? "baseline" : "CUDA";
    if (n && s->batch == 1)
        bench_str_addf(out,
                       "\n| operator | cases | speedup over %s | judged | worst case | of %s |\n"
                       "|---|--:|--:|---|--:|--:|\n",
                       bench_players_reference_name(&s->players), base);
    else if (n)
        bench_str_addf(out,
                       "\n| operator | cases | of %s | judged relative time | worst case "
                       "|\n|---|--:|--:|---|--:|\n",
                       base);
    bool judged = false;
    for (size_t i = 0; i < n; i++) {
        add_row(out, s, best[i]);
        judged |= bench_selection_judged(s, best[i]) != NULL;
    }
    if (judged)
        bench_str_add(out, "\n*judged*: the value and the interval that decided, with the floor "
                           "allowed for and, where confirmed, over fresh processes. The other "
                           "numbers are ratios of the times as they stand in the data.\n");
    free(best);
}

static void add_rejected(struct bench_str *out, const struct bench_selection *s)
{
    if (s->selected_ops == s->op_count)
        return;
    bench_str_addf(out,
                   "\n<details><summary>Not selected: %zu</summary>\n\n| operator | answer | why "
                   "|\n|---|---|---|\n",
                   s->op_count - s->selected_ops);
    for (size_t i = 0; i < s->op_count; i++) {
        const struct bench_selection_op *op = &s->ops[i];
        if (op->selected)
            continue;
        bench_str_add(out, "| ");
        bench_markdown_add(out, op->op->name);
        bench_str_addf(out, " | %s | ", bench_answer_name(op->answer));
        bench_markdown_add(out, op->reason);
        bench_str_add(out, " |\n");
    }
    bench_str_add(out, "\n</details>\n");
}

static void add_players(struct bench_str *out, const struct bench_players *players)
{
    if (players->reference) {
        bench_str_add(out, "Reference: ");
        bench_markdown_add(out, players->reference);
        bench_str_addf(out, " (%s). ", bench_players_whose_reference(players));
    }
    if (players->baseline) {
        bench_str_add(out, "Baseline: ");
        bench_markdown_add(out, players->baseline);
        bench_str_add(out, ". ");
    }
}

void bench_select_markdown(const struct bench_selection *s, struct bench_str *out)
{
    char *rule = bench_criteria_describe(s->criteria);
    bench_str_addf(out, "### Batch %d: %zu of %zu %s selected\n\nCriteria ", s->batch,
                   s->selected_ops, s->op_count, s->op_count == 1 ? "operator" : "operators");
    bench_markdown_add(out, s->criteria->name);
    bench_str_add(out, ": ");
    bench_markdown_add(out, rule);
    bench_str_add(out, ". ");
    if (s->device) {
        bench_str_add(out, "Measured on ");
        bench_markdown_add(out, s->device);
        bench_str_add(out, ". ");
    }
    add_players(out, &s->players);
    if (s->note) {
        bench_str_add(out, "**Note**: ");
        bench_markdown_add(out, s->note);
        bench_str_add(out, ". ");
    }
    if (s->by_points && s->op_count)
        bench_str_addf(out, "%s by point estimate: %s.",
                       s->by_points == s->op_count ? "Decided" : "Decided in part",
                       s->criteria->intervals ? "the data tell no intervals"
                                              : "the criteria look at no intervals");
    while (out->len && out->data[out->len - 1] == ' ')
        out->data[--out->len] = '\0';
    bench_str_addc(out, '\n');
    add_selected(out, s);
    add_rejected(out, s);
    free(rule);
}
