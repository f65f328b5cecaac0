/* run.json of a run that is resumed: read, compared, and its beginning taken over. */
#include <stdlib.h>

#include "bench/run/resume.h"
#include "bench/util/file.h"
#include "fuzz.h"
#include "run_fixture.h"

static void load(struct bench_resume *resume, struct bench_run *run)
{
    struct bench_run_origin origin = {.arena = bench_arena_new()};
    struct bench_err err = {0};
    struct bench_str note;
    struct bench_journal journal = {-1, -1};
    bench_str_init(&note);
    int rc = bench_resume_load(resume, run, &origin, &journal, &note, &err);
    fuzz_check_error(rc, &err);
    bench_journal_close(&journal);
    bench_str_fini(&note);
    bench_arena_free(origin.arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct bench_run_origin now;
    struct bench_resume *resume = NULL;
    struct bench_err err = {0};
    struct bench_run run;
    char **argv;
    int argc;
    fuzz_run_init(&run);
    if (now.arena == NULL)
        bench_run_origin_gather(&now, "fuzz", run.suite, 0, NULL);
    char *json = fuzz_file("part/run.json", data, size);
    free(fuzz_file("part/journal.jsonl", "", 0));
    char *folder = bench_path_dirname(json);
    int rc = bench_resume_open(folder, &resume, &err);
    fuzz_check_error(rc, &err);
    if (rc == BENCH_OK && !bench_resume_is_finished(resume)) {
        bench_resume_command(resume, &argc, &argv);
        fuzz_require(argc > 0 && argv[argc] == NULL);
        fuzz_check_error(bench_resume_check(resume, &run, &now, &err), &err);
        load(resume, &run);
    }
    bench_resume_free(resume);
    fuzz_run_fini(&run);
    free(folder);
    free(json);
    return 0;
}
