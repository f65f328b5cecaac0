/* bench reproduce: measures what others, or an earlier run, have claimed. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/cli/color.h"
#include "bench/cli/commands.h"
#include "bench/cli/reproduce_impl.h"
#include "bench/cli/run_folder.h"
#include "bench/cli/suite_option.h"
#include "bench/reproduce/report.h"
#include "bench/run/confirm.h"
#include "bench/util/file.h"
#include "bench/util/mem.h"

static int run_reproduce(const struct bench_command *self, int argc, char **argv);

const struct bench_command bench_cmd_reproduce = {
    .name = "reproduce",
    .summary = "Measure claims again, here: which of them hold, and how well.",
    .usage = "reproduce [options] CLAIMS",
    .details =
        "CLAIMS are the folder of a run or of a night, performance data, a selection, FlagGems' "
        "own records, or "
        "a table (CSV with the columns operator, shape, dtype, speedup, and if need be params, "
        "against, low, high, candidate, reference, baseline). Exactly these cases are measured, "
        "into a folder that is kept as evidence: with the seed and the settings of the run that "
        "they come from, and only with its sources.\n\n"
        "Each claim is reproduced, better, worse, not reproduced (the measurement contradicts that "
        "it is faster, or that it passes), undetermined, or cannot be run, with the reason. What "
        "is undetermined is measured a second time, with more rounds. docs/reproduce.md has the "
        "rule.\n\n"
        "Exit codes: 0 all claims are reproduced or better; 1 some are not; 2 bad usage or bad "
        "input; 3 no such device; 4 the system failed; 130 interrupted.",
    .run = run_reproduce};

/* ---- what is claimed, and what of it can be run ---- */

/* Who plays where the claims do not say; only the default may be missing. */
static int read_roles(struct reproduce_request *r, struct bench_err *err)
{
    const char *name = r->roles != NULL ? r->roles : "core";
    int rc = bench_suite_option_read(name, r->kernels, NULL, &r->like, err);
    if (rc == BENCH_OK || r->roles != NULL)
        return rc;
    r->like = NULL; /* other kernels than core's: names of roles are names of implementations */
    return BENCH_OK;
}

static int plan(struct reproduce_request *r)
{
    struct bench_err err = {0};
    r->path = r->path_found = bench_run_folder_of(r->path);
    int rc = bench_claims_load(r->path, r->flaggems, &r->claims, &err);
    if (rc != BENCH_OK)
        return reproduce_input_fault(rc, &err);
    if (r->device == NULL)
        r->device = reproduce_device_of(r->claims);
    if (r->kernels == NULL)
        r->kernels = r->kernels_found = bench_reproduce_kernels(r->claims);
    if (r->kernels == NULL) {
        rc = bench_path_find_home("kernels", &r->kernels_found, &err);
        r->kernels = r->kernels_found;
    }
    if (rc == BENCH_OK)
        rc = read_roles(r, &err);
    if (rc != BENCH_OK)
        return reproduce_input_fault(rc, &err);
    struct bench_reproduce_options options = {
        .kernels = r->kernels, .roles = r->like, .allow_changed = r->allow_changed};
    memcpy(options.players, r->players, sizeof options.players);
    bench_reproduce_plan_init(&r->plan, r->claims, &options);
    return BENCH_EXIT_OK;
}

/* ---- the answer ---- */

/* Of --measured, or of this call: the second run, if there is one. */
static int load_again(struct reproduce_request *r)
{
    struct bench_err err = {0};
    char *folder = bench_path_join(r->here->path, "reproduce/again");
    int rc =
        bench_file_is_dir(folder) ? bench_claims_load_measured(folder, &r->again, &err) : BENCH_OK;
    free(folder);
    return rc == BENCH_OK ? BENCH_EXIT_OK : reproduce_input_fault(rc, &err);
}

static void format(const struct reproduce_request *r, const struct bench_reproduction *found,
                   struct bench_str *out)
{
    if (r->format == JSON)
        bench_reproduce_json(found, out);
    else if (r->format == MARKDOWN)
        bench_reproduce_markdown(found, r->all, out);
    else
        bench_reproduce_text(found, r->all, bench_color_wanted(STDOUT_FILENO), out);
}

