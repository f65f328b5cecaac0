/* Numbers that can be read and counted with, and still cannot be right. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/util/mem.h"
#include "bench/util/str.h"
#include "selector/validate.h"

/* An empty kernel takes 0.87 us on an H100, as CUPTI counts (docs/measurements): a file in which
 * most take less is not in milliseconds. */
#define SHORTEST_KERNEL_MS 0.8e-3
/* A tensor of a megabyte passes through the slowest memory of any GPU (50 GB/s) in 20 us; a file in
 * which most of such cases take fifty times as long is not in milliseconds. */
#define SMALL_BYTES 1e6
#define SMALL_MAX_MS 1.0
/* Between columns, units differ by 1,000 or more. */
#define UNIT_RATIO 300.0
/* Fewer values say nothing about units. */
#define UNIT_CASES 3

/* With one or two cases a mean is not one. */
#define FEW_CASES 3

/* Times of short kernels come in steps, and some are equal. Those of more than half of the cases,
 * of tensors that differ sixteenfold in size, are not. */
#define IDENTICAL_CASES 4
#define IDENTICAL_SIZES 16.0F

/* The times of a case: the file's own role, and the baseline. */
enum column { OWN, CUDA, COLUMNS };

static double time_of(const struct bench_dataset_case *c, enum column column)
{
    return column == OWN ? c->time_ms : c->cuda_ms;
}

static const char *key_of(const struct bench_dataset *set, enum column column)
{
    return column == OWN ? bench_dataset_time_key(set->kind) : "cuda_time";
}

/* The least time of a single pass over the tensor. */
static double least_ms(double bytes)
{
    return bytes * (bytes > BENCH_CACHE_BYTES ? 1e3 / BENCH_MEMORY_BANDWIDTH_MAX
                                              : 1e3 / BENCH_CACHE_BANDWIDTH_MAX);
}

struct fastest {
    const struct bench_dataset_case *at;
    double excess;
    size_t count;
};

static void report_fastest(const struct bench_dataset *set, const struct bench_dataset_op *op,
                           enum column column, const struct fastest *f, struct bench_faults *faults)
{
    double bytes = (double)f->at->bytes;
    double ms = time_of(f->at, column);
    char *label = bench_dataset_case_label(f->at);
    bench_faults_report(
        faults, BENCH_FAULT_WARNING, "bandwidth", bench_json_get(f->at->json, key_of(set, column)),
        "%s of '%s' is too short in %zu of %zu cases, most in %.120s: %g ms for a tensor of %.4g "
        "MB "
        "is %.3g TB/s for touching it once, and no GPU has more than %.3g TB/s; check the results, "
        "or whether the operator is a view or touches only a part",
        key_of(set, column), op->name, f->count, op->case_count, label, ms, bytes / 1e6,
        bytes / ms / 1e9,
        (bytes > BENCH_CACHE_BYTES ? BENCH_MEMORY_BANDWIDTH_MAX : BENCH_CACHE_BANDWIDTH_MAX) /
            1e12);
    free(label);
}

static void check_bandwidth(const struct bench_dataset *set, const struct bench_dataset_op *op,
                            struct bench_faults *faults)
{
    struct fastest fastest[COLUMNS] = {{0}};
    for (size_t i = op->first_case; i < op->first_case + op->case_count; i++) {
        const struct bench_dataset_case *c = &set->cases[i];
        double least = least_ms((double)c->bytes);
        for (int column = OWN; column < COLUMNS; column++) {
            double ms = time_of(c, (enum column)column);
            struct fastest *f = &fastest[column];
            if (!(ms < least)) /* also where there is no time */
                continue;
            f->count++;
            if (least / ms > f->excess) {
                f->excess = least / ms;
                f->at = c;
            }
        }
    }
    for (int column = OWN; column < COLUMNS; column++)
        if (fastest[column].at)
            report_fastest(set, op, (enum column)column, &fastest[column], faults);
}

