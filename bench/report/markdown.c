/* Markdown as GitHub shows it in pull requests and job summaries. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/report_impl.h"
#include "bench/util/markdown.h"

/* What is left for saying that something was left out. */
#define RESERVE 400

struct markdown {
    struct bench_str text;
    size_t limit;
    size_t left_out; /* tables of cases that did not fit */
};

/* The first line of a reason. */
static void add_reason(struct bench_str *out, const char *reason)
{
    struct bench_str line;
    bench_str_init(&line);
    report_add_first_line(&line, reason, 300);
    bench_markdown_add(out, line.data);
    bench_str_fini(&line);
}

static const char *sign(enum bench_answer answer)
{
    return answer == BENCH_PASS ? "✅ pass" : answer == BENCH_FAIL ? "❌ fail" : "❔ undetermined";
}

static void add_decision(struct bench_str *out, const struct bench_outcome_decision *d,
                         enum bench_outcome_rule rule)
{
    if (!d->known) {
        bench_str_add(out, " – | – |");
        return;
    }
    struct report_speed s = report_speed(d, rule);
    bench_str_add(out, " **");
    report_add_speed(out, s.estimate, rule);
    bench_str_add(out, "** (");
    report_add_interval(out, &s, rule);
    bench_str_addf(out, ") | %s", sign(d->answer));
    if (d->answer == BENCH_UNDETERMINED && d->reason[0]) {
        bench_str_add(out, ": ");
        add_reason(out, d->reason);
    }
    bench_str_add(out, " |");
}

static bool any_known(const struct bench_outcome *o, enum bench_outcome_rule rule)
{
    for (size_t i = 0; i < o->operator_count; i++)
        if (o->operators[i].decisions[rule].known)
            return true;
    return false;
}

static size_t answers(const struct bench_outcome *o, enum bench_outcome_rule rule,
                      enum bench_answer answer)
{
    size_t count = 0;
    for (size_t i = 0; i < o->operator_count; i++) {
        const struct bench_outcome_decision *d = &o->operators[i].decisions[rule];
        count += d->known && d->answer == answer;
    }
    return count;
}

static size_t failures(const struct bench_outcome *o)
{
    size_t count = 0;
    for (size_t i = 0; i < o->case_count; i++)
        for (int r = 0; r < BENCH_ROLE_COUNT; r++)
            count += o->cases[i].roles[r].standing == BENCH_OUTCOME_FAILED;
    return count;
}

static void add_head(struct bench_str *out, const struct bench_outcome *o)
{
    struct bench_str title;
    bench_str_init(&title);
    report_add_title(&title, o);
    bench_str_add(out, "## ");
    bench_markdown_add(out, title.data);
    bench_str_fini(&title);
    bench_str_add(out, "\n\n");
    for (int r = 0; r < BENCH_OUTCOME_RULES; r++) {
        enum bench_outcome_rule rule = (enum bench_outcome_rule)r;
        if (any_known(o, rule))
            bench_str_addf(out, "- %s: **%zu pass**, %zu undetermined, %zu fail\n",
                           rule == BENCH_OUTCOME_SPEEDUP ? "Over the reference" : "Of the baseline",
                           answers(o, rule, BENCH_PASS), answers(o, rule, BENCH_UNDETERMINED),
                           answers(o, rule, BENCH_FAIL));
    }
    size_t failed = failures(o);
    if (failed)
        bench_str_addf(out, "- **%zu failed** (implementations of a case), of %zu cases\n", failed,
                       o->case_count);
    else
        bench_str_addf(out, "- %zu cases, none failed\n", o->case_count);
    if (isfinite(o->noise_floor))
        bench_str_addf(out, "- Noise floor %.2f %%\n", 100 * o->noise_floor);
    if (o->status[0] && strcmp(o->status, "finished") != 0) {
        bench_str_add(out, "- **The run is not finished: ");
        bench_markdown_add(out, o->status);
        bench_str_add(out, ".**\n");
    }
    if (strcmp(o->device.kind, "cpu") == 0 || strcmp(o->device.kind, "null") == 0)
        bench_str_addf(out, "- **Times of the %s device say nothing about a GPU.**\n",
                       o->device.kind);
    bench_str_addc(out, '\n');
}

