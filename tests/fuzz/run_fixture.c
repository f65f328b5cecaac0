#include "run_fixture.h"

#include <string.h>

#include "bench/run/results.h"
#include "bench/run/table.h"
#include "fuzz.h"

static const struct bench_run_options options = {
    .device = "null", .timeout_s = 2, .max_case_ms = 1000};
static struct bench_suite *suite;
static struct bench_run probed;

static void prepare(void)
{
    struct bench_err err = {0};
    fuzz_require(bench_suite_read(FUZZ_RESOURCES "/suites/null.json", FUZZ_RESOURCES "/kernels",
                                  NULL, &suite, &err) == BENCH_OK);
    bench_run_init(&probed, suite, &options);
    fuzz_require(bench_run_probe(&probed, &err) == BENCH_OK);
}

void fuzz_run_init(struct bench_run *run)
{
    if (suite == NULL)
        prepare();
    bench_run_init(run, suite, &options);
    run->info = probed.info;
    memcpy(run->why, probed.why, sizeof run->why);
    memcpy(run->compiler, probed.compiler, sizeof run->compiler);
    run->settings.confirm = 3;
}

void fuzz_run_fini(struct bench_run *run)
{
    bench_run_fini(run);
}

void fuzz_run_report(const struct bench_run *run)
{
    struct bench_judge judge;
    struct bench_str text;
    bench_str_init(&text);
    bench_judge_init(&judge, run);
    bench_perf_write_your(run, &judge, "fuzz", &text);
    bench_perf_write_flaggems(run, &judge, "fuzz", &text);
    bench_table_write(run, &judge, false, &text);
    fuzz_require(text.len > 0);
    bench_judge_fini(&judge);
    bench_str_fini(&text);
}
