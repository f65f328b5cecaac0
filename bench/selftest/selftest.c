/* The order of the checks. */
#include "bench/selftest/selftest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/selftest/apart.h"
#include "bench/selftest/probe.h"
#include "bench/selftest/suite_lines.h"
#include "bench/selftest/trace.h"
#include "bench/util/clock.h"
#include "bench/util/file.h"

/* Calibrating three times, checking the cache, measuring the roofline: some seconds on a GPU. */
#define PROBE_TIMEOUT_S 180
/* Of a case's rounds. A kernel of 1 ms against itself is precise after 16 rounds. */
#define MAX_CASE_MS 2000
/* Scripted rounds take no time; only a busy host could reach this. */
#define SCRIPTED_MAX_CASE_MS 60000
/* On devices that are no GPU the point is that everything works, not what it measures. */
#define CPU_MAX_CASE_MS 100
#define CPU_MOST_FLOPS 2e7

struct selftest {
    const struct bench_selftest_options *options;
    struct bench_selftest_report *report;
    struct selftest_probe *probe;
    const char *failure; /* of the probe; NULL: none */
    char *folder;        /* of the runs */
    bool temporary;
};

static void say(const struct selftest *t, const char *what)
{
    if (!t->options->quiet)
        fprintf(stderr, "selftest: %s\n", what);
}

/* ---- where runs go ---- */

static int make_folder(struct selftest *t, struct bench_err *err)
{
    const char *output = t->options->output, *temporary = getenv("TMPDIR");
    if (output != NULL) {
        t->folder = bench_xstrdup(output);
        if (bench_file_exists(output) || bench_file_is_dir(output))
            return bench_err_set(err, BENCH_EINPUT,
                                 "--output %s is there already; name a new folder", output);
        return bench_file_mkdirs(output, err);
    }
    t->folder =
        bench_path_join(temporary && *temporary ? temporary : "/tmp", "bench-selftest-XXXXXX");
    t->temporary = mkdtemp(t->folder) != NULL;
    return t->temporary ? BENCH_OK
                        : bench_err_set(err, BENCH_ERROR, "no folder %s for the runs; set TMPDIR",
                                        t->folder);
}

/* ---- the timing itself ---- */

static int probe_device(struct selftest *t, struct bench_err *err)
{
    struct bench_err problem = {0};
    say(t, "floor, gate, cache, clock, roofline");
    t->probe->device = t->options->device;
    int rc = selftest_apart(selftest_probe_main, t->probe, PROBE_TIMEOUT_S, t->options->interrupted,
                            &problem);
    t->report->device = t->probe->info;
    bool opened = t->probe->info.kind[0] != '\0';
    if (rc == BENCH_EINTERRUPTED || !opened) {
        *err = problem;
        return rc != BENCH_OK ? rc : bench_err_set(err, BENCH_ERROR, "no device was opened");
    }
    if (rc != BENCH_OK)
        t->failure = bench_arena_strdup(t->report->arena, problem.message);
    return BENCH_OK;
}

/* ---- suites ---- */

static bool is(const struct selftest *t, const char *kind)
{
    return strcmp(t->report->device.kind, kind) == 0;
}

static struct selftest_suite_request request_for(const struct selftest *t, const char *name,
                                                 const char *scripted, size_t cases)
{
    bool on_cpu = is(t, "cpu");
    return (struct selftest_suite_request){
        .name = is(t, "null") ? scripted : name,
        .cases = cases,
        .most_flops = on_cpu ? CPU_MOST_FLOPS : 0,
        .max_case_ms = on_cpu          ? CPU_MAX_CASE_MS
                       : is(t, "null") ? SCRIPTED_MAX_CASE_MS
                                       : MAX_CASE_MS,
        .parent = t->folder,
    };
}

typedef void (*report_function)(const struct selftest_suite_run *run, const char *failure,
                                struct bench_selftest_report *report);

