#include "selector/validate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "selector/evidence.h"
#include "selector/index.h"

/* A hundred times faster or slower than CUDA's own is a wrong result, a wrong unit or a kernel that
 * did not run, before it is a finding. In the real data that this was tried on, one operator was
 * 10,595 times "faster" because it was wrong. */
#define PLAUSIBLE_RATIO 100.0

struct device_check {
    const struct bench_dataset_op
        *first[2]; /* the first operators that tell their device, its kind */
    const char *first_file[2];
    struct bench_index *seen; /* what was reported */
    struct bench_faults *faults;
};
enum { NAME, KIND };

static const char *told_device(const struct bench_dataset_op *op, int what)
{
    return what == KIND ? op->device_kind : op->device;
}

/* False if the operator's device is another one than that of the first. */
static bool is_same_device(struct device_check *check, const struct bench_dataset *set,
                           const struct bench_dataset_op *op, int what)
{
    const char *told = told_device(op, what);
    if (!told)
        return true;
    if (!check->first[what]) {
        check->first[what] = op;
        check->first_file[what] = bench_json_name(set->doc);
    }
    const char *first = told_device(check->first[what], what);
    if (strcmp(told, first) == 0)
        return true;
    if (bench_index_add(check->seen, told, 0) == BENCH_INDEX_NONE)
        bench_faults_report(
            check->faults, BENCH_FAULT_ERROR, "device",
            bench_json_get(op->json, what == KIND ? "device_kind" : "device"),
            "'%s' was measured on %s'%s', but '%s' in %s on '%s'; times of different devices "
            "cannot be compared: measure all on one",
            op->name, what == KIND ? "a device of the kind " : "", told, check->first[what]->name,
            check->first_file[what], first);
    return false;
}

/* Devices of two kinds have two names: one of them is enough to say. */
static void check_devices_of(struct device_check *check, const struct bench_dataset *set)
{
    for (size_t i = 0; set && i < set->op_count; i++)
        if (is_same_device(check, set, &set->ops[i], KIND))
            is_same_device(check, set, &set->ops[i], NAME);
}

void bench_validate_devices(const struct bench_dataset *your, const struct bench_dataset *flaggems,
                            struct bench_faults *faults)
{
    struct device_check check = {.seen = bench_index_new(), .faults = faults};
    check_devices_of(&check, your);
    check_devices_of(&check, flaggems);
    bench_index_free(check.seen);
}

struct condition_check {
    enum bench_dataset_condition condition;
    const struct bench_json *first; /* the first that is told */
    const char *first_op;
    const char *first_file;
    struct bench_index *seen; /* words already reported */
    struct bench_faults *faults;
};

static void check_conditions_of(struct condition_check *check, const struct bench_dataset *set)
{
    const char *key = bench_dataset_condition_key(check->condition);
    for (size_t i = 0; set && i < set->op_count; i++) {
        const struct bench_dataset_op *op = &set->ops[i];
        const struct bench_json *told = op->conditions[check->condition];
        if (!told)
            continue;
        if (!check->first) {
            check->first = told;
            check->first_op = op->name;
            check->first_file = bench_json_name(set->doc);
        }
        const char *word = bench_json_string(told);
        if (strcmp(word, bench_json_string(check->first)) == 0 ||
            bench_index_add(check->seen, word, 0) != BENCH_INDEX_NONE)
            continue;
        bench_faults_report(check->faults, BENCH_FAULT_ERROR, key, told,
                            "'%s' was measured with %s '%s', but '%s' in %s with '%s'; such times "
                            "cannot be compared: measure all in one way",
                            op->name, key, word, check->first_op, check->first_file,
                            bench_json_string(check->first));
    }
}

void bench_validate_conditions(const struct bench_dataset *your,
                               const struct bench_dataset *flaggems, struct bench_faults *faults)
{
    for (int i = 0; i < BENCH_DATASET_CONDITIONS; i++) {
        struct condition_check check = {.condition = (enum bench_dataset_condition)i,
                                        .seen = bench_index_new(),
                                        .faults = faults};
        check_conditions_of(&check, your);
        check_conditions_of(&check, flaggems);
        bench_index_free(check.seen);
    }
}

void bench_validate_baselines(const struct bench_dataset *your, const struct bench_join *join,
                              enum bench_fault_level level, struct bench_faults *faults)
{
    for (size_t i = 0; i < your->case_count; i++) {
        const struct bench_dataset_case *a = &your->cases[i];
        const struct bench_dataset_case *b = join->partner[i];
        if (!b || isnan(a->cuda_ms) || isnan(b->cuda_ms))
            continue;
        double difference = fabs(a->cuda_ms - b->cuda_ms) / fmin(a->cuda_ms, b->cuda_ms);
        if (difference <= BENCH_CUDA_TIME_MAX_DIFFERENCE)
            continue;
        size_t line;
        size_t column;
        bench_json_place(b->json, &line, &column);
        bench_faults_report(
            faults, level, "cuda-time-differs", a->json,
            "cuda_time is %g ms here and %g ms in the reference data (line %zu), "
            "%.0f %% apart; at most %.0f %% is expected of one machine: measure both "
            "files in one run",
            a->cuda_ms, b->cuda_ms, line, difference * 100, BENCH_CUDA_TIME_MAX_DIFFERENCE * 100);
    }
}

/* What a case is without its params, to say more of one that is not found. */
static const char *key_without_params(struct bench_arena *arena, const struct bench_dataset_case *c)
{
    size_t length;
    const char *shape = bench_dataset_key_shape(c->key, &length);
    return bench_arena_strndup(arena, c->key, (size_t)(shape + length - c->key));
}