/* A time that more than half of the cases have, if there is one (Boyer and Moore 1991); NAN if
 * there is no case. */
static double majority(const struct bench_dataset *set, const struct bench_dataset_op *op,
                       enum column column)
{
    double candidate = NAN;
    size_t votes = 0;
    for (size_t i = op->first_case; i < op->first_case + op->case_count; i++) {
        double ms = time_of(&set->cases[i], column);
        if (votes == 0)
            candidate = ms;
        if (votes == 0 || ms == candidate)
            votes++;
        else
            votes--;
    }
    return candidate;
}

static void check_identical(const struct bench_dataset *set, const struct bench_dataset_op *op,
                            enum column column, struct bench_faults *faults)
{
    double ms = majority(set, op, column);
    const struct bench_dataset_case *first = NULL;
    size_t count = 0;
    float least = INFINITY, most = 0;
    for (size_t i = op->first_case; i < op->first_case + op->case_count; i++) {
        const struct bench_dataset_case *c = &set->cases[i];
        if (time_of(c, column) != ms)
            continue;
        first = first ? first : c;
        least = fminf(least, c->bytes);
        most = fmaxf(most, c->bytes);
        count++;
    }
    if (count < IDENTICAL_CASES || count * 2 <= op->case_count || most < least * IDENTICAL_SIZES)
        return;
    bench_faults_report(faults, BENCH_FAULT_WARNING, "identical-times",
                        bench_json_get(first->json, key_of(set, column)),
                        "%s of '%s' is exactly %.17g ms in %zu of %zu cases, whatever their size: "
                        "is it measured, or filled in?",
                        key_of(set, column), op->name, ms, count, op->case_count);
}

/* Both columns the same to the last digit: one was copied. */
static void check_copied(const struct bench_dataset *set, const struct bench_dataset_op *op,
                         struct bench_faults *faults)
{
    for (size_t i = op->first_case; i < op->first_case + op->case_count; i++)
        if (set->cases[i].time_ms != set->cases[i].cuda_ms)
            return;
    if (op->case_count >= FEW_CASES)
        bench_faults_report(faults, BENCH_FAULT_WARNING, "identical-times", op->json,
                            "%s and cuda_time of '%s' are equal to the last digit in all of its "
                            "%zu cases: was one copied from the other?",
                            key_of(set, OWN), op->name, op->case_count);
}

static void check_cases(const struct bench_dataset *set, const struct bench_dataset_op *op,
                        bool one_dtype_in_all, struct bench_faults *faults)
{
    size_t n = op->case_count;
    if (n == 0)
        return;
    if (n < FEW_CASES) {
        bench_faults_report(faults, BENCH_FAULT_WARNING, "few-cases", op->json,
                            "'%s' has %zu %s; a decision over fewer than %d says little", op->name,
                            n, n == 1 ? "case" : "cases", FEW_CASES);
        return;
    }
    const char *dtype = set->cases[op->first_case].dtype;
    for (size_t i = 1; i < n; i++)
        if (set->cases[op->first_case + i].dtype != dtype &&
            strcmp(set->cases[op->first_case + i].dtype, dtype) != 0)
            return;
    if (!one_dtype_in_all)
        bench_faults_report(faults, BENCH_FAULT_WARNING, "one-dtype", op->json,
                            "'%s' was measured in %s only", op->name, dtype);
}

/* True, and said once, if the whole file knows one dtype. */
static bool check_one_dtype(const struct bench_dataset *set, struct bench_faults *faults)
{
    for (size_t i = 1; i < set->case_count; i++)
        if (strcmp(set->cases[i].dtype, set->cases[0].dtype) != 0)
            return false;
    if (set->case_count >= FEW_CASES)
        bench_faults_report(faults, BENCH_FAULT_WARNING, "one-dtype", bench_json_root(set->doc),
                            "all %zu cases are in %s: nothing is known of other dtypes",
                            set->case_count, set->cases[0].dtype);
    return true;
}