static int run_suite(struct selftest *t, const struct selftest_suite_request *request,
                     report_function add_lines, double *stream_bytes_s, struct bench_err *err)
{
    struct selftest_suite_run run;
    struct bench_err problem = {0};
    int rc = selftest_suite_run(t->options, request, &run, &problem);
    if (rc == BENCH_EINTERRUPTED) {
        *err = problem;
    } else {
        if (rc == BENCH_OK && t->report->why[0] == '\0')
            snprintf(t->report->why, sizeof t->report->why, "%s", run.run.why);
        if (rc == BENCH_OK && run.run.settings.mode == BENCH_MODE_KERNEL)
            selftest_probe_add_floor(t->probe, &run.run.gated);
        add_lines(&run, rc == BENCH_OK ? NULL : problem.message, t->report);
        if (rc == BENCH_OK && stream_bytes_s != NULL)
            *stream_bytes_s = selftest_stream_bytes_s(&run);
    }
    selftest_suite_fini(&run);
    return rc == BENCH_EINTERRUPTED ? rc : BENCH_OK;
}

static int run_operator_mode(struct selftest *t, struct bench_err *err)
{
    struct selftest_suite_request request = request_for(t, "operator", "operator", 0);
    if (!is(t, "cuda")) {
        selftest_skip(t->report, "operator mode", "%s",
                      is(t, "cpu") ? SELFTEST_CPU_TIMES : "scripted times are not the host's");
        return BENCH_OK;
    }
    say(t, "operator mode");
    return run_suite(t, &request, selftest_operator_report, NULL, err);
}

/* Suites come first, because what their workers calibrate belongs into the line of the floor; the
 * lines of the timing itself come first in the report. */
static int run_suites(struct selftest *t, double *stream_bytes_s, struct bench_err *err)
{
    size_t most = is(t, "cpu") ? (size_t)t->options->cases : 0;
    struct selftest_suite_request aa =
        request_for(t, "aa", "aa-scripted", (size_t)t->options->cases);
    struct selftest_suite_request known = request_for(t, "known", "known-scripted", most);
    char text[64];
    snprintf(text, sizeof text, "%d kernels against themselves", t->options->cases);
    say(t, text);
    int rc = run_suite(t, &aa, selftest_aa_report, stream_bytes_s, err);
    if (rc == BENCH_OK) {
        say(t, "known ratios");
        rc = run_suite(t, &known, selftest_known_report, NULL, err);
    }
    return rc == BENCH_OK ? run_operator_mode(t, err) : rc;
}

/* Moves the lines from `from` on to the front. */
static void move_to_front(struct bench_selftest_report *report, size_t from)
{
    struct bench_selftest_line lines[BENCH_SELFTEST_MOST_LINES];
    size_t count = report->count - from;
    memcpy(lines, &report->lines[from], count * sizeof *lines);
    memcpy(&lines[count], report->lines, from * sizeof *lines);
    memcpy(report->lines, lines, report->count * sizeof *lines);
}

static int run_checks(struct selftest *t, struct bench_err *err)
{
    double stream_bytes_s = 0;
    int rc = probe_device(t, err);
    if (rc == BENCH_OK)
        rc = run_suites(t, &stream_bytes_s, err);
    if (rc != BENCH_OK)
        return rc;
    size_t suites = t->report->count;
    selftest_probe_report(t->probe, t->failure, t->report);
    selftest_roofline_report(t->probe, t->failure, stream_bytes_s, t->report);
    move_to_front(t->report, suites);
    if (is(t, "cuda") && !t->options->skip_cupti)
        say(t, "CUPTI, in processes of its own");
    return selftest_trace(t->options, t->report, err);
}

int bench_selftest_run(const struct bench_selftest_options *options,
                       struct bench_selftest_report *report, struct bench_err *err)
{
    struct selftest t = {.options = options, .report = report};
    int64_t start = bench_clock_ns();
    int rc = make_folder(&t, err);
    if (rc == BENCH_OK) {
        t.probe = selftest_shared_new(sizeof *t.probe);
        rc = run_checks(&t, err);
        selftest_shared_free(t.probe, sizeof *t.probe);
    }
    if (t.temporary)
        bench_file_remove_tree(t.folder, NULL);
    free(t.folder);
    report->seconds = (double)(bench_clock_ns() - start) * 1e-9;
    return rc;
}
