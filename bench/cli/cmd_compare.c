/* bench compare: what changed between two runs. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/cli/options.h"
#include "bench/cli/run_folder.h"
#include "bench/compare/compare.h"
#include "bench/util/file.h"

static int run_compare(const struct bench_command *self, int argc, char **argv);

const struct bench_command bench_cmd_compare;
const struct bench_command bench_cmd_compare = {
    .name = "compare",
    .summary = "Say what changed between two runs: faster, slower, broken, gone.",
    .usage = "compare A B [options]",
    .details =
        "A is the run before and B the one after: folders of runs or of nights, or files of "
        "performance data "
        "(your_perf_data.json, also FlagGems' records). Cases are matched by operator, dtype, "
        "shape "
        "and params.\n\n"
        "Every case and operator is faster, slower, same (surely within the threshold) or "
        "undetermined. Times are compared after taking off the drift of clocks and floors, which "
        "references and baselines show whose code did not change. Over all cases and operators of "
        "a comparison together, the same code is called faster or slower in at most 1 % of "
        "comparisons. Runs with --confirm tell far smaller changes than single processes do; "
        "docs/compare.md has the figures.\n\n"
        "Runs of another mode or cache are refused, and so are those of another device but with "
        "--ratios-only. What else was different around them (driver, compiler, clocks) is "
        "listed.\n\n"
        "Exit code: 0 if nothing became worse; 1 if something did: slower, broken (a candidate "
        "that "
        "was ok and fails now), vanished (unless --allow-vanished); 2 for bad usage, files that "
        "are missing, damaged or not comparable, and unfinished runs; 4 if the output cannot be "
        "written.",
    .run = run_compare};

struct request {
    const char *format, *output;
    double threshold, false_alarms; /* percent */
    bool ratios, allow_vanished, all, journal, quiet;
};

static int usage(const char *message)
{
    fprintf(stderr, "bench compare: %s (see 'bench help compare')\n", message);
    return BENCH_EXIT_USAGE;
}

static int load(const char *path, const struct request *r, struct bench_outcome **outcome)
{
    struct bench_err err = {0};
    char *run = bench_run_folder_of(path);
    int rc = bench_outcome_load(run, r->journal ? 0 : BENCH_OUTCOME_NO_JOURNAL, outcome, &err);
    free(run);
    if (rc == BENCH_OK)
        return BENCH_EXIT_OK;
    fprintf(stderr, "bench compare: %s\n", err.message);
    return bench_exit_of(rc);
}

static int put(const struct request *r, const struct bench_comparison *c)
{
    struct bench_str out;
    struct bench_err err = {0};
    int rc = BENCH_OK;
    bench_str_init(&out);
    if (strcmp(r->format, "json") == 0)
        bench_comparison_json(c, &out);
    else if (strcmp(r->format, "markdown") == 0)
        bench_comparison_markdown(c, r->all, &out);
    else if (!r->quiet || r->output != NULL)
        bench_comparison_text(c, r->all, &out);
    if (r->output != NULL)
        rc = bench_file_write_atomic(r->output, out.data, out.len, &err);
    else if (fwrite(out.data, 1, out.len, stdout) != out.len || fflush(stdout) != 0)
        rc = bench_err_set(&err, BENCH_ERROR, "the output cannot be written");
    bench_str_fini(&out);
    if (rc != BENCH_OK)
        fprintf(stderr, "bench compare: %s\n", err.message);
    return rc == BENCH_OK ? BENCH_EXIT_OK : BENCH_EXIT_SYSTEM;
}

static int compare(const struct request *r, const struct bench_outcome *a,
                   const struct bench_outcome *b)
{
    const struct bench_compare_options options = {.minimum = r->threshold / 100,
                                                  .family = r->false_alarms / 100,
                                                  .ratios = r->ratios,
                                                  .allow_vanished = r->allow_vanished};
    struct bench_comparison *c = NULL;
    struct bench_err err = {0};
    if (bench_compare(a, b, &options, &c, &err) != BENCH_OK) {
        fprintf(stderr, "bench compare: %s\n", err.message);
        return BENCH_EXIT_USAGE;
    }
    int code = put(r, c);
    if (code == BENCH_EXIT_OK && c->regressions > 0)
        code = BENCH_EXIT_FAILED;
    bench_comparison_free(c);
    return code;
}

static int check(const struct request *r)
{
    if (!(r->threshold >= 0) || !(r->threshold <= 1000))
        return usage("--threshold is a percentage, 0 to 1000");
    if (!(r->false_alarms > 0) || !(r->false_alarms < 100))
        return usage("--false-alarms is a percentage, above 0 and below 100");
    return BENCH_EXIT_OK;
}

static int run_compare(const struct bench_command *self, int argc, char **argv)
{
    struct request r = {.format = "text",
                        .threshold = bench_compare_defaults.minimum * 100,
                        .false_alarms = bench_compare_defaults.family * 100,
                        .journal = true};
    const struct bench_option options[] = {
        {"threshold", BENCH_OPTION_DOUBLE, &r.threshold, "PERCENT",
         "The least change that counts (default: 1).", 0, 0},
        {"false-alarms", BENCH_OPTION_DOUBLE, &r.false_alarms, "PERCENT",
         "How often, at most, a comparison of equal code says that anything changed (default: 1).",
         0, 0},
        {"allow-vanished", BENCH_OPTION_FLAG, &r.allow_vanished, NULL,
         "Cases of A that B lacks are no regression.", 0, 0},
        {"ratios-only", BENCH_OPTION_FLAG, &r.ratios, NULL,
         "Compare how candidates stand to the reference of their own run, across devices.", 0, 0},
        {"all", BENCH_OPTION_FLAG, &r.all, NULL, "List every case, not only those that changed.", 0,
         0},
        {"format", BENCH_OPTION_CHOICE, &r.format, "text|json|markdown",
         "What is written (default: text).", 0, 0},
        {"output", BENCH_OPTION_STRING, &r.output, "FILE",
         "Write it there, atomically (default: standard output).", 0, 0},
        {"journal", BENCH_OPTION_FLAG, &r.journal, NULL,
         "Read the runs' journals, too (default); with --no-journal versions of libraries and "
         "variants of references are not known.",
         0, 0},
        {"quiet", BENCH_OPTION_FLAG, &r.quiet, NULL,
         "Print no text, so that the exit code alone tells; files and other formats are written.",
         0, 0},
        {0}};
    const char *paths[2] = {NULL, NULL};
    struct bench_outcome *a = NULL, *b = NULL;
    size_t count = 0;
    int code = BENCH_EXIT_OK;
    if (bench_options_parse(self, options, argc, argv, paths, 2, &count, &code) != 0)
        return code;
    if (count < 2)
        return usage("two runs are needed: the one before and the one after");
    if ((code = check(&r)) == BENCH_EXIT_OK && (code = load(paths[0], &r, &a)) == BENCH_EXIT_OK &&
        (code = load(paths[1], &r, &b)) == BENCH_EXIT_OK)
        code = compare(&r, a, b);
    bench_outcome_free(a);
    bench_outcome_free(b);
    return code;
}