/* The cases of `op` that `partner_of` marks as alone, each by its name. */
struct unmatched {
    const struct bench_dataset *set;
    const struct bench_dataset *other;
    const struct bench_dataset_op *other_op;
    struct bench_index *shapes; /* of the other side's cases, without params; made at need */
    struct bench_arena *arena;
    struct bench_faults *faults;
};

static bool has_other_params(struct unmatched *u, const struct bench_dataset_case *c)
{
    if (!u->shapes) {
        u->shapes = bench_index_new();
        for (size_t i = 0; i < u->other_op->case_count; i++)
            bench_index_add(
                u->shapes,
                key_without_params(u->arena, &u->other->cases[u->other_op->first_case + i]), 0);
    }
    return bench_index_find(u->shapes, key_without_params(u->arena, c)) != BENCH_INDEX_NONE;
}

static void report_unmatched(struct unmatched *u, const struct bench_dataset_case *c)
{
    bool your = u->set->kind == BENCH_DATASET_YOUR;
    char *label = bench_dataset_case_label(c);
    bench_faults_report(u->faults, BENCH_FAULT_WARNING, "unmatched", c->json,
                        "the case %s of '%s' %s%s", label, u->set->ops[c->op].name,
                        your ? "has no reference time"
                             : "is in the reference data only: it takes no part in any comparison",
                        !has_other_params(u, c) ? ""
                        : your                  ? " (the reference data have it with other params)"
                                                : " (the candidates have it with other params)");
    free(label);
}

/* `matched` says which cases of u->set have a partner. */
static void report_op(struct unmatched *u, const struct bench_dataset_op *op, const bool *matched)
{
    u->shapes = NULL;
    u->arena = NULL;
    for (size_t i = op->first_case; i < op->first_case + op->case_count; i++) {
        if (matched[i])
            continue;
        if (!u->arena)
            u->arena = bench_arena_new();
        report_unmatched(u, &u->set->cases[i]);
    }
    bench_index_free(u->shapes);
    bench_arena_free(u->arena);
}

void bench_validate_matches(const struct bench_dataset *your, const struct bench_dataset *flaggems,
                            const struct bench_join *join, struct bench_faults *faults)
{
    bool *mine = bench_xcalloc(your->case_count, sizeof(*mine));
    bool *theirs = bench_xcalloc(flaggems->case_count, sizeof(*theirs));
    for (size_t i = 0; i < your->case_count; i++) {
        mine[i] = join->partner[i] != NULL;
        if (mine[i])
            theirs[join->partner[i] - flaggems->cases] = true;
    }
    for (size_t i = 0; i < your->op_count; i++) {
        const struct bench_dataset_op *other = join->op_partner[i];
        if (!other)
            continue;
        struct unmatched u = {.set = your, .other = flaggems, .other_op = other, .faults = faults};
        report_op(&u, &your->ops[i], mine);
        u = (struct unmatched){
            .set = flaggems, .other = your, .other_op = &your->ops[i], .faults = faults};
        report_op(&u, other, theirs);
    }
    free(mine);
    free(theirs);
}

void bench_validate_overlap(const struct bench_dataset *your, const struct bench_dataset *flaggems,
                            const struct bench_join *join, struct bench_faults *faults)
{
    if (!your->broken && your->op_count == 0)
        bench_faults_report(faults, BENCH_FAULT_ERROR, "empty", NULL,
                            "%s: holds no operators: there is nothing to validate",
                            bench_json_name(your->doc));
    if (flaggems && your->case_count > 0 && flaggems->case_count > 0 && join->matched == 0)
        bench_faults_report(faults, BENCH_FAULT_ERROR, "no-overlap", NULL,
                            "%s and %s have no case in common (same operator, dtype, shape and "
                            "params), so there is nothing to compare: are they of the same suite?",
                            bench_json_name(your->doc), bench_json_name(flaggems->doc));
}

void bench_validate_plausible(const struct bench_dataset *your, struct bench_faults *faults)
{
    for (size_t i = 0; i < your->op_count; i++) {
        const struct bench_dataset_op *op = &your->ops[i];
        const struct bench_dataset_case *first = NULL;
        size_t count = 0;
        for (size_t j = op->first_case; j < op->first_case + op->case_count; j++) {
            const struct bench_dataset_case *c = &your->cases[j];
            double ratio = c->cuda_ms / c->time_ms; /* NAN compares false */
            if (ratio > PLAUSIBLE_RATIO || ratio < 1 / PLAUSIBLE_RATIO) {
                count++;
                first = first ? first : c;
            }
        }
        if (first)
            bench_faults_report(
                faults, BENCH_FAULT_WARNING, "ratio", first->json,
                "%zu of %zu cases of '%s' are more than %.0f times faster or slower "
                "than CUDA (here your_time %g ms, cuda_time %g ms): check the results "
                "and the units",
                count, op->case_count, op->name, PLAUSIBLE_RATIO, first->time_ms, first->cuda_ms);
    }
}

void bench_validate(const struct bench_dataset *your, const struct bench_dataset *flaggems,
                    const struct bench_join *join, struct bench_faults *faults)
{
    bench_validate_devices(your, flaggems, faults);
    bench_validate_conditions(your, flaggems, faults);
    bench_validate_baselines(your, join, BENCH_FAULT_ERROR, faults);
    if (flaggems)
        bench_validate_matches(your, flaggems, join, faults);
    bench_validate_overlap(your, flaggems, join, faults);
    for (int rule = 0; rule < BENCH_DATASET_RULES; rule++)
        bench_evidence_check(your, (enum bench_dataset_rule)rule, faults);
    bench_validate_plausible(your, faults);
    bench_validate_numbers(your, faults);
    if (flaggems)
        bench_validate_numbers(flaggems, faults);
}
