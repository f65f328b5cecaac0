/* Claims: tables, selections, performance data and records. What is read is planned and judged. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/reproduce/judge.h"
#include "bench/reproduce/report.h"
#include "fuzz.h"

/* Held against themselves: the plan and every report go over whatever was read. */
static void judge(const struct bench_claims *claims)
{
    const struct bench_reproduce_options options = {.kernels = FUZZ_RESOURCES "/kernels"};
    struct bench_reproduce_plan plan;
    struct bench_reproduction found;
    struct bench_str text;
    bench_reproduce_plan_init(&plan, claims, &options);
    bench_reproduction_init(&found, &plan, claims, 0.05);
    size_t sum = 0;
    for (int v = 0; v < BENCH_CLAIM_VERDICTS; v++)
        sum += found.counts[v];
    fuzz_require(sum == claims->count && found.score >= 0 && found.score <= 1);
    bench_str_init(&text);
    bench_reproduce_plan_suite(&plan, &text);
    bench_reproduce_text(&found, true, true, &text);
    bench_reproduce_markdown(&found, true, &text);
    bench_reproduce_json(&found, &text);
    bench_str_fini(&text);
    bench_reproduction_fini(&found);
    bench_reproduce_plan_fini(&plan);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bench_claims *claims = NULL;
    struct bench_err err = {0};
    char *path = fuzz_file("claims", data, size);
    int rc = bench_claims_load(path, NULL, &claims, &err);
    fuzz_check_error(rc, &err);
    for (size_t i = 0; rc == BENCH_OK && i < claims->count; i++) {
        const struct bench_claim *c = &claims->items[i];
        fuzz_require(c->op != NULL && c->speedup.estimate > 0 && isfinite(c->speedup.estimate));
        fuzz_require(c->whole || (c->dtype != NULL && c->ndim <= BENCH_MAX_DIMS));
    }
    if (rc == BENCH_OK)
        judge(claims);
    bench_claims_free(claims);
    free(path);
    return 0;
}
