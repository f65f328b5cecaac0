/* bench run: measures a suite on a device and writes the run's folder. */
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/case/check_seed.h"
#include "bench/cli/color.h"
#include "bench/cli/history_record.h"
#include "bench/cli/run_arguments.h"
#include "bench/cli/run_shard.h"
#include "bench/cli/suite_option.h"
#include "bench/run/ahead_python.h"
#include "bench/run/confirm.h"
#include "bench/run/fleet.h"
#include "bench/run/progress.h"
#include "bench/run/python_versions.h"
#include "bench/run/python_worker.h"
#include "bench/run/results.h"
#include "bench/run/sandbox.h"
#include "bench/run/sanitize.h"
#include "bench/run/table.h"
#include "bench/util/file.h"

static volatile sig_atomic_t was_interrupted;

/* Ctrl-C lets the case in hand be finished, a second one does not; who terminates us will not wait
 * long. */
static void on_signal(int number)
{
    was_interrupted = number == SIGINT && was_interrupted == 0 ? 1 : 2;
}

static int fail(int exit_code, const struct bench_err *err)
{
    fprintf(stderr, "bench run: %s\n", err->message);
    return exit_code;
}

/* Loud, since it changes what a ratio is of. */
static void warn_without_python(const char *why, const char *remedy)
{
    fprintf(stderr,
            "bench run: WARNING: nothing is called in Python, the roles go to what the suite names "
            "next, and to nobody where it names nobody else: %s%s\n",
            why, remedy);
}

/* `dropped`: there were names in Python, which --sanitize cannot look into. */
static int read_suite(struct run_arguments *a, struct bench_suite **suite, bool *dropped,
                      struct bench_err *err)
{
    run_arguments_narrow(a);
    int rc = bench_suite_option_read(a->suite, a->kernels, &a->filter, suite, err);
    if (rc != BENCH_OK || !a->sanitize)
        return rc;
    *dropped = bench_suite_is_in_python(*suite);
    if (bench_suite_leave_python(*suite))
        return BENCH_OK;
    bench_suite_free(*suite);
    *suite = NULL;
    return bench_err_set(
        err, BENCH_EINPUT,
        "--sanitize looks into CUDA C, and of the suite an oracle, a case's candidate, or a role "
        "in all cases is in Python only; name implementations in CUDA C after them");
}

/* Suites name what is in Python first where they have both: it is no fault of a host without torch
 * that it measures the others. */
static void settle_python(const struct run_arguments *a, struct bench_suite *suite)
{
    struct bench_err why = {0};
    /* Asked last: it starts the interpreter. */
    if (bench_suite_is_in_python(suite) && bench_suite_can_leave_python(suite) &&
        bench_python_can_serve(a->python.interpreter, &why) != BENCH_OK &&
        bench_suite_leave_python(suite))
        warn_without_python(why.message, "; name an interpreter that has torch with --python");
}

/* ---- the run itself ---- */

static void say_device(const struct run_arguments *a, const struct bench_run *run)
{
    if (a->quiet)
        return;
    fprintf(stderr, "device: %s\n", run->why);
    for (size_t i = 0; i < run->suite->note_count; i++)
        fprintf(stderr, "note: %s\n", run->suite->notes[i]);
}

static void print_results(const struct run_arguments *a, const struct bench_run *run,
                          const struct bench_judge *judge)
{
    bool color = bench_color_wanted(STDOUT_FILENO);
    struct bench_str text;
    if (a->quiet || run->record_count == 0)
        return;
    bench_str_init(&text);
    bench_table_write(run, judge, color, &text);
    fputs(text.data, stdout);
    bench_str_fini(&text);
}

/* To be typed, or pasted, as it is. */
static void print_resume(const struct run_arguments *a, const char *folder)
{
    struct bench_str command;
    bench_str_init(&command);
    bench_str_add(&command, "bench run --resume ");
    run_arguments_quote(folder, &command);
    if (a->moved != NULL)
        bench_str_add(&command, a->moved);
    fprintf(stderr, "  %s\n", command.data);
    bench_str_fini(&command);
}

/* Cases that no candidate takes are done, and nothing of them was measured. Of records that were
 * let go nothing is known. */
static size_t without_candidate(const struct bench_run *run)
{
    size_t count = 0;
    for (size_t i = 0; i < run->record_count; i++) {
        const struct bench_record *r = &run->records[i];
        count += r->process == 0 && (r->roles & 1u << BENCH_CANDIDATE) != 0 &&
                 (r->status == BENCH_STATUS_UNSUPPORTED || r->status == BENCH_STATUS_UNAVAILABLE);
    }
    return count;
}

