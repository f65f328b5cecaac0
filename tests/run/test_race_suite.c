/* tests/resources/suites/race.json runs every shipped implementation that a GPU has, in few cases:
 * racecheck is slow, and what it does not run it does not check. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "bench/spec/suite.h"
#include "bench/util/file.h"
#include "bench/util/mem.h"

#define MAX_CASES 165

static const struct bench_plan_device h100 = {"cuda", 132};

static struct bench_suite *read_race(void)
{
    struct bench_suite *suite = NULL;
    struct bench_err err = {0};
    char *kernels = NULL;
    char *path = bench_xprintf("%s/suites/race.json", getenv("BENCH_TEST_RESOURCES"));
    cr_assert_eq(bench_path_find_home("kernels", &kernels, &err), 0, "%s", err.message);
    cr_assert_eq(bench_suite_read(path, kernels, NULL, &suite, &err), 0, "%s", err.message);
    free(path);
    free(kernels);
    return suite;
}

/* Does some case run it? A role is played by the first of its names that can. */
static bool is_run(const struct bench_suite *suite, const struct bench_implementation *impl)
{
    for (size_t i = 0; i < suite->case_count; i++) {
        const struct bench_suite_case *sc = &suite->cases[i];
        for (int r = 0; r < BENCH_ROLE_COUNT; r++)
            for (size_t k = 0; k < sc->roles[r].count; k++) {
                const struct bench_implementation *named =
                    bench_operator_find(sc->plan.op, sc->roles[r].names[k]);
                if (named == NULL ||
                    bench_implementation_supports(named, &sc->plan, &h100, NULL) != BENCH_OK)
                    continue;
                if (named == impl)
                    return true;
                break;
            }
    }
    return false;
}

Test(race_suite, runs_every_kernel_in_few_cases)
{
    struct bench_suite *suite = read_race();
    cr_expect_leq(suite->case_count, MAX_CASES);
    for (size_t i = 0; i < suite->operator_count; i++) {
        const struct bench_operator *op = suite->operators[i];
        for (size_t k = 0; k < op->implementation_count; k++) {
            const struct bench_implementation *impl = &op->implementations[k];
            if (impl->provider == BENCH_PROVIDER_CUDA)
                cr_expect(is_run(suite, impl), "%s of %s is in no case", impl->name, op->name);
        }
    }
    bench_suite_free(suite);
}

Test(race_suite, has_every_shipped_operator)
{
    struct bench_suite *suite = read_race();
    char *kernels = NULL, **names = NULL;
    size_t count = 0;
    cr_assert_eq(bench_path_find_home("kernels", &kernels, NULL), 0);
    cr_assert_eq(bench_operator_list(kernels, &names, &count, NULL), 0);
    for (size_t n = 0; n < count; n++) {
        bool found = false;
        for (size_t i = 0; i < suite->operator_count; i++)
            found = found || strcmp(suite->operators[i]->name, names[n]) == 0;
        cr_expect(found, "%s is not in the suite", names[n]);
    }
    bench_file_list_free(names, count);
    bench_suite_free(suite);
    free(kernels);
}
