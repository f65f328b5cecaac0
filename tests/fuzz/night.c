/* night.json: what is read is summed up, written, and read as the same. */
#include <stdlib.h>
#include <string.h>

#include "bench/nightly/night.h"
#include "bench/nightly/summary.h"
#include "bench/util/file.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bench_night night, again;
    struct bench_err err = {0};
    struct bench_str text;
    char *path = fuzz_file("night.json", data, size);
    char *folder = bench_path_dirname(path);
    int rc = bench_night_read(folder, &night, &err);
    fuzz_check_error(rc, &err);
    if (rc == BENCH_OK) {
        bench_str_init(&text);
        bench_night_summary(&night, NULL, &text);
        fuzz_require(text.len <= BENCH_NIGHT_SUMMARY_MOST);
        bench_str_fini(&text);
        fuzz_require(bench_night_write(&night, &err) == BENCH_OK);
        fuzz_require(bench_night_read(folder, &again, &err) == BENCH_OK);
        fuzz_require(again.alarm_count == night.alarm_count &&
                     again.operator_count == night.operator_count &&
                     strcmp(again.status, night.status) == 0);
        bench_night_fini(&again);
        bench_night_fini(&night);
    }
    free(folder);
    free(path);
    return 0;
}
