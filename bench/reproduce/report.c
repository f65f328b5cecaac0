#include "bench/reproduce/report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/util/markdown.h"

/* Columns of the table of claims. */
enum { VERDICT, CLAIM, AGAINST, CLAIMED, MEASURED, COLUMNS };
static const char *const titles[COLUMNS] = {"verdict", "claim", "against", "claimed", "measured"};
/* The most important first. */
static const enum bench_claim_verdict order[BENCH_CLAIM_VERDICTS] = {
    BENCH_CLAIM_NOT_REPRODUCED, BENCH_CLAIM_WORSE,  BENCH_CLAIM_UNDETERMINED,
    BENCH_CLAIM_CANNOT_RUN,     BENCH_CLAIM_BETTER, BENCH_CLAIM_REPRODUCED};

static bool holds(enum bench_claim_verdict verdict)
{
    return verdict == BENCH_CLAIM_REPRODUCED || verdict == BENCH_CLAIM_BETTER;
}

/* "1.45x [1.42, 1.48]"; "-" for none. */
static void add_speedup(struct bench_str *out, const struct bench_speedup *s)
{
    if (isnan(s->estimate)) {
        bench_str_addc(out, '-');
        return;
    }
    bench_str_addf(out, "%.4gx", s->estimate);
    if (!bench_speedup_has_interval(s))
        return;
    if (isinf(s->high))
        bench_str_addf(out, " [%.4g, no bound]", s->low);
    else
        bench_str_addf(out, " [%.4g, %.4g]", s->low, s->high);
}

static char *cell(const struct bench_reproduction *r, size_t claim, int column)
{
    const struct bench_claim *c = &r->claims->items[claim];
    struct bench_str text;
    if (column == CLAIM)
        return bench_claim_label(c);
    bench_str_init(&text);
    if (column == VERDICT)
        bench_str_add(&text, bench_claim_verdict_name(r->items[claim].verdict));
    else if (column == AGAINST)
        bench_str_add(&text, bench_role_name(c->against));
    else
        add_speedup(&text, column == CLAIMED ? &c->speedup : &r->items[claim].measured);
    char *taken = bench_str_take(&text);
    bench_str_fini(&text);
    return taken;
}

/* All that there is to say of a claim besides its numbers; "" for nothing. */
static void add_remarks(const struct bench_reproduction *r, size_t claim, struct bench_str *out)
{
    const struct bench_claim *c = &r->claims->items[claim];
    const struct bench_reproduced *item = &r->items[claim];
    if (item->why[0])
        bench_str_add(out, item->why);
    if (c->note != NULL)
        bench_str_addf(out, "%s%s", out->len ? "; " : "", c->note);
    if (item->again) {
        bench_str_addf(out, "%smeasured again with more rounds; first ", out->len ? "; " : "");
        add_speedup(out, &item->first);
    }
    if (item->variant != NULL)
        bench_str_addf(out, "%svariant %s here, %s then", out->len ? "; " : "", item->variant,
                       c->variant);
}

static bool is_listed(const struct bench_reproduction *r, size_t claim, bool all)
{
    return all || r->claims->count <= BENCH_REPRODUCE_FEW || !holds(r->items[claim].verdict) ||
           r->claims->items[claim].whole;
}

