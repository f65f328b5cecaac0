/* bench select: which operators earn their place, written for bench import. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/cli/device_note.h"
#include "bench/cli/perf_data.h"
#include "bench/cli/select_report.h"
#include "bench/util/file.h"
#include "bench/util/mem.h"
#include "selector/evidence.h"
#include "selector/validate.h"
#include "selector/write.h"

static int run_select(const struct bench_command *self, int argc, char **argv);

const struct bench_command bench_cmd_select;
const struct bench_command bench_cmd_select = {
    .name = "select",
    .summary = "Decide which operators earn their place, and say why the others do not.",
    .usage = "select [RUN_FOLDER] [--batch {1,2}] [--policy NAME | --criteria FILE] | "
             "select --batch {1,2} --your-data FILE [--flaggems-data FILE] --output FILE",
    .details =
        "Batch 1 is for operators that FlagGems has (flaggems_time / your_time of at least 1.30), "
        "batch 2 for operators new to it (your_time / cuda_time of at most 1.25): "
        "configs/criteria/batch1.json and batch2.json. --criteria takes another file; "
        "docs/criteria.md describes them.\n\n"
        "Without files, both batches are decided from the data of RUN_FOLDER, or of the latest run "
        "(results/latest), and selected_batch1.json and selected_batch2.json are written there: "
        "operators with a reference go to batch 1, the others to batch 2. With --batch or "
        "--criteria, all operators are decided by the rule of that batch, whether or not they have "
        "a reference. With --policy per-config or --criteria the files are "
        "selected_batch<N>.<name>.json: they never replace a selection by the default criteria. A "
        "run that was interrupted is refused, since nobody knows what its other cases would have "
        "shown.\n\n"
        "Data that `bench run` wrote are decided by intervals: pass, fail or undetermined, and "
        "what is undetermined is not selected (unless the criteria say otherwise). Other data, and "
        "--policy per-config, are decided by point estimates (the ratios of the times as they "
        "stand), and the output says so.\n\n"
        "Where the data say which implementations played reference and baseline, a note names "
        "them.\n\n"
        "Exit code: 0 if the decision was made, also if nothing was selected; 2 for bad usage, "
        "missing files, interrupted runs, data that have errors or are of several devices, modes "
        "or caches, and what the criteria refuse (nothing is written); 4 if the selection cannot "
        "be written.",
    .run = run_select};

struct request {
    int64_t batch; /* 0: both, each with its own operators, from a run folder */
    const char *your;
    const char *flaggems;
    const char *output;
    const char *folder;
    const char *policy;        /* NULL if not given */
    const char *criteria_file; /* NULL if not given */
    const char *markdown;      /* NULL: none; "-": in place of the report */
    bool json;                 /* in place of the report */
    bool quiet;
    struct bench_criteria *criteria[2]; /* of batch 1 and 2; NULL if not decided */
    struct bench_str documents;         /* JSON of all selections */
    struct bench_str pages;             /* Markdown of all selections */
    char *note;                         /* of the last selection; NULL if it has none */
};

static int usage(const char *message)
{
    fprintf(stderr, "bench select: %s (see 'bench help select')\n", message);
    return BENCH_EXIT_USAGE;
}

/* Either files or the folder of a run. */
static int check_request(const struct request *r)
{
    if (r->folder && (r->your || r->flaggems))
        return usage("name either files or the folder of a run, not both");
    if (!r->batch && !r->criteria_file && (r->your || r->flaggems || r->output))
        return usage("--batch is missing: 1 for operators that FlagGems has, 2 for new ones");
    if (r->flaggems && !r->your)
        return usage("--your-data is missing: the file with the candidates' times");
    if (!r->your)
        return BENCH_EXIT_OK;
    if (r->batch == 1 && !r->flaggems)
        return usage("batch 1 needs --flaggems-data: the file with the references' times");
    if (!r->output)
        return usage("--output is missing: the file for the selection");
    return BENCH_EXIT_OK;
}

