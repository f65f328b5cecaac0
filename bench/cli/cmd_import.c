/* bench import: selected operators into a FlagGems tree. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/cli/device_note.h"
#include "bench/cli/import_undo.h"
#include "bench/cli/options.h"
#include "bench/cli/run_folder.h"
#include "bench/util/file.h"
#include "bench/util/mem.h"
#include "importer/import.h"

struct settings {
    const char *input, *into, *operators, *kernels;
    int64_t batch;
    bool dry_run, keep_going, allow_cpu, undo, force, verbose, quiet;
};

static int compare_paths(const void *a, const void *b)
{
    const struct bench_change *const *x = a;
    const struct bench_change *const *y = b;
    return strcmp((*x)->path, (*y)->path);
}

/* Prints the folders of `path` that `previous` does not share; returns how deep the file is. */
static int print_folders(const char *path, const char *previous)
{
    int depth = 0;
    size_t begin = 0;
    bool same = true;
    for (const char *slash = strchr(path, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        size_t end = (size_t)(slash - path) + 1;
        same = same && strncmp(path, previous, end) == 0;
        if (!same) {
            printf("  %*s%.*s\n", 2 * depth, "", (int)(end - begin), path + begin);
        }
        begin = end;
        depth += 1;
    }
    return depth;
}

/* The changes as a tree of files, sorted. */
static void print_changes(const struct bench_tree *tree)
{
    const struct bench_change **sorted =
        bench_xcalloc(tree->count + 1, sizeof(struct bench_change *));
    for (size_t i = 0; i < tree->count; i++) {
        sorted[i] = &tree->changes[i];
    }
    qsort(sorted, tree->count, sizeof(struct bench_change *), compare_paths);
    printf("%s\n", tree->root);
    const char *previous = "";
    for (size_t i = 0; i < tree->count; i++) {
        int depth = print_folders(sorted[i]->path, previous);
        int width = 44 - 2 * depth;
        printf("  %*s%-*s %s\n", 2 * depth, "", width > 0 ? width : 0,
               bench_path_basename(sorted[i]->path),
               sorted[i]->old_text == NULL   ? "new"
               : sorted[i]->new_text == NULL ? "deleted"
                                             : "changed");
        previous = sorted[i]->path;
    }
    free(sorted);
}

static void print_operators(const struct bench_import *plan)
{
    static const char *const states[] = {[BENCH_IMPORT_NEW] = "new",
                                         [BENCH_IMPORT_CHANGED] = "changed",
                                         [BENCH_IMPORT_UNCHANGED] = "unchanged",
                                         [BENCH_IMPORT_SKIPPED] = "skipped"};
    for (size_t i = 0; i < plan->op_count; i++) {
        const struct bench_import_op *op = &plan->ops[i];
        if (op->state != BENCH_IMPORT_FAILED) {
            printf("%-10s %-20s batch %d  %s%s%s\n", states[op->state], op->name, op->batch,
                   op->category != NULL ? op->category : "", op->message != NULL ? "  note: " : "",
                   op->message != NULL ? op->message : "");
        }
    }
}

/* Failures come last and go to standard error, so that they are seen. */
static void print_failures(const struct bench_import *plan)
{
    for (size_t i = 0; i < plan->op_count; i++) {
        const struct bench_import_op *op = &plan->ops[i];
        if (op->state == BENCH_IMPORT_FAILED) {
            fprintf(stderr, "bench import: %s cannot be imported: %s\n", op->name, op->message);
        }
    }
}

static int print_diff(const struct bench_import *plan)
{
    struct bench_err err = {.code = 0};
    char *diff = NULL;
    if (bench_import_diff(plan, &diff, &err) != 0) {
        fprintf(stderr, "bench import: %s\n", err.message);
        return -1;
    }
    printf("\n%s", diff);
    free(diff);
    return 0;
}

static void print_summary(const struct settings *s, const struct bench_import *plan, bool written)
{
    size_t counts[BENCH_IMPORT_SKIPPED + 1] = {0};
    for (size_t i = 0; i < plan->op_count; i++) {
        counts[plan->ops[i].state] += 1;
    }
    printf("\n%zu %s: %zu new, %zu changed, %zu unchanged, %zu failed; ", plan->op_count,
           plan->op_count == 1 ? "operator" : "operators", counts[BENCH_IMPORT_NEW],
           counts[BENCH_IMPORT_CHANGED], counts[BENCH_IMPORT_UNCHANGED],
           counts[BENCH_IMPORT_FAILED]);
    const char *files = plan->tree.count == 1 ? "file" : "files";
    if (written) {
        printf("%zu %s written\n", plan->tree.count, files);
    } else {
        printf("%zu %s to write, nothing was written%s\n", plan->tree.count, files,
               s->dry_run ? " (--dry-run)" : "");
    }
}

static int apply(const struct settings *s, struct bench_import *plan)
{
    struct bench_err err = {.code = 0};
    bool blocked = plan->failed_count > 0 && !s->keep_going;
    bool write = !s->dry_run && !blocked;
    if (!s->quiet) {
        print_operators(plan);
        if (plan->tree.count > 0) {
            printf("\n");
            print_changes(&plan->tree);
        }
    }
    if (s->verbose && print_diff(plan) != 0) {
        return BENCH_EXIT_SYSTEM;
    }
    int rc = write ? bench_import_apply(plan, &err) : BENCH_OK;
    if (rc != 0) {
        fflush(stdout);
        fprintf(stderr, "bench import: %s\n", err.message);
        return rc == BENCH_EINTERRUPTED ? BENCH_EXIT_INTERRUPTED : BENCH_EXIT_SYSTEM;
    }
    if (!s->quiet) {
        print_summary(s, plan, write);
    }
    fflush(stdout);
    bench_device_note_print("import", plan->device_kind, plan->device);
    print_failures(plan);
    if (blocked && !s->dry_run) {
        fprintf(stderr,
                "bench import: nothing was written, because %zu of %zu %s cannot be imported; "
                "--keep-going imports the others\n",
                plan->failed_count, plan->op_count, plan->op_count == 1 ? "operator" : "operators");
    }
    return plan->failed_count > 0 ? BENCH_EXIT_FAILED : BENCH_EXIT_OK;
}

/* A tree is for GPUs: times of another device must not get there by accident. */
static bool is_refused(const struct settings *s, const struct bench_import *plan)
{
    if (plan->device_kind == NULL || s->allow_cpu || s->dry_run) {
        return false;
    }
    fprintf(stderr,
            "bench import: nothing was written, because the selection was measured on the %s "
            "device (%s): CPU times say nothing about a GPU; measure on a GPU (bench run --device "
            "cuda), look at the plan with --dry-run, or import in spite of that with "
            "--allow-cpu\n",
            plan->device_kind, plan->device != NULL ? plan->device : "unnamed");
    return true;
}

/* The selections to import: the one given, or those of the newest run, batch 1 first. */
static int find_inputs(const struct settings *s, char *inputs[2], size_t *count,
                       struct bench_err *err)
{
    if (s->input == NULL) {
        return bench_run_folder_selections((int)s->batch, inputs, count, err);
    }
    inputs[0] = bench_xstrdup(s->input);
    *count = 1;
    return BENCH_OK;
}

static int import_inputs(const struct settings *s, char *const inputs[2], size_t count)
{
    struct bench_err err = {.code = 0};
    struct bench_import plan;
    const char *const list[2] = {inputs[0], inputs[1]};
    struct bench_import_request request = {.tree = s->into != NULL ? s->into : ".",
                                           .inputs = list,
                                           .input_count = count,
                                           .batch = (int)s->batch,
                                           .operators_dir = s->operators,
                                           .kernels_dir = s->kernels};
    int rc = bench_import_plan(&request, &plan, &err);
    if (rc != 0) {
        fprintf(stderr, "bench import: %s\n", err.message);
        return rc == BENCH_EUNSUPPORTED || rc == BENCH_ERROR ? BENCH_EXIT_SYSTEM : BENCH_EXIT_USAGE;
    }
    int exit_code = is_refused(s, &plan) ? BENCH_EXIT_USAGE : apply(s, &plan);
    bench_import_fini(&plan);
    return exit_code;
}

static int run_import(const struct bench_command *self, int argc, char **argv)
{
    struct settings s = {.input = NULL};
    const struct bench_option options[] = {
        {"input", BENCH_OPTION_STRING, &s.input, "FILE",
         "What `bench select` wrote (default: selected_batch1.json and selected_batch2.json of "
         "results/latest).",
         0, 0},
        {"batch", BENCH_OPTION_INT, &s.batch, "{1,2}",
         "Import this batch only; the file must be of it.", 1, 2},
        {"into", BENCH_OPTION_STRING, &s.into, "TREE",
         "FlagGems checkout to import into (default: the working directory).", 0, 0},
        {"operators", BENCH_OPTION_STRING, &s.operators, "DIR",
         "Operator data, found by op_name in any sub-folder (default: exported from the "
         "operators that were measured).",
         0, 0},
        {"kernels", BENCH_OPTION_STRING, &s.kernels, "DIR",
         "Folder of operators (default: what was measured, else the "
         "installation's kernels).",
         0, 0},
        {"dry-run", BENCH_OPTION_FLAG, &s.dry_run, NULL, "Show the plan and write nothing.", 0, 0},
        {"keep-going", BENCH_OPTION_FLAG, &s.keep_going, NULL,
         "Import the operators that can be imported, although others cannot.", 0, 0},
        {"allow-cpu", BENCH_OPTION_FLAG, &s.allow_cpu, NULL,
         "Import although the times were measured on the cpu device.", 0, 0},
        {"undo", BENCH_OPTION_FLAG, &s.undo, NULL,
         "Take back the last import into the tree: every byte, mode and folder.", 0, 0},
        {"force", BENCH_OPTION_FLAG, &s.force, NULL,
         "With --undo: also if files were edited since; those edits are lost.", 0, 0},
        {"verbose", BENCH_OPTION_FLAG, &s.verbose, NULL, "Also show the changes as a diff.", 0, 0},
        {"quiet", BENCH_OPTION_FLAG, &s.quiet, NULL, "Print errors only.", 0, 0},
        {NULL, BENCH_OPTION_FLAG, NULL, NULL, NULL, 0, 0}};
    const char *none[1];
    size_t positional_count;
    int exit_code;
    if (bench_options_parse(self, options, argc, argv, none, 0, &positional_count, &exit_code) !=
        0) {
        return exit_code;
    }
    const char *tree = s.into != NULL ? s.into : ".";
    if (s.undo) {
        return bench_import_undo(&(struct bench_import_undo){
            .tree = tree, .dry_run = s.dry_run, .force = s.force, .quiet = s.quiet});
    }
    exit_code = bench_import_repair(tree, s.dry_run);
    if (exit_code != BENCH_EXIT_OK) {
        return exit_code;
    }
    char *inputs[2] = {NULL, NULL};
    size_t count = 0;
    struct bench_err err = {.code = 0};
    if (find_inputs(&s, inputs, &count, &err) != 0) {
        fprintf(stderr, "bench import: %s\n", err.message);
        return BENCH_EXIT_USAGE;
    }
    exit_code = import_inputs(&s, inputs, count);
    free(inputs[0]);
    free(inputs[1]);
    return exit_code;
}

const struct bench_command bench_cmd_import = {
    "import", "Import selected operators into a FlagGems tree.",
    "import [--input FILE] [--batch {1,2}] [--into TREE] [options]",
    "Writes operator files, test files, __init__.py and _metadata.json below "
    "src/flag_gems/experimental. Everything is checked and planned before the first file is "
    "written; Python code is parsed, never run. A second import of the same changes nothing. An "
    "import that was killed is finished or taken back by the next one; --undo takes back the last "
    "one that was finished.\n\n"
    "Exit code: 0 if all was imported (or can be, with --dry-run); 1 if some operators cannot be "
    "(nothing is written without --keep-going); 2 for bad usage and for a tree, a selection or "
    "metadata that are wrong, or times of the cpu device without --allow-cpu; 4 if there is no "
    "python3 or a file cannot be written, and 130 if it "
    "was interrupted: the tree is then as it was.",
    run_import};