static int report(const struct reproduce_request *r, const struct bench_reproduction *found)
{
    struct bench_str text;
    struct bench_err err = {0};
    int code = bench_reproduction_holds(found) ? BENCH_EXIT_OK : BENCH_EXIT_FAILED;
    bench_str_init(&text);
    bench_reproduce_json(found, &text);
    if (r->here != NULL && reproduce_write(r->here->path, "reproduce/verdict.json", text.data,
                                           text.len, &err) != BENCH_OK)
        code = reproduce_fail(BENCH_EXIT_SYSTEM, &err);
    bench_str_clear(&text);
    if (r->quiet && r->format == TEXT) {
        bench_reproduce_summary(found, &text);
        bench_str_addc(&text, '\n');
    } else {
        format(r, found, &text);
    }
    fputs(text.data, stdout);
    bench_str_fini(&text);
    return code;
}

/* Judges, once or, where claims stay undetermined, twice. */
static int judge(struct reproduce_request *r)
{
    struct bench_reproduction found;
    int code = BENCH_EXIT_OK;
    bench_reproduction_init(&found, &r->plan, r->here, r->tolerance / 100);
    if (r->here != NULL && !r->once && found.counts[BENCH_CLAIM_UNDETERMINED] > 0) {
        if (r->measured == NULL)
            code = reproduce_measure_again(r, &found);
        if (code == BENCH_EXIT_OK)
            code = load_again(r);
        if (code == BENCH_EXIT_OK && r->again != NULL)
            bench_reproduction_again(&found, &r->plan, r->again);
    }
    /* Whatever became of the second measurement, the first is not lost. */
    int told = report(r, &found);
    bench_reproduction_fini(&found);
    return code == BENCH_EXIT_OK ? told : code;
}

static int reproduce(struct reproduce_request *r)
{
    struct bench_err err = {0};
    int code = plan(r);
    if (code != BENCH_EXIT_OK)
        return code;
    if (r->measured == NULL && r->plan.cases > 0) {
        if (!r->quiet)
            fprintf(stderr, "%s: %zu claims (%s), %zu of them can be run, in %zu cases\n", r->path,
                    r->claims->count, r->claims->form_name, r->plan.can_run, r->plan.cases);
        code = reproduce_measure(r);
    }
    if (code != BENCH_EXIT_OK)
        return code;
    if (r->measured != NULL)
        r->folder = bench_run_folder_of(r->measured);
    int rc = r->folder != NULL ? bench_claims_load_measured(r->folder, &r->here, &err) : BENCH_OK;
    return rc == BENCH_OK ? judge(r) : reproduce_input_fault(rc, &err);
}

static void fini(struct reproduce_request *r)
{
    if (r->claims != NULL)
        bench_reproduce_plan_fini(&r->plan);
    bench_claims_free(r->claims);
    bench_claims_free(r->here);
    bench_claims_free(r->again);
    bench_suite_free(r->like);
    free(r->path_found);
    free(r->kernels_found);
    free(r->folder);
}

/* ---- the command line ---- */

static int usage(const char *message)
{
    fprintf(stderr, "bench reproduce: %s (see 'bench help reproduce')\n", message);
    return BENCH_EXIT_USAGE;
}

static int check(struct reproduce_request *r)
{
    r->format = strcmp(r->format_name, "json") == 0       ? JSON
                : strcmp(r->format_name, "markdown") == 0 ? MARKDOWN
                                                          : TEXT;
    if (!(r->tolerance >= 0 && r->tolerance < 100))
        return usage("--tolerance is in per cent, from 0 to below 100 (5 is usual)");
    if (r->measured != NULL && r->output != NULL)
        return usage("with --measured nothing is measured, so there is nothing for --output");
    return BENCH_EXIT_OK;
}

