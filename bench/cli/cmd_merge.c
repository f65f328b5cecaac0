/* bench merge: puts run folders together, those of shards above all. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/cli/history_record.h"
#include "bench/cli/merge_inputs.h"
#include "bench/run/run_differ.h"
#include "bench/run/table.h"
#include "bench/util/file.h"
#include "bench/util/mem.h"

/* OUT and as many runs as an array of a scheduler has tasks, within reason. */
#define MOST_RUNS 4096

struct merge_arguments {
    const char *suite, *kernels, *history;
    bool partial, mixed_devices, no_history, quiet;
    const char *out; /* without a slash at its end */
    const char *const *runs;
    size_t run_count;
};

static int fail(int exit_code, const struct bench_err *err)
{
    fprintf(stderr, "bench merge: %s\n", err->message);
    return exit_code;
}

static void describe(const struct merge_inputs *in, struct bench_merge_input *inputs)
{
    for (size_t i = 0; i < in->count; i++) {
        struct merge_source *s = &in->sources[i];
        const struct bench_json *root = bench_json_root(s->doc);
        const char *status = "of an unknown status";
        bench_json_get_string(root, "status", false, &status, NULL);
        bool merged = bench_json_get(root, "merged") != NULL;
        inputs[i] = (struct bench_merge_input){
            .folder = s->folder,
            .root = root,
            .status = status,
            .shard = merged ? 0 : s->arguments.shard_number,
            .shard_count = merged ? 0 : s->arguments.shard_count,
            .run = &s->run,
        };
    }
}

/* The decisions are computed anew: with the files that the runs were made with, or not at all. */
static int check_sources(const struct bench_run *merged, const struct bench_run_origin *origin,
                         const struct bench_merge_input *first, struct bench_err *err)
{
    struct bench_run_difference d;
    struct bench_json_doc *doc = NULL;
    struct bench_str text;
    bench_str_init(&text);
    bench_run_difference_init(&d, "the runs had", "here is");
    d.together = true;
    bench_run_json_write(merged, NULL, origin, "running", -1, &text);
    int rc = bench_json_parse("run.json", text.data, text.len, &doc, err);
    if (rc == BENCH_OK)
        bench_run_difference_find(&d, first->root, bench_json_root(doc), merged->suite);
    bench_json_free(doc);
    if (rc == BENCH_OK && d.count > 0)
        rc = bench_err_set(err, BENCH_EINPUT,
                           "%s: it was measured with other files than are here; decisions are "
                           "made again, so put back what differs, or name the places with --suite "
                           "and --kernels:%s",
                           first->folder, d.text.data);
    bench_str_fini(&text);
    bench_run_difference_fini(&d);
    return rc;
}

static void print(const struct merge_arguments *a, const struct bench_run *run,
                  const struct bench_judge *judge, const struct bench_str *missing)
{
    bool color = isatty(STDOUT_FILENO) && getenv("NO_COLOR") == NULL;
    struct bench_str text;
    bench_str_init(&text);
    if (run->record_count > 0)
        bench_table_write(run, judge, color, &text);
    if (!a->quiet) {
        fputs(text.data, stdout);
        printf("%zu of %zu cases of %zu run%s, %zu failed implementation%s; together in %s\n",
               run->cases_done, run->suite->case_count, a->run_count, a->run_count == 1 ? "" : "s",
               bench_run_failures(run), bench_run_failures(run) == 1 ? "" : "s", a->out);
    }
    if (missing->len > 0)
        fprintf(stderr, "bench merge: partial: %s\n", missing->data);
    bench_str_fini(&text);
}

/* Descriptions of operators in Python lie in their run's folder, and come along: the result names
 * its own. */
static const char *move_path(const char *path, const char *from, const char *to,
                             struct bench_arena *arena)
{
    const size_t length = strlen(from);
    if (path == NULL || strncmp(path, from, length) != 0 || path[length] != '/')
        return path;
    return bench_arena_printf(arena, "%s%s", to, path + length);
}