/* A file of criteria is of the batch that its field is about. */
static int read_criteria(struct request *r)
{
    struct bench_err err;
    struct bench_criteria *own = NULL;
    int rc = BENCH_OK;
    if (r->policy && r->criteria_file)
        return usage("name either --policy or --criteria, not both");
    if (r->criteria_file) {
        rc = bench_criteria_read(r->criteria_file, &own, &err);
        int64_t batch = rc == BENCH_OK ? bench_criteria_batch(own) : 0;
        if (rc == BENCH_OK && r->batch && r->batch != batch)
            rc = bench_err_set(
                &err, BENCH_EINPUT, "%s is about %s, so it is for batch %d, and --batch says %d",
                r->criteria_file, bench_dataset_rule_key(own->field), (int)batch, (int)r->batch);
        r->batch = batch;
        if (batch)
            r->criteria[batch - 1] = own;
    } else {
        const char *policy = r->policy ? r->policy : "geomean";
        for (int batch = 1; rc == BENCH_OK && batch <= 2; batch++)
            if (r->batch == 0 || r->batch == batch)
                rc = bench_criteria_shipped(batch, policy, &r->criteria[batch - 1], &err);
    }
    return rc == BENCH_OK ? BENCH_EXIT_OK : usage(err.message);
}

/* True if the criteria refuse to decide; says of which operators, and why. */
static bool is_refused(const struct bench_selection *selection)
{
    for (size_t i = 0; i < selection->op_count; i++)
        if (selection->ops[i].refused)
            fprintf(stderr, "bench select: refused: %s: %s\n", selection->ops[i].op->name,
                    selection->ops[i].reason);
    if (selection->refused_ops)
        fprintf(stderr, "bench select: %s refuses %zu of %zu operators: nothing was written\n",
                selection->criteria->file, selection->refused_ops, selection->op_count);
    return selection->refused_ops > 0;
}

static void report(struct request *r, const struct bench_selection *selection, const char *output)
{
    if (r->markdown) {
        bench_str_add(&r->pages, r->pages.len ? "\n" : "");
        bench_select_markdown(selection, &r->pages);
    }
    if (r->json) {
        bench_str_add(&r->documents, r->documents.len ? ",\n" : "");
        bench_selection_format(selection, &r->documents);
    } else if (!r->quiet && !(r->markdown && strcmp(r->markdown, "-") == 0)) {
        bench_select_report(selection, output);
    }
}

static int select_batch(struct request *r, const struct bench_perf_data *data, int batch,
                        enum bench_select_scope scope, const char *output)
{
    struct bench_err err;
    struct bench_selection *selection =
        bench_select(r->criteria[batch - 1], scope, data->your, data->flaggems, &data->join);
    int code = BENCH_EXIT_OK;
    free(r->note);
    r->note = selection->note ? bench_xstrdup(selection->note) : NULL;
    if (is_refused(selection)) {
        code = BENCH_EXIT_USAGE;
    } else if (bench_selection_write(selection, output, &err) != BENCH_OK) {
        fprintf(stderr, "bench select: %s\n", err.message);
        code = BENCH_EXIT_SYSTEM;
    } else {
        report(r, selection, output);
    }
    bench_selection_free(selection);
    return code;
}

/* Other criteria than the default have files of their own, so that they never replace what import
 * takes; the caller frees. */
static char *output_path(const struct request *r, const struct bench_perf_data *data, int batch)
{
    const char *name = r->criteria[batch - 1]->name;
    bool usual = !r->criteria_file && (!r->policy || strcmp(r->policy, "geomean") == 0);
    return bench_xprintf("%s/selected_batch%d%s%s.json", data->run_folder, batch, usual ? "" : ".",
                         usual ? "" : name);
}

