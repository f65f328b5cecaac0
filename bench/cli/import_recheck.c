#include "bench/cli/import_recheck.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/perf/json.h"
#include "bench/util/mem.h"
#include "selector/evidence.h"
#include "selector/select.h"

/* As many operators, or faults, as anybody reads. */
#define MAX_LINES 20

struct recheck {
    const char *path;
    const struct bench_json *root, *operators;
    int batch;
    struct bench_criteria *criteria;
    struct bench_faults faults;
    struct bench_str text; /* what is wrong, a line each */
    size_t wrong;
};

static const struct bench_json *member(const struct bench_json *object, const char *key,
                                       enum bench_json_type type)
{
    const struct bench_json *v = bench_json_get(object, key);
    return v != NULL && bench_json_type(v) == type ? v : NULL;
}

__attribute__((format(printf, 2, 3))) static void complain(struct recheck *r, const char *format,
                                                           ...)
{
    va_list args;
    r->wrong++;
    if (r->wrong > MAX_LINES) {
        return;
    }
    bench_str_add(&r->text, "\n  ");
    va_start(args, format);
    bench_str_addv(&r->text, format, args);
    va_end(args);
}

static bool is_geomean(const struct bench_json *root)
{
    const struct bench_json *policy = member(root, "policy", BENCH_JSON_STRING);
    return policy != NULL && strcmp(bench_json_string(policy), "geomean") == 0;
}

/* The criteria as a file of their own. Where the selection has none: those of its policy, else that
 * of the user's plan, by which one passing case is enough. */
static void put_criteria(const struct recheck *r, struct bench_json_writer *w)
{
    const struct bench_json *criteria = member(r->root, "criteria", BENCH_JSON_OBJECT);
    bench_json_open_object(w);
    for (const struct bench_json *v = criteria != NULL ? bench_json_first(criteria) : NULL;
         v != NULL; v = bench_json_next(v)) {
        bench_json_put_key(w, bench_json_key(v));
        bench_json_put_value(w, v);
    }
    if (criteria == NULL) {
        bool geomean = is_geomean(r->root);
        bench_json_put_key_string(w, "name", geomean ? "geomean" : "per-config");
        bench_json_put_key_string(w, "aggregate", geomean ? "geomean" : "any");
        bench_json_put_key_string(w, "uncompared", geomean ? "fail" : "ignore");
        bench_json_put_key_string(w, "evidence", geomean ? "intervals" : "points");
    }
    bench_json_put_key(w, "field");
    bench_json_put_value(w, bench_json_get(r->root, "criterion"));
    bench_json_put_key(w, "threshold");
    bench_json_put_value(w, bench_json_get(r->root, "threshold"));
    bench_json_close_object(w);
}

static int read_criteria(struct recheck *r, struct bench_err *err)
{
    struct bench_str text;
    struct bench_json_writer w;
    char *name = bench_xprintf("%s, criteria", r->path);
    bench_str_init(&text);
    bench_json_writer_init(&w, &text, BENCH_JSON_COMPACT);
    put_criteria(r, &w);
    int rc = bench_criteria_parse(name, text.data, text.len, &r->criteria, err);
    bench_str_fini(&text);
    free(name);
    return rc;
}

/* The selection's operators have the form of performance data, with the times of all roles. */
static struct bench_dataset *read_data(struct recheck *r, enum bench_dataset_kind kind)
{
    struct bench_str text;
    struct bench_json_writer w;
    bench_str_init(&text);
    bench_json_writer_init(&w, &text, BENCH_JSON_COMPACT);
    bench_json_put_value(&w, r->operators);
    size_t length = text.len;
    struct bench_dataset *set =
        bench_dataset_take(r->path, bench_str_take(&text), length, kind, &r->faults);
    bench_str_fini(&text);
    return set;
}

/* Lines and columns of the faults are those of a part of the file; the pointers are right. */
static void complain_of_faults(struct recheck *r)
{
    for (size_t i = 0; i < r->faults.count; i++) {
        const struct bench_fault *fault = &r->faults.items[i];
        if (fault->level == BENCH_FAULT_ERROR) {
            complain(r, "/operators%s: %s", fault->pointer != NULL ? fault->pointer : "",
                     fault->text != NULL ? fault->text : fault->message);
        }
    }
}

/* Others round to three decimals; averages of others may be of either kind. */
static bool is_near(double told, double calculated)
{
    return fabs(told - calculated) <= fmax(0.000501, 1e-6 * fabs(calculated));
}

