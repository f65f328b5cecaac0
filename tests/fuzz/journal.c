/* The journal of a run that is resumed. What is taken is whole, and can be judged and reported.
 * What its variants took is read from any journal. */
#include <stdlib.h>

#include "bench/outcome/tuning.h"
#include "bench/run/journal.h"
#include "fuzz.h"
#include "run_fixture.h"

static void read_tunings(void)
{
    struct bench_err err = {0};
    struct bench_tunings *tunings = NULL;
    int rc = bench_tunings_read(fuzz_folder(), &tunings, &err);
    fuzz_check_error(rc, &err);
    for (size_t i = 0; rc == BENCH_OK && i < tunings->count; i++)
        fuzz_require(tunings->items[i].variant_count >= 2);
    bench_tunings_free(tunings);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bench_err err = {0};
    struct bench_run run;
    int64_t whole = 0;
    bool torn = false;
    char *path = fuzz_file(BENCH_JOURNAL, data, size);
    fuzz_run_init(&run);
    int rc = bench_journal_read(path, &run, &whole, &torn, &err);
    fuzz_check_error(rc, &err);
    fuzz_require(rc != BENCH_OK || (whole >= 0 && whole <= (int64_t)size));
    fuzz_require(rc != BENCH_OK || torn == (whole < (int64_t)size));
    if (rc == BENCH_OK && run.record_count > 0)
        fuzz_run_report(&run);
    fuzz_run_fini(&run);
    read_tunings();
    free(path);
    return 0;
}
