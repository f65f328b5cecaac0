/* bench run: measures a suite on a device and writes the run's folder. */
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/cli/options.h"
#include "bench/cli/run_operators.h"
#include "bench/cli/suite_option.h"
#include "bench/run/confirm.h"
#include "bench/run/progress.h"
#include "bench/run/python_worker.h"
#include "bench/run/results.h"
#include "bench/run/sanitize.h"
#include "bench/run/table.h"
#include "bench/util/file.h"

static volatile sig_atomic_t was_interrupted;

static void on_signal(int number)
{
    (void)number;
    was_interrupted = 1;
}

struct arguments {
    const char *suite, *device, *kernels, *output, *cache, *mode;
    struct bench_operators_options python;
    struct bench_strings operators, dtypes;
    int64_t rounds, max_rounds, max_cases, jobs; /* 0: not given */
    int64_t seed, confirm;                       /* -1: not given */
    double timeout_s, max_case_ms;
    double precision, confidence; /* per cent; NAN: not given */
    bool sanitize, quiet, no_aa, no_do_bench;
    struct bench_suite_filter filter;
    size_t not_described; /* operators */
    bool made_output;     /* `output` is ours, in results/ */
};

static int fail(int exit_code, const struct bench_err *err)
{
    fprintf(stderr, "bench run: %s\n", err->message);
    return exit_code;
}

static int read_suite(struct arguments *a, struct bench_suite **suite, struct bench_err *err)
{
    a->filter = (struct bench_suite_filter){
        .operators = a->operators.items,
        .operator_count = a->operators.count,
        .dtypes = a->dtypes.items,
        .dtype_count = a->dtypes.count,
        .max_cases_per_operator = (size_t)a->max_cases,
    };
    int rc = bench_suite_option_read(a->suite, a->kernels, &a->filter, suite, err);
    if (rc != BENCH_OK || !a->sanitize)
        return rc;
    for (size_t i = 0; i < (*suite)->operator_count; i++)
        if (bench_operator_uses((*suite)->operators[i], BENCH_PROVIDER_PYTHON)) {
            rc =
                bench_err_set(err, BENCH_EINPUT,
                              "--sanitize looks into CUDA C; the operator '%s' is called in Python",
                              (*suite)->operators[i]->name);
            bench_suite_free(*suite);
            *suite = NULL;
            return rc;
        }
    return BENCH_OK;
}

static int check_word(const char *option, const char *found, const char *a, const char *b,
                      struct bench_err *err)
{
    if (found == NULL || strcmp(found, a) == 0 || strcmp(found, b) == 0)
        return BENCH_OK;
    return bench_err_set(err, BENCH_EINPUT, "--%s is '%s' or '%s', not '%s'", option, a, b, found);
}

static int check_numbers(const struct arguments *a, struct bench_err *err)
{
    if (!(a->timeout_s > 0))
        return bench_err_set(err, BENCH_EINPUT, "--timeout must be more than 0 seconds");
    if (!(a->max_case_ms > 0))
        return bench_err_set(err, BENCH_EINPUT, "--max-case-ms must be more than 0");
    if (!isnan(a->precision) && !(a->precision > 0 && a->precision < 100))
        return bench_err_set(err, BENCH_EINPUT,
                             "--precision is in per cent, above 0 and below 100 (0.5 is usual), "
                             "not %g",
                             a->precision);
    if (!isnan(a->confidence) && !(a->confidence > 50 && a->confidence < 100))
        return bench_err_set(err, BENCH_EINPUT,
                             "--confidence is in per cent, above 50 and below 100 (95 is usual), "
                             "not %g",
                             a->confidence);
    return BENCH_OK;
}