/* Of the listed cases; NAN if one lacks it. */
static double mean_of(const struct bench_selection_op *op, bool speedup, bool geometric)
{
    double sum = 0;
    for (size_t i = 0; i < op->case_count; i++) {
        double value = speedup ? op->cases[i].speedup : op->cases[i].relative;
        sum += geometric ? log(value) : value;
    }
    sum /= (double)op->case_count;
    return geometric ? exp(sum) : sum;
}

/* One that the file tells must be one that the cases have. */
static void check_average(struct recheck *r, const struct bench_selection_op *op, const char *key,
                          bool speedup, double calculated)
{
    const struct bench_json *told = member(op->op->json, key, BENCH_JSON_NUMBER);
    bool known = member(r->root, "criteria", BENCH_JSON_OBJECT) != NULL;
    double number = told != NULL ? bench_json_number(told) : NAN;
    if (told == NULL || is_near(number, calculated) ||
        (!known && (is_near(number, mean_of(op, speedup, true)) ||
                    is_near(number, mean_of(op, speedup, false))))) {
        return;
    }
    complain(r, "%s: %s is %.6g, but that of its cases is %.6g", op->op->name, key, number,
             calculated);
}

static void check_operator(struct recheck *r, const struct bench_selection_op *op)
{
    if (!op->selected) {
        complain(r, "%s: by its own cases and the file's criteria it is not selected: %s",
                 op->op->name, op->reason);
        return;
    }
    check_average(r, op, "avg_speedup_vs_flaggems", true, op->avg_speedup);
    check_average(r, op, "avg_relative_to_cuda", false, op->avg_relative);
    if (!r->criteria->plan) { /* the plan's list may lack the worst case */
        check_average(r, op, "min_speedup_vs_flaggems", true, op->worst_speedup);
        check_average(r, op, "max_relative_to_cuda", false, op->worst_relative);
    }
}

static void decide_again(struct recheck *r)
{
    struct bench_join join;
    struct bench_dataset *your = read_data(r, BENCH_DATASET_YOUR);
    struct bench_dataset *flaggems = r->batch == 1 ? read_data(r, BENCH_DATASET_FLAGGEMS) : NULL;
    for (int rule = 0; rule < BENCH_DATASET_RULES; rule++) {
        bench_evidence_check(your, (enum bench_dataset_rule)rule, &r->faults);
    }
    complain_of_faults(r);
    if (r->faults.errors == 0) {
        bench_join_init(&join, your, flaggems);
        struct bench_selection *selection =
            bench_select(r->criteria, BENCH_SCOPE_ALL, your, flaggems, &join);
        for (size_t i = 0; i < selection->op_count; i++) {
            check_operator(r, &selection->ops[i]);
        }
        bench_selection_free(selection);
        bench_join_fini(&join);
    }
    bench_dataset_free(your);
    bench_dataset_free(flaggems);
}

static int conclude(const struct recheck *r, struct bench_err *err)
{
    char *more = r->wrong > MAX_LINES ? bench_xprintf("\n  … and %zu more", r->wrong - MAX_LINES)
                                      : bench_xstrdup("");
    int rc = r->wrong == 0
                 ? BENCH_OK
                 : bench_err_set(err, BENCH_EINPUT,
                                 "%s: what it says does not follow from its own cases; nothing of "
                                 "it is imported: select again (bench select)%s%s",
                                 r->path, r->text.data, more);
    free(more);
    return rc;
}

int bench_import_recheck(const char *path, struct bench_err *err)
{
    struct bench_json_doc *doc = NULL;
    int64_t batch = 0;
    struct recheck r = {.path = path};
    int rc = bench_json_read(path, 0, &doc, err);
    if (rc != 0) {
        return rc;
    }
    r.root = bench_json_root(doc);
    r.operators = member(r.root, "operators", BENCH_JSON_OBJECT);
    const struct bench_json *number = member(r.root, "batch", BENCH_JSON_NUMBER);
    if (r.operators != NULL && number != NULL && bench_json_is_int(number, &batch) &&
        member(r.root, "criterion", BENCH_JSON_STRING) != NULL &&
        member(r.root, "threshold", BENCH_JSON_NUMBER) != NULL) {
        r.batch = (int)batch;
        bench_str_init(&r.text);
        bench_faults_init(&r.faults);
        rc = read_criteria(&r, err);
        if (rc == 0) {
            decide_again(&r);
            rc = conclude(&r, err);
        }
        bench_criteria_free(r.criteria);
        bench_faults_fini(&r.faults);
        bench_str_fini(&r.text);
    }
    bench_json_free(doc);
    return rc;
}
