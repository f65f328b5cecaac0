/* bench report: what runs found, as a page, Markdown, CSV or JUnit; and the page of kernels. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/cli/options.h"
#include "bench/cli/report_kernels.h"
#include "bench/cli/run_folder.h"
#include "bench/cli/suite_option.h"
#include "bench/nightly/night.h"
#include "bench/report/report.h"
#include "bench/util/clock.h"
#include "bench/util/file.h"
#include "bench/util/mem.h"

static int run_report(const struct bench_command *self, int argc, char **argv);

const struct bench_command bench_cmd_report;
const struct bench_command bench_cmd_report = {
    .name = "report",
    .summary = "Show what runs found: a page for people, or Markdown, CSV, JUnit.",
    .usage = "report [RUN...] [-o FILE] [--format {html,markdown,csv,junit,kernels}]",
    .details =
        "RUN is the folder of a run or of a night, or a file of performance data; without one it "
        "is the latest "
        "run (results/latest). Several are taken in the order given, the newest last: the report "
        "is about that one, and shows how each operator came there.\n\n"
        "- html is one file that holds everything and asks no network for anything: a summary, "
        "the operators with their intervals, every case with the samples of its rounds, the "
        "roofline, what failed and why, the noise floor and the environment. It goes to "
        "report.html in the folder of the newest run or night; the others go to standard output.\n"
        "- markdown is for pull requests and CI job summaries.\n"
        "- csv has a line for each role of each case, of all runs.\n"
        "- junit has a test suite an operator and a test a case, of one run.\n"
        "- kernels is Markdown about a folder of operators (docs/kernels.md is this repository's): "
        "what each computes, how, how it is verified, and, of each operator from the last of the "
        "runs that has it (or that has as many cases of its candidates as they are now), what it "
        "reaches and what it does not. Without RUN it has the descriptions alone.\n\n"
        "docs/report.md describes them.\n\n"
        "Exit code: 0 if it was written, whatever is in it; 2 for bad usage, missing or damaged "
        "runs and such as are not finished; 4 if something cannot be read or written.",
    .run = run_report};

/* As many as a command line has. */
#define RUNS_MAX 8192

enum format { FORMAT_HTML, FORMAT_MARKDOWN, FORMAT_CSV, FORMAT_JUNIT, FORMAT_KERNELS };

struct request {
    const char **paths;
    size_t count;
    const char *output;  /* NULL: the default; "-": standard output */
    const char *kernels; /* folder of operators; NULL: the installation's */
    const char *night;   /* folder of the night whose run the newest is; NULL: none */
    enum format format;
    int64_t samples, limit;
    bool unfinished, quiet;
    char **runs; /* what paths[] are: those that were named, of nights their runs, or the latest */
    char *default_output;
};

static int usage(const char *message)
{
    fprintf(stderr, "bench report: %s (see 'bench help report')\n", message);
    return BENCH_EXIT_USAGE;
}

static int complain(const struct bench_err *err)
{
    fprintf(stderr, "bench report: %s\n", err->message);
    return bench_exit_of(err->code);
}

/* One of the option's words. */
static enum format format_of(const char *name)
{
    static const char *const names[] = {"html", "markdown", "csv", "junit"};
    size_t i = 0;
    while (i < sizeof names / sizeof names[0] && strcmp(name, names[i]) != 0)
        i++;
    return (enum format)i;
}

/* The runs: of nights theirs, and the latest if none was named. A page of a night is its own. */
static int find_runs(struct request *r, struct bench_err *err)
{
    const char *newest = r->count > 0 ? r->paths[r->count - 1] : "";
    if (r->format == FORMAT_HTML && bench_run_folder_is_night(newest)) {
        r->night = r->night ? r->night : newest;
        r->default_output = bench_path_join(newest, "report.html");
    }
    r->runs = bench_xcalloc(r->count + 1, sizeof(char *));
    for (size_t i = 0; i < r->count; i++) {
        r->paths[i] = r->runs[i] = bench_run_folder_of(r->paths[i]);
        if (!bench_file_exists(r->paths[i]))
            return bench_err_set(err, BENCH_ENOTFOUND,
                                 "%s: no such file or folder, expected the folder of a run or a "
                                 "file of performance data",
                                 r->paths[i]);
    }
    if (r->count > 0 || r->format == FORMAT_KERNELS)
        return BENCH_OK;
    int rc = bench_run_folder_latest(&r->runs[0], err);
    if (rc == BENCH_OK)
        r->paths[r->count++] = r->runs[0];
    return rc;
}