static void add_columns(struct bench_str *out, const struct bench_outcome *o, const char *first,
                        const char *last)
{
    bench_str_addf(out, "| %s |", first);
    size_t columns = 0;
    for (int rule = 0; rule < BENCH_OUTCOME_RULES; rule++)
        if (any_known(o, (enum bench_outcome_rule)rule)) {
            bench_str_add(out, rule == BENCH_OUTCOME_SPEEDUP ? " Over the reference | |"
                                                             : " Of the baseline | |");
            columns += 2;
        }
    bench_str_addf(out, " %s |\n|---|", last);
    for (size_t i = 0; i < columns; i++)
        bench_str_add(out, i % 2 ? "---|" : "---:|");
    bench_str_add(out, "---:|\n");
}

static void add_decisions(struct bench_str *out, const struct bench_outcome *o,
                          const struct bench_outcome_decision *decisions)
{
    for (int rule = 0; rule < BENCH_OUTCOME_RULES; rule++)
        if (any_known(o, (enum bench_outcome_rule)rule))
            add_decision(out, &decisions[rule], (enum bench_outcome_rule)rule);
}

/* Adds `part` if it fits, and forgets it. */
static bool take(struct markdown *m, struct bench_str *part)
{
    bool fits = m->text.len + part->len + RESERVE <= m->limit;
    if (fits)
        bench_str_addn(&m->text, part->data, part->len);
    bench_str_clear(part);
    return fits;
}

static void add_operators(struct markdown *m, const struct bench_outcome *o,
                          const struct bench_outcome_operator *const *ranked)
{
    struct bench_str part;
    size_t shown = 0;
    bench_str_init(&part);
    add_columns(&part, o, "Operator", "Cases");
    take(m, &part);
    for (; shown < o->operator_count; shown++) {
        bench_str_add(&part, "| ");
        bench_markdown_add(&part, ranked[shown]->name);
        bench_str_add(&part, " |");
        add_decisions(&part, o, ranked[shown]->decisions);
        bench_str_addf(&part, " %zu |\n", ranked[shown]->case_count);
        if (!take(m, &part))
            break;
    }
    if (shown < o->operator_count)
        bench_str_addf(&m->text, "\n%zu operators more are left out here.\n",
                       o->operator_count - shown);
    bench_str_addc(&m->text, '\n');
    bench_str_fini(&part);
}

static void add_failures(struct markdown *m, const struct bench_outcome *o)
{
    struct bench_str part;
    size_t all = failures(o), shown = 0;
    if (all == 0)
        return;
    bench_str_init(&part);
    bench_str_addf(&part,
                   "<details%s><summary>What failed (%zu)</summary>\n\n| Case | Role | "
                   "Implementation | Status | Reason |\n|---|---|---|---|---|\n",
                   all <= 20 ? " open" : "", all);
    bool open = take(m, &part);
    for (size_t i = 0; i < o->case_count && open; i++)
        for (int r = 0; r < BENCH_ROLE_COUNT && open; r++) {
            const struct bench_outcome_role *role = &o->cases[i].roles[r];
            if (role->standing != BENCH_OUTCOME_FAILED)
                continue;
            const char *const cells[] = {bench_role_name((enum bench_role)r), role->implementation,
                                         role->status};
            bench_str_add(&part, "| ");
            bench_markdown_add(&part, o->cases[i].op_name);
            bench_str_addc(&part, ' ');
            bench_markdown_add(&part, o->cases[i].label);
            for (size_t k = 0; k < sizeof cells / sizeof cells[0]; k++) {
                bench_str_add(&part, " | ");
                bench_markdown_add(&part, cells[k]);
            }
            bench_str_add(&part, " | ");
            add_reason(&part, role->reason);
            bench_str_add(&part, " |\n");
            open = take(m, &part);
            shown += open;
        }
    if (shown < all)
        bench_str_addf(&m->text, "\n%zu more are left out here.\n", all - shown);
    bench_str_add(&m->text, "\n</details>\n\n");
    bench_str_fini(&part);
}