static void print_end(const struct run_arguments *a, const struct bench_run *run,
                      const char *folder, int exit_code)
{
    char idle[64] = "";
    size_t failures = bench_run_failures(run), without = without_candidate(run);
    if (a->quiet && failures == 0 && exit_code == BENCH_EXIT_OK)
        return;
    if (without > 0)
        snprintf(idle, sizeof idle, " (%zu without a candidate)", without);
    fflush(stdout);
    fprintf(a->quiet ? stderr : stdout, "%zu of %zu cases%s, %zu failed implementation%s%s%s%s\n",
            run->cases_done, bench_run_count_wanted(run), idle, failures, failures == 1 ? "" : "s",
            run->options.sanitize ? " (sanitized: nothing was timed)" : "",
            folder ? "; results in " : "", folder ? folder : "");
    if (exit_code == BENCH_EXIT_INTERRUPTED)
        fprintf(stderr, "bench run: interrupted; what was finished is in the results. To go on:\n");
    else if (exit_code == BENCH_EXIT_SYSTEM)
        fprintf(stderr, "bench run: when that is mended, to go on:\n");
    if (exit_code == BENCH_EXIT_INTERRUPTED || exit_code == BENCH_EXIT_SYSTEM)
        print_resume(a, folder);
}

static size_t measured(const struct bench_run *run)
{
    size_t count = 0;
    for (size_t i = 0; i < run->record_count; i++)
        count += bench_status_right(run->records[i].status);
    return count;
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
    if (bench_run_count_wanted(run) == 0) { /* there are more shards than cases */
        fprintf(stderr, "bench run: note: this shard has no cases\n");
        return BENCH_EXIT_OK;
    }
    if (measured(run) == 0) {
        fprintf(stderr, "bench run: no implementation could run on this device, so nothing was "
                        "measured: the reasons are above\n");
        return BENCH_EXIT_FAILED;
    }
    return bench_run_failures(run) > 0 || not_described > 0 ? BENCH_EXIT_FAILED : BENCH_EXIT_OK;
}

