/* bench run: measures a suite on a device and writes the run's folder. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/cli/options.h"
#include "bench/cli/suite_option.h"
#include "bench/run/progress.h"
#include "bench/run/results.h"
#include "bench/run/sanitize.h"
#include "bench/run/table.h"

static volatile sig_atomic_t was_interrupted;

static void on_signal(int number)
{
    (void)number;
    was_interrupted = 1;
}

struct arguments {
    const char *suite, *device, *kernels, *output, *cache;
    struct bench_strings operators, dtypes;
    int64_t rounds, seed, max_cases, jobs;
    double timeout_s, max_case_ms;
    bool sanitize, quiet;
};

static int fail(int exit_code, const struct bench_err *err)
{
    fprintf(stderr, "bench run: %s\n", err->message);
    return exit_code;
}

static int read_suite(const struct arguments *a, struct bench_suite **suite, struct bench_err *err)
{
    struct bench_suite_filter filter = {
        .operators = a->operators.items,
        .operator_count = a->operators.count,
        .dtypes = a->dtypes.items,
        .dtype_count = a->dtypes.count,
        .max_cases_per_operator = (size_t)a->max_cases,
    };
    return bench_suite_option_read(a->suite, a->kernels, &filter, suite, err);
}

static int check(const struct arguments *a, struct bench_err *err)
{
    if (a->cache != NULL && strcmp(a->cache, "cold") != 0 && strcmp(a->cache, "hot") != 0)
        return bench_err_set(err, BENCH_EINPUT, "--cache is 'cold' or 'hot', not '%s'", a->cache);
    if (!(a->timeout_s > 0))
        return bench_err_set(err, BENCH_EINPUT, "--timeout must be more than 0 seconds");
    if (!(a->max_case_ms > 0))
        return bench_err_set(err, BENCH_EINPUT, "--max-case-ms must be more than 0");
    return BENCH_OK;
}

static void apply_settings(const struct arguments *a, struct bench_settings *s)
{
    if (a->rounds > 0)
        s->rounds = (int)a->rounds;
    if (a->seed >= 0)
        s->seed = (uint64_t)a->seed;
    if (a->cache != NULL)
        s->cache = strcmp(a->cache, "hot") == 0 ? BENCH_CACHE_HOT : BENCH_CACHE_COLD;
}

/* ---- the run itself ---- */

static void say_device(const struct arguments *a, const struct bench_run *run)
{
    if (a->quiet)
        return;
    fprintf(stderr, "device: %s\n", run->why);
    for (size_t i = 0; i < run->suite->note_count; i++)
        fprintf(stderr, "note: %s\n", run->suite->notes[i]);
}

static void print_results(const struct arguments *a, const struct bench_run *run)
{
    bool color = isatty(STDOUT_FILENO) && getenv("NO_COLOR") == NULL;
    struct bench_str text;
    if (a->quiet || run->record_count == 0)
        return;
    bench_str_init(&text);
    bench_table_write(run, color, &text);
    fputs(text.data, stdout);
    bench_str_fini(&text);
}

static void print_end(const struct arguments *a, const struct bench_run *run, const char *folder,
                      int exit_code)
{
    size_t failures = bench_run_failures(run);
    if (a->quiet && failures == 0 && exit_code == BENCH_EXIT_OK)
        return;
    fflush(stdout);
    fprintf(a->quiet ? stderr : stdout, "%zu of %zu cases, %zu failed implementation%s%s%s%s\n",
            run->cases_done, run->suite->case_count, failures, failures == 1 ? "" : "s",
            run->options.sanitize ? " (sanitized: nothing was timed)" : "",
            folder ? "; results in " : "", folder ? folder : "");
    if (run->was_interrupted)
        fprintf(stderr, "bench run: interrupted; what was finished is in the results\n");
}

/* What became of it, as an exit code, and for run.json as a word. */
static int verdict(const struct bench_run *run, int rc, const char **status)
{
    *status = "finished";
    if (rc == BENCH_EINTERRUPTED) {
        *status = "interrupted";
        return BENCH_EXIT_INTERRUPTED;
    }
    if (rc != BENCH_OK) {
        *status = "failed";
        return BENCH_EXIT_SYSTEM;
    }
    return bench_run_failures(run) > 0 ? BENCH_EXIT_FAILED : BENCH_EXIT_OK;
}