/* Where it goes, and that it is asked for what there can be. */
static int complete_request(struct request *r)
{
    struct bench_err err;
    if (r->kernels && r->format != FORMAT_KERNELS)
        return usage("--kernels is for --format kernels");
    if (r->night && r->format != FORMAT_HTML)
        return usage("--night is for --format html");
    if (r->format == FORMAT_JUNIT && r->count > 1)
        return usage("--format junit is of one run: name one");
    if (find_runs(r, &err) != BENCH_OK)
        return complain(&err);
    if (!r->output && r->format != FORMAT_HTML)
        r->output = "-";
    const char *newest = r->count > 0 ? r->paths[r->count - 1] : "";
    if (!r->output && !bench_file_is_dir(newest))
        return usage("-o is missing: of a file, nobody knows where the page should go");
    if (!r->output && !r->default_output)
        r->default_output = bench_path_join(newest, "report.html");
    r->output = r->output ? r->output : r->default_output;
    return BENCH_EXIT_OK;
}

/* ---- where it goes ---- */

struct target {
    struct bench_file_writer *writer; /* NULL: standard output */
};

static void send_text(void *context, const char *data, size_t length)
{
    struct target *target = context;
    if (target->writer)
        bench_file_writer_add(target->writer, data, length);
    else
        fwrite(data, 1, length, stdout);
}

static int open_target(const struct request *r, struct target *target, struct bench_err *err)
{
    target->writer = NULL;
    return strcmp(r->output, "-") == 0 ? BENCH_OK
                                       : bench_file_writer_open(r->output, &target->writer, err);
}

/* With `rc` negative, nothing is written, as far as that can be. */
static int close_target(struct target *target, int rc, struct bench_err *err)
{
    if (target->writer && rc != BENCH_OK) {
        bench_file_writer_abandon(target->writer);
        return rc;
    }
    if (target->writer)
        return bench_file_writer_close(target->writer, err);
    if (fflush(stdout) != 0 || ferror(stdout))
        return bench_err_set(err, BENCH_ERROR, "standard output cannot be written");
    return rc;
}

/* ---- the formats ---- */

static unsigned load_flags(const struct request *r, bool with_journal)
{
    return (r->unfinished ? BENCH_OUTCOME_UNFINISHED : 0U) |
           (with_journal ? 0U : BENCH_OUTCOME_NO_JOURNAL);
}

static int load(const struct request *r, size_t i, bool with_journal,
                struct bench_outcome **outcome, struct bench_err *err)
{
    return bench_outcome_load(r->paths[i], load_flags(r, with_journal), outcome, err);
}

static int write_kernels(const struct request *r, struct target *target, struct bench_err *err)
{
    const struct bench_report_kernels_options options = {.kernels = r->kernels,
                                                         .runs = r->paths,
                                                         .run_count = r->count,
                                                         .flags = load_flags(r, false)};
    return bench_cli_report_kernels(&options, send_text, target, err);
}

/* Each run by itself, so that there is never more than one in memory. */
static int write_csv(const struct request *r, struct target *target, struct bench_err *err)
{
    int rc = BENCH_OK;
    for (size_t i = 0; i < r->count && rc == BENCH_OK; i++) {
        struct bench_outcome *outcome = NULL;
        rc = load(r, i, true, &outcome, err);
        if (rc == BENCH_OK)
            bench_report_csv(outcome, i == 0, send_text, target);
        bench_outcome_free(outcome);
    }
    return rc;
}

static int write_of_newest(const struct request *r, const struct bench_report *report,
                           const struct bench_outcome *newest, struct target *target,
                           struct bench_err *err)
{
    char made[32];
    bench_clock_iso(made);
    switch (r->format) {
    case FORMAT_HTML:
        return bench_report_html(report, newest, made, (size_t)r->samples, send_text, target, err);
    case FORMAT_MARKDOWN:
        bench_report_markdown(report, newest, (size_t)r->limit, send_text, target);
        return BENCH_OK;
    case FORMAT_CSV:
    case FORMAT_KERNELS:
    case FORMAT_JUNIT:
        bench_report_junit(newest, send_text, target);
        return BENCH_OK;
    }
    return BENCH_OK;
}

