#include "bench/run/table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/measure/stats.h"
#include "bench/run/format.h"
#include "bench/util/mem.h"

enum column {
    COLUMN_CASE,
    COLUMN_CANDIDATE,
    COLUMN_REFERENCE,
    COLUMN_BASELINE,
    COLUMN_SPEEDUP,
    COLUMN_OF_BASELINE,
    COLUMN_RATE,
    COLUMN_VERIFIED,
    COLUMN_COUNT
};

static const char *const headings[COLUMN_COUNT] = {
    "case", "candidate", "reference", "baseline", "speedup", "of baseline", "rate", "verified",
};

struct row {
    char cells[COLUMN_COUNT][96];
};

#define BOLD "\033[1m"
#define RED "\033[31m"
#define GREEN "\033[32m"
#define PLAIN "\033[0m"

/* Of an operator's cases that have one. */
struct ratios {
    double *values;
    size_t count;
    size_t near_floor; /* of them, those with a time near the floor */
};

struct rate_unit {
    bool computes; /* flops, else bytes */
    bool tera;     /* 10^12, else 10^9 */
};

struct table {
    const struct bench_run *run;
    bool color;
    struct bench_str *out;
    struct row *rows;
    size_t count;
    struct rate_unit unit;             /* of the operator */
    struct ratios speedups, relatives; /* of the operator's cases, for the summary */
};

static bool timed(const struct bench_record *r)
{
    return r != NULL && r->status == BENCH_STATUS_OK && r->round_count > 0;
}

