/* The suite of exactly the cases that are claimed. */
#include <stdlib.h>
#include <string.h>

#include "bench/reproduce/claims_impl.h"
#include "bench/reproduce/plan_impl.h"
#include "bench/spec/suite_write.h"

static void copy_setting(struct bench_json_writer *w, const struct bench_json *settings,
                         const char *key)
{
    const struct bench_json *v = bench_claims_member(settings, key);
    if (v == NULL || bench_json_type(v) == BENCH_JSON_NULL)
        return;
    bench_json_put_key(w, key);
    bench_json_put_value(w, v);
}

static void write_settings(const struct bench_claims *claims, bool rounds_too,
                           struct bench_json_writer *w)
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
    if (rounds_too)
        copy_setting(w, settings, "rounds");
    for (size_t i = 0; i < 2 && rounds_too && !fixed; i++)
        copy_setting(w, settings, i == 0 ? "least_rounds" : "most_rounds");
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        copy_setting(w, settings, keys[i]);
    if (settings == NULL && claims->mode != NULL && strcmp(claims->mode, "wrapper") != 0)
        bench_json_put_key_string(w, "mode", claims->mode);
    if (settings == NULL && claims->cache != NULL)
        bench_json_put_key_string(w, "cache", claims->cache);
    bench_json_close_object(w);
}

/* Which cases: those that are wanted; NULL: all. Returns how many. */
static size_t make_lines(const struct bench_reproduce_planner *p, const bool *wanted,
                         struct bench_suite_line *lines)
{
    size_t count = 0;
    for (size_t i = 0; i < p->case_count; i++) {
        const struct bench_planned_case *c = &p->cases[i];
        if (wanted == NULL || wanted[i])
            lines[count++] = (struct bench_suite_line){.op = c->op->name,
                                                       .dtype = c->dtype,
                                                       .shape = c->shape,
                                                       .ndim = c->ndim,
                                                       .params = c->params,
                                                       .roles = c->roles};
    }
    return count;
}

static size_t write_suite(const struct bench_reproduce_plan *plan, const bool *cases,
                          const char *description, struct bench_str *out)
{
    const struct bench_reproduce_planner *p = plan->planner;
    struct bench_suite_line *lines = bench_xcalloc(p->case_count + 1, sizeof *lines);
    const size_t count = make_lines(p, cases, lines);
    struct bench_json_writer w;
    bench_json_writer_init(&w, out, BENCH_JSON_PRETTY);
    bench_json_open_object(&w);
    bench_json_put_key_string(&w, "name", "reproduce");
    bench_json_put_key_string(&w, "description", description);
    write_settings(plan->claims, cases == NULL, &w);
    bench_json_put_key(&w, "operators");
    bench_suite_write_operators(lines, count, &w);
    free(lines);
    bench_json_close_object(&w);
    bench_str_addc(out, '\n');
    return count;
}

void bench_reproduce_plan_suite(const struct bench_reproduce_plan *plan, struct bench_str *out)
{
    write_suite(plan, NULL, "The cases that were claimed.", out);
}

static bool is_about(const struct bench_claim *c, const struct bench_claim *whole)
{
    return !c->whole && c->against == whole->against && strcmp(c->op, whole->op) == 0;
}

size_t bench_reproduce_plan_suite_again(const struct bench_reproduce_plan *plan, const bool *wanted,
                                        struct bench_str *out)
{
    const struct bench_claims *claims = plan->claims;
    bool *cases = bench_xcalloc(plan->planner->case_count + 1, sizeof *cases);
    for (size_t i = 0; i < claims->count; i++) {
        const struct bench_claim *c = &claims->items[i];
        if (!wanted[i] || plan->items[i].cannot != NULL)
            continue;
        for (size_t k = 0; k < claims->count; k++)
            if (plan->items[k].cannot == NULL &&
                (c->whole ? is_about(&claims->items[k], c) : k == i))
                cases[plan->items[k].number] = true;
    }
    const size_t count =
        write_suite(plan, cases, "What the first measurement left undetermined.", out);
    free(cases);
    return count;
}
