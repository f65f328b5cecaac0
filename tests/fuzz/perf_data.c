/* Performance data that others wrote: read as candidates' and as references', each in the quick way
 * and in the thorough one, which must find the same. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "selector/dataset.h"

static void check_whole(const char *path, enum bench_dataset_kind kind,
                        const struct bench_dataset *quick, const struct bench_faults *found)
{
    struct bench_faults faults;
    struct bench_dataset *set = NULL;
    struct bench_err err = {0};
    bench_faults_init(&faults);
    fuzz_check_error(bench_dataset_load_whole(path, kind, &faults, &set, &err), &err);
    fuzz_require(quick->case_count == set->case_count && faults.count == found->count);
    for (size_t i = 0; i < faults.count; i++)
        fuzz_require(strcmp(faults.items[i].message, found->items[i].message) == 0);
    for (size_t i = 0; i < set->case_count; i++)
        fuzz_require(strcmp(set->cases[i].key, quick->cases[i].key) == 0 &&
                     set->cases[i].time_ms == quick->cases[i].time_ms);
    bench_dataset_free(set);
    bench_faults_fini(&faults);
}

static struct bench_dataset *load(const char *path, enum bench_dataset_kind kind)
{
    struct bench_faults faults;
    struct bench_dataset *set = NULL;
    struct bench_err err = {0};
    bench_faults_init(&faults);
    int rc = bench_dataset_load(path, kind, &faults, &set, &err);
    fuzz_check_error(rc, &err);
    for (size_t i = 0; i < faults.count; i++)
        fuzz_require(faults.items[i].message != NULL && faults.items[i].message[0] != '\0');
    for (size_t i = 0; set != NULL && i < set->case_count; i++) {
        const struct bench_dataset_case *c = &set->cases[i];
        fuzz_require(isfinite(c->time_ms) && c->time_ms > 0 && !(c->cuda_ms <= 0));
        fuzz_require(c->op < set->op_count && c->key != NULL);
    }
    check_whole(path, kind, set, &faults);
    bench_faults_fini(&faults);
    return set;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *path = fuzz_file("perf.json", data, size);
    bench_dataset_free(load(path, BENCH_DATASET_YOUR));
    bench_dataset_free(load(path, BENCH_DATASET_FLAGGEMS));
    free(path);
    return 0;
}
