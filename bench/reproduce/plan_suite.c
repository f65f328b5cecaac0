/* The suite of exactly the cases that are claimed. */
#include <string.h>

#include "bench/reproduce/claims_impl.h"
#include "bench/reproduce/plan_impl.h"

/* ---- settings: those of the run that the claims come from ---- */

static void copy_setting(struct bench_json_writer *w, const struct bench_json *settings,
                         const char *key)
{
    const struct bench_json *v = bench_claims_member(settings, key);
    if (v == NULL || bench_json_type(v) == BENCH_JSON_NULL)
        return;
    bench_json_put_key(w, key);
    bench_json_put_value(w, v);
}

static void write_settings(const struct bench_claims *claims, struct bench_json_writer *w)
{
    static const char *const keys[] = {"tune_rounds",
                                       "warmup_rounds",
                                       "precision",
                                       "confidence",
                                       "speedup_threshold",
                                       "relative_threshold",
                                       "confirm",
                                       "aa",
                                       "do_bench",
                                       "mode",
                                       "cache",
                                       "seed"};
    const struct bench_json *settings =
        claims->run_json != NULL
            ? bench_claims_member(bench_json_root(claims->run_json), "settings")
            : NULL;
    const struct bench_json *rounds = bench_claims_member(settings, "rounds");
    bool fixed = rounds != NULL && bench_json_type(rounds) == BENCH_JSON_NUMBER;
    bench_json_put_key(w, "settings");
    bench_json_open_object(w);
    copy_setting(w, settings, "rounds");
    for (size_t i = 0; i < 2 && !fixed; i++)
        copy_setting(w, settings, i == 0 ? "least_rounds" : "most_rounds");
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        copy_setting(w, settings, keys[i]);
    if (settings == NULL && claims->mode != NULL && strcmp(claims->mode, "wrapper") != 0)
        bench_json_put_key_string(w, "mode", claims->mode);
    if (settings == NULL && claims->cache != NULL)
        bench_json_put_key_string(w, "cache", claims->cache);
    bench_json_close_object(w);
}

/* ---- operators ---- */

static bool same_roles(const struct bench_planned_case *a, const struct bench_planned_case *b)
{
    for (int r = 0; r < BENCH_ROLE_COUNT; r++) {
        if (a->roles[r].count != b->roles[r].count)
            return false;
        for (size_t i = 0; i < a->roles[r].count; i++)
            if (strcmp(a->roles[r].names[i], b->roles[r].names[i]) != 0)
                return false;
    }
    return true;
}

/* Cases that follow each other and differ in their shapes alone are one entry. */
static bool same_entry(const struct bench_planned_case *a, const struct bench_planned_case *b)
{
    return a->op == b->op && a->dtype == b->dtype && strcmp(a->params, b->params) == 0 &&
           same_roles(a, b);
}

static void write_roles(const struct bench_planned_case *c, struct bench_json_writer *w)
{
    bench_json_put_key(w, "roles");
    bench_json_open_object(w);
    for (int r = 0; r < BENCH_ROLE_COUNT; r++) {
        if (c->roles[r].count == 0)
            continue;
        bench_json_put_key(w, bench_role_name((enum bench_role)r));
        bench_json_open_array(w);
        for (size_t i = 0; i < c->roles[r].count; i++)
            bench_json_put_string(w, c->roles[r].names[i]);
        bench_json_close_array(w);
    }
    bench_json_close_object(w);
}

static void write_params(const struct bench_planned_case *c, struct bench_json_writer *w)
{
    struct bench_json_doc *doc = NULL;
    if (strcmp(c->params, "{}") == 0 ||
        bench_json_parse("params", c->params, strlen(c->params), &doc, NULL) != BENCH_OK)
        return;
    bench_json_put_key(w, "params");
    bench_json_open_array(w);
    bench_json_put_value(w, bench_json_root(doc));
    bench_json_close_array(w);
    bench_json_free(doc);
}

/* Writes an entry for the cases from `first` on that belong to it; returns the first that does not.
 */
static size_t write_entry(const struct bench_reproduce_planner *p, size_t first,
                          struct bench_json_writer *w)
{
    const struct bench_planned_case *c = &p->cases[first];
    size_t end = first + 1;
    bench_json_open_object(w);
    bench_json_put_key_string(w, "operator", c->op->name);
    bench_json_put_key(w, "dtypes");
    bench_json_open_array(w);
    bench_json_put_string(w, bench_dtype_name(c->dtype));
    bench_json_close_array(w);
    write_params(c, w);
    write_roles(c, w);
    while (end < p->case_count && same_entry(c, &p->cases[end]))
        end++;
    bench_json_put_key(w, "shapes");
    bench_json_open_array(w);
    for (size_t i = first; i < end; i++) {
        bench_json_open_array(w);
        for (int d = 0; d < p->cases[i].ndim; d++)
            bench_json_put_int(w, p->cases[i].shape[d]);
        bench_json_close_array(w);
    }
    bench_json_close_array(w);
    bench_json_close_object(w);
    return end;
}

void bench_reproduce_plan_suite(const struct bench_reproduce_plan *plan, struct bench_str *out)
{
    const struct bench_reproduce_planner *p = plan->planner;
    struct bench_json_writer w;
    bench_json_writer_init(&w, out, BENCH_JSON_PRETTY);
    bench_json_open_object(&w);
    bench_json_put_key_string(&w, "name", "reproduce");
    bench_json_put_key_string(&w, "description", "The cases that were claimed.");
    write_settings(plan->claims, &w);
    bench_json_put_key(&w, "operators");
    bench_json_open_array(&w);
    for (size_t i = 0; i < p->case_count;)
        i = write_entry(p, i, &w);
    bench_json_close_array(&w);
    bench_json_close_object(&w);
    bench_str_addc(out, '\n');
}
