/* What the runs say of an operator, in the numbers that the page prints. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/measure/stats.h"
#include "bench/report/kernels_impl.h"
#include "bench/run/sources.h"

/* ---- what a run tells of its device ---- */

static double number_at(const struct bench_outcome *run, const char *const *path)
{
    const struct bench_json *v = run->environment;
    for (; *path && v; path++)
        v = bench_json_get(v, *path);
    return v && bench_json_type(v) == BENCH_JSON_NUMBER ? bench_json_number(v) : NAN;
}

double kernels_empty_ms(const struct bench_outcome *run)
{
    double ns = number_at(run, (const char *const[]){"floor", "gated", "empty_ns", NULL});
    return ns > 0 ? ns * 1e-6 : NAN;
}

double kernels_rate(const struct bench_outcome *run, const char *key)
{
    double rate = number_at(run, (const char *const[]){"roofline", key, NULL});
    return rate > 0 ? rate : NAN;
}

double kernels_count(const struct bench_outcome *run, const char *key)
{
    double count = number_at(run, (const char *const[]){"totals", key, NULL});
    return count >= 0 ? count : NAN;
}

/* ---- means ---- */

struct values {
    double *values;
    struct kernels_mean *to;
    double goal;
};

static struct values values_of(struct kernels_mean *to, size_t most, double goal)
{
    *to = (struct kernels_mean){.mean = NAN, .worst = NAN};
    return (struct values){bench_xmalloc((most + 1) * sizeof(double)), to, goal};
}

/* NAN, and what is no ratio, does not count. */
static void add_value(struct values *v, double value, const struct bench_outcome_case *c)
{
    struct kernels_mean *m = v->to;
    if (!(value > 0) || !isfinite(value))
        return;
    v->values[m->count++] = value;
    m->below += value < v->goal;
    if (m->worst_case == NULL || value < m->worst) {
        m->worst = value;
        m->worst_case = c;
    }
}

static void close_values(struct values *v)
{
    if (v->to->count > 0)
        v->to->mean = bench_geomean(v->values, v->to->count);
    free(v->values);
}

/* ---- the cases ---- */

static double time_of(const struct bench_outcome_case *c, enum bench_role role)
{
    const struct bench_outcome_role *r = &c->roles[role];
    return r->standing == BENCH_OUTCOME_OK ? r->time_ms : NAN;
}

static double time_ratio(const struct bench_outcome_case *c, enum bench_outcome_rule rule)
{
    enum bench_role other = rule == BENCH_OUTCOME_SPEEDUP ? BENCH_REFERENCE : BENCH_BASELINE;
    return time_of(c, other) / time_of(c, BENCH_CANDIDATE);
}

/* As the run answered, whose graphs may tell more than the times; else by these. */
static double speed_of(const struct bench_outcome_case *c, enum bench_outcome_rule rule)
{
    const struct bench_outcome_decision *answer = &c->decisions[rule];
    return answer->known ? report_speed(answer, rule).estimate : time_ratio(c, rule);
}

static const struct bench_outcome_case *case_at(const struct kernels_facts *f, size_t i)
{
    return &f->run->cases[f->op->first_case + i];
}

static void count_cases(struct kernels_facts *f)
{
    struct values speed[BENCH_OUTCOME_RULES], answered[BENCH_OUTCOME_RULES];
    f->cases = f->op->case_count;
    for (int rule = 0; rule < BENCH_OUTCOME_RULES; rule++) {
        speed[rule] = values_of(&f->speed[rule], f->cases, 0);
        answered[rule] = values_of(&f->answered[rule], f->cases, 0);
    }
    for (size_t i = 0; i < f->cases; i++) {
        const struct bench_outcome_case *c = case_at(f, i);
        const struct bench_outcome_role *candidate = &c->roles[BENCH_CANDIDATE];
        double ms = time_of(c, BENCH_CANDIDATE);
        f->failed += candidate->standing == BENCH_OUTCOME_FAILED;
        f->timed += ms > 0;
        f->verified += candidate->standing == BENCH_OUTCOME_OK && candidate->verified;
        f->near_floor += ms > 0 && candidate->near_floor;
        for (int rule = 0; rule < BENCH_OUTCOME_RULES; rule++) {
            add_value(&speed[rule], time_ratio(c, (enum bench_outcome_rule)rule), c);
            add_value(&answered[rule], speed_of(c, (enum bench_outcome_rule)rule), c);
        }
    }
    for (int rule = 0; rule < BENCH_OUTCOME_RULES; rule++) {
        close_values(&speed[rule]);
        close_values(&answered[rule]);
    }
}

