#include "selector/validate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "selector/index.h"

/* A hundred times faster or slower than CUDA's own is a wrong result, a wrong unit or a kernel that
 * did not run, before it is a finding. In the real data that this was tried on, one operator was
 * 10,595 times "faster" because it was wrong. */
#define PLAUSIBLE_RATIO 100.0

struct device_check {
    const struct bench_dataset_op *first; /* the first operator that tells its device */
    const char *first_file;
    struct bench_index *seen; /* devices already reported */
    struct bench_faults *faults;
};

static void check_devices_of(struct device_check *check, const struct bench_dataset *set)
{
    for (size_t i = 0; set && i < set->op_count; i++) {
        const struct bench_dataset_op *op = &set->ops[i];
        if (!op->device)
            continue;
        if (!check->first) {
            check->first = op;
            check->first_file = bench_json_name(set->doc);
        }
        if (strcmp(op->device, check->first->device) == 0 ||
            bench_index_add(check->seen, op->device, 0) != BENCH_INDEX_NONE)
            continue;
        bench_faults_add(check->faults, BENCH_FAULT_ERROR, bench_json_get(op->json, "device"),
                         "'%s' was measured on '%s', but '%s' in %s on '%s'; times of different "
                         "devices cannot be compared: measure all on one",
                         op->name, op->device, check->first->name, check->first_file,
                         check->first->device);
    }
}

void bench_validate_devices(const struct bench_dataset *your, const struct bench_dataset *flaggems,
                            struct bench_faults *faults)
{
    struct device_check check = {.seen = bench_index_new(), .faults = faults};
    check_devices_of(&check, your);
    check_devices_of(&check, flaggems);
    bench_index_free(check.seen);
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
        bench_faults_add(faults, level, a->json,
                         "cuda_time is %g ms here and %g ms in the reference data (line %zu), "
                         "%.0f %% apart; at most %.0f %% is expected of one machine: measure both "
                         "files in one run",
                         a->cuda_ms, b->cuda_ms, line, difference * 100,
                         BENCH_CUDA_TIME_MAX_DIFFERENCE * 100);
    }
}

/* The key without the params. The caller frees. */
static char *key_without_params(const struct bench_dataset_case *c)
{
    char *key = bench_xstrdup(c->key);
    char *params = strrchr(key, '\x1f');
    if (params)
        *params = '\0';
    return key;
}

/* Whether the reference data have the case with other params. */
static bool has_other_params(const struct bench_dataset_op *reference,
                             const struct bench_dataset *flaggems,
                             const struct bench_dataset_case *c)
{
    char *wanted = key_without_params(c);
    bool found = false;
    for (size_t i = 0; i < reference->case_count && !found; i++) {
        char *key = key_without_params(&flaggems->cases[reference->first_case + i]);
        found = strcmp(key, wanted) == 0;
        free(key);
    }
    free(wanted);
    return found;
}

static void report_unmatched(const struct bench_dataset *flaggems,
                             const struct bench_dataset_op *op,
                             const struct bench_dataset_op *reference,
                             const struct bench_dataset_case *first, size_t count,
                             struct bench_faults *faults)
{
    char *label = bench_dataset_case_label(first);
    bench_faults_add(faults, BENCH_FAULT_WARNING, first->json,
                     "%zu of %zu cases of '%s' have no reference time, the first is %s%s", count,
                     op->case_count, op->name, label,
                     has_other_params(reference, flaggems, first)
                         ? " (the reference data have it with other params)"
                         : "");
    free(label);
}

void bench_validate_matches(const struct bench_dataset *your, const struct bench_dataset *flaggems,
                            const struct bench_join *join, struct bench_faults *faults)
{
    for (size_t i = 0; i < your->op_count; i++) {
        const struct bench_dataset_op *op = &your->ops[i];
        const struct bench_dataset_op *reference = join->op_partner[i];
        if (!reference)
            continue;
        const struct bench_dataset_case *first = NULL;
        size_t unmatched = 0;
        for (size_t j = op->first_case; j < op->first_case + op->case_count; j++) {
            if (join->partner[j])
                continue;
            unmatched++;
            first = first ? first : &your->cases[j];
        }
        if (first)
            report_unmatched(flaggems, op, reference, first, unmatched, faults);
        size_t matched = op->case_count - unmatched;
        if (reference->case_count > matched)
            bench_faults_add(faults, BENCH_FAULT_WARNING, reference->json,
                             "%zu of %zu cases of '%s' are in the reference data only: they take "
                             "no part in any comparison",
                             reference->case_count - matched, reference->case_count, op->name);
    }
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
            bench_faults_add(faults, BENCH_FAULT_WARNING, first->json,
                             "%zu of %zu cases of '%s' are more than %.0f times faster or slower "
                             "than CUDA (here your_time %g ms, cuda_time %g ms): check the results "
                             "and the units",
                             count, op->case_count, op->name, PLAUSIBLE_RATIO, first->time_ms,
                             first->cuda_ms);
    }
}

void bench_validate(const struct bench_dataset *your, const struct bench_dataset *flaggems,
                    const struct bench_join *join, struct bench_faults *faults)
{
    bench_validate_devices(your, flaggems, faults);
    bench_validate_baselines(your, join, BENCH_FAULT_ERROR, faults);
    if (flaggems)
        bench_validate_matches(your, flaggems, join, faults);
    bench_validate_plausible(your, faults);
}
