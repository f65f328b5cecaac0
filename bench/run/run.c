#include "bench/run/run.h"

#include <stdlib.h>
#include <string.h>

#include "bench/run/ahead.h"
#include "bench/run/child.h"
#include "bench/run/progress.h"
#include "bench/run/worker.h"
#include "bench/util/mem.h"

/* How often the display is renewed and a signal is looked for, while a child is quiet. */
#define TICK_MS 100
/* A driver that does not answer in this time will not: opening a GPU takes a second or two. */
#define PROBE_TICKS (60 * 1000 / TICK_MS)

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

static bool interrupted(struct bench_run *run)
{
    if (run->options.interrupted != NULL && *run->options.interrupted)
        run->was_interrupted = true;
    return run->was_interrupted;
}

static int read_probe_line(struct bench_run *run, const char *line, struct bench_err *err)
{
    struct bench_json_doc *doc;
    const char *event = "", *message = "";
    int64_t code = BENCH_ERROR;
    int rc = bench_json_parse("device probe", line, strlen(line), &doc, err);
    if (rc != BENCH_OK)
        return rc;
    const struct bench_json *root = bench_json_root(doc);
    rc = bench_json_get_string(root, "event", true, &event, err);
    if (rc == BENCH_OK && strcmp(event, "device") == 0) {
        rc = bench_worker_read_probe(root, run, err);
    } else if (rc == BENCH_OK) {
        bench_json_get_string(root, "message", false, &message, NULL);
        bench_json_get_int(root, "code", false, INT32_MIN, -1, &code, NULL);
        rc = bench_err_set(err, (int)code, "%s", message);
    }
    bench_json_free(doc);
    return rc;
}

int bench_run_probe(struct bench_run *run, struct bench_err *err)
{
    struct bench_child child;
    const char *line;
    int rc = bench_child_start(&child, bench_worker_probe, run, err);
    if (rc != BENCH_OK)
        return rc;
    for (int tick = 0;; tick++) {
        enum bench_child_event event = bench_child_wait(&child, TICK_MS, &line);
        if (event == BENCH_CHILD_LINE) {
            rc = read_probe_line(run, line, err);
            break;
        }
        if (event == BENCH_CHILD_ENDED) {
            char end[96];
            bench_child_end_text(child.wait_status, end);
            rc = bench_err_set(err, BENCH_ERROR, "device '%s': opening it ended with %s. %.1000s",
                               run->options.device, end, child.err.data);
            break;
        }
        if (interrupted(run) || tick > PROBE_TICKS) {
            rc = run->was_interrupted ? bench_err_set(err, BENCH_EINTERRUPTED, "interrupted")
                                      : bench_err_set(err, BENCH_ENOTFOUND,
                                                      "device '%s' does not answer: opening it "
                                                      "took more than a minute",
                                                      run->options.device);
            break;
        }
    }
    bench_child_fini(&child);
    return rc;
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
        if (interrupted(run)) {
            rc = bench_err_set(err, BENCH_EINTERRUPTED, "interrupted while compiling");
            break;
        }
    }
    bench_child_fini(&child);
    return rc;
}