static int parse(const struct bench_command *self, struct reproduce_request *r, int argc,
                 char **argv)
{
    const struct bench_option options[] = {
        {"tolerance", BENCH_OPTION_DOUBLE, &r->tolerance, "PERCENT",
         "How far a claim may lie outside the measured interval (default: 5).", 0, 0},
        {"device", BENCH_OPTION_STRING, &r->device, "DEVICE",
         "As of `bench run` (default: the kind that the claims were measured on, if they tell; "
         "else "
         "auto, the first GPU, else cpu).",
         0, 0},
        {"kernels", BENCH_OPTION_STRING, &r->kernels, "DIR",
         "Folder of operators (default: those of the run that the claims come from, if they are "
         "here, else the installation's).",
         0, 0},
        {"candidate", BENCH_OPTION_STRING, &r->players[BENCH_CANDIDATE], "NAME",
         "The implementation that the claims are about (default: the one that they name, else "
         "that of --roles).",
         0, 0},
        {"reference", BENCH_OPTION_STRING, &r->players[BENCH_REFERENCE], "NAME",
         "The same of the reference.", 0, 0},
        {"baseline", BENCH_OPTION_STRING, &r->players[BENCH_BASELINE], "NAME",
         "The same of the baseline.", 0, 0},
        {"roles", BENCH_OPTION_STRING, &r->roles, "SUITE",
         "Where the claims name no implementations: a suite whose roles are taken (default: core).",
         0, 0},
        {"allow-changed", BENCH_OPTION_FLAG, &r->allow_changed, NULL,
         "Measure sources, too, that are not those of the claims; each is said.", 0, 0},
        {"flaggems-data", BENCH_OPTION_STRING, &r->flaggems, "FILE",
         "Times of the references that belong to performance data without ratios.", 0, 0},
        {"output", BENCH_OPTION_STRING, &r->output, "DIR",
         "Folder for the run, a new one (default: results/<time>-reproduce).", 0, 0},
        {"measured", BENCH_OPTION_STRING, &r->measured, "RUN",
         "Measure nothing: take the times of this run, which is finished.", 0, 0},
        {"once", BENCH_OPTION_FLAG, &r->once, NULL,
         "Leave what is undetermined (default: it is measured a second time, with four times the "
         "rounds and at least 1024, and that counts).",
         0, 0},
        {"python", BENCH_OPTION_STRING, &r->python, "PROGRAM",
         "The interpreter for operators in Python.", 0, 0},
        {"seed", BENCH_OPTION_INT, &r->seed, "N", "Another seed than the claims have.", 0,
         INT64_MAX},
        {"confirm", BENCH_OPTION_COUNT, &r->confirm, "N",
         "As of `bench run` (default: as in the run that the claims come from).",
         BENCH_CONFIRM_LEAST, BENCH_CONFIRM_MOST},
        {"max-rounds", BENCH_OPTION_INT, &r->max_rounds, "N",
         "Timed rounds of a case at most (default: the run's, else 1024).", 2, 1000000},
        {"precision", BENCH_OPTION_DOUBLE, &r->precision, "PERCENT",
         "Half-width of a ratio's interval that is enough (default: the run's, else 0.5).", 0, 0},
        {"max-case-ms", BENCH_OPTION_DOUBLE, &r->max_case_ms, "MS",
         "Time that the rounds of one case may take (default: the run's, else 2000).", 0, 0},
        {"timeout", BENCH_OPTION_DOUBLE, &r->timeout_s, "S",
         "An implementation that is silent for so long is given up (default: 60).", 0, 0},
        {"format", BENCH_OPTION_CHOICE, &r->format_name, "text|json|markdown",
         "What is written to standard output (default: text).", 0, 0},
        {"all", BENCH_OPTION_FLAG, &r->all, NULL, "List all claims, also where many of them hold.",
         0, 0},
        {"quiet", BENCH_OPTION_FLAG, &r->quiet, NULL, "Print the score only, and what went wrong.",
         0, 0},
        {0}};
    size_t count;
    int code;
    if (bench_options_parse(self, options, argc, argv, &r->path, 1, &count, &code) != 0)
        return code == BENCH_EXIT_OK ? -1 : code;
    return count == 1 ? check(r) : usage("what is claimed is missing: a folder or a file");
}

static int run_reproduce(const struct bench_command *self, int argc, char **argv)
{
    struct reproduce_request r = {.device = NULL,
                                  .format_name = "text",
                                  .tolerance = 5,
                                  .max_case_ms = NAN,
                                  .precision = NAN,
                                  .timeout_s = NAN,
                                  .seed = -1,
                                  .confirm = -1};
    int code = parse(self, &r, argc, argv);
    if (code == -1) /* help was printed */
        return BENCH_EXIT_OK;
    if (code == BENCH_EXIT_OK)
        code = reproduce(&r);
    fini(&r);
    return code;
}
