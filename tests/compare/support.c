#include "support.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../cli/support.h"
#include "bench/util/rng.h"

static double noisy_ms(const struct made_run *run, const struct made_case *c, size_t process,
                       int role, double us)
{
    struct bench_rng rng;
    bench_rng_init(&rng, run->seed * 1000 + process);
    double drift_us = 0.02 * bench_rng_normal(&rng);
    bench_rng_init(&rng, run->seed * 100003 + process * 1009 + (uint64_t)c->number * 7 +
                             (uint64_t)c->op[0] * 65537 + (uint64_t)role);
    return (us * exp(0.0005 * bench_rng_normal(&rng)) + drift_us) * 1e-3;
}

static void put_role(struct bench_str *out, const struct made_run *run, const struct made_case *c,
                     int role, double us)
{
    double main_ms = noisy_ms(run, c, 0, role, us);
    bench_str_addf(out,
                   "\"%s\": {\"median_ms\": %.12g, \"rounds\": 64, \"q25_ms\": %.12g, "
                   "\"q75_ms\": %.12g",
                   bench_role_name((enum bench_role)role), main_ms, main_ms, main_ms);
    for (size_t p = 1; p < run->processes; p++)
        bench_str_addf(out, "%s%.12g", p == 1 ? ", \"process_ms\": [" : ", ",
                       noisy_ms(run, c, p, role, us));
    bench_str_add(out, run->processes > 1 ? "]}" : "}");
}

static void put_case(struct bench_str *out, const struct made_run *run, const struct made_case *c)
{
    bench_str_addf(out,
                   "{\"shape\": [%d], \"dtype\": \"float32\", \"your_time\": %.12g, "
                   "\"implementation\": \"candidate\"",
                   c->number, noisy_ms(run, c, 0, 0, c->us));
    if (c->lost == NULL)
        bench_str_add(out, ", \"reference_implementation\": \"plain\"");
    if (c->hash != NULL)
        bench_str_addf(out, ", \"source_hash\": \"%s\"", c->hash);
    if (c->variant != NULL)
        bench_str_addf(out, ", \"variant\": \"%s\"", c->variant);
    if (!run->bare) {
        bench_str_add(out, ", \"stats\": {");
        put_role(out, run, c, BENCH_CANDIDATE, c->us);
        bench_str_add(out, c->lost == NULL ? ", " : "}");
        if (c->lost == NULL) {
            put_role(out, run, c, BENCH_REFERENCE, c->reference_us);
            bench_str_add(out, "}");
        }
    }
    bench_str_add(out, "}");
}

static void put_failure(struct bench_str *out, const struct made_case *c, const char *role,
                        const char *status)
{
    bench_str_addf(out,
                   "{\"shape\": [%d], \"dtype\": \"float32\", \"role\": \"%s\", "
                   "\"implementation\": \"%s\", \"status\": \"%s\", "
                   "\"reason\": \"because of %s\\nand more\"}",
                   c->number, role, role, status, status);
}

static const struct made_case *case_at(const struct made_run *run, size_t i)
{
    return &run->cases[run->backwards ? run->count - 1 - i : i];
}

static bool is_first(const struct made_run *run, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (strcmp(case_at(run, k)->op, case_at(run, i)->op) == 0)
            return false;
    return true;
}

static void put_operator(struct bench_str *out, const struct made_run *run, const char *op)
{
    bench_str_addf(out,
                   "\"%s\": {\"device\": \"%s\", \"device_kind\": \"cuda\", "
                   "\"baseline_unavailable\": \"none\"",
                   op, run->device != NULL ? run->device : "D");
    if (run->mode != NULL)
        bench_str_addf(out, ", \"mode\": \"%s\"", run->mode);
    if (run->cache != NULL)
        bench_str_addf(out, ", \"cache\": \"%s\"", run->cache);
    for (int failed = 0; failed < 2; failed++) {
        const char *comma = "";
        bench_str_add(out, failed ? ", \"failed\": [" : ", \"configs\": [");
        for (size_t i = 0; i < run->count; i++) {
            const struct made_case *c = case_at(run, i);
            bool lost = failed && c->us > 0 && c->lost != NULL;
            if (strcmp(c->op, op) != 0 || ((c->us > 0) == failed && !lost))
                continue;
            bench_str_add(out, comma);
            comma = ", ";
            if (lost)
                put_failure(out, c, "reference", c->lost);
            else if (failed)
                put_failure(out, c, "candidate", c->status);
            else
                put_case(out, run, c);
        }
        bench_str_add(out, "]");
    }
    bench_str_add(out, "}");
}

struct bench_outcome *made_outcome(const struct made_run *run)
{
    struct bench_outcome *o = NULL;
    struct bench_err err = {0};
    struct bench_str text;
    const char *comma = "";
    bench_str_init(&text);
    bench_str_add(&text, "{");
    for (size_t i = 0; i < run->count; i++)
        if (is_first(run, i)) {
            bench_str_add(&text, comma);
            put_operator(&text, run, case_at(run, i)->op);
            comma = ",\n";
        }
    bench_str_add(&text, "}");
    cli_write("made.json", text.data);
    cr_assert_eq(bench_outcome_load("made.json", 0, &o, &err), 0, "%s", err.message);
    bench_str_fini(&text);
    return o;
}

struct bench_comparison *made_comparison(const struct bench_outcome *a,
                                         const struct bench_outcome *b,
                                         const struct bench_compare_options *options)
{
    struct bench_comparison *c = NULL;
    struct bench_err err = {0};
    cr_assert_eq(bench_compare(a, b, options != NULL ? options : &bench_compare_defaults, &c, &err),
                 0, "%s", err.message);
    return c;
}

const struct bench_compared_operator *made_operator(const struct bench_comparison *c,
                                                    const char *op)
{
    for (size_t i = 0; i < c->operator_count; i++)
        if (strcmp(c->operators[i].name, op) == 0)
            return &c->operators[i];
    cr_assert(false, "no operator %s", op);
    return NULL;
}

const struct bench_compared_case *made_find(const struct bench_comparison *c, const char *op,
                                            int number)
{
    const struct bench_compared_operator *o = made_operator(c, op);
    for (size_t i = o->first_case; i < o->first_case + o->case_count; i++) {
        const struct bench_outcome_case *one = c->cases[i].a ? c->cases[i].a : c->cases[i].b;
        if (one->shape[0] == number)
            return &c->cases[i];
    }
    cr_assert(false, "no case %d of %s", number, op);
    return NULL;
}

const struct bench_news *made_news(const struct bench_comparison *c, enum bench_news_kind kind)
{
    const struct bench_news *found = NULL;
    for (size_t i = 0; i < c->news_count; i++)
        if (c->news[i].kind == kind) {
            cr_expect_null(found, "another: %s", c->news[i].sentence);
            found = &c->news[i];
        }
    cr_assert_not_null(found, "no news of the kind '%s'", bench_news_kind_name(kind));
    return found;
}