void bench_reproduce_summary(const struct bench_reproduction *r, struct bench_str *out)
{
    size_t good = r->counts[BENCH_CLAIM_REPRODUCED] + r->counts[BENCH_CLAIM_BETTER];
    size_t ran = r->claims->count - r->counts[BENCH_CLAIM_CANNOT_RUN];
    size_t decided = ran - r->counts[BENCH_CLAIM_UNDETERMINED];
    const char *separator = ": ";
    bench_str_addf(out, "%zu of %zu claim%s reproduced or better (%.1f %%", good, r->claims->count,
                   r->claims->count == 1 ? " is" : "s are", 100 * r->score);
    if (r->counts[BENCH_CLAIM_CANNOT_RUN] > 0 && ran > 0)
        bench_str_addf(out, "; %.1f %% of the %zu that could be run",
                       100 * (double)good / (double)ran, ran);
    if (r->counts[BENCH_CLAIM_UNDETERMINED] > 0 && decided > 0)
        bench_str_addf(out, "; %.1f %% of the %zu that were decided",
                       100 * (double)good / (double)decided, decided);
    bench_str_addc(out, ')');
    for (int v = 0; v < BENCH_CLAIM_VERDICTS; v++) {
        if (r->counts[v] == 0)
            continue;
        bench_str_addf(out, "%s%zu %s", separator, r->counts[v],
                       bench_claim_verdict_name((enum bench_claim_verdict)v));
        separator = ", ";
    }
    if (r->again > 0)
        bench_str_addf(out, "; %zu measured again, with more rounds", r->again);
}

/* ---- text ---- */