static int add_night(const struct request *r, struct bench_report *report, struct bench_err *err)
{
    struct bench_night night;
    if (r->night == NULL)
        return BENCH_OK;
    int rc = bench_night_read(r->night, &night, err);
    if (rc != BENCH_OK)
        return rc;
    size_t count = 0;
    struct bench_report_finding *findings =
        bench_xcalloc(night.alarm_count + night.unsure_count + 1, sizeof *findings);
    for (size_t i = 0; i < night.alarm_count; i++)
        findings[count++] =
            (struct bench_report_finding){night.alarms[i].kind, night.alarms[i].text};
    for (size_t i = 0; i < night.unsure_count; i++)
        findings[count++] = (struct bench_report_finding){"unsure", night.unsure[i]};
    bench_report_set_night(report, night.compared_with, findings, count);
    free(findings);
    bench_night_fini(&night);
    return BENCH_OK;
}

/* Of the older runs no more than what their operators came to is kept. */
static int write_report(const struct request *r, struct target *target, struct bench_err *err)
{
    struct bench_report *report = bench_report_new();
    struct bench_outcome *newest = NULL;
    int rc = BENCH_OK;
    for (size_t i = 0; i < r->count && rc == BENCH_OK; i++) {
        bench_outcome_free(newest);
        newest = NULL;
        rc = load(r, i, i + 1 == r->count, &newest, err);
        if (rc == BENCH_OK)
            bench_report_add(report, newest);
    }
    if (rc == BENCH_OK)
        rc = add_night(r, report, err);
    if (rc == BENCH_OK)
        bench_report_find_changes(report);
    if (rc == BENCH_OK)
        rc = write_of_newest(r, report, newest, target, err);
    bench_outcome_free(newest);
    bench_report_free(report);
    return rc;
}

static int write_request(const struct request *r)
{
    struct bench_err err;
    struct target target;
    if (open_target(r, &target, &err) != BENCH_OK)
        return complain(&err);
    int rc = r->format == FORMAT_CSV       ? write_csv(r, &target, &err)
             : r->format == FORMAT_KERNELS ? write_kernels(r, &target, &err)
                                           : write_report(r, &target, &err);
    rc = close_target(&target, rc, &err);
    if (rc != BENCH_OK)
        return complain(&err);
    if (!r->quiet && target.writer)
        printf("%s\n", r->output);
    return BENCH_EXIT_OK;
}

static int run_report(const struct bench_command *self, int argc, char **argv)
{
    struct request r = {.samples = BENCH_REPORT_SAMPLES, .limit = BENCH_REPORT_MARKDOWN_BYTES};
    const char *format = "html";
    const struct bench_option options[] = {
        {"output", BENCH_OPTION_STRING, &r.output, "FILE",
         "Where it goes (also -o FILE); - for standard output.", 0, 0},
        {"format", BENCH_OPTION_CHOICE, &format, "html|markdown|csv|junit|kernels",
         "What is written (default: html).", 0, 0},
        {"kernels", BENCH_OPTION_STRING, &r.kernels, "DIR",
         "For --format kernels: " BENCH_KERNELS_HELP, 0, 0},
        {"night", BENCH_OPTION_STRING, &r.night, "DIR",
         "For --format html: the folder of the night that the run is of; the page begins with what "
         "became worse in it.",
         0, 0},
        {"samples", BENCH_OPTION_INT, &r.samples, "N",
         "Samples that a page holds at most, over all cases (default 1500000, some 5 MB); 0 for "
         "none.",
         0, INT64_C(1000000000)},
        {"limit", BENCH_OPTION_INT, &r.limit, "BYTES",
         "Length of Markdown at most (default 1000000, for job summaries; comments of GitHub take "
         "65536).",
         4000, INT64_C(1000000000)},
        {"unfinished", BENCH_OPTION_FLAG, &r.unfinished, NULL,
         "Take runs that are not finished, with what they have.", 0, 0},
        {"quiet", BENCH_OPTION_FLAG, &r.quiet, NULL, "Do not print where it went.", 0, 0},
        {NULL, BENCH_OPTION_FLAG, NULL, NULL, NULL, 0, 0}};
    int code;
    r.paths = bench_xcalloc(RUNS_MAX, sizeof *r.paths);
    if (bench_options_parse(self, options, argc, argv, r.paths, RUNS_MAX, &r.count, &code) == 0) {
        r.format = format_of(format);
        code = complete_request(&r);
        code = code == BENCH_EXIT_OK ? write_request(&r) : code;
    }
    free(r.paths);
    for (size_t i = 0; r.runs != NULL && i < r.count; i++)
        free(r.runs[i]);
    free(r.runs);
    free(r.default_output);
    return code;
}
