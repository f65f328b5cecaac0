#include "bench/run/table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/case/format.h"
#include "bench/run/table_notes.h"
#include "bench/run/tally.h"
#include "bench/util/mem.h"

enum column {
    COLUMN_CASE,
    COLUMN_CANDIDATE,
    COLUMN_REFERENCE,
    COLUMN_BASELINE,
    COLUMN_SPEEDUP,
    COLUMN_OF_BASELINE,
    COLUMN_RATE,
    COLUMN_ROOFLINE,
    COLUMN_ROUNDS,
    COLUMN_VERIFIED,
    COLUMN_COUNT
};

static const char *const headings[COLUMN_COUNT] = {
    "case",        "candidate", "reference", "baseline", "speedup",
    "of baseline", "rate",      "roofline",  "rounds",   "verified",
};

struct row {
    char cells[COLUMN_COUNT][96];
};

#define BOLD "\033[1m"
#define RED "\033[31m"
#define GREEN "\033[32m"
#define PLAIN "\033[0m"

struct rate_unit {
    bool computes; /* flops, else bytes */
    bool tera;     /* 10^12, else 10^9 */
};

struct table {
    const struct bench_run *run;
    const struct bench_judge *judge;
    bool color;
    struct bench_str *out;
    struct row *rows;
    size_t count;
    struct rate_unit unit;    /* of the operator, and: */
    bool shown[COLUMN_COUNT]; /* columns that say something */
};

static bool timed(const struct bench_record *r)
{
    return r != NULL && r->status == BENCH_STATUS_OK && r->round_count > 0;
}

static void time_cell(const struct bench_record *r, char cell[96])
{
    char time[32];
    if (timed(r))
        snprintf(cell, 96, "%s%s%s", bench_format_time(bench_record_time_ns(r), time),
                 r->near_floor ? "*" : "", r->throttled ? "!" : "");
    else if (r == NULL)
        snprintf(cell, 96, "-");
    else if (r->status == BENCH_STATUS_OK)
        snprintf(cell, 96, "ok"); /* --sanitize times nothing */
    else if (r->status == BENCH_STATUS_UNAVAILABLE)
        snprintf(cell, 96, "-");
    else
        snprintf(cell, 96, "%s", bench_status_name(r->status));
}

/* In 10^9 a second. */
static double rate_of(const struct bench_case *c, const struct bench_record *r, bool computes)
{
    return (computes ? c->flops : c->bytes) / bench_record_time_ns(r);
}

static bool has_records(const struct table *t, size_t case_index)
{
    return bench_run_next_of_case(t->run, NULL, case_index, 0) != NULL;
}

/* One unit for all cases of an operator, so that rates can be compared down the column. Flops where
 * the operator computes much more than it moves, else bytes: both of the candidate. */
static struct rate_unit choose_unit(const struct table *t, const struct bench_operator *op)
{
    const struct bench_suite *suite = t->run->suite;
    double flops = 0, bytes = 0, most = 0, least = INFINITY;
    struct rate_unit unit;
    for (size_t i = 0; i < suite->case_count; i++)
        if (suite->cases[i].plan.op == op && has_records(t, i)) {
            flops += suite->cases[i].plan.flops;
            bytes += suite->cases[i].plan.bytes;
        }
    /* 16 flops a byte is where the machines of today turn from memory to arithmetic, roughly. */
    unit.computes = flops > 16 * bytes;
    for (size_t i = 0; i < suite->case_count; i++) {
        const struct bench_record *r = bench_run_find(t->run, i, BENCH_CANDIDATE);
        if (suite->cases[i].plan.op != op || !timed(r))
            continue;
        double rate = rate_of(&suite->cases[i].plan, r, unit.computes);
        most = rate > most ? rate : most;
        least = rate < least ? rate : least;
    }
    unit.tera = most >= 1000 && least >= 10; /* three decimals must still tell the least */
    return unit;
}

static void rate_cell(const struct table *t, const struct bench_case *c,
                      const struct bench_record *r, char cell[96])
{
    char number[32];
    if (!timed(r)) {
        snprintf(cell, 96, "-");
        return;
    }
    double rate = rate_of(c, r, t->unit.computes);
    snprintf(cell, 96, "%s %s%s", bench_format_number(t->unit.tera ? rate / 1000 : rate, number),
             t->unit.tera ? "T" : "G", t->unit.computes ? "FLOP/s" : "B/s");
}