/* One batch, because it was asked for: every operator is in it. */
static int select_asked_for(struct request *r, const struct bench_perf_data *data)
{
    char *output = r->output ? bench_xstrdup(r->output) : output_path(r, data, (int)r->batch);
    int code = BENCH_EXIT_OK;
    if (r->batch == 1 && !data->flaggems) {
        fprintf(stderr,
                "bench select: %s/flaggems_perf_data.json: no such file; batch 1 needs the "
                "references' times\n",
                data->run_folder);
        code = BENCH_EXIT_USAGE;
    } else {
        code = select_batch(r, data, (int)r->batch, BENCH_SCOPE_ALL, output);
    }
    free(output);
    return code;
}

static int select_run_folder(struct request *r, const struct bench_perf_data *data)
{
    char *first = output_path(r, data, 1);
    char *second = output_path(r, data, 2);
    int code = select_batch(r, data, 1, BENCH_SCOPE_KNOWN, first);
    if (code == BENCH_EXIT_OK && !r->quiet && !r->json &&
        !(r->markdown && strcmp(r->markdown, "-") == 0))
        putchar('\n');
    if (code == BENCH_EXIT_OK)
        code = select_batch(r, data, 2, BENCH_SCOPE_NEW, second);
    free(first);
    free(second);
    return code;
}

/* Faults are printed; BENCH_EXIT_OK if a decision can be made. */
static int check_data(const struct request *r, struct bench_perf_data *data)
{
    struct bench_faults mixed;
    bench_faults_init(&mixed);
    bench_validate_devices(data->your, data->flaggems, &mixed);
    bench_validate_conditions(data->your, data->flaggems, &mixed);
    bench_validate_baselines(data->your, &data->join, BENCH_FAULT_WARNING, &data->faults);
    bench_validate_plausible(data->your, &data->faults);
    for (int rule = 0; rule < BENCH_DATASET_RULES; rule++)
        bench_evidence_check(data->your, (enum bench_dataset_rule)rule, &data->faults);
    if (data->flaggems && r->batch != 2)
        bench_validate_matches(data->your, data->flaggems, &data->join, &data->faults);

    bench_perf_data_print_faults(&data->faults, r->quiet);
    bench_perf_data_print_faults(&mixed, r->quiet);
    int code = mixed.errors || data->faults.errors ? BENCH_EXIT_USAGE : BENCH_EXIT_OK;
    if (code != BENCH_EXIT_OK)
        fprintf(stderr, "bench select: the data have errors (%zu): nothing was written\n",
                mixed.errors + data->faults.errors);
    else if (data->your->op_count == 0 && !r->quiet)
        fprintf(stderr, "warning: %s: holds no operators, so none can be selected\n",
                bench_json_name(data->your->doc));
    bench_faults_fini(&mixed);
    return code;
}

static void print_device_note(const struct bench_command *self, const struct bench_dataset *your)
{
    for (size_t i = 0; i < your->op_count; i++) {
        if (your->ops[i].device_kind) {
            bench_device_note_print(self->name, your->ops[i].device_kind, your->ops[i].device);
            return;
        }
    }
}

static void print_players_note(const struct bench_command *self, const struct bench_perf_data *data)
{
    struct bench_arena *arena = bench_arena_new();
    struct bench_players players;
    bench_players_find(arena, data->your, &data->join, &players);
    if (players.reference || players.baseline)
        fprintf(stderr, "bench %s: note: ", self->name);
    if (players.reference)
        fprintf(stderr, "reference: %s (%s)%s", players.reference,
                bench_players_whose_reference(&players), players.baseline ? "; " : "\n");
    if (players.baseline)
        fprintf(stderr, "baseline: %s\n", players.baseline);
    bench_arena_free(arena);
}

/* What was gathered of all batches, once they are all decided. */
static int write_documents(struct request *r)
{
    struct bench_err err;
    if (r->json)
        printf("[%s]\n", r->documents.data);
    if (!r->markdown)
        return BENCH_EXIT_OK;
    if (strcmp(r->markdown, "-") == 0) {
        fputs(r->pages.data, stdout);
        return BENCH_EXIT_OK;
    }
    if (bench_file_write_atomic(r->markdown, r->pages.data, r->pages.len, &err) == BENCH_OK)
        return BENCH_EXIT_OK;
    fprintf(stderr, "bench select: %s\n", err.message);
    return BENCH_EXIT_SYSTEM;
}