/* "The median is below x" is counted, not sorted. */
struct units {
    size_t all, too_short, small, too_long;
};

static void count_units(struct units *u, const struct bench_dataset_case *c, double ms)
{
    if (isnan(ms))
        return;
    bool small = c->bytes <= SMALL_BYTES;
    u->all++;
    u->too_short += ms < SHORTEST_KERNEL_MS;
    u->small += small;
    u->too_long += small && ms > SMALL_MAX_MS;
}

static void report_units(const struct bench_dataset *set, const struct units *u, const char *key,
                         struct bench_faults *faults)
{
    if (u->all >= UNIT_CASES && u->too_short * 2 > u->all)
        bench_faults_report(faults, BENCH_FAULT_WARNING, "unit", bench_json_root(set->doc),
                            "%s is shorter than an empty kernel (%g ms) in %zu of %zu cases: is it "
                            "in seconds? Times are in milliseconds",
                            key, SHORTEST_KERNEL_MS, u->too_short, u->all);
    if (u->small >= UNIT_CASES && u->too_long * 2 > u->small)
        bench_faults_report(faults, BENCH_FAULT_WARNING, "unit", bench_json_root(set->doc),
                            "%s is longer than %g ms in %zu of %zu cases of at most a megabyte: is "
                            "it in microseconds? Times are in milliseconds",
                            key, SMALL_MAX_MS, u->too_long, u->small);
}

/* What a kernel takes on a GPU says nothing of the other devices. */
static bool may_be_of_gpu(const struct bench_dataset_op *op)
{
    return op->device_kind == NULL || strcmp(op->device_kind, "cuda") == 0;
}

static void check_units(const struct bench_dataset *set, struct bench_faults *faults)
{
    struct units own = {0}, cuda = {0};
    size_t above = 0, below = 0, known = 0;
    for (size_t k = 0; k < set->op_count; k++) {
        const struct bench_dataset_op *op = &set->ops[k];
        for (size_t i = op->first_case; may_be_of_gpu(op) && i < op->first_case + op->case_count;
             i++) {
            count_units(&own, &set->cases[i], set->cases[i].time_ms);
            count_units(&cuda, &set->cases[i], set->cases[i].cuda_ms);
        }
    }
    for (size_t i = 0; i < set->case_count; i++) {
        const struct bench_dataset_case *c = &set->cases[i];
        known += isnan(c->cuda_ms) ? 0 : 1;
        above += c->cuda_ms > UNIT_RATIO * c->time_ms; /* NAN compares false */
        below += c->time_ms > UNIT_RATIO * c->cuda_ms;
    }
    report_units(set, &own, key_of(set, OWN), faults);
    report_units(set, &cuda, key_of(set, CUDA), faults);
    size_t most = above > below ? above : below;
    if (known >= UNIT_CASES && most * 2 > known)
        bench_faults_report(faults, BENCH_FAULT_WARNING, "unit", bench_json_root(set->doc),
                            "cuda_time is more than %.0f times %s than %s in %zu of %zu cases: are "
                            "both in milliseconds?",
                            UNIT_RATIO, above > below ? "longer" : "shorter", key_of(set, OWN),
                            most, known);
}

void bench_validate_numbers(const struct bench_dataset *set, struct bench_faults *faults)
{
    if (set->case_count == 0)
        return;
    check_units(set, faults);
    /* How much was measured is decided by the candidates' file. */
    bool candidates = set->kind == BENCH_DATASET_YOUR;
    bool one_dtype = candidates && check_one_dtype(set, faults);
    for (size_t i = 0; i < set->op_count; i++) {
        if (candidates)
            check_cases(set, &set->ops[i], one_dtype, faults);
        check_bandwidth(set, &set->ops[i], faults);
        check_identical(set, &set->ops[i], OWN, faults);
        check_identical(set, &set->ops[i], CUDA, faults);
        check_copied(set, &set->ops[i], faults);
    }
}
