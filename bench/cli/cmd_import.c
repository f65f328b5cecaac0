/* bench import: selected operators into a FlagGems tree. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/case/build.h"
#include "bench/cli/device_note.h"
#include "bench/cli/import_recheck.h"
#include "bench/cli/import_report.h"
#include "bench/cli/import_undo.h"
#include "bench/cli/options.h"
#include "bench/cli/run_folder.h"
#include "bench/run/sources.h"
#include "bench/util/file.h"
#include "bench/util/mem.h"
#include "importer/import.h"
#include "importer/publish.h"
#include "importer/verify.h"

struct settings {
    const char *input, *into, *operators, *kernels;
    const char *layout, *python, *branch, *pull_request;
    int64_t batch;
    bool dry_run, keep_going, allow_cpu, only_measured, undo, force, verify, commit, verbose, quiet;
};

/* Prints an error and returns the exit code that it means. */
static int complain(const struct bench_err *err)
{
    fflush(stdout);
    fprintf(stderr, "bench import: %s\n", err->message);
    return err->code == BENCH_EINTERRUPTED ? BENCH_EXIT_INTERRUPTED : bench_exit_of(err->code);
}

/* Tests the plan in a copy of the tree. What fails is not kept: nothing is written then. */
static int verify_copy(const struct settings *s, struct bench_import *plan,
                       struct bench_verify *tests)
{
    struct bench_err err = {.code = 0};
    struct bench_import_tests *results = NULL;
    if (!s->quiet) {
        printf("\ntesting in a copy of the tree, which may take minutes%s\n",
               getenv("PYTEST_ADDOPTS") != NULL
                   ? ""
                   : " (with pytest-xdist in several processes: PYTEST_ADDOPTS=\"-n 8 --dist "
                     "worksteal\")");
        fflush(stdout);
    }
    if (bench_verify_run(plan, s->python, false, tests, &err) != 0) {
        return complain(&err);
    }
    bench_import_print_tests(tests, "in a copy of the tree", s->quiet);
    if (tests->error != NULL || tests->failed_count > 0) {
        fprintf(stderr,
                "bench import: nothing was written, because what fails is not kept; correct "
                "it, or take these operators out of the selection\n");
        return BENCH_EXIT_FAILED;
    }
    results = bench_xcalloc(tests->op_count + 1, sizeof(*results));
    for (size_t i = 0; i < tests->op_count; i++) {
        results[i] = (struct bench_import_tests){.name = tests->ops[i].name,
                                                 .total = tests->ops[i].total,
                                                 .passed = tests->ops[i].passed};
    }
    int rc = bench_import_set_tests(plan, results, tests->op_count, &err);
    free(results);
    return rc == 0 ? BENCH_EXIT_OK : complain(&err);
}

/* The same in the tree that was written; if something fails, the import is taken back. */
static int verify_tree(const struct settings *s, struct bench_import *plan)
{
    struct bench_err err = {.code = 0};
    struct bench_verify tests;
    int rc = bench_verify_run(plan, s->python, true, &tests, &err);
    bool failed = rc == 0 && (tests.error != NULL || tests.failed_count > 0);
    if (rc != 0) {
        complain(&err);
    } else if (failed) {
        bench_import_print_tests(&tests, "in the tree", s->quiet);
    }
    bench_verify_fini(&tests);
    if (rc == 0 && !failed) {
        return BENCH_EXIT_OK;
    }
    if (bench_import_take_back(plan, &err) != 0) {
        return complain(&err);
    }
    fprintf(stderr, "bench import: the import was taken back: the tree is as it was\n");
    return rc == 0 ? BENCH_EXIT_FAILED : BENCH_EXIT_SYSTEM;
}

static int write_pull_request(const struct settings *s, const struct bench_import *plan,
                              const char *input, const struct bench_verify *tests)
{
    struct bench_err err = {.code = 0};
    char *dir = bench_path_dirname(input);
    char *path = s->pull_request != NULL ? bench_xstrdup(s->pull_request)
                                         : bench_path_join(dir, "pull_request.md");
    char *text = bench_publish_text(plan, tests);
    int rc = bench_file_write_atomic(path, text, strlen(text), &err);
    if (rc == 0 && !s->quiet) {
        printf("the pull request's text is in %s; when the branch is pushed:\n"
               "  gh pr create --body-file %s\n",
               path, path);
    }
    free(text);
    free(path);
    free(dir);
    return rc == 0 ? BENCH_EXIT_OK : complain(&err);
}

/* Commit and pull request's text of an import that is written. */
static int publish(const struct settings *s, const struct bench_import *plan, const char *input,
                   const struct bench_verify *tests)
{
    struct bench_err err = {.code = 0};
    char *commit = NULL;
    if (s->commit) {
        if (bench_publish_commit(plan, tests, &commit, &err) != 0) {
            int exit_code = complain(&err);
            fprintf(stderr, "bench import: the files are written and not committed; commit them "
                            "yourself, or take them back\n");
            return exit_code;
        }
        if (!s->quiet) {
            printf("committed as %.12s%s%s; nothing was pushed\n", commit,
                   s->branch != NULL ? " on branch " : "", s->branch != NULL ? s->branch : "");
        }
        free(commit);
    }
    return s->commit || s->pull_request != NULL ? write_pull_request(s, plan, input, tests)
                                                : BENCH_EXIT_OK;
}

