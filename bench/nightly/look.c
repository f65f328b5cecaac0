#include "bench/nightly/look.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/nightly/budget.h"
#include "bench/outcome/outcome.h"
#include "bench/run/journal.h"
#include "bench/run/journal_lines.h"
#include "bench/util/file.h"
#include "bench/util/str.h"

static char *in_run(const struct bench_night *night, const char *name)
{
    return bench_xprintf("%s/run/%s", night->folder, name);
}

/* ---- what the operators cost: host time of every case, once a process ---- */

struct cost {
    const struct bench_outcome *outcome;
    double *seconds; /* one an operator */
    long long last_case, last_process;
};

/* All lines of a case have the same case_host_ns, and follow each other. */
static void add_line(struct cost *cost, const struct bench_json *line)
{
    static const char *const keys[] = {"case", "process", "operator", "case_host_ns"};
    const struct bench_json *v[4];
    int64_t number, process = 0;
    if (bench_json_type(line) != BENCH_JSON_OBJECT)
        return;
    bench_json_pick(line, keys, 4, v);
    if (v[0] == NULL || v[2] == NULL || v[3] == NULL ||
        bench_json_type(v[2]) != BENCH_JSON_STRING || bench_json_type(v[3]) != BENCH_JSON_NUMBER ||
        bench_json_type(v[0]) != BENCH_JSON_NUMBER || !bench_json_is_int(v[0], &number) ||
        (v[1] != NULL && !bench_json_is_int(v[1], &process)))
        return;
    if (number == cost->last_case && process == cost->last_process)
        return;
    const struct bench_outcome_operator *op =
        bench_outcome_find_operator(cost->outcome, bench_json_string(v[2]));
    if (op != NULL)
        cost->seconds[op - cost->outcome->operators] += bench_json_number(v[3]) * 1e-9;
    cost->last_case = number;
    cost->last_process = process;
}

/* What is wrong with the journal was told when the outcome was read from it. */
static void read_costs(const char *path, struct cost *cost)
{
    struct bench_journal_lines lines;
    const struct bench_json *line;
    if (bench_journal_lines_open(&lines, path, NULL) != BENCH_OK)
        return;
    while (bench_journal_lines_next(&lines, &line, NULL) == BENCH_OK && line != NULL)
        add_line(cost, line);
    bench_journal_lines_close(&lines);
}

/* ---- the run ---- */

static double nearest(const struct bench_outcome_operator *op)
{
    double nearness = 0;
    for (int rule = 0; rule < BENCH_OUTCOME_RULES; rule++) {
        const struct bench_outcome_decision *d = &op->decisions[rule];
        double n = d->known ? bench_nightly_nearness(d->ratio.low, d->ratio.high, d->threshold) : 0;
        nearness = n > nearness ? n : nearness;
    }
    return nearness;
}

static void take_operators(struct bench_night *night, const struct bench_outcome *o)
{
    char *journal = in_run(night, BENCH_JOURNAL);
    struct cost cost = {.outcome = o,
                        .seconds = bench_xcalloc(o->operator_count + 1, sizeof(double)),
                        .last_case = -1,
                        .last_process = -1};
    read_costs(journal, &cost);
    night->operators =
        bench_arena_alloc(night->arena, (o->operator_count + 1) * sizeof *night->operators);
    night->operator_count = 0;
    for (size_t i = 0; i < o->operator_count; i++)
        night->operators[night->operator_count++] = (struct bench_night_operator){
            .name = bench_arena_strdup(night->arena, o->operators[i].name),
            .cases = o->operators[i].case_count,
            .seconds = cost.seconds[i] > 0 ? cost.seconds[i] : (double)NAN,
            .nearness = nearest(&o->operators[i])};
    free(cost.seconds);
    free(journal);
}

static int load(const struct bench_night *night, struct bench_outcome **outcome,
                struct bench_err *err)
{
    char *run = bench_path_join(night->folder, "run");
    int rc = bench_outcome_load(run, 0, outcome, err);
    free(run);
    return rc;
}

int bench_night_look_at_run(struct bench_night *night, struct bench_err *err)
{
    struct bench_outcome *o = NULL;
    int rc = load(night, &o, err);
    if (rc != BENCH_OK)
        return rc;
    night->device_kind = bench_arena_strdup(night->arena, o->device.kind);
    night->device_name = bench_arena_strdup(night->arena, o->device.name);
    night->device_id = bench_arena_strdup(night->arena, o->device.id);
    take_operators(night, o);
    bench_outcome_free(o);
    return BENCH_OK;
}

int bench_night_alarm_failures(struct bench_night *night, struct bench_err *err)
{
    struct bench_outcome *o = NULL;
    int rc = load(night, &o, err);
    for (size_t i = 0; rc == BENCH_OK && i < o->case_count; i++)
        for (int r = 0; r < BENCH_ROLE_COUNT; r++) {
            const struct bench_outcome_case *c = &o->cases[i];
            const struct bench_outcome_role *role = &c->roles[r];
            if (role->standing == BENCH_OUTCOME_FAILED)
                bench_night_add_alarm(night, role->status, "%s %s: the %s (%s) is %s", c->op_name,
                                      c->label, bench_role_name((enum bench_role)r),
                                      role->implementation, role->status);
        }
    bench_outcome_free(o);
    return rc;
}

