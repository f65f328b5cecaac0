#include "bench/run/run.h"

#include <stdlib.h>
#include <string.h>

#include "bench/run/ahead.h"
#include "bench/run/child.h"
#include "bench/run/progress.h"
#include "bench/util/mem.h"

/* How often the display is renewed and a signal is looked for, while a child is quiet. */
#define TICK_MS 100

void bench_run_init(struct bench_run *run, const struct bench_suite *suite,
                    const struct bench_run_options *options)
{
    memset(run, 0, sizeof *run);
    run->suite = suite;
    run->settings = suite->settings;
    run->options = *options;
    run->arena = bench_arena_new();
}

void bench_run_fini(struct bench_run *run)
{
    free(run->records);
    bench_arena_free(run->arena);
    memset(run, 0, sizeof *run);
}

const struct bench_record *bench_run_find(const struct bench_run *run, size_t case_index,
                                          enum bench_role role)
{
    for (size_t i = 0; i < run->record_count; i++)
        if (run->records[i].case_index == case_index && run->records[i].roles & 1u << role)
            return &run->records[i];
    return NULL;
}

size_t bench_run_failures(const struct bench_run *run)
{
    size_t count = 0;
    for (size_t i = 0; i < run->record_count; i++)
        count += bench_status_failed(run->records[i].status);
    return count;
}

bool bench_run_interrupted(struct bench_run *run)
{
    if (run->options.interrupted != NULL && *run->options.interrupted)
        run->was_interrupted = true;
    return run->was_interrupted;
}

static void show_compiled(struct bench_progress *progress, const char *line)
{
    struct bench_json_doc *doc;
    int64_t done = 0, total = 0;
    const char *what = "";
    if (bench_json_parse("compiler", line, strlen(line), &doc, NULL) != BENCH_OK)
        return;
    const struct bench_json *root = bench_json_root(doc);
    bench_json_get_int(root, "done", false, 0, INT32_MAX, &done, NULL);
    bench_json_get_int(root, "total", false, 0, INT32_MAX, &total, NULL);
    bench_json_get_string(root, "what", false, &what, NULL);
    bench_progress_compiled(progress, (size_t)done, (size_t)total, what);
    bench_json_free(doc);
}

int bench_run_compile(struct bench_run *run, struct bench_progress *progress, struct bench_err *err)
{
    struct bench_child child;
    const char *line;
    int rc = bench_child_start(&child, bench_ahead_main, run, err);
    if (rc != BENCH_OK)
        return rc;
    for (;;) {
        enum bench_child_event event = bench_child_wait(&child, TICK_MS, &line);
        if (event == BENCH_CHILD_LINE)
            show_compiled(progress, line);
        if (event == BENCH_CHILD_ENDED)
            break;
        if (bench_run_interrupted(run)) {
            rc = bench_err_set(err, BENCH_EINTERRUPTED, "interrupted while compiling");
            break;
        }
    }
    bench_child_fini(&child);
    return rc;
}