/* Even if it had ordinary units alone: what needs tensor cores to wait for memory is a product. */
static bool waits_for_memory(const struct bench_outcome *run, const struct bench_outcome_case *c)
{
    double compute_ms = c->flops / kernels_rate(run, "fp32_flops") * 1e3;
    return strcmp(c->roofline_bound, "memory") == 0 && !(compute_ms > c->roofline_ms);
}

static void hold_against_limits(struct kernels_facts *f)
{
    const double large_ms = BENCH_LARGE_EMPTIES * kernels_empty_ms(f->run);
    const double copy_bytes_ms = kernels_rate(f->run, "copy_bytes_s") * 1e-3;
    struct values copy = values_of(&f->copy, f->cases, BENCH_GOAL_COPY);
    struct values memory = values_of(&f->memory, f->cases, 0);
    struct values compute = values_of(&f->compute, f->cases, 0);
    struct values reference = values_of(&f->reference_copy, f->cases, 0);
    for (size_t i = 0; i < f->cases; i++) {
        const struct bench_outcome_case *c = case_at(f, i);
        double ms = time_of(c, BENCH_CANDIDATE);
        if (!(c->roofline_ms >= large_ms) || !isfinite(ms))
            continue;
        bool waits = waits_for_memory(f->run, c);
        add_value(waits ? &memory : &compute, c->roofline_ms / ms, c);
        if (!waits)
            continue;
        add_value(&copy, c->bytes / ms / copy_bytes_ms, c);
        add_value(&reference, c->bytes / time_of(c, BENCH_REFERENCE) / copy_bytes_ms, c);
    }
    close_values(&copy);
    close_values(&memory);
    close_values(&compute);
    close_values(&reference);
}

static bool is_library(const struct bench_operator *op, const struct bench_outcome_role *role)
{
    const struct bench_implementation *impl = bench_operator_find(op, role->implementation);
    return impl != NULL && impl->provider == BENCH_PROVIDER_LIBRARY;
}

static void hold_against_library(struct kernels_facts *f, const struct bench_operator *op)
{
    struct values library = values_of(&f->library, f->cases, BENCH_GOAL_LIBRARY);
    f->library_name = "";
    for (size_t i = 0; strcmp(op->category, "blas") == 0 && i < f->cases; i++) {
        const struct bench_outcome_case *c = case_at(f, i);
        const struct bench_outcome_role *baseline = &c->roles[BENCH_BASELINE];
        bool half = strcmp(c->dtype, "float16") == 0 || strcmp(c->dtype, "bfloat16") == 0;
        if (!half || !is_library(op, baseline))
            continue;
        f->library_name = baseline->implementation;
        add_value(&library, speed_of(c, BENCH_OUTCOME_RELATIVE), c);
    }
    close_values(&library);
}

/* ---- who played ---- */

bool kernels_lists(const struct bench_str *players, const char *name)
{
    struct bench_str code;
    bench_str_init(&code);
    kernels_add_code(&code, name);
    bool found = strstr(players->data, code.data) != NULL;
    bench_str_fini(&code);
    return found;
}

static void add_once(struct bench_str *list, const char *name)
{
    if (kernels_lists(list, name))
        return;
    bench_str_add(list, list->len > 0 ? ", " : "");
    kernels_add_code(list, name);
}