/* Writes the plan, on the branch that was asked for. */
static int write_plan(const struct settings *s, struct bench_import *plan, const char *input,
                      const struct bench_verify *tests)
{
    struct bench_err err = {.code = 0};
    char *previous = NULL;
    if (s->branch != NULL && bench_publish_branch(plan, s->branch, &previous, &err) != 0) {
        return complain(&err);
    }
    int exit_code = bench_import_apply(plan, &err) == 0 ? BENCH_EXIT_OK : complain(&err);
    if (exit_code == BENCH_EXIT_OK && tests != NULL) {
        exit_code = verify_tree(s, plan);
    }
    if (exit_code != BENCH_EXIT_OK && previous != NULL &&
        bench_publish_unbranch(plan, s->branch, previous, &err) != 0) {
        complain(&err);
    }
    free(previous);
    return exit_code == BENCH_EXIT_OK ? publish(s, plan, input, tests) : exit_code;
}

static void say_blocked(const struct bench_import *plan)
{
    fprintf(stderr,
            "bench import: nothing was written, because %zu of %zu %s cannot be imported; "
            "--keep-going imports the others\n",
            plan->failed_count, plan->op_count, plan->op_count == 1 ? "operator" : "operators");
}

/* All that is asked before anything is written: the tests, and what git must allow. */
static int check_first(const struct settings *s, struct bench_import *plan,
                       struct bench_verify *tests)
{
    struct bench_err err = {.code = 0};
    if ((s->branch != NULL || s->commit) &&
        bench_publish_check(plan, s->branch, s->commit, &err) != 0) {
        return complain(&err);
    }
    return s->verify ? verify_copy(s, plan, tests) : BENCH_EXIT_OK;
}

/* A commit and a text are about what changes. */
static void say_nothing_changed(const struct settings *s)
{
    bool asked = s->branch != NULL || s->commit || s->pull_request != NULL;
    if (asked && !s->quiet) {
        printf("nothing to publish: the tree has all of it already, so no branch, commit or pull "
               "request's text was made (if an earlier import was not committed, commit it "
               "yourself, or take it back with --undo and import with --commit)\n");
    }
}

static int carry_out(const struct settings *s, struct bench_import *plan, const char *input)
{
    struct bench_verify tests = {.error = NULL};
    bool blocked = plan->failed_count > 0 && !s->keep_going;
    int exit_code = BENCH_EXIT_OK;
    if (!s->quiet) {
        bench_import_print_plan(plan);
    }
    if (s->verbose && bench_import_print_diff(plan) != 0) {
        return BENCH_EXIT_SYSTEM;
    }
    if (!blocked) {
        exit_code = check_first(s, plan, &tests);
    }
    bool write = exit_code == BENCH_EXIT_OK && !s->dry_run && !blocked;
    if (write && plan->tree.count > 0) {
        exit_code = write_plan(s, plan, input, s->verify ? &tests : NULL);
    } else if (write) {
        say_nothing_changed(s);
    }
    bench_verify_fini(&tests);
    if (exit_code != BENCH_EXIT_OK) {
        return exit_code;
    }
    if (!s->quiet) {
        bench_import_print_summary(plan, s->dry_run, write);
    }
    fflush(stdout);
    bench_device_note_print("import", plan->device_kind, plan->device);
    if (plan->device_kind != NULL && s->dry_run && !s->allow_cpu) {
        fprintf(stderr, "bench import: note: without --dry-run such times are refused, unless "
                        "--allow-cpu is given\n");
    }
    if (!s->quiet) {
        bench_import_print_unknown(plan);
    }
    bench_import_print_failures(plan);
    if (blocked && !s->dry_run) {
        say_blocked(plan);
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
                                           .kernels_dir = s->kernels,
                                           .hasher = bench_source_hash_of,
                                           .compiler = bench_build_text,
                                           .code_hasher = bench_source_hash_with,
                                           .only_measured = s->only_measured,
                                           .force = s->force};
    int rc = bench_layout_parse(s->layout, &request.layout, &err);
    rc = rc == 0 ? bench_import_plan(&request, &plan, &err) : rc;
    if (rc != 0) {
        return complain(&err);
    }
    for (size_t i = 0; rc == 0 && i < count; i++) {
        rc = bench_import_recheck(inputs[i], &err);
    }
    if (rc != 0) {
        bench_import_fini(&plan);
        return complain(&err);
    }
    int exit_code = is_refused(s, &plan) ? BENCH_EXIT_USAGE : carry_out(s, &plan, inputs[0]);
    bench_import_fini(&plan);
    return exit_code;
}