static void verified_cell(const struct table *t, const struct bench_record *const *roles,
                          char cell[96])
{
    int ok = 0, all = 0;
    for (int r = 0; r < BENCH_ROLE_COUNT; r++) {
        if (roles[r] == NULL || roles[r]->status == BENCH_STATUS_UNAVAILABLE ||
            roles[r]->status == BENCH_STATUS_UNSUPPORTED)
            continue;
        all++;
        ok += roles[r]->verified;
    }
    if (!t->run->info.computes)
        snprintf(cell, 96, "no (%s)", t->run->info.kind);
    else if (ok == all)
        snprintf(cell, 96, "all %d", all);
    else
        snprintf(cell, 96, "%d of %d", ok, all);
}

static void case_cell(const struct bench_case *c, char cell[96])
{
    /* The label begins with the operator's name, which is in the heading. */
    const char *label = c->label;
    size_t name = strlen(c->op->name);
    if (strncmp(label, c->op->name, name) == 0 && label[name] == ' ')
        label += name + 1;
    snprintf(cell, 96, "%s", label);
}

/* One end of the interval is more than this many times as far from the estimate as the other. */
#define LOPSIDED 1.5

/* ±100% and more would read as if the ratio could be nothing or less; it is a factor. */
#define HALF_MOST 99.5

/* How far it may be off: " ±0.6%", or " [1.39, 1.79]" where one end is farther than the other, or
 * both are far; "" where nothing bounds it. As in the cell, in percent of the inverse if `inverse`.
 */
static const char *interval_text(const struct bench_ratio *ratio, bool inverse, char text[32])
{
    double down = log(ratio->estimate / ratio->low), up = log(ratio->high / ratio->estimate);
    double half = 100 * expm1((up + down) / 2);
    text[0] = '\0';
    if (!(ratio->low > 0) || !isfinite(half))
        return text;
    if (half < 0.95 || (half < HALF_MOST && fmax(up, down) <= LOPSIDED * fmin(up, down)))
        snprintf(text, 32, half < 9.95 ? " ±%.1f%%" : " ±%.0f%%", half);
    else if (inverse)
        snprintf(text, 32, " [%.0f, %.0f]", 100 / ratio->high, 100 / ratio->low);
    else
        snprintf(text, 32, " [%.2f, %.2f]", ratio->low, ratio->high);
    return text;
}

static const char *answer_word(enum bench_answer answer)
{
    return answer == BENCH_UNDETERMINED ? "?" : bench_answer_name(answer);
}

/* "1.31x ±0.6% pass", "1.40x [1.39, 1.79] pass", or as a part of the baseline's speed: "98 % ±0.6%
 * pass". */
static void answer_cell(const struct bench_judgement *j, bool inverse, char cell[96])
{
    char number[32], interval[32];
    if (!j->known || !isfinite(j->ratio.estimate)) {
        snprintf(cell, 96, "-");
        return;
    }
    if (inverse)
        snprintf(number, sizeof number, "%.0f %%", 100 / j->ratio.estimate);
    else
        bench_format_number(j->ratio.estimate, number);
    snprintf(cell, 96, "%s%s%s%s %s", number, inverse ? "" : "x",
             j->disagree                       ? "~"
             : strcmp(j->method, "graph") == 0 ? "+"
                                               : "",
             interval_text(&j->ratio, inverse, interval), answer_word(j->answer));
}

static void roofline_cell(struct table *t, const struct bench_record *r, char cell[96])
{
    snprintf(cell, 96, "-");
    if (!timed(r) || !(r->roofline_ns > 0))
        return;
    snprintf(cell, 96, "%.0f %%", 100 * r->roofline_ns / bench_record_time_ns(r));
    t->shown[COLUMN_ROOFLINE] = true;
}

/* All arms of a case have the same number; without a candidate, the others'. */
static void rounds_cell(const struct bench_record *const *roles, char cell[96])
{
    size_t rounds = 0;
    for (int r = 0; r < BENCH_ROLE_COUNT; r++)
        if (roles[r] != NULL && roles[r]->round_count > rounds)
            rounds = roles[r]->round_count;
    if (rounds > 0)
        snprintf(cell, 96, "%zu", rounds);
    else
        snprintf(cell, 96, "-");
}

