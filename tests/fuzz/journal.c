/* The journal of a run that is resumed. What is taken is whole, and can be judged and reported. */
#include <stdlib.h>

#include "bench/run/journal.h"
#include "fuzz.h"
#include "run_fixture.h"

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
    free(path);
    return 0;
}