/* What was imported is taken back as a whole. */
static int undo(const struct settings *s, const char *tree)
{
    if (s->input != NULL || s->batch != 0 || s->operators != NULL || s->kernels != NULL ||
        s->verify || s->keep_going || s->branch != NULL || s->pull_request != NULL) {
        fprintf(stderr, "bench import: --undo takes back the last import as a whole; it goes with "
                        "--into, --dry-run, --force, --commit and --quiet alone (see 'bench help "
                        "import')\n");
        return BENCH_EXIT_USAGE;
    }
    return bench_import_undo(&(struct bench_import_undo){.tree = tree,
                                                         .dry_run = s->dry_run,
                                                         .force = s->force,
                                                         .commit = s->commit,
                                                         .quiet = s->quiet});
}

static int run_import(const struct bench_command *self, int argc, char **argv)
{
    struct settings s = {.layout = "auto", .python = "python3"};
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
         "Operator data, found by op_name in any sub-folder; their code must be what was measured "
         "(default: what was measured itself, from the run's folder, or exported from kernels).",
         0, 0},
        {"kernels", BENCH_OPTION_STRING, &s.kernels, "DIR",
         "Folder of operators (default: what was measured, else the "
         "installation's kernels).",
         0, 0},
        {"layout", BENCH_OPTION_CHOICE, &s.layout, "auto|experimental|experimental_ops",
         "Where in the tree; auto is the one that the tree has (default: auto).", 0, 0},
        {"dry-run", BENCH_OPTION_FLAG, &s.dry_run, NULL, "Show the plan and write nothing.", 0, 0},
        {"keep-going", BENCH_OPTION_FLAG, &s.keep_going, NULL,
         "Import the operators that can be imported, although others cannot.", 0, 0},
        {"allow-cpu", BENCH_OPTION_FLAG, &s.allow_cpu, NULL,
         "Import although the times were measured on the cpu device.", 0, 0},
        {"only-measured", BENCH_OPTION_FLAG, &s.only_measured, NULL,
         "Refuse operators of which nothing says that their code is what was measured (data that "
         "`bench run` did not write).",
         0, 0},
        {"undo", BENCH_OPTION_FLAG, &s.undo, NULL,
         "Take back the last import into the tree: every byte, mode and folder. A commit that has "
         "it stays, and is named; with --commit the undoing is committed as its revert.",
         0, 0},
        {"force", BENCH_OPTION_FLAG, &s.force, NULL,
         "Overwrite files that were changed by hand since they were imported, or that no import "
         "wrote. With --undo: also take back files that were edited since; those edits are lost.",
         0, 0},
        {"verify", BENCH_OPTION_FLAG, &s.verify, NULL,
         "Import the package and run the operators' tests, in a copy of the tree before anything "
         "is written and in the tree afterwards; what fails is not kept. This runs their code.",
         0, 0},
        {"python", BENCH_OPTION_STRING, &s.python, "PATH",
         "Interpreter for --verify, with torch, triton and pytest (default: python3).", 0, 0},
        {"branch", BENCH_OPTION_STRING, &s.branch, "NAME",
         "Make this branch in the tree's repository, and import on it.", 0, 0},
        {"commit", BENCH_OPTION_FLAG, &s.commit, NULL,
         "Commit what was imported, and write the pull request's text. Nothing is pushed.", 0, 0},
        {"pull-request", BENCH_OPTION_STRING, &s.pull_request, "FILE",
         "Write the pull request's text there (default with --commit: pull_request.md beside the "
         "selection).",
         0, 0},
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
        return undo(&s, tree);
    }
    exit_code = bench_import_repair(tree, s.dry_run);
    if (exit_code != BENCH_EXIT_OK) {
        return exit_code;
    }
    char *inputs[2] = {NULL, NULL};
    size_t count = 0;
    struct bench_err err = {.code = 0};
    if (find_inputs(&s, inputs, &count, &err) != 0) {
        fprintf(stderr, "bench import: %s (--input FILE names a selection)\n", err.message);
        return bench_exit_of(err.code);
    }
    exit_code = import_inputs(&s, inputs, count);
    free(inputs[0]);
    free(inputs[1]);
    return exit_code;
}

const struct bench_command bench_cmd_import = {
    "import",
    "Import selected operators into a FlagGems tree.",
    "import [--input FILE] [--batch {1,2}] [--into TREE] [options]",
    "Writes operator files, test files, __init__.py and records into the tree, in the layout that "
    "it "
    "has. Everything is checked and planned before the first file is written; Python code is "
    "parsed, "
    "and run only by --verify. A second import of the same changes nothing. An import that was "
    "killed is finished or taken back by the next one; --undo takes back the last one that was "
    "finished.\n\n"
    "Exit code: 0 if all was imported (or can be, with --dry-run); 1 if some operators cannot be "
    "(nothing is written without --keep-going) or fail their tests; 2 for bad usage and for a "
    "tree, "
    "a selection or metadata that are wrong, for a repository that cannot take a branch or commit "
    "now, or times of the cpu device without --allow-cpu; 4 if there is no python3 (or not what "
    "--verify needs), or a file cannot be written, and 130 if it was interrupted: the tree is then "
    "as it was.",
    run_import,
    NULL};