static void add_row(struct table *t, size_t case_index)
{
    struct row *row = &t->rows[t->count++];
    const struct bench_case *c = &t->run->suite->cases[case_index].plan;
    const struct bench_judgement *judgements = t->judge->cases[case_index];
    const struct bench_record *roles[BENCH_ROLE_COUNT];
    for (int r = 0; r < BENCH_ROLE_COUNT; r++) {
        roles[r] = bench_run_find(t->run, case_index, (enum bench_role)r);
        time_cell(roles[r], row->cells[COLUMN_CANDIDATE + r]);
    }
    case_cell(c, row->cells[COLUMN_CASE]);
    answer_cell(&judgements[BENCH_RULE_SPEEDUP], false, row->cells[COLUMN_SPEEDUP]);
    answer_cell(&judgements[BENCH_RULE_RELATIVE], true, row->cells[COLUMN_OF_BASELINE]);
    rate_cell(t, c, roles[BENCH_CANDIDATE], row->cells[COLUMN_RATE]);
    roofline_cell(t, roles[BENCH_CANDIDATE], row->cells[COLUMN_ROOFLINE]);
    rounds_cell(roles, row->cells[COLUMN_ROUNDS]);
    verified_cell(t, roles, row->cells[COLUMN_VERIFIED]);
}

/* Columns on a terminal: continuation bytes of UTF-8 take none. */
static size_t text_width(const char *text)
{
    size_t width = 0;
    for (; *text; text++)
        width += ((unsigned char)*text & 0xC0) != 0x80;
    return width;
}

static void write_cells(struct table *t, const size_t *widths, const char *const *cells,
                        const char *before, const char *after)
{
    bench_str_add(t->out, t->color ? before : "");
    for (int c = 0; c < COLUMN_COUNT; c++) {
        int pad = (int)(widths[c] - text_width(cells[c]));
        if (!t->shown[c])
            continue;
        if (c == COLUMN_CASE)
            bench_str_addf(t->out, "  %s%*s", cells[c], pad, "");
        else
            bench_str_addf(t->out, "  %*s%s", pad, "", cells[c]);
    }
    bench_str_add(t->out, t->color ? after : "");
    bench_str_addc(t->out, '\n');
}

static void write_rows(struct table *t)
{
    size_t widths[COLUMN_COUNT];
    const char *cells[COLUMN_COUNT];
    for (int c = 0; c < COLUMN_COUNT; c++) {
        widths[c] = strlen(headings[c]);
        for (size_t i = 0; i < t->count; i++)
            if (text_width(t->rows[i].cells[c]) > widths[c])
                widths[c] = text_width(t->rows[i].cells[c]);
    }
    write_cells(t, widths, headings, "\033[2m", PLAIN);
    for (size_t i = 0; i < t->count; i++) {
        for (int c = 0; c < COLUMN_COUNT; c++)
            cells[c] = t->rows[i].cells[c];
        write_cells(t, widths, cells, "", "");
    }
}

/* Which implementations played a role in the operator's cases: "plain" or "cublas, plain". */
static void add_players(struct table *t, size_t op, enum bench_role role)
{
    struct bench_tally *tally = bench_tally_new();
    const struct bench_record *r = NULL;
    struct bench_str names;
    bench_str_init(&names);
    while ((r = bench_run_next_of_operator(t->run, r, op)) != NULL) {
        if (r->process != 0 || !(r->roles & 1u << role) || r->implementation == NULL ||
            ++*bench_tally_of(tally, "%s", r->implementation) > 1)
            continue;
        bench_str_addf(&names, "%s%s", names.len ? ", " : "", r->implementation);
        if (r->library[0] != '\0')
            bench_str_addf(&names, " (%s)", r->library);
    }
    bench_str_addf(t->out, "%s%s: %s", role ? ", " : "", bench_role_name(role),
                   names.len ? names.data : "none");
    bench_str_fini(&names);
    bench_tally_free(tally);
}

/* "2.00x the reference's speed (1.98 to 2.02)", or "50 % of the baseline's speed (49 to 51)". */
static void write_mean(struct table *t, const struct bench_ratio *ratio, bool inverse)
{
    char estimate[32], low[32], high[32];
    if (inverse) {
        bench_str_addf(t->out, "%.0f %% of the baseline's speed", 100 / ratio->estimate);
        if (ratio->low > 0 && isfinite(ratio->high))
            bench_str_addf(t->out, " (%s to %s)", bench_format_number(100 / ratio->high, low),
                           bench_format_number(100 / ratio->low, high));
    } else {
        bench_str_addf(t->out, "%sx the reference's speed",
                       bench_format_number(ratio->estimate, estimate));
        if (ratio->low > 0 && isfinite(ratio->high))
            bench_str_addf(t->out, " (%s to %s)", bench_format_number(ratio->low, low),
                           bench_format_number(ratio->high, high));
    }
}