static int run_request(const struct bench_command *self, struct request *r)
{
    struct bench_perf_data data;
    int code = bench_perf_data_load(&data, self->name, r->your, r->flaggems, r->folder);
    if (code == BENCH_EXIT_OK)
        code = check_data(r, &data);
    if (code == BENCH_EXIT_OK)
        code = r->batch ? select_asked_for(r, &data) : select_run_folder(r, &data);
    if (code == BENCH_EXIT_OK)
        code = write_documents(r);
    if (code == BENCH_EXIT_OK && !r->quiet)
        print_players_note(self, &data);
    if (code == BENCH_EXIT_OK && !r->quiet)
        print_device_note(self, data.your);
    if (code == BENCH_EXIT_OK && !r->quiet && r->note)
        fprintf(stderr, "bench %s: note: %s\n", self->name, r->note);
    bench_perf_data_fini(&data);
    return code;
}

static int check_output(const struct request *r)
{
    if (r->json && r->markdown && strcmp(r->markdown, "-") == 0)
        return usage("--format json and --markdown - would both be written to standard output");
    return BENCH_EXIT_OK;
}

static int run_select(const struct bench_command *self, int argc, char **argv)
{
    struct request r = {0};
    const char *format = "text";
    const struct bench_option options[] = {
        {"batch", BENCH_OPTION_INT, &r.batch, "{1,2}",
         "1 for operators that FlagGems has, 2 for operators new to it.", 1, 2},
        {"your-data", BENCH_OPTION_STRING, &r.your, "FILE", "Times of the candidates.", 0, 0},
        {"flaggems-data", BENCH_OPTION_STRING, &r.flaggems, "FILE",
         "Times of the references; batch 1 needs them.", 0, 0},
        {"output", BENCH_OPTION_STRING, &r.output, "FILE",
         "Where the selection goes; its folder is made (default: selected_batch<N>.json in the "
         "run's folder, or selected_batch<N>.<name>.json for other criteria).",
         0, 0},
        {"policy", BENCH_OPTION_CHOICE, &r.policy, "geomean|per-config",
         "geomean (default): the geometric mean over all cases of an operator must pass, all of "
         "them must be comparable, and none may have failed. per-config: one passing case is "
         "enough, and only passing cases are kept and averaged.",
         0, 0},
        {"criteria", BENCH_OPTION_STRING, &r.criteria_file, "FILE",
         "Another rule, as in configs/criteria/.", 0, 0},
        {"markdown", BENCH_OPTION_STRING, &r.markdown, "FILE",
         "Also write tables for a pull request; - for standard output, in place of the report.", 0,
         0},
        {"format", BENCH_OPTION_CHOICE, &format, "text|json",
         "text (default) or json: what is written to standard output, in JSON a list of the "
         "selections.",
         0, 0},
        {"quiet", BENCH_OPTION_FLAG, &r.quiet, NULL, "Print errors only.", 0, 0},
        {NULL, BENCH_OPTION_FLAG, NULL, NULL, NULL, 0, 0}};
    size_t count;
    int code;
    if (bench_options_parse(self, options, argc, argv, &r.folder, 1, &count, &code) != 0)
        return code;
    bench_str_init(&r.documents);
    bench_str_init(&r.pages);
    r.json = strcmp(format, "json") == 0;
    code = check_output(&r);
    code = code == BENCH_EXIT_OK ? read_criteria(&r) : code;
    code = code == BENCH_EXIT_OK ? check_request(&r) : code;
    code = code == BENCH_EXIT_OK ? run_request(self, &r) : code;
    bench_criteria_free(r.criteria[0]);
    bench_criteria_free(r.criteria[1]);
    bench_str_fini(&r.documents);
    bench_str_fini(&r.pages);
    free(r.note);
    return code;
}
