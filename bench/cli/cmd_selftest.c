/* bench selftest: is this stopwatch right, here and now? */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/cli/color.h"
#include "bench/cli/options.h"
#include "bench/selftest/selftest.h"
#include "bench/util/file.h"

static volatile sig_atomic_t was_interrupted;

static void on_signal(int number)
{
    (void)number;
    was_interrupted = 2; /* at once: nothing of it can be resumed */
}

static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
}

static int fail(int exit_code, const struct bench_err *err)
{
    fprintf(stderr, "bench selftest: %s\n", err->message);
    return exit_code;
}

static int exit_code_of(int rc)
{
    switch (rc) {
    case BENCH_ENOTFOUND:
        return BENCH_EXIT_NO_DEVICE;
    case BENCH_EINPUT:
        return BENCH_EXIT_USAGE;
    case BENCH_EINTERRUPTED:
        return BENCH_EXIT_INTERRUPTED;
    default:
        return BENCH_EXIT_SYSTEM;
    }
}

static void print_report(const struct bench_selftest_report *report, bool quiet)
{
    bool color = bench_color_wanted(STDOUT_FILENO);
    struct bench_str text;
    if (quiet && bench_selftest_count(report, BENCH_SELFTEST_FAIL) == 0)
        return;
    bench_str_init(&text);
    bench_selftest_write_text(report, color, &text);
    fputs(text.data, stdout);
    bench_str_fini(&text);
}

static int write_json(const struct bench_selftest_report *report, const char *path,
                      struct bench_err *err)
{
    struct bench_str text;
    bench_str_init(&text);
    bench_selftest_write_json(report, &text);
    int rc = bench_file_write_atomic(path, text.data, text.len, err);
    bench_str_fini(&text);
    return rc;
}

static int run_and_report(const struct bench_selftest_options *options, const char *json)
{
    struct bench_selftest_report report;
    struct bench_err err = {0};
    bench_selftest_report_init(&report);
    int rc = bench_selftest_run(options, &report, &err);
    int exit_code = rc == BENCH_OK ? BENCH_EXIT_OK : fail(exit_code_of(rc), &err);
    if (rc == BENCH_OK) {
        print_report(&report, options->quiet);
        if (bench_selftest_count(&report, BENCH_SELFTEST_FAIL) > 0)
            exit_code = BENCH_EXIT_FAILED;
        if (json != NULL && write_json(&report, json, &err) != BENCH_OK)
            exit_code = fail(BENCH_EXIT_SYSTEM, &err);
    }
    bench_selftest_report_fini(&report);
    return exit_code;
}

static int run_selftest(const struct bench_command *self, int argc, char **argv)
{
    struct bench_selftest_options o = {
        .device = "auto", .argc = argc, .argv = argv, .interrupted = &was_interrupted};
    const char *json = NULL;
    int64_t cases = 200;
    const struct bench_option options[] = {
        {"device", BENCH_OPTION_STRING, &o.device, "DEVICE",
         "One of auto, cuda, cuda:1, cpu, null (default: auto, the first GPU, else cpu).", 0, 0},
        {"cases", BENCH_OPTION_INT, &cases, "N",
         "Cases of a kernel against itself (default: 200; 1000 are all).", 1,
         BENCH_SELFTEST_MOST_CASES},
        {"output", BENCH_OPTION_STRING, &o.output, "DIR",
         "Keep the run folders here, a new folder (default: they are not kept).", 0, 0},
        {"json", BENCH_OPTION_STRING, &json, "FILE", "Write the report as JSON, too.", 0, 0},
        {"skip-cupti", BENCH_OPTION_FLAG, &o.skip_cupti, NULL,
         "Do not compare with CUPTI, NVIDIA's tracing library.", 0, 0},
        {"quiet", BENCH_OPTION_FLAG, &o.quiet, NULL, "Print only if a check fails.", 0, 0},
        {0},
    };
    size_t positionals = 0;
    int exit_code = 0;
    if (bench_options_parse(self, options, argc, argv, NULL, 0, &positionals, &exit_code) != 0)
        return exit_code;
    o.cases = (int)cases;
    o.terminal = isatty(STDERR_FILENO) == 1;
    catch_signals();
    return run_and_report(&o, json);
}

const struct bench_command bench_cmd_selftest = {
    .name = "selftest",
    .summary = "Check on this device that times, intervals and decisions are right.",
    .usage = "selftest [options]",
    .details =
        "Measures what has a known answer and holds the result against a limit, in less than a\n"
        "minute on a GPU: the floor of the timing, event resolution, the gate that keeps the\n"
        "host's time out, the cache flush, the clock, the roofline, kernels against themselves,\n"
        "kernels whose ratio is known by construction, and CUPTI's durations (in processes of\n"
        "their own, since tracing changes times). One line a check: pass, FAIL, or skipped with\n"
        "the reason.\n"
        "\n"
        "Other work on the device, or on few CPU cores, makes checks fail: that is what they are\n"
        "for. Exit codes: 0 all pass or are skipped; 1 a check failed; 2 bad usage; 3 no such\n"
        "device; 4 the system failed; 130 interrupted.",
    .run = run_selftest,
};