/* "  geometric mean over 14 of 16 cases: 1.42x the reference's speed (1.40 to 1.44): pass"; of how
 * many only where some lack, or where it is of fresh processes. */
static void write_answer(struct table *t, const struct bench_judgement *j, enum bench_rule rule,
                         size_t cases)
{
    bool inverse = rule == BENCH_RULE_RELATIVE;
    double threshold = t->judge->criteria[rule].threshold;
    if (!isfinite(j->ratio.estimate))
        return;
    const char *color = j->answer == BENCH_PASS ? GREEN : j->answer == BENCH_FAIL ? RED : "";
    bench_str_add(t->out, "  geometric mean");
    if (j->cases < cases)
        bench_str_addf(t->out, " over %zu of %zu cases", j->cases, cases);
    bench_str_add(t->out, ": ");
    write_mean(t, &j->ratio, inverse);
    bench_str_addf(t->out, ": %s%s%s", t->color ? color : "", bench_answer_name(j->answer),
                   t->color ? PLAIN : "");
    if (j->answer == BENCH_UNDETERMINED)
        bench_str_addf(t->out, " (%s)", j->reason);
    else if (inverse)
        bench_str_addf(t->out, " (at least %.0f %%)", 100 / threshold);
    else
        bench_str_addf(t->out, " (at least %.2fx)", threshold);
    if (j->processes > 0)
        bench_str_addf(t->out, ", over %zu fresh processes", j->processes);
    else if (j->answer == BENCH_PASS)
        bench_str_add(t->out, ", not confirmed");
    bench_str_addc(t->out, '\n');
}

/* Rates where nothing tells what the device can do; `verified` where it is not all, or where that
 * is all there is to tell. */
static void choose_columns(struct table *t, bool all_verified)
{
    const bool sanitize = t->run->options.sanitize;
    for (int c = 0; c < COLUMN_COUNT; c++)
        t->shown[c] = true;
    t->shown[COLUMN_ROOFLINE] = false; /* until a case has one */
    t->shown[COLUMN_SPEEDUP] = t->shown[COLUMN_OF_BASELINE] = t->shown[COLUMN_RATE] = !sanitize;
    t->shown[COLUMN_ROUNDS] = !sanitize;
    t->shown[COLUMN_VERIFIED] = sanitize || (t->run->info.computes && !all_verified);
}

/* Whether all that was timed of the operator was compared with the oracle. */
static bool all_verified(const struct table *t, size_t op)
{
    const struct bench_record *r = NULL;
    while ((r = bench_run_next_of_operator(t->run, r, op)) != NULL)
        if (r->implementation != NULL && r->status != BENCH_STATUS_UNSUPPORTED && !r->verified)
            return false;
    return true;
}

static void write_operator(struct table *t, size_t operator_index)
{
    const struct bench_operator *op = t->run->suite->operators[operator_index];
    size_t cases = 0;
    t->count = 0;
    t->unit = choose_unit(t, op);
    choose_columns(t, all_verified(t, operator_index));
    for (size_t i = 0; i < t->run->suite->case_count; i++)
        cases += t->run->suite->cases[i].plan.op == op && !t->run->suite->cases[i].plan.empty;
    for (size_t i = 0; i < t->run->suite->case_count; i++)
        if (t->run->suite->cases[i].plan.op == op && has_records(t, i))
            add_row(t, i);
    if (t->count == 0)
        return;
    if (t->shown[COLUMN_ROOFLINE])
        t->shown[COLUMN_RATE] = false;
    bench_str_addf(t->out, "\n%s%s%s  ", t->color ? BOLD : "", op->name, t->color ? PLAIN : "");
    for (int r = 0; r < BENCH_ROLE_COUNT; r++)
        add_players(t, operator_index, (enum bench_role)r);
    bench_str_addc(t->out, '\n');
    write_rows(t);
    for (int rule = 0; rule < BENCH_RULE_COUNT; rule++)
        write_answer(t, &t->judge->operators[operator_index][rule], (enum bench_rule)rule, cases);
}

void bench_table_write(const struct bench_run *run, const struct bench_judge *judge, bool color,
                       struct bench_str *out)
{
    struct table t = {
        .run = run,
        .judge = judge,
        .color = color,
        .out = out,
        .rows = bench_xcalloc(run->suite->case_count + 1, sizeof *t.rows),
    };
    for (size_t i = 0; i < run->suite->operator_count; i++)
        write_operator(&t, i);
    bench_table_write_failures(run, color, out);
    bench_table_write_unfilled(run, out);
    bench_table_write_footer(run, judge, out);
    free(t.rows);
}