static int run_and_report(const struct arguments *a, struct bench_run *run, int argc, char **argv)
{
    struct bench_results_options options = {.folder = a->output, .argc = argc, .argv = argv};
    struct bench_results *results = NULL;
    struct bench_err err = {0};
    int rc = bench_results_open(run, &options, &results, &err);
    if (rc != BENCH_OK)
        return fail(rc == BENCH_EINPUT ? BENCH_EXIT_USAGE : BENCH_EXIT_SYSTEM, &err);

    struct bench_progress *progress =
        bench_progress_new(stderr, isatty(STDERR_FILENO) == 1, a->quiet);
    rc = bench_run_compile(run, progress, &err);
    if (rc == BENCH_OK)
        rc = bench_run_cases(run, results, progress, &err);
    bench_progress_free(progress);

    const char *status;
    int exit_code = verdict(run, rc, &status);
    if (exit_code == BENCH_EXIT_SYSTEM)
        fail(exit_code, &err);
    if (bench_results_finish(results, run, status, exit_code, &err) != BENCH_OK)
        exit_code = fail(BENCH_EXIT_SYSTEM, &err);
    print_results(a, run);
    if (bench_results_point_latest(results, &err) != BENCH_OK)
        fprintf(stderr, "bench run: warning: %s\n", err.message);
    print_end(a, run, bench_results_folder(results), exit_code);
    bench_results_free(results);
    return exit_code;
}

static int run_suite(const struct arguments *a, const struct bench_suite *suite, int argc,
                     char **argv)
{
    struct bench_run_options options = {
        .device = a->device,
        .sanitize = a->sanitize,
        .jobs = (int)a->jobs,
        .timeout_s = a->timeout_s,
        .max_case_ms = a->max_case_ms,
        .interrupted = &was_interrupted,
    };
    struct bench_run run;
    struct bench_err err = {0};
    int exit_code;
    bench_run_init(&run, suite, &options);
    apply_settings(a, &run.settings);
    int rc = bench_run_probe(&run, &err);
    if (rc == BENCH_EINTERRUPTED) {
        exit_code = BENCH_EXIT_INTERRUPTED;
    } else if (rc != BENCH_OK) {
        exit_code = fail(rc == BENCH_EINPUT ? BENCH_EXIT_USAGE : BENCH_EXIT_NO_DEVICE, &err);
    } else if (a->sanitize && strcmp(run.info.arch, "x86-64") != 0 &&
               strcmp(run.info.kind, "cpu") != 0) {
        bench_err_set(&err, BENCH_EINPUT,
                      "--sanitize needs the cpu device, and this is %s: add --device cpu",
                      run.info.kind);
        exit_code = fail(BENCH_EXIT_USAGE, &err);
    } else {
        say_device(a, &run);
        exit_code = run_and_report(a, &run, argc, argv);
    }
    bench_run_fini(&run);
    return exit_code;
}

static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    /* A terminal that is closed; but not under nohup. */
    struct sigaction before;
    if (sigaction(SIGHUP, NULL, &before) == 0 && before.sa_handler != SIG_IGN)
        sigaction(SIGHUP, &action, NULL);
    /* Whoever reads our output may leave (`bench run | head`): the results are written all the
     * same. */
    signal(SIGPIPE, SIG_IGN);
    /* A limit on the size of files is an error like a full disk. */
    signal(SIGXFSZ, SIG_IGN);
}