static void add_cases(struct markdown *m, const struct bench_outcome *o,
                      const struct bench_outcome_operator *op)
{
    struct bench_str part;
    bench_str_init(&part);
    bench_str_add(&part, "<details><summary>");
    bench_markdown_add(&part, op->name);
    bench_str_addf(&part, ": %zu cases</summary>\n\n", op->case_count);
    add_columns(&part, o, "Case", "Candidate");
    for (size_t i = op->first_case; i < op->first_case + op->case_count; i++) {
        bench_str_add(&part, "| ");
        bench_markdown_add(&part, o->cases[i].label);
        bench_str_add(&part, " |");
        add_decisions(&part, o, o->cases[i].decisions);
        bench_str_addc(&part, ' ');
        const struct bench_outcome_role *candidate = &o->cases[i].roles[BENCH_CANDIDATE];
        if (strcmp(candidate->status, "checked") == 0)
            bench_str_add(&part, candidate->status); /* empty tensors, which are not timed */
        else
            report_add_time(&part, candidate->time_ms);
        bench_str_add(&part, " |\n");
    }
    bench_str_add(&part, "\n</details>\n");
    m->left_out += !take(m, &part);
    bench_str_fini(&part);
}

static void add_fact(struct bench_str *out, const char *name, const char *value)
{
    if (value[0] == '\0')
        return;
    bench_str_addf(out, "| %s | ", name);
    bench_markdown_add(out, value);
    bench_str_add(out, " |\n");
}

static void add_environment(struct markdown *m, const struct bench_report *report,
                            const struct bench_outcome *o)
{
    struct bench_str part;
    bench_str_init(&part);
    bench_str_add(&part, "<details><summary>Environment</summary>\n\n| | |\n|---|---|\n");
    add_fact(&part, "Run", o->id);
    add_fact(&part, "Started", o->started);
    add_fact(&part, "Command", o->command);
    add_fact(&part, "Device", o->device.name);
    add_fact(&part, "Driver", o->device.driver);
    add_fact(&part, "Compiler", o->compiler);
    add_fact(&part, "Host", o->host);
    add_fact(&part, "Mode", o->mode);
    add_fact(&part, "Cache", o->cache);
    add_fact(&part, "Bench", o->bench_version);
    add_fact(&part, "Commit", o->git_commit);
    for (size_t i = 0; i < o->note_count; i++)
        add_fact(&part, "Note", o->notes[i]);
    if (report->run_count > 1)
        bench_str_addf(&part, "| Compared runs | %zu, this is the newest |\n", report->run_count);
    bench_str_add(&part, "\n</details>\n\n");
    take(m, &part);
    bench_str_fini(&part);
}

void bench_report_markdown(const struct bench_report *report, const struct bench_outcome *newest,
                           size_t limit, bench_report_sink sink, void *context)
{
    struct markdown m = {.limit = limit};
    const struct bench_outcome_operator **ranked = report_ranked(newest);
    bench_str_init(&m.text);
    add_head(&m.text, newest);
    add_operators(&m, newest, ranked);
    add_environment(&m, report, newest);
    add_failures(&m, newest);
    for (size_t i = 0; i < newest->operator_count; i++)
        add_cases(&m, newest, ranked[i]);
    if (m.left_out)
        bench_str_addf(&m.text,
                       "\nThe cases of %zu operators are left out, since this text may have %zu "
                       "bytes: `bench report` makes a page of all.\n",
                       m.left_out, limit);
    sink(context, m.text.data, m.text.len);
    free(ranked);
    bench_str_fini(&m.text);
}