/* Judges what was measured, writes it and prints it; returns the exit code. */
static int finish(const struct run_arguments *a, const struct bench_run *run,
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

/* A new folder, or that of the run that is resumed. */
static int open_results(const struct run_arguments *a, struct bench_run *run, int argc, char **argv,
                        struct bench_results **results, struct bench_err *err)
{
    struct bench_results_options options = {
        .folder = a->output, .is_in_results = a->made_output, .argc = argc, .argv = argv};
    if (a->resumed == NULL)
        return bench_results_open(run, &options, results, err);
    struct bench_str note;
    bench_str_init(&note);
    int rc = bench_results_resume(run, a->resumed, results, &note, err);
    if (rc == BENCH_OK && note.len > 0)
        fprintf(stderr, "bench run: %s\n", note.data);
    if (rc == BENCH_OK && !a->quiet)
        fprintf(stderr, "resuming %s: %zu of %zu cases are done\n", bench_results_folder(*results),
                run->cases_done, bench_run_count_wanted(run));
    bench_str_fini(&note);
    return rc;
}

/* What a driver writes to is its own affair, and the next version's another: a device that cannot
 * be opened within the sandbox, though it could without, is measured without it, loudly. */
static int try_sandbox(struct bench_run *run, struct bench_sandbox **sandbox, struct bench_err *err)
{
    struct bench_err problem = {0};
    int rc =
        run->device_count > 0 ? bench_fleet_reopen(run, &problem) : bench_run_probe(run, &problem);
    if (rc == BENCH_EINTERRUPTED)
        return bench_err_set(err, rc, "%s", problem.message);
    if (rc == BENCH_OK)
        return rc;
    fprintf(stderr,
            "bench run: WARNING: no sandbox: the device cannot be opened within it (%s). "
            "Candidates may write this user's files, use the network and reach other processes. "
            "If it is a file that is missing, --allow-write FOLDER lets workers write there\n",
            problem.message);
    run->options.sandbox = NULL;
    run->options.no_sandbox = true;
    bench_sandbox_free(*sandbox);
    *sandbox = NULL;
    return BENCH_OK;
}

/* Of the workers; *sandbox stays NULL if there is to be none. */
static int make_sandbox(const struct run_arguments *a, struct bench_run *run, const char *folder,
                        struct bench_sandbox **sandbox, struct bench_err *err)
{
    struct bench_sandbox_host host;
    struct bench_sandbox_limits limits;
    run->options.no_sandbox = a->no_sandbox;
    if (a->no_sandbox) {
        fprintf(stderr, "bench run: WARNING: no sandbox: candidates may write this user's files, "
                        "use the network and reach other processes\n");
        return BENCH_OK;
    }
    bench_sandbox_probe(&host);
    bench_sandbox_default_limits(&limits);
    if (run->device_count > 1) /* of each worker */
        limits.memory_bytes /= run->device_count;
    if (!isnan(a->max_memory_gib))
        limits.memory_bytes = (uint64_t)(a->max_memory_gib * (double)(1 << 30));
    if (a->max_processes > 0)
        limits.processes = (int)a->max_processes;
    struct bench_sandbox_request request = {
        .host = &host,
        .limits = &limits,
        .folder = folder,
        .extra = a->allow_write.items,
        .extra_count = a->allow_write.count,
        .python = bench_run_needs_python(run),
        .cuda = strcmp(run->info.kind, "cuda") == 0,
        .log = BENCH_AHEAD_LOG,
    };
    int rc = bench_sandbox_new(&request, sandbox, err);
    run->options.sandbox = *sandbox;
    return rc == BENCH_OK && request.cuda ? try_sandbox(run, sandbox, err) : rc;
}

static int run_and_report(const struct run_arguments *a, struct bench_run *run, int argc,
                          char **argv)
{
    struct bench_results *results = NULL;
    struct bench_sandbox *sandbox = NULL;
    struct bench_err err = {0};
    int rc = open_results(a, run, argc, argv, &results, &err);
    if (rc == BENCH_OK)
        rc = make_sandbox(a, run, bench_results_folder(results), &sandbox, &err);
    if (rc != BENCH_OK) {
        bench_results_free(results);
        return fail(rc == BENCH_EINPUT ? BENCH_EXIT_USAGE : BENCH_EXIT_SYSTEM, &err);
    }

    struct bench_progress *progress =
        bench_progress_new(stderr, isatty(STDERR_FILENO) == 1, a->quiet);
    struct bench_child ahead = {0};
    if (!a->no_ahead)
        rc = bench_ahead_python_start(run, bench_results_folder(results), &ahead, &err);
    run->beside = ahead.pid;
    if (run->device_count > 0 && ahead.pid > 0)
        bench_fleet_place_beside(run);
    if (rc == BENCH_OK)
        rc = bench_run_compile(run, progress, &err);
    if (rc == BENCH_OK)
        rc = bench_run_cases(run, results, progress, &err);
    if (rc == BENCH_OK)
        rc = bench_run_confirm(run, results, progress, &err);
    bench_child_fini(&ahead);
    bench_progress_free(progress);

    const char *status;
    int exit_code = verdict(run, a->not_described, rc, &status);
    if (exit_code == BENCH_EXIT_SYSTEM)
        fail(exit_code, &err);
    exit_code = finish(a, run, results, status, exit_code);
    /* A shard is recorded with the others, by `bench merge`. */
    if (strcmp(status, "finished") == 0 && exit_code != BENCH_EXIT_SYSTEM && !a->no_history &&
        a->shard == NULL)
        bench_history_record_finished(bench_results_folder(results), a->history, run->info.kind,
                                      a->quiet);
    bench_results_free(results);
    run->options.sandbox = NULL;
    bench_sandbox_free(sandbox);
    return exit_code;
}

/* What the device is, or the devices are. */
static int probe(const struct run_arguments *a, struct bench_run *run, struct bench_err *err)
{
    struct bench_str note;
    if (!bench_fleet_is_meant(a->device))
        return a->costs != NULL && a->shard == NULL
                   ? bench_err_set(err, BENCH_EINPUT,
                                   "--costs is for --shard or several devices; leave it out")
                   : bench_run_probe(run, err);
    bench_str_init(&note);
    int rc = bench_fleet_probe(run, a->mixed_devices, a->resumed != NULL, &note, err);
    if (note.len > 0)
        fprintf(stderr, "bench run: WARNING: %s\n", note.data);
    bench_str_fini(&note);
    return rc;
}

static int run_suite(const struct run_arguments *a, const struct bench_suite *suite, int argc,
                     char **argv)
{
    struct bench_run_options options = {
        .device = a->device,
        .sanitize = a->sanitize,
        .jobs = (int)a->jobs,
        .timeout_s = a->timeout_s,
        .compile_timeout_s = a->compile_timeout_s,
        .max_case_ms = a->max_case_ms,
        .python = a->python.interpreter,
        .kernels = a->kernels,
        .filter = &a->filter,
        .costs = a->costs,
        .interrupted = &was_interrupted,
    };
    struct bench_run run;
    struct bench_err err = {0};
    bool *mine = NULL;
    int exit_code;
    bench_run_init(&run, suite, &options);
    run_arguments_apply(a, &run.settings);
    if (run_shard_choose(a, &run, &mine, &err) != BENCH_OK) {
        bench_run_fini(&run);
        return fail(BENCH_EXIT_USAGE, &err);
    }
    if (!run.settings.seed_given)
        run.settings.seed = a->resumed ? bench_resume_seed(a->resumed) : bench_check_draw_seed();
    int rc = probe(a, &run, &err);
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
    } else if (run.settings.mode == BENCH_MODE_OPERATOR && !run.info.computes) {
        bench_err_set(&err, BENCH_EINPUT,
                      "--mode operator times whole calls by the host's clock, and on the %s device "
                      "nothing is called: add --device cuda or --device cpu",
                      run.info.kind);
        exit_code = fail(BENCH_EXIT_USAGE, &err);
    } else {
        say_device(a, &run);
        exit_code = run_and_report(a, &run, argc, argv);
    }
    bench_run_fini(&run);
    free(mine);
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

static int read_and_run(struct run_arguments *a, int argc, char **argv)
{
    struct bench_err err = {0};
    struct bench_suite *suite = NULL;
    char *kernels = NULL;
    if (a->kernels == NULL && bench_path_find_home("kernels", &kernels, &err) != BENCH_OK)
        return fail(BENCH_EXIT_USAGE, &err);
    a->kernels = a->kernels ? a->kernels : kernels;
    int exit_code = BENCH_EXIT_USAGE;
    bool dropped = false;
    if (read_suite(a, &suite, &dropped, &err) != BENCH_OK) {
        fail(exit_code, &err);
    } else if (a->sanitize && bench_sanitize_enter(argc, argv, &err) != BENCH_OK) {
        exit_code = fail(BENCH_EXIT_SYSTEM, &err);
    } else {
        catch_signals();
        settle_python(a, suite);
        if (dropped) /* not before: entering starts the program anew */
            warn_without_python("--sanitize looks into CUDA C", "");
        exit_code = run_suite(a, suite, argc, argv);
    }
    bench_suite_free(suite);
    free(kernels);
    return exit_code;
}

/* Operators in Python: the descriptions stay in the run's folder, for they are what was measured.
 */
static int run_operators(struct run_arguments *a, int argc, char **argv)
{
    struct bench_err err = {0};
    struct bench_operators described;
    int exit_code = a->resumed
                        ? bench_operators_recall(bench_resume_folder(a->resumed), &described, &err)
                        : bench_operators_describe(&a->python, &described, &err);
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

/* What the arguments ask for, whether they are of this command line or of a run to be resumed. */
static int start(struct run_arguments *a, int argc, char **argv)
{
    struct bench_err err = {0};
    if (a->python.interpreter == NULL)
        a->python.interpreter = bench_python_default();
    a->python.device = a->device;
    a->python.kernels = a->kernels;
    a->python.output = a->output;
    a->python.dtypes = &a->dtypes;
    a->python.interrupted = &was_interrupted;
    if (run_arguments_check(a, &err) != BENCH_OK ||
        bench_operators_check(&a->python, a->suite, &err) != BENCH_OK)
        return fail(BENCH_EXIT_USAGE, &err);
    if (a->python.operators != NULL)
        return run_operators(a, argc, argv);
    if (a->suite == NULL)
        a->suite = "quick";
    return read_and_run(a, argc, argv);
}

static int resume_opened(const struct bench_command *self, struct bench_resume *resumed, int argc,
                         char **argv)
{
    struct run_arguments recorded, a;
    struct bench_err err = {0};
    int count, exit_code;
    char **command;
    if (bench_resume_is_finished(resumed)) {
        printf("%s is finished: there is nothing to resume\n", bench_resume_folder(resumed));
        return BENCH_EXIT_OK;
    }
    bench_resume_command(resumed, &count, &command);
    run_arguments_init(&recorded);
    if (run_arguments_parse(self, &recorded, count, command, &exit_code) != 0)
        return exit_code;
    int rc = run_arguments_resume(self, &recorded, argc, argv, &a, &exit_code, &err);
    if (rc != BENCH_OK) {
        exit_code = err.code != BENCH_OK ? fail(exit_code, &err) : exit_code;
    } else {
        a.resumed = resumed;
        exit_code = start(&a, argc, argv);
        free(a.moved);
    }
    return exit_code;
}

static int resume(const struct bench_command *self, const char *folder, int argc, char **argv)
{
    struct bench_resume *resumed = NULL;
    struct bench_err err = {0};
    int rc = bench_resume_open(folder, &resumed, &err);
    if (rc != BENCH_OK)
        return fail(rc == BENCH_ERROR ? BENCH_EXIT_SYSTEM : BENCH_EXIT_USAGE, &err);
    int exit_code = resume_opened(self, resumed, argc, argv);
    bench_resume_free(resumed);
    return exit_code;
}

static int run_command(const struct bench_command *self, int argc, char **argv)
{
    struct run_arguments a;
    int exit_code;
    run_arguments_init(&a);
    if (run_arguments_parse(self, &a, argc, argv, &exit_code) != 0)
        return exit_code;
    return a.resume != NULL ? resume(self, a.resume, argc, argv) : start(&a, argc, argv);
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