/* Characters, not bytes, of UTF-8. */
static int width_of(const char *text)
{
    int width = 0;
    for (; *text; text++)
        width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

static void add_cell(struct bench_str *out, const char *text, int width)
{
    bench_str_addf(out, "%s%*s", text, width > width_of(text) ? width - width_of(text) : 0, "");
}

static const char *color_of(enum bench_claim_verdict verdict)
{
    return holds(verdict)                      ? "\033[32m"
           : verdict == BENCH_CLAIM_CANNOT_RUN ? "\033[33m"
                                               : "\033[31m";
}

static void measure_columns(const struct bench_reproduction *r, bool all, int widths[COLUMNS])
{
    for (int k = 0; k < COLUMNS; k++)
        widths[k] = width_of(titles[k]);
    for (size_t i = 0; i < r->claims->count; i++)
        for (int k = 0; k < COLUMNS && is_listed(r, i, all); k++) {
            char *text = cell(r, i, k);
            widths[k] = width_of(text) > widths[k] ? width_of(text) : widths[k];
            free(text);
        }
}

static void add_row(const struct bench_reproduction *r, size_t claim, const int widths[COLUMNS],
                    bool color, struct bench_str *out)
{
    struct bench_str remarks;
    for (int k = 0; k < COLUMNS; k++) {
        char *text = cell(r, claim, k);
        if (k == VERDICT && color)
            bench_str_add(out, color_of(r->items[claim].verdict));
        add_cell(out, text, k + 1 < COLUMNS ? widths[k] + 2 : 0);
        if (k == VERDICT && color)
            bench_str_add(out, "\033[0m");
        free(text);
    }
    bench_str_addc(out, '\n');
    bench_str_init(&remarks);
    add_remarks(r, claim, &remarks);
    if (remarks.len > 0)
        bench_str_addf(out, "    %s\n", remarks.data);
    bench_str_fini(&remarks);
}

static void add_environment(const struct bench_environment *e, bool color, struct bench_str *out)
{
    int names = 11, claimed = 7; /* "environment", "claimed" */
    if (e->count == 0)
        return;
    for (size_t i = 0; i < e->count; i++) {
        const char *text = e->facts[i].claimed ? e->facts[i].claimed : "-";
        names = width_of(e->facts[i].name) > names ? width_of(e->facts[i].name) : names;
        claimed = width_of(text) > claimed ? width_of(text) : claimed;
    }
    bench_str_addc(out, '\n');
    add_cell(out, "  environment", names + 4);
    add_cell(out, "claimed", claimed + 2);
    bench_str_add(out, "here\n");
    for (size_t i = 0; i < e->count; i++) {
        const struct bench_environment_fact *f = &e->facts[i];
        bool mark = f->differs && color;
        bench_str_addf(out, "%s%s ", mark ? "\033[1m" : "", f->differs ? "≠" : " ");
        add_cell(out, f->name, names + 2);
        add_cell(out, f->claimed ? f->claimed : "-", claimed + 2);
        bench_str_addf(out, "%s%s\n", f->measured ? f->measured : "-", mark ? "\033[0m" : "");
    }
}

static size_t count_unlisted(const struct bench_reproduction *r, bool all)
{
    size_t count = 0;
    for (size_t i = 0; i < r->claims->count; i++)
        count += !is_listed(r, i, all);
    return count;
}

void bench_reproduce_text(const struct bench_reproduction *r, bool all, bool color,
                          struct bench_str *out)
{
    int widths[COLUMNS];
    size_t unlisted = count_unlisted(r, all);
    measure_columns(r, all, widths);
    bench_str_addf(out, "claims: %s (%s)\n", r->claims->path, r->claims->form_name);
    if (r->evidence != NULL)
        bench_str_addf(out, "measured here: %s\n", r->evidence);
    if (r->again_evidence != NULL)
        bench_str_addf(out, "and again: %s\n", r->again_evidence);
    bench_str_addc(out, '\n');
    for (int k = 0; k < COLUMNS; k++)
        add_cell(out, titles[k], k + 1 < COLUMNS ? widths[k] + 2 : 0);
    bench_str_addc(out, '\n');
    for (int v = 0; v < BENCH_CLAIM_VERDICTS; v++)
        for (size_t i = 0; i < r->claims->count; i++)
            if (r->items[i].verdict == order[v] && is_listed(r, i, all))
                add_row(r, i, widths, color, out);
    if (unlisted > 0)
        bench_str_addf(out, "… and %zu more that hold (--all lists them)\n", unlisted);
    add_environment(&r->environment, color, out);
    bench_str_addc(out, '\n');
    bench_reproduce_summary(r, out);
    bench_str_addf(out, "\ntolerance: %.3g %% on both sides\n", 100 * r->tolerance);
}

/* ---- Markdown ---- */

static void add_markdown_row(const struct bench_reproduction *r, size_t claim,
                             struct bench_str *out)
{
    struct bench_str remarks;
    for (int k = 0; k < COLUMNS; k++) {
        char *text = cell(r, claim, k);
        bench_str_add(out, "| ");
        bench_markdown_add(out, text);
        bench_str_addc(out, ' ');
        free(text);
    }
    bench_str_init(&remarks);
    add_remarks(r, claim, &remarks);
    bench_str_add(out, "| ");
    bench_markdown_add(out, remarks.data);
    bench_str_add(out, " |\n");
    bench_str_fini(&remarks);
}

void bench_reproduce_markdown(const struct bench_reproduction *r, bool all, struct bench_str *out)
{
    size_t unlisted = count_unlisted(r, all);
    bench_str_add(out, "## Claims of ");
    bench_markdown_add(out, r->claims->path);
    bench_str_add(out, "\n\n");
    bench_reproduce_summary(r, out);
    bench_str_addf(out, ". Tolerance: %.3g %% on both sides.\n\n", 100 * r->tolerance);
    bench_str_add(out, "| verdict | claim | against | claimed | measured | |\n"
                       "|---|---|---|---|---|---|\n");
    for (int v = 0; v < BENCH_CLAIM_VERDICTS; v++)
        for (size_t i = 0; i < r->claims->count; i++)
            if (r->items[i].verdict == order[v] && is_listed(r, i, all))
                add_markdown_row(r, i, out);
    if (unlisted > 0)
        bench_str_addf(out, "\n%zu more hold.\n", unlisted);
    if (r->environment.count == 0)
        return;
    bench_str_add(out, "\n| environment | claimed | here | |\n|---|---|---|---|\n");
    for (size_t i = 0; i < r->environment.count; i++) {
        const struct bench_environment_fact *f = &r->environment.facts[i];
        bench_str_add(out, "| ");
        bench_markdown_add(out, f->name);
        bench_str_add(out, " | ");
        bench_markdown_add(out, f->claimed ? f->claimed : "");
        bench_str_add(out, " | ");
        bench_markdown_add(out, f->measured ? f->measured : "");
        bench_str_addf(out, " | %s |\n", f->differs ? "differs" : "");
    }
}