static void move_descriptions(const struct merge_inputs *in, const char *from, const char *out)
{
    char *parent = bench_path_dirname(out), *real_from = realpath(from, NULL);
    char *to = bench_path_join(out, "operators"), *real_parent = realpath(parent, NULL);
    const char *real_to = bench_arena_printf(
        in->arena, "%s/%s/operators", real_parent ? real_parent : parent, bench_path_basename(out));
    in->suite->file = move_path(in->suite->file, from, to, in->arena);
    for (size_t i = 0; i < in->suite->operator_count; i++) {
        struct bench_operator *op = in->suite->operators[i];
        op->file = move_path(op->file, from, to, in->arena);
        op->file = move_path(op->file, real_from ? real_from : from, real_to, in->arena);
    }
    free(real_parent);
    free(real_from);
    free(parent);
    free(to);
}

static int write_and_print(const struct merge_arguments *a, const struct merge_inputs *in,
                           const struct bench_run *merged, const struct bench_run_origin *origin,
                           const struct bench_str *missing)
{
    struct bench_judge judge;
    struct bench_err err = {0};
    const bool whole = missing->len == 0;
    int exit_code = bench_run_failures(merged) > 0 ? BENCH_EXIT_FAILED : BENCH_EXIT_OK;
    char *operators = in->sources[0].described.suite != NULL
                          ? bench_path_join(in->sources[0].folder, "operators")
                          : NULL;
    if (operators != NULL)
        move_descriptions(in, operators, a->out);
    bench_judge_init(&judge, merged);
    /* As a run that was interrupted: `bench select` does not take it for all of it. */
    int rc = bench_merge_write(merged, &judge, origin, a->out, operators,
                               whole ? "finished" : "interrupted",
                               whole ? exit_code : BENCH_EXIT_INTERRUPTED, &err);
    if (rc == BENCH_OK)
        print(a, merged, &judge, missing);
    else
        exit_code = fail(BENCH_EXIT_SYSTEM, &err);
    if (rc == BENCH_OK && whole && !a->no_history)
        bench_history_record_finished(a->out, a->history, merged->info.kind, a->quiet);
    bench_judge_fini(&judge);
    free(operators);
    return exit_code;
}

static int merge(const struct merge_arguments *a, struct merge_inputs *in, struct bench_run *merged,
                 struct bench_err *err)
{
    const struct bench_merge_options options = {a->partial, a->mixed_devices};
    struct bench_merge_input *inputs = bench_xcalloc(in->count + 1, sizeof *inputs);
    struct bench_run_origin origin;
    struct bench_str missing;
    int exit_code = BENCH_EXIT_USAGE;
    bench_str_init(&missing);
    bench_run_origin_gather(&origin, bench_path_basename(a->out), in->suite, in->argc, in->argv);
    describe(in, inputs);
    int rc = bench_merge_join(inputs, in->count, &options, merged, &missing, err);
    if (rc == BENCH_OK)
        rc = bench_merge_origin(inputs, in->count, merged, &origin, err);
    if (rc == BENCH_OK)
        rc = check_sources(merged, &origin, &inputs[0], err);
    if (rc == BENCH_OK)
        exit_code = write_and_print(a, in, merged, &origin, &missing);
    else
        fail(exit_code, err);
    bench_str_fini(&missing);
    bench_run_origin_fini(&origin);
    free(inputs);
    return exit_code;
}

/* What they have in common is taken from the first; that they do have it is checked. */
static void begin_run(const struct merge_inputs *in, struct bench_run *merged)
{
    const struct bench_run *first = &in->sources[0].run;
    struct bench_run_options options = first->options;
    options.shard = options.shard_count = 0;
    bench_run_init(merged, in->suite, &options);
    merged->settings = first->settings;
    merged->info = first->info;
    snprintf(merged->why, sizeof merged->why, "put together from %zu runs", in->count);
    snprintf(merged->compiler, sizeof merged->compiler, "%s", first->compiler);
}