static int check(const struct arguments *a, struct bench_err *err)
{
    int rc = check_word("cache", a->cache, "cold", "hot", err);
    rc = rc == BENCH_OK ? check_word("mode", a->mode, "kernel", "operator", err) : rc;
    rc = rc == BENCH_OK ? check_numbers(a, err) : rc;
    if (rc == BENCH_OK && a->rounds > 0 && (a->max_rounds > 0 || !isnan(a->precision)))
        rc = bench_err_set(err, BENCH_EINPUT,
                           "--rounds fixes their number, so that there is nothing for %s to stop; "
                           "leave one out",
                           a->max_rounds > 0 ? "--max-rounds" : "--precision");
    if (rc == BENCH_OK && a->sanitize && a->confirm > 0)
        rc = bench_err_set(err, BENCH_EINPUT,
                           "--sanitize measures nothing, so there is nothing to --confirm");
    return rc;
}

static void apply_rounds(const struct arguments *a, struct bench_settings *s)
{
    if (a->rounds > 0)
        s->rounds = (int)a->rounds;
    if (a->max_rounds > 0) {
        s->rounds = 0; /* of a suite that fixes them */
        s->most_rounds = (int)a->max_rounds;
        s->least_rounds = s->least_rounds < s->most_rounds ? s->least_rounds : s->most_rounds;
    }
    if (!isnan(a->precision)) {
        s->rounds = 0;
        s->precision = a->precision / 100;
    }
}

