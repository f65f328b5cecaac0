/* Suites: with the operators of tests/resources/kernels. */
#include <stdlib.h>

#include "bench/spec/suite.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct bench_suite_filter few = {.max_cases_per_operator = 100};
    struct bench_suite *suite = NULL;
    struct bench_err err = {0};
    char *path = fuzz_file("fuzz.json", data, size);
    int rc = bench_suite_read(path, FUZZ_RESOURCES "/kernels", &few, &suite, &err);
    fuzz_check_error(rc, &err);
    for (size_t i = 0; rc == BENCH_OK && i < suite->case_count; i++)
        fuzz_require(suite->cases[i].plan.op != NULL && suite->cases[i].plan.numel > 0);
    if (rc == BENCH_OK)
        bench_suite_free(suite);
    free(path);
    return 0;
}