/* ---- comparisons ---- */

/* The verdict about an operator is undetermined: what changed of it is not known. */
static bool is_open(const struct bench_json *operators, const char *op)
{
    for (const struct bench_json *o = bench_json_first(operators); o; o = bench_json_next(o)) {
        const char *name = NULL, *verdict = NULL;
        if (bench_json_get_string(o, "operator", true, &name, NULL) == BENCH_OK &&
            strcmp(name, op) == 0)
            return bench_json_get_string(o, "verdict", false, &verdict, NULL) == BENCH_OK &&
                   verdict != NULL && strcmp(verdict, "undetermined") == 0;
    }
    return false;
}

/* What passes cannot be told of these any more. One cause as a rule, so one line. */
static void add_lost(struct bench_night *night, const char *sentence, size_t count)
{
    char *others =
        bench_xprintf("; and %zu more %s gone", count - 1,
                      count == 2 ? "reference or baseline is" : "references or baselines are");
    char *text = bench_xprintf("%s%s", sentence, count > 1 ? others : "");
    bench_night_add_unsure(night, text);
    free(text);
    free(others);
}

static int take_news(struct bench_night *night, const struct bench_json *news,
                     const struct bench_json *operators, bool (*wanted)(const char *, void *),
                     void *context, struct bench_err *err)
{
    const char *lost = NULL;
    size_t lost_count = 0;
    for (const struct bench_json *n = bench_json_first(news); n; n = bench_json_next(n)) {
        const char *kind = NULL, *op = NULL, *sentence = NULL;
        bool regression = false;
        int rc = bench_json_expect(n, BENCH_JSON_OBJECT, err);
        rc = rc == BENCH_OK ? bench_json_get_string(n, "kind", true, &kind, err) : rc;
        rc = rc == BENCH_OK ? bench_json_get_string(n, "operator", true, &op, err) : rc;
        rc = rc == BENCH_OK ? bench_json_get_string(n, "sentence", true, &sentence, err) : rc;
        rc = rc == BENCH_OK ? bench_json_get_bool(n, "regression", true, &regression, err) : rc;
        if (rc != BENCH_OK)
            return rc;
        if (!wanted(op, context))
            continue;
        if (strcmp(kind, "code") == 0 && is_open(operators, op))
            bench_night_add_unsure(night, sentence);
        if (strcmp(kind, "partner lost") == 0 && lost_count++ == 0)
            lost = sentence;
        if (!regression)
            continue;
        night->regression = true;
        bench_night_add_alarm(night, kind, "%s", sentence);
    }
    if (lost_count > 0)
        add_lost(night, lost, lost_count);
    return BENCH_OK;
}

int bench_night_alarm_comparison(struct bench_night *night, const char *path,
                                 bool (*wanted)(const char *op, void *context), void *context,
                                 struct bench_err *err)
{
    struct bench_json_doc *doc = NULL;
    const struct bench_json *news = NULL, *operators = NULL;
    int rc = bench_json_read(path, 0, &doc, err);
    rc = rc == BENCH_OK ? bench_json_get_array(bench_json_root(doc), "news", true, &news, err) : rc;
    rc = rc == BENCH_OK
             ? bench_json_get_array(bench_json_root(doc), "operators", true, &operators, err)
             : rc;
    rc = rc == BENCH_OK ? take_news(night, news, operators, wanted, context, err) : rc;
    bench_json_free(doc);
    return rc;
}

/* ---- selections ---- */

static void add_selected(const char *path, struct bench_str *names, size_t *count)
{
    struct bench_json_doc *doc = NULL;
    const struct bench_json *ops = NULL;
    if (bench_json_read(path, 0, &doc, NULL) != BENCH_OK)
        return;
    if (bench_json_get_object(bench_json_root(doc), "operators", true, &ops, NULL) == BENCH_OK)
        for (const struct bench_json *op = bench_json_first(ops); op; op = bench_json_next(op)) {
            bench_str_addf(names, "%s%s", *count > 0 ? ", " : "", bench_json_key(op));
            *count += 1;
        }
    bench_json_free(doc);
}

char *bench_night_selected(const struct bench_night *night)
{
    struct bench_str names;
    char *said = NULL;
    size_t count = 0, files = 0;
    bench_str_init(&names);
    for (int batch = 1; batch <= 2; batch++) {
        char *name = bench_xprintf("selected_batch%d.json", batch);
        char *path = in_run(night, name);
        if (bench_file_exists(path)) {
            add_selected(path, &names, &count);
            files++;
        }
        free(path);
        free(name);
    }
    if (files > 0)
        said = bench_xprintf("%zu of %zu operators selected%s%s", count, night->operator_count,
                             count > 0 ? ": " : "", names.data);
    bench_str_fini(&names);
    return said;
}