static int read_and_merge(const struct merge_arguments *a)
{
    struct merge_inputs in;
    struct bench_err err = {0};
    int exit_code;
    if (bench_file_exists(a->out)) {
        bench_err_set(&err, BENCH_EINPUT, "%s is there already; name a new folder for the result",
                      a->out);
        return fail(BENCH_EXIT_USAGE, &err);
    }
    int rc = merge_inputs_read(a->runs, a->run_count, a->suite, a->kernels, &in, &err);
    if (rc != BENCH_OK) {
        exit_code = fail(rc == BENCH_ERROR ? BENCH_EXIT_SYSTEM : BENCH_EXIT_USAGE, &err);
    } else {
        struct bench_run merged;
        begin_run(&in, &merged);
        exit_code = merge(a, &in, &merged, &err);
        bench_run_fini(&merged);
    }
    merge_inputs_fini(&in);
    return exit_code;
}

static int run_merge(const struct bench_command *self, int argc, char **argv)
{
    struct merge_arguments a = {.out = NULL};
    const char *output = NULL;
    const struct bench_option options[] = {
        {"output", BENCH_OPTION_STRING, &output, "OUT",
         "The folder to make (also -o OUT); all words are then runs.", 0, 0},
        {"partial", BENCH_OPTION_FLAG, &a.partial, NULL,
         "Shards and cases may be missing, and runs interrupted; the result says so, and `bench "
         "select` does not take it.",
         0, 0},
        {"allow-mixed-devices", BENCH_OPTION_FLAG, &a.mixed_devices, NULL,
         "Models and drivers of the devices may differ.", 0, 0},
        {"suite", BENCH_OPTION_STRING, &a.suite, "SUITE",
         "Where the runs' suite is now (default: where their commands say).", 0, 0},
        {"kernels", BENCH_OPTION_STRING, &a.kernels, "DIR",
         "Where its operators are now (default: where the runs' commands say).", 0, 0},
        {"history", BENCH_OPTION_STRING, &a.history, "FILE",
         "Record the result in this history, as `bench run` does with its own (which shards are "
         "not).",
         0, 0},
        {"no-history", BENCH_OPTION_FLAG, &a.no_history, NULL,
         "Do not record it (`bench history import` still can).", 0, 0},
        {"quiet", BENCH_OPTION_FLAG, &a.quiet, NULL, "Print only what is missing or wrong.", 0, 0},
        {NULL, BENCH_OPTION_FLAG, NULL, NULL, NULL, 0, 0}};
    const char **words = bench_xcalloc(MOST_RUNS + 1, sizeof *words);
    size_t count = 0;
    int exit_code;
    /* A limit on the size of files is an error like a full disk. */
    signal(SIGXFSZ, SIG_IGN);
    if (bench_options_parse(self, options, argc, argv, words, MOST_RUNS + 1, &count, &exit_code) ==
        0) {
        const size_t first = output == NULL && count > 0; /* of the runs */
        char *out = output != NULL ? bench_xstrdup(output) : first ? bench_xstrdup(words[0]) : NULL;
        for (size_t n = out != NULL ? strlen(out) : 0; n > 1 && out[n - 1] == '/'; n--)
            out[n - 1] = '\0';
        a.out = out;
        a.runs = words + first;
        a.run_count = count - first;
        if (a.run_count > 0) {
            exit_code = read_and_merge(&a);
        } else {
            fprintf(stderr, "bench merge: expected the folder to make and the runs that go into "
                            "it: bench merge OUT RUN..., or bench merge -o OUT RUN...\n");
            exit_code = BENCH_EXIT_USAGE;
        }
        free(out);
    }
    free(words);
    return exit_code;
}

const struct bench_command bench_cmd_merge = {
    .name = "merge",
    .summary = "Put run folders together: shards, or parts of a suite.",
    .usage = "merge [options] OUT RUN... | -o OUT RUN...",
    .details =
        "The runs must be of one measurement: version, suite, sources, settings (the seed among\n"
        "them), driver and model of device; what differs is named. No case may be there twice, "
        "and\n"
        "none may be missing (but with --partial). Their folders are not changed. OUT is made at\n"
        "once, or not at all: a run folder like any other, judged over all its cases, which "
        "`bench\n"
        "select` takes. docs/many-gpus.md shows how hosts and schedulers are used with it.\n"
        "\n"
        "Exit codes: 0 fine; 1 wrong results or failed implementations in the runs; 2 bad usage, "
        "or\n"
        "runs that do not go together; 4 the system failed.",
    .run = run_merge,
};