static void apply_settings(const struct arguments *a, struct bench_settings *s)
{
    apply_rounds(a, s);
    if (!isnan(a->confidence))
        s->confidence = a->confidence / 100;
    if (a->confirm >= 0)
        s->confirm = (int)a->confirm;
    if (a->sanitize)
        s->confirm = 0;
    if (a->seed >= 0)
        s->seed = (uint64_t)a->seed;
    if (a->cache != NULL)
        s->cache = strcmp(a->cache, "hot") == 0 ? BENCH_CACHE_HOT : BENCH_CACHE_COLD;
    if (a->mode != NULL)
        s->mode = strcmp(a->mode, "operator") == 0 ? BENCH_MODE_OPERATOR : BENCH_MODE_KERNEL;
    s->aa = s->aa && !a->no_aa;
    s->do_bench = s->do_bench && !a->no_do_bench;
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

static void print_results(const struct arguments *a, const struct bench_run *run,
                          const struct bench_judge *judge)
{
    bool color = isatty(STDOUT_FILENO) && getenv("NO_COLOR") == NULL;
    struct bench_str text;
    if (a->quiet || run->record_count == 0)
        return;
    bench_str_init(&text);
    bench_table_write(run, judge, color, &text);
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
static int verdict(const struct bench_run *run, size_t not_described, int rc, const char **status)
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
    return bench_run_failures(run) > 0 || not_described > 0 ? BENCH_EXIT_FAILED : BENCH_EXIT_OK;
}

/* Judges what was measured, writes it and prints it; returns the exit code. */
static int finish(const struct arguments *a, const struct bench_run *run,
                  struct bench_results *results, const char *status, int exit_code)
{
    struct bench_judge judge;
    struct bench_err err = {0};
    bench_judge_init(&judge, run);
    if (bench_results_finish(results, run, &judge, status, exit_code, &err) != BENCH_OK)
        exit_code = fail(BENCH_EXIT_SYSTEM, &err);
    print_results(a, run, &judge);
    bench_judge_fini(&judge);
    if (bench_results_point_latest(results, &err) != BENCH_OK)
        fprintf(stderr, "bench run: warning: %s\n", err.message);
    print_end(a, run, bench_results_folder(results), exit_code);
    return exit_code;
}

static int run_and_report(const struct arguments *a, struct bench_run *run, int argc, char **argv)
{
    struct bench_results_options options = {
        .folder = a->output, .is_in_results = a->made_output, .argc = argc, .argv = argv};
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
    if (rc == BENCH_OK)
        rc = bench_run_confirm(run, results, progress, &err);
    bench_progress_free(progress);

    const char *status;
    int exit_code = verdict(run, a->not_described, rc, &status);
    if (exit_code == BENCH_EXIT_SYSTEM)
        fail(exit_code, &err);
    exit_code = finish(a, run, results, status, exit_code);
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
        .python = a->python.interpreter,
        .kernels = a->kernels,
        .filter = &a->filter,
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

static int read_and_run(struct arguments *a, int argc, char **argv)
{
    struct bench_err err = {0};
    struct bench_suite *suite = NULL;
    char *kernels = NULL;
    if (a->kernels == NULL && bench_path_find_home("kernels", &kernels, &err) != BENCH_OK)
        return fail(BENCH_EXIT_USAGE, &err);
    a->kernels = a->kernels ? a->kernels : kernels;
    int exit_code = BENCH_EXIT_USAGE;
    if (read_suite(a, &suite, &err) != BENCH_OK) {
        fail(exit_code, &err);
    } else if (a->sanitize && bench_sanitize_enter(argc, argv, &err) != BENCH_OK) {
        exit_code = fail(BENCH_EXIT_SYSTEM, &err);
    } else {
        catch_signals();
        exit_code = run_suite(a, suite, argc, argv);
    }
    bench_suite_free(suite);
    free(kernels);
    return exit_code;
}

/* Operators in Python: the descriptions stay in the run's folder, for they are what was measured.
 */
static int run_operators(struct arguments *a, int argc, char **argv)
{
    struct bench_err err = {0};
    struct bench_operators described;
    int exit_code = bench_operators_describe(&a->python, &described, &err);
    if (exit_code != BENCH_EXIT_OK) {
        fail(exit_code, &err);
    } else {
        a->suite = described.suite;
        a->kernels = described.kernels;
        a->output = described.output;
        a->made_output = described.made_output;
        a->not_described = described.total - described.described;
        a->dtypes.count = 0; /* the descriptions have them */
        exit_code = read_and_run(a, argc, argv);
    }
    bench_operators_fini(&described);
    return exit_code;
}

static int run_command(const struct bench_command *self, int argc, char **argv)
{
    struct arguments a = {.device = "auto",
                          .seed = -1,
                          .confirm = -1,
                          .timeout_s = 60,
                          .max_case_ms = 2000,
                          .precision = NAN,
                          .confidence = NAN};
    const struct bench_option options[] = {
        {"suite", BENCH_OPTION_STRING, &a.suite, "SUITE",
         "The suite: " BENCH_SUITE_HELP " (default: quick).", 0, 0},
        {"device", BENCH_OPTION_STRING, &a.device, "DEVICE",
         "One of auto, cuda, cuda:1, cpu, cpu:4 (threads), null (default: auto, the first GPU, "
         "else "
         "cpu).",
         0, 0},
        {"kernels", BENCH_OPTION_STRING, &a.kernels, "DIR", BENCH_KERNELS_HELP, 0, 0},
        {"operators", BENCH_OPTION_STRING, &a.python.operators, "DIR",
         "Operators in Python: a folder of operator data (JSON or .py); takes the place of SUITE.",
         0, 0},
        {"python", BENCH_OPTION_STRING, &a.python.interpreter, "PROGRAM",
         "The interpreter for operators in Python (default: $BENCH_PYTHON, else python3).", 0, 0},
        {"shapes", BENCH_OPTION_STRING, &a.python.shapes, "JSON",
         "With --operators: shapes such as [[64,64],[1024]], an object operator -> shapes, or a "
         "file with that (default: a few).",
         0, 0},
        {"from-flaggems", BENCH_OPTION_STRING, &a.python.from_flaggems, "FILE",
         "With --operators: shapes of FlagGems' core_shapes.yaml or benchmark record.", 0, 0},
        {"override", BENCH_OPTION_STRING, &a.python.override, "JSON",
         "With --operators: arguments that the schema does not tell, an object operator -> "
         "override, "
         "or a file with that.",
         0, 0},
        {"reference", BENCH_OPTION_STRING, &a.python.reference, "FLAGGEMS",
         "With --operators: a FlagGems checkout, none, or auto (default: auto, what the "
         "interpreter "
         "imports).",
         0, 0},
        {"output", BENCH_OPTION_STRING, &a.output, "DIR",
         "Folder for the results, a new one (default: results/<time>-<suite>).", 0, 0},
        {"op", BENCH_OPTION_STRINGS, &a.operators, "NAME",
         "Only this operator; may be given several times.", 0, 0},
        {"dtype", BENCH_OPTION_STRINGS, &a.dtypes, "DTYPE",
         "Only this dtype; may be given several times.", 0, 0},
        {"max-cases", BENCH_OPTION_INT, &a.max_cases, "N",
         "At most so many cases of each operator (default: all).", 1, 1000000},
        {"confirm", BENCH_OPTION_COUNT, &a.confirm, "N",
         "Measure operators that pass again in N fresh processes, with fresh inputs; the claim is "
         "then over these. N is 3 if not given; --no-confirm: none (default: the suite's, else "
         "none).",
         BENCH_CONFIRM_LEAST, BENCH_CONFIRM_MOST},
        {"mode", BENCH_OPTION_STRING, &a.mode, "MODE",
         "What is timed: kernel, the device's time alone, or operator, a whole call with its host "
         "time (default: the suite's, else kernel).",
         0, 0},
        {"precision", BENCH_OPTION_DOUBLE, &a.precision, "PERCENT",
         "Half-width of a ratio's interval that is enough (default: the suite's, else 0.5).", 0, 0},
        {"confidence", BENCH_OPTION_DOUBLE, &a.confidence, "PERCENT",
         "Confidence of intervals and answers (default: the suite's, else 95).", 0, 0},
        {"max-rounds", BENCH_OPTION_INT, &a.max_rounds, "N",
         "Timed rounds of a case at most (default: the suite's, else 1024).", 2, 1000000},
        {"rounds", BENCH_OPTION_INT, &a.rounds, "N",
         "Timed rounds of every case, fixed (default: as many as it takes to decide, or the "
         "suite's).",
         1, 1000000},
        {"no-aa", BENCH_OPTION_FLAG, &a.no_aa, NULL,
         "Measure no kernel against itself: the run's noise floor is then unknown.", 0, 0},
        {"no-do-bench", BENCH_OPTION_FLAG, &a.no_do_bench, NULL,
         "Leave out what Triton's do_bench would say.", 0, 0},
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
    if (a.suite == NULL && positional_count == 1)
        a.suite = positional[0];
    if (a.python.interpreter == NULL)
        a.python.interpreter = bench_python_default();
    a.python.device = a.device;
    a.python.output = a.output;
    a.python.dtypes = &a.dtypes;
    a.python.interrupted = &was_interrupted;

    struct bench_err err = {0};
    if (check(&a, &err) != BENCH_OK ||
        bench_operators_check(&a.python, a.suite ? a.suite : a.kernels, &err) != BENCH_OK)
        return fail(BENCH_EXIT_USAGE, &err);
    if (a.python.operators != NULL)
        return run_operators(&a, argc, argv);
    if (a.suite == NULL)
        a.suite = "quick";
    return read_and_run(&a, argc, argv);
}

const struct bench_command bench_cmd_run = {
    .name = "run",
    .summary = "Measure a suite of kernels, each verified, and write a results folder.",
    .usage = "run [options] [SUITE]",
    .details =
        "Every implementation of a case is compiled, verified against the oracle, and timed in\n"
        "paired rounds with the others, until the interval of each ratio is narrow or decides.\n"
        "Operators pass, fail, or are undetermined. Results go to results/<time>-<suite>/;\n"
        "results/latest points to the newest, where `bench select` looks.\n"
        "\n"
        "Exit codes: 0 fine; 1 wrong results or failed implementations; 2 bad usage or bad input\n"
        "files; 3 no such device; 4 the system failed; 130 interrupted.",
    .run = run_command,
};
