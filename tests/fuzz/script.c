/* The null device: its options and the scripts of its times. */
#include <math.h>
#include <stdlib.h>

#include "bench/device/null/options.h"
#include "bench/device/null/script.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bench_null_options options;
    struct bench_script_state state = {0};
    struct bench_script script;
    struct bench_err err = {0};
    struct bench_rng rng;
    char *text = fuzz_text(data, size);
    fuzz_check_error(bench_null_options_parse(text, &options, &err), &err);
    int rc = bench_script_parse(text, &script, &err);
    fuzz_check_error(rc, &err);
    bench_rng_init(&rng, 1);
    for (int i = 0; rc == BENCH_OK && script.kind < BENCH_SCRIPT_FAIL_LAUNCH && i < 8; i++)
        fuzz_require(bench_script_draw(&script, &state, &rng) >= 0);
    free(text);
    return 0;
}
