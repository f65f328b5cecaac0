/* Where the courses of a report changed their level, and what else differs there. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/history/change.h"
#include "bench/report/report_impl.h"

/* |log ratio| of the smallest step that is told: 1 %. */
#define LEAST 0.00995
/* Noise that single runs are taken for where their intervals tell none. */
#define LEAST_NOISE 1e-4

/* One operator by one rule, in the runs that have it. */
struct course {
    const char *name;
    enum bench_outcome_rule rule;
    double *y;                              /* logarithms of the ratios */
    size_t *runs;                           /* which run each is of */
    const struct report_operator **entries; /* and its operator there */
    size_t count;
    double noise; /* the median of what the runs' own intervals say */
};

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Standard deviation that an interval of 95 % stands for, from sampling alone: the floor's part is
 * the same in every run. */
static double own_noise(const struct bench_ratio *ratio)
{
    bool known = ratio->stat_low > 0 && isfinite(ratio->stat_high);
    return known ? log(ratio->stat_high / ratio->stat_low) / (2 * 1.96) : 0;
}

static const struct report_operator *find(const struct report_run *run, const char *name)
{
    for (size_t i = 0; i < run->operator_count; i++)
        if (strcmp(run->operators[i].name, name) == 0)
            return &run->operators[i];
    return NULL;
}

static void read_course(const struct bench_report *report, struct course *c)
{
    double *noises = bench_xmalloc(report->run_count * sizeof *noises);
    c->count = 0;
    for (size_t run = 0; run < report->run_count; run++) {
        const struct report_operator *op = find(&report->runs[run], c->name);
        const struct bench_outcome_decision *d = op ? &op->decisions[c->rule] : NULL;
        if (d == NULL || !d->known || !(d->ratio.estimate > 0) || !isfinite(d->ratio.estimate))
            continue;
        noises[c->count] = own_noise(&d->ratio);
        c->y[c->count] = log(d->ratio.estimate);
        c->runs[c->count] = run;
        c->entries[c->count++] = op;
    }
    qsort(noises, c->count, sizeof *noises, by_value);
    c->noise = c->count ? fmax(noises[c->count / 2], LEAST_NOISE) : LEAST_NOISE;
    free(noises);
}

static void add_difference(struct bench_str *out, const char *what, const char *before,
                           const char *after)
{
    if (strcmp(before, after) == 0)
        return;
    bench_str_addf(out, "; %s %s → %s", what, before[0] ? before : "none",
                   after[0] ? after : "none");
}

/* "between a and b; driver 570 → 580" */
static void describe(const struct bench_report *report, const struct course *c,
                     const struct bench_change *change, struct bench_str *out)
{
    static const char *const names[REPORT_CIRCUMSTANCES] = {
        "device", "driver", "compiler", "commit", "bench", "host", "mode", "cache"};
    const struct report_run *before = &report->runs[c->runs[change->at - 1]];
    const struct report_run *after = &report->runs[c->runs[change->at]];
    bench_str_addf(out, "between %s and %s", before->name, after->name);
    if (change->earliest < change->at || change->latest > change->at)
        bench_str_addf(out, " (or as early as %s, as late as %s)",
                       report->runs[c->runs[change->earliest]].name,
                       report->runs[c->runs[change->latest]].name);
    for (int i = 0; i < REPORT_CIRCUMSTANCES; i++)
        add_difference(out, names[i], before->circumstances[i], after->circumstances[i]);
    size_t cases[] = {c->entries[change->at - 1]->case_count, c->entries[change->at]->case_count};
    if (cases[0] != cases[1])
        bench_str_addf(out, "; cases %zu → %zu", cases[0], cases[1]);
}

struct found {
    struct bench_report_change *changes;
    size_t count, capacity;
};

static void find_in(const struct bench_report *report, struct course *c, struct found *found)
{
    const struct bench_change_settings settings = {.least = LEAST, .noise = c->noise};
    struct bench_change *changes = NULL;
    size_t count = bench_change_find(c->y, c->count, &settings, &changes, NULL);
    for (size_t i = 0; i < count; i++) {
        if (found->count == found->capacity) {
            found->capacity = found->capacity ? found->capacity * 2 : 16;
            found->changes =
                bench_xrealloc(found->changes, found->capacity * sizeof *found->changes);
        }
        size_t from = changes[i].at - changes[i].before;
        double level = bench_change_level(c->y + from, changes[i].before, c->noise);
        struct bench_str text;
        bench_str_init(&text);
        describe(report, c, &changes[i], &text);
        found->changes[found->count++] =
            (struct bench_report_change){.op_name = c->name,
                                         .rule = c->rule,
                                         .run = c->runs[changes[i].at],
                                         .before = exp(level),
                                         .after = exp(level + changes[i].log_ratio),
                                         .text = bench_arena_strdup(report->arena, text.data)};
        bench_str_fini(&text);
    }
    free(changes);
}

/* Of the operators that the newest run has: others are of no concern any more. */
void bench_report_find_changes(struct bench_report *report)
{
    if (report->run_count < BENCH_REPORT_COURSE)
        return;
    const struct report_run *newest = &report->runs[report->run_count - 1];
    struct found found = {0};
    struct course c = {.y = bench_xcalloc(report->run_count, sizeof *c.y),
                       .runs = bench_xcalloc(report->run_count, sizeof *c.runs),
                       .entries = bench_xcalloc(report->run_count, sizeof *c.entries)};
    for (size_t i = 0; i < newest->operator_count; i++)
        for (int rule = 0; rule < BENCH_OUTCOME_RULES; rule++) {
            c.name = newest->operators[i].name;
            c.rule = (enum bench_outcome_rule)rule;
            read_course(report, &c);
            if (c.count >= BENCH_REPORT_COURSE)
                find_in(report, &c, &found);
        }
    bench_report_set_changes(report, found.changes, found.count);
    free(found.changes);
    free(c.y);
    free(c.runs);
    free(c.entries);
}