static int run_command(const struct bench_command *self, int argc, char **argv)
{
    struct arguments a = {.device = "auto", .seed = -1, .timeout_s = 60, .max_case_ms = 2000};
    const struct bench_option options[] = {
        {"suite", BENCH_OPTION_STRING, &a.suite, "SUITE",
         "The suite: " BENCH_SUITE_HELP " (default: quick).", 0, 0},
        {"device", BENCH_OPTION_STRING, &a.device, "DEVICE",
         "One of auto, cuda, cuda:1, cpu, cpu:4 (threads), null (default: auto, the first GPU, "
         "else "
         "cpu).",
         0, 0},
        {"kernels", BENCH_OPTION_STRING, &a.kernels, "DIR", BENCH_KERNELS_HELP, 0, 0},
        {"output", BENCH_OPTION_STRING, &a.output, "DIR",
         "Folder for the results, a new one (default: results/<time>-<suite>).", 0, 0},
        {"op", BENCH_OPTION_STRINGS, &a.operators, "NAME",
         "Only this operator; may be given several times.", 0, 0},
        {"dtype", BENCH_OPTION_STRINGS, &a.dtypes, "DTYPE",
         "Only this dtype; may be given several times.", 0, 0},
        {"max-cases", BENCH_OPTION_INT, &a.max_cases, "N",
         "At most so many cases of each operator (default: all).", 1, 1000000},
        {"rounds", BENCH_OPTION_INT, &a.rounds, "N",
         "Timed rounds of a case (default: the suite's).", 1, 1000000},
        {"cache", BENCH_OPTION_STRING, &a.cache, "MODE",
         "Cache of the timed launches: cold or hot (default: the suite's).", 0, 0},
        {"seed", BENCH_OPTION_INT, &a.seed, "N",
         "Seed of inputs and orders (default: the suite's).", 0, INT64_MAX},
        {"max-case-ms", BENCH_OPTION_DOUBLE, &a.max_case_ms, "MS",
         "Time that the rounds of one case may take; fewer rounds then, at least 5 (default: "
         "2000).",
         0, 0},
        {"timeout", BENCH_OPTION_DOUBLE, &a.timeout_s, "S",
         "An implementation that is silent for so long is given up (default: 60).", 0, 0},
        {"sanitize", BENCH_OPTION_FLAG, &a.sanitize, NULL,
         "Verify only, on the cpu device: AddressSanitizer, UBSan, strict barriers, both orders of "
         "threads.",
         0, 0},
        {"jobs", BENCH_OPTION_INT, &a.jobs, "N", "Compilations at a time (default: one a CPU).", 1,
         1024},
        {"quiet", BENCH_OPTION_FLAG, &a.quiet, NULL, "Print only what went wrong.", 0, 0},
        {0},
    };
    const char *positional[1];
    size_t positional_count = 0;
    int exit_code;
    if (bench_options_parse(self, options, argc, argv, positional, 1, &positional_count,
                            &exit_code) != 0)
        return exit_code;
    if (positional_count == 1 && a.suite != NULL) {
        fprintf(stderr, "bench run: two suites: '%s' and '%s'\n", a.suite, positional[0]);
        return BENCH_EXIT_USAGE;
    }
    if (a.suite == NULL)
        a.suite = positional_count == 1 ? positional[0] : "quick";

    struct bench_err err = {0};
    struct bench_suite *suite = NULL;
    if (check(&a, &err) != BENCH_OK || read_suite(&a, &suite, &err) != BENCH_OK)
        return fail(BENCH_EXIT_USAGE, &err);
    if (a.sanitize && bench_sanitize_enter(argc, argv, &err) != BENCH_OK) {
        bench_suite_free(suite);
        return fail(BENCH_EXIT_SYSTEM, &err);
    }
    catch_signals();
    exit_code = run_suite(&a, suite, argc, argv);
    bench_suite_free(suite);
    return exit_code;
}

const struct bench_command bench_cmd_run = {
    .name = "run",
    .summary = "Measure a suite of kernels, each verified, and write a results folder.",
    .usage = "run [options] [SUITE]",
    .details =
        "Every implementation of a case is compiled, verified against the oracle, and timed in\n"
        "paired rounds with the others. Results go to results/<time>-<suite>/; results/latest\n"
        "points to the newest, where `bench select` looks.\n"
        "\n"
        "Exit codes: 0 fine; 1 wrong results or failed implementations; 2 bad usage or bad input\n"
        "files; 3 no such device; 4 the system failed; 130 interrupted.",
    .run = run_command,
};