/* A source that is gone is another one, too; where the run does not tell, nothing is said. */
static bool is_changed(const struct bench_operator *op, const struct bench_outcome_role *role)
{
    char hex[33];
    const struct bench_implementation *impl = bench_operator_find(op, role->implementation);
    if (role->source_hash[0] == '\0')
        return false;
    return impl == NULL || !bench_source_hash_of(impl, hex) || strcmp(hex, role->source_hash) != 0;
}

static void list_players(struct kernels_facts *f, const struct bench_operator *op)
{
    for (int r = 0; r < BENCH_ROLE_COUNT; r++) {
        const char *last = "";
        for (size_t i = 0; i < f->cases; i++) {
            const struct bench_outcome_role *role = &case_at(f, i)->roles[r];
            if (role->standing != BENCH_OUTCOME_OK || strcmp(role->implementation, last) == 0)
                continue;
            last = role->implementation;
            add_once(&f->players[r], last);
            if (is_changed(op, role))
                add_once(&f->changed, last);
        }
    }
}

static const struct bench_outcome_operator *find_operator(const struct bench_outcome *run,
                                                          const char *name)
{
    for (size_t i = 0; i < run->operator_count; i++)
        if (strcmp(run->operators[i].name, name) == 0)
            return &run->operators[i];
    return NULL;
}

/* A candidate that failed in all cases has been measured, too: an older run must not hide it. */
static bool measures(const struct bench_outcome *run, const struct bench_outcome_operator *op)
{
    for (size_t i = 0; op != NULL && i < op->case_count; i++) {
        const struct bench_outcome_case *c = &run->cases[op->first_case + i];
        if (isfinite(time_of(c, BENCH_CANDIDATE)) ||
            c->roles[BENCH_CANDIDATE].standing == BENCH_OUTCOME_FAILED)
            return true;
    }
    return false;
}

/* Does the run say that its candidates, right or wrong, are what they are today? */
static bool is_of_today(const struct bench_outcome *run, const struct bench_outcome_operator *found,
                        const struct bench_operator *op)
{
    for (size_t i = 0; i < found->case_count; i++) {
        const struct bench_outcome_role *role =
            &run->cases[found->first_case + i].roles[BENCH_CANDIDATE];
        if ((role->standing == BENCH_OUTCOME_OK || role->standing == BENCH_OUTCOME_FAILED) &&
            (role->source_hash[0] == '\0' || is_changed(op, role)))
            return false;
    }
    return true;
}

/* The last run that has measured the operator; or an older one that has measured today's
 * candidates, where the last has measured others and no more cases. */
static void choose_run(struct kernels_facts *f, const struct bench_kernels *k,
                       const struct bench_operator *op)
{
    size_t enough = 0;
    for (size_t i = k->run_count; i-- > 0;) {
        const struct bench_outcome_operator *found = find_operator(k->runs[i], op->name);
        if (!measures(k->runs[i], found) || found->case_count < enough)
            continue;
        bool of_today = is_of_today(k->runs[i], found, op);
        if (f->run == NULL || of_today) {
            f->run = k->runs[i];
            f->run_index = i;
            f->op = found;
        }
        if (of_today)
            return;
        if (enough == 0)
            enough = found->case_count;
    }
}

void kernels_facts_init(struct kernels_facts *f, const struct bench_kernels *k,
                        const struct bench_operator *op)
{
    *f = (struct kernels_facts){.run = NULL};
    for (int r = 0; r < BENCH_ROLE_COUNT; r++)
        bench_str_init(&f->players[r]);
    bench_str_init(&f->changed);
    choose_run(f, k, op);
    if (f->run == NULL)
        return;
    count_cases(f);
    hold_against_limits(f);
    hold_against_library(f, op);
    list_players(f, op);
}

void kernels_facts_fini(struct kernels_facts *f)
{
    for (int r = 0; r < BENCH_ROLE_COUNT; r++)
        bench_str_fini(&f->players[r]);
    bench_str_fini(&f->changed);
}