static void time_cell(const struct bench_record *r, char cell[96])
{
    char time[32];
    if (timed(r))
        snprintf(cell, 96, "%s%s", bench_format_time(bench_record_time_ns(r), time),
                 r->near_floor ? "*" : "");
    else if (r == NULL)
        snprintf(cell, 96, "-");
    else if (r->status == BENCH_STATUS_OK)
        snprintf(cell, 96, "ok");
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

/* One unit for all cases of an operator, so that rates can be compared down the column. Flops where
 * the operator computes much more than it moves, else bytes: both of the candidate. */
static struct rate_unit choose_unit(const struct table *t, const struct bench_operator *op)
{
    const struct bench_suite *suite = t->run->suite;
    double flops = 0, bytes = 0, most = 0, least = INFINITY;
    struct rate_unit unit;
    for (size_t i = 0; i < t->run->cases_done; i++)
        if (suite->cases[i].plan.op == op) {
            flops += suite->cases[i].plan.flops;
            bytes += suite->cases[i].plan.bytes;
        }
    /* 16 flops a byte is where the machines of today turn from memory to arithmetic, roughly. */
    unit.computes = flops > 16 * bytes;
    for (size_t i = 0; i < t->run->cases_done; i++) {
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

/* The time of `above` over that of `below`; 0 if one has none. */
static double add_ratio(struct ratios *ratios, const struct bench_record *above,
                        const struct bench_record *below)
{
    if (!timed(above) || !timed(below))
        return 0;
    double ratio = bench_record_time_ns(above) / bench_record_time_ns(below);
    ratios->values[ratios->count++] = ratio;
    ratios->near_floor += above->near_floor || below->near_floor;
    return ratio;
}

static void add_row(struct table *t, size_t case_index)
{
    struct row *row = &t->rows[t->count++];
    const struct bench_case *c = &t->run->suite->cases[case_index].plan;
    const struct bench_record *roles[BENCH_ROLE_COUNT];
    char number[32];
    for (int r = 0; r < BENCH_ROLE_COUNT; r++) {
        roles[r] = bench_run_find(t->run, case_index, (enum bench_role)r);
        time_cell(roles[r], row->cells[COLUMN_CANDIDATE + r]);
    }
    case_cell(c, row->cells[COLUMN_CASE]);
    snprintf(row->cells[COLUMN_SPEEDUP], 96, "-");
    snprintf(row->cells[COLUMN_OF_BASELINE], 96, "-");
    double speedup = add_ratio(&t->speedups, roles[BENCH_REFERENCE], roles[BENCH_CANDIDATE]);
    if (speedup > 0)
        snprintf(row->cells[COLUMN_SPEEDUP], 96, "%sx", bench_format_number(speedup, number));
    double relative = add_ratio(&t->relatives, roles[BENCH_BASELINE], roles[BENCH_CANDIDATE]);
    if (relative > 0)
        snprintf(row->cells[COLUMN_OF_BASELINE], 96, "%.0f %%", 100 * relative);
    rate_cell(t, c, roles[BENCH_CANDIDATE], row->cells[COLUMN_RATE]);
    verified_cell(t, roles, row->cells[COLUMN_VERIFIED]);
}

static void write_cells(struct table *t, const size_t *widths, const char *const *cells,
                        const char *before, const char *after)
{
    bench_str_add(t->out, t->color ? before : "");
    for (int c = 0; c < COLUMN_COUNT; c++) {
        int width = (int)widths[c];
        bool of_times = c == COLUMN_SPEEDUP || c == COLUMN_OF_BASELINE || c == COLUMN_RATE;
        if (of_times && t->run->options.sanitize)
            continue;
        bench_str_addf(t->out, c == 0 ? "  %-*s" : "  %*s", width, cells[c]);
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
            if (strlen(t->rows[i].cells[c]) > widths[c])
                widths[c] = strlen(t->rows[i].cells[c]);
    }
    write_cells(t, widths, headings, "\033[2m", PLAIN);
    for (size_t i = 0; i < t->count; i++) {
        for (int c = 0; c < COLUMN_COUNT; c++)
            cells[c] = t->rows[i].cells[c];
        write_cells(t, widths, cells, "", "");
    }
}

static bool plays(const struct table *t, const struct bench_record *r,
                  const struct bench_operator *op, enum bench_role role)
{
    return t->run->suite->cases[r->case_index].plan.op == op && r->roles & 1u << role &&
           r->implementation != NULL;
}

/* Which implementations played a role in the operator's cases: "plain" or "cublas, plain". */
static void add_players(struct table *t, const struct bench_operator *op, enum bench_role role)
{
    const struct bench_record *records = t->run->records;
    struct bench_str names;
    bench_str_init(&names);
    for (size_t i = 0; i < t->run->record_count; i++) {
        bool told = !plays(t, &records[i], op, role);
        for (size_t k = 0; k < i && !told; k++)
            told = plays(t, &records[k], op, role) &&
                   strcmp(records[k].implementation, records[i].implementation) == 0;
        if (told)
            continue;
        bench_str_addf(&names, "%s%s", names.len ? ", " : "", records[i].implementation);
        if (records[i].library[0] != '\0')
            bench_str_addf(&names, " (%s)", records[i].library);
    }
    bench_str_addf(t->out, "%s%s: %s", role ? ", " : "", bench_role_name(role),
                   names.len ? names.data : "none");
    bench_str_fini(&names);
}

/* "  geometric mean over 14 of 16 cases (3 near the floor): "; of how many only where some lack. */
static void write_mean_of(struct table *t, const struct ratios *ratios, size_t cases)
{
    bench_str_add(t->out, "  geometric mean");
    if (ratios->count < cases)
        bench_str_addf(t->out, " over %zu of %zu cases", ratios->count, cases);
    if (ratios->near_floor > 0)
        bench_str_addf(t->out, " (%zu near the floor)", ratios->near_floor);
    bench_str_add(t->out, ": ");
}

/* `cases` are all that the suite has of the operator. */
static void write_summary(struct table *t, size_t cases)
{
    const struct ratios *speedups = &t->speedups, *relatives = &t->relatives;
    char number[32];
    bool alike =
        speedups->count == relatives->count && speedups->near_floor == relatives->near_floor;
    if (speedups->count > 0) {
        double v = bench_geomean(speedups->values, speedups->count);
        const char *color = v >= 1 ? GREEN : RED;
        write_mean_of(t, speedups, cases);
        bench_str_addf(t->out, "%s%sx%s the reference's speed%s", t->color ? color : "",
                       bench_format_number(v, number), t->color ? PLAIN : "", alike ? ", " : "\n");
    }
    if (relatives->count > 0) {
        if (speedups->count == 0 || !alike)
            write_mean_of(t, relatives, cases);
        bench_str_addf(t->out, "%.0f %% of the baseline's%s\n",
                       100 * bench_geomean(relatives->values, relatives->count),
                       speedups->count == 0 || !alike ? " speed" : "");
    }
}

static void write_operator(struct table *t, const struct bench_operator *op)
{
    size_t cases = 0;
    t->count = t->speedups.count = t->relatives.count = 0;
    t->speedups.near_floor = t->relatives.near_floor = 0;
    t->unit = choose_unit(t, op);
    for (size_t i = 0; i < t->run->suite->case_count; i++)
        cases += t->run->suite->cases[i].plan.op == op;
    for (size_t i = 0; i < t->run->cases_done; i++)
        if (t->run->suite->cases[i].plan.op == op)
            add_row(t, i);
    if (t->count == 0)
        return;
    bench_str_addf(t->out, "\n%s%s%s  ", t->color ? BOLD : "", op->name, t->color ? PLAIN : "");
    for (int r = 0; r < BENCH_ROLE_COUNT; r++)
        add_players(t, op, (enum bench_role)r);
    bench_str_addc(t->out, '\n');
    write_rows(t);
    write_summary(t, cases);
}

static bool same_failure(const struct bench_run *run, const struct bench_record *a,
                         const struct bench_record *b)
{
    return run->suite->cases[a->case_index].plan.op == run->suite->cases[b->case_index].plan.op &&
           a->status == b->status && a->roles == b->roles && a->implementation != NULL &&
           b->implementation != NULL && strcmp(a->implementation, b->implementation) == 0 &&
           strcmp(a->reason, b->reason) == 0;
}

static void write_failure(struct table *t, const struct bench_record *r, size_t others)
{
    char roles[64];
    bench_roles_text(r->roles, roles);
    bench_str_addf(t->out, "  %s", t->run->suite->cases[r->case_index].plan.label);
    if (others > 0)
        bench_str_addf(t->out, " and %zu other case%s", others, others == 1 ? "" : "s");
    bench_str_addf(t->out, ": %s (%s): %s: ", r->implementation ? r->implementation : "nobody",
                   roles, bench_status_name(r->status));
    for (const char *c = r->reason; *c; c++) { /* compilers say many lines */
        bench_str_addc(t->out, *c);
        if (*c == '\n')
            bench_str_add(t->out, "    ");
    }
    bench_str_addc(t->out, '\n');
}

/* What fails in the same way in several cases (a compile error) is told once. */
static void write_failures(struct table *t)
{
    const struct bench_run *run = t->run;
    bool headed = false;
    for (size_t i = 0; i < run->record_count; i++) {
        const struct bench_record *r = &run->records[i];
        size_t others = 0;
        bool told = !bench_status_failed(r->status);
        for (size_t k = 0; k < i && !told; k++)
            told = same_failure(run, r, &run->records[k]);
        if (told)
            continue;
        for (size_t k = i + 1; k < run->record_count; k++)
            others += same_failure(run, r, &run->records[k]);
        if (!headed)
            bench_str_addf(t->out, "\n%sFailed%s\n", t->color ? RED : "", t->color ? PLAIN : "");
        headed = true;
        write_failure(t, r, others);
    }
}

/* Roles that nobody could fill, each reason once an operator. */
static void write_unfilled(struct table *t)
{
    const struct bench_run *run = t->run;
    for (size_t i = 0; i < run->record_count; i++) {
        const struct bench_record *r = &run->records[i];
        const struct bench_operator *op = run->suite->cases[r->case_index].plan.op;
        char roles[64];
        bool told = r->status != BENCH_STATUS_UNSUPPORTED;
        for (size_t k = 0; k < i && !told; k++)
            told = run->suite->cases[run->records[k].case_index].plan.op == op &&
                   run->records[k].roles == r->roles &&
                   strcmp(run->records[k].reason, r->reason) == 0;
        if (told)
            continue;
        bench_roles_text(r->roles, roles);
        bench_str_addf(t->out, "  %s has no %s here: %s\n", op->name, roles, r->reason);
    }
}

static void write_footer(struct table *t)
{
    const struct bench_run *run = t->run;
    size_t near = 0, rounds_min = SIZE_MAX, rounds_max = 0;
    char time[32];
    for (size_t i = 0; i < run->record_count; i++) {
        const struct bench_record *r = &run->records[i];
        near += r->near_floor;
        if (r->round_count > 0) {
            rounds_min = r->round_count < rounds_min ? r->round_count : rounds_min;
            rounds_max = r->round_count > rounds_max ? r->round_count : rounds_max;
        }
    }
    bench_str_addf(t->out, "\n%s, %s", run->info.name, run->info.driver);
    if (rounds_max > 0) {
        if (rounds_min == rounds_max)
            bench_str_addf(t->out, "; medians of %zu rounds", rounds_max);
        else
            bench_str_addf(t->out, "; medians of %zu to %zu rounds", rounds_min, rounds_max);
        bench_str_addf(t->out, ", %s cache, floor of %s taken off",
                       run->settings.cache == BENCH_CACHE_COLD ? "cold" : "hot",
                       bench_format_time(run->gated.floor_ns, time));
    }
    bench_str_addc(t->out, '\n');
    if (near > 0)
        bench_str_addf(t->out,
                       "* near the floor of the timing (an empty kernel takes %s): ratios of such "
                       "times are uncertain\n",
                       bench_format_time(run->gated.empty_ns, time));
    if (!run->info.computes)
        bench_str_addf(t->out, "The %s device computes nothing: nothing was verified.\n",
                       run->info.kind);
    else if (strcmp(run->info.kind, "cpu") == 0 && !run->options.sanitize)
        bench_str_add(t->out, "Times of the cpu device say nothing about a GPU.\n");
}

void bench_table_write(const struct bench_run *run, bool color, struct bench_str *out)
{
    size_t cases = run->suite->case_count + 1;
    struct table t = {
        .run = run,
        .color = color,
        .out = out,
        .rows = bench_xcalloc(cases, sizeof *t.rows),
        .speedups.values = bench_xcalloc(cases, sizeof(double)),
        .relatives.values = bench_xcalloc(cases, sizeof(double)),
    };
    for (size_t i = 0; i < run->suite->operator_count; i++)
        write_operator(&t, run->suite->operators[i]);
    write_failures(&t);
    write_unfilled(&t);
    write_footer(&t);
    free(t.rows);
    free(t.speedups.values);
    free(t.relatives.values);
}
