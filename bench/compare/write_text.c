/* A comparison on the terminal, and as Markdown. */
#include <math.h>
#include <string.h>

#include "bench/case/format.h"
#include "bench/compare/compare_impl.h"
#include "bench/util/markdown.h"

/* "+3.1 %" */
static const char *percent(struct bench_arena *arena, double change)
{
    return bench_arena_printf(arena, "%+.1f %%", (change - 1) * 100);
}

static const char *time_text(const struct bench_comparison *c, double v)
{
    char text[32];
    return bench_arena_strdup(c->arena, c->options.ratios ? bench_format_number(v, text)
                                                          : bench_format_time(v * 1e6, text));
}

static const char *interval_text(const struct bench_comparison *c, const struct bench_change *t)
{
    return bench_arena_printf(c->arena, "%+.1f to %+.1f %%", (t->low - 1) * 100,
                              (t->high - 1) * 100);
}

/* "4 and 4" */
static const char *processes_text(const struct bench_comparison *c, size_t a, size_t b)
{
    return bench_arena_printf(c->arena, "%zu, %zu", a, b);
}

/* The verdict; "~" is benchstat's mark for what cannot be told. */
static const char *verdict_text(const struct bench_change *t)
{
    return t->known ? bench_verdict_name(t->verdict) : "-";
}

static const char *case_verdict(const struct bench_compared_case *item)
{
    return item->fate == BENCH_FATE_OK ? verdict_text(&item->time) : bench_fate_name(item->fate);
}

static bool is_listed(const struct bench_compared_case *item, bool all)
{
    if (all)
        return item->fate != BENCH_FATE_NOWHERE;
    if (item->fate == BENCH_FATE_OK)
        return item->time.known && (item->time.verdict == BENCH_VERDICT_SLOWER ||
                                    item->time.verdict == BENCH_VERDICT_FASTER);
    return item->fate != BENCH_FATE_FAILED && item->fate != BENCH_FATE_NOWHERE;
}

/* ---- tables ---- */

#define COLUMNS 8

/* How much room a text takes: bytes that begin a character. */
static size_t width_of(const char *text)
{
    size_t n = 0;
    for (; *text != '\0'; text++)
        n += ((unsigned char)*text & 0xc0) != 0x80;
    return n;
}

struct table {
    const char *(*rows)[COLUMNS];
    size_t count;
};

static void add_row(const struct bench_comparison *c, struct table *t,
                    const char *const row[COLUMNS])
{
    if ((t->count & (t->count - 1)) == 0) {
        const char *(*rows)[COLUMNS] =
            bench_arena_alloc(c->arena, (t->count ? t->count * 2 : 1) * sizeof *rows);
        if (t->count > 0)
            memcpy(rows, t->rows, t->count * sizeof *rows);
        t->rows = rows;
    }
    memcpy(t->rows[t->count++], row, sizeof t->rows[0]);
}

/* The first column is text and stands left; numbers stand right; the last two are text again. */
static void put_text_table(const struct table *t, struct bench_str *out)
{
    size_t width[COLUMNS] = {0};
    for (size_t i = 0; i < t->count; i++)
        for (size_t k = 0; k < COLUMNS; k++)
            if (width_of(t->rows[i][k]) > width[k])
                width[k] = width_of(t->rows[i][k]);
    for (size_t i = 0; i < t->count; i++) {
        for (size_t k = 0; k < COLUMNS; k++) {
            const char *cell = t->rows[i][k];
            const bool left = k == 0 || k >= COLUMNS - 2, last = k == COLUMNS - 1;
            int pad = last ? 0 : (int)(width[k] - width_of(cell));
            if (width[k] > 0)
                bench_str_addf(out, "%s%*s%s%*s", k ? "  " : "", left ? 0 : pad, "", cell,
                               left ? pad : 0, "");
        }
        while (out->len > 0 && out->data[out->len - 1] == ' ')
            out->data[--out->len] = '\0';
        bench_str_addc(out, '\n');
    }
}

static void put_markdown_table(const struct table *t, struct bench_str *out)
{
    for (size_t i = 0; i < t->count; i++) {
        bench_str_addc(out, '|');
        for (size_t k = 0; k < COLUMNS; k++) {
            bench_str_addc(out, ' ');
            bench_markdown_add(out, t->rows[i][k]);
            bench_str_add(out, " |");
        }
        bench_str_add(out, i == 0 ? "\n|---|---:|---:|---:|---:|---:|---|---|\n" : "\n");
    }
}

static void add_operators(const struct bench_comparison *c, struct table *t)
{
    add_row(c, t,
            (const char *const[COLUMNS]){"operator", "cases", "A to B", "95 %", "p", "processes",
                                         "verdict", "cases slower, faster, same, undetermined"});
    for (size_t i = 0; i < c->operator_count; i++) {
        const struct bench_compared_operator *op = &c->operators[i];
        const struct bench_change *m = &op->time;
        const size_t *v = op->verdicts;
        if (op->case_count == op->fates[BENCH_FATE_NOWHERE])
            continue;
        add_row(c, t,
                (const char *const[COLUMNS]){
                    op->name, bench_arena_printf(c->arena, "%zu", op->compared),
                    m->known ? percent(c->arena, m->change) : "-",
                    m->known ? interval_text(c, m) : "-",
                    m->known ? bench_arena_printf(c->arena, "%.2g", m->adjusted) : "-",
                    m->known ? processes_text(c, op->processes_a, op->processes_b) : "-",
                    verdict_text(m),
                    bench_arena_printf(c->arena, "%zu, %zu, %zu, %zu", v[BENCH_VERDICT_SLOWER],
                                       v[BENCH_VERDICT_FASTER], v[BENCH_VERDICT_SAME],
                                       v[BENCH_VERDICT_UNDETERMINED])});
    }
}

