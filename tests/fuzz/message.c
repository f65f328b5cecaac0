/* What workers say: lines as a candidate might forge them, which the supervisor takes, writes to
 * the journal, judges and reports. And the line of a process that opened the device. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/run/journal.h"
#include "bench/run/probe_line.h"
#include "bench/run/supervise_impl.h"
#include "bench/util/file.h"
#include "fuzz.h"
#include "run_fixture.h"

/* One folder for all executions: the journal is emptied after each. */
static struct bench_results *open_results(const struct bench_run *run)
{
    struct bench_results *results = NULL;
    struct bench_err err = {0};
    char *folder = bench_path_join(fuzz_folder(), "run");
    const struct bench_results_options options = {.folder = folder};
    fuzz_require(bench_results_open(run, &options, &results, &err) == BENCH_OK);
    free(folder);
    return results;
}

static void empty_journal(const struct bench_results *results)
{
    char *path = bench_path_join(bench_results_folder(results), BENCH_JOURNAL);
    fuzz_require(truncate(path, 0) == 0);
    free(path);
}

/* Whatever was accepted must be read back, were the run resumed. */
static void reread(const struct bench_results *results, const struct bench_run *run)
{
    char *path = bench_path_join(bench_results_folder(results), BENCH_JOURNAL);
    struct bench_err err = {0};
    struct bench_run again;
    int64_t whole = 0;
    bool torn = false;
    fuzz_run_init(&again);
    int rc = bench_journal_read(path, &again, &whole, &torn, &err);
    if (rc != BENCH_OK)
        fprintf(stderr, "%s\n", err.message);
    fuzz_require(rc == BENCH_OK && !torn);
    fuzz_require(again.record_count == run->record_count);
    fuzz_run_fini(&again);
    free(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct bench_results *results;
    struct bench_position position = {0};
    struct bench_err err = {0};
    struct bench_run run;
    fuzz_run_init(&run);
    if (results == NULL)
        results = open_results(&run);
    struct bench_supervisor v = {.run = &run,
                                 .results = results,
                                 .progress = bench_progress_new(stderr, false, true),
                                 .position = &position};
    char *text = fuzz_text(data, size), *rest = text, *line;
    int rc = BENCH_OK;
    while (rc == BENCH_OK && (line = strsep(&rest, "\n")) != NULL &&
           v.case_due < run.suite->case_count) {
        rc = bench_supervisor_take_line(&v, line, &err);
        fuzz_check_error(rc, &err);
    }
    if (run.record_count + run.let_go_count > 0) {
        fuzz_require(bench_results_reload(results, &run, &err) == BENCH_OK);
        fuzz_run_report(&run);
        reread(results, &run);
        empty_journal(results);
    }
    free(text);
    free(v.fault);
    bench_arena_free(v.arena);
    text = fuzz_text(data, size);
    fuzz_check_error(bench_run_probe_line(&run, text, &err), &err);
    free(text);
    bench_progress_free(v.progress);
    fuzz_run_fini(&run);
    return 0;
}