static const char *status_of(const struct bench_outcome_case *c)
{
    return c != NULL ? c->roles[BENCH_CANDIDATE].status : "-";
}

static void add_case(const struct bench_comparison *c, const struct bench_compared_operator *op,
                     const struct bench_compared_case *item, struct table *t)
{
    const struct bench_change *m = &item->time;
    const char *label = item->a != NULL ? item->a->label : item->b->label;
    add_row(c, t,
            (const char *const[COLUMNS]){
                bench_arena_printf(c->arena, "%s %s", op->name, label),
                m->known ? time_text(c, item->a_ms) : status_of(item->a),
                m->known ? time_text(c, item->b_ms) : status_of(item->b),
                m->known ? percent(c->arena, m->change) : "", m->known ? interval_text(c, m) : "",
                m->known ? bench_arena_printf(c->arena, "%.2g", m->adjusted) : "",
                case_verdict(item),
                item->variant ? "variant"
                : item->code  ? "code"
                              : ""});
}

static void add_cases(const struct bench_comparison *c, bool all, struct table *t)
{
    add_row(
        c, t,
        (const char *const[COLUMNS]){"case", "A", "B", "A to B", "95 %", "p", "verdict", "other"});
    for (size_t i = 0; i < c->operator_count; i++) {
        const struct bench_compared_operator *op = &c->operators[i];
        for (size_t k = op->first_case; k < op->first_case + op->case_count; k++)
            if (is_listed(&c->cases[k], all))
                add_case(c, op, &c->cases[k], t);
    }
}

/* ---- both forms ---- */

static const char *run_text(const struct bench_comparison *c, const struct bench_outcome *o)
{
    return bench_arena_printf(
        c->arena, "%s%s%s%s%s%s", o->path, o->started[0] ? ", " : "", o->started,
        o->device.name[0] ? ", " : "", o->device.name,
        o->device.driver[0] ? bench_arena_printf(c->arena, ", %s", o->device.driver) : "");
}

static void put_list(const char *title, size_t count, bool markdown, struct bench_str *out)
{
    if (count > 0)
        bench_str_addf(out, markdown ? "\n**%s**\n\n" : "\n%s\n", title);
}

static void put_item(const char *text, bool markdown, struct bench_str *out)
{
    bench_str_add(out, markdown ? "- " : "  ");
    (markdown ? bench_markdown_add : bench_str_add)(out, text);
    bench_str_addc(out, '\n');
}

static void put_news(const struct bench_comparison *c, bool markdown, struct bench_str *out)
{
    put_list("Regressions", c->regressions, markdown, out);
    for (size_t i = 0; i < c->regressions; i++)
        put_item(c->news[i].sentence, markdown, out);
    put_list("Other changes", c->news_count - c->regressions, markdown, out);
    for (size_t i = c->regressions; i < c->news_count; i++)
        put_item(c->news[i].sentence, markdown, out);
}

static void put_differences(const struct bench_comparison *c, bool markdown, struct bench_str *out)
{
    put_list("Different around the runs", c->difference_count, markdown, out);
    for (size_t i = 0; i < c->difference_count; i++)
        put_item(bench_arena_printf(c->arena, "%s: %s -> %s%s", c->differences[i].name,
                                    c->differences[i].a, c->differences[i].b,
                                    c->differences[i].matters ? " (times may differ for it)" : ""),
                 markdown, out);
    put_list("Notes", c->note_count, markdown, out);
    for (size_t i = 0; i < c->note_count; i++)
        put_item(c->notes[i], markdown, out);
}

static void put_tables(const struct bench_comparison *c, bool all, bool markdown,
                       struct bench_str *out)
{
    void (*put)(const struct table *, struct bench_str *) =
        markdown ? put_markdown_table : put_text_table;
    struct table operators = {0}, cases = {0};
    add_operators(c, &operators);
    add_cases(c, all, &cases);
    bench_str_addc(out, '\n');
    if (operators.count > 1)
        put(&operators, out);
    if (cases.count > 1) {
        bench_str_addc(out, '\n');
        put(&cases, out);
    }
}

void bench_comparison_text(const struct bench_comparison *c, bool all, struct bench_str *out)
{
    bench_str_addf(out, "A: %s\nB: %s\n", run_text(c, c->a), run_text(c, c->b));
    put_tables(c, all, false, out);
    put_news(c, false, out);
    put_differences(c, false, out);
    bench_str_addf(out, "\n%s\n", c->summary);
}

void bench_comparison_markdown(const struct bench_comparison *c, bool all, struct bench_str *out)
{
    bench_str_addf(out, "%s\n\n- A: ", c->summary);
    bench_markdown_add(out, run_text(c, c->a));
    bench_str_add(out, "\n- B: ");
    bench_markdown_add(out, run_text(c, c->b));
    bench_str_addc(out, '\n');
    put_news(c, true, out);
    put_tables(c, all, true, out);
    put_differences(c, true, out);
}
