#include "bench/cli/import_report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/util/file.h"
#include "bench/util/mem.h"

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

/* What would be lost. */
static void print_conflict(const struct bench_import_op *op)
{
    struct bench_err err = {.code = 0};
    char *diff = NULL;
    if (bench_import_conflict_diff(op, &diff, &err) != 0) {
        fprintf(stderr, "bench import: %s\n", err.message);
    } else if (diff != NULL) {
        fprintf(stderr, "%s", diff);
    }
    free(diff);
}

/* Failures come last and go to standard error, so that they are seen. */
void bench_import_print_failures(const struct bench_import *plan)
{
    for (size_t i = 0; i < plan->op_count; i++) {
        const struct bench_import_op *op = &plan->ops[i];
        if (op->state == BENCH_IMPORT_FAILED) {
            fprintf(stderr, "bench import: %s cannot be imported: %s\n", op->name, op->message);
            print_conflict(op);
        }
    }
}

void bench_import_print_unknown(const struct bench_import *plan)
{
    if (plan->unknown_count > 0) {
        fprintf(stderr,
                "bench import: note: of %zu of %zu operators nothing says that this code is what "
                "was measured (the data have no source_hash, as those of `bench run` have); "
                "--only-measured refuses them\n",
                plan->unknown_count, plan->op_count);
    }
}

void bench_import_print_plan(const struct bench_import *plan)
{
    printf("layout %s (%s)\n", bench_layout_name(plan->layout), plan->layout_why);
    print_operators(plan);
    if (plan->no_inventory) {
        printf("note: the tree has no " BENCH_INVENTORY_PATH ", so no entry is made there\n");
    }
    if (plan->tree.count > 0) {
        printf("\n");
        print_changes(&plan->tree);
    }
}

int bench_import_print_diff(const struct bench_import *plan)
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

void bench_import_print_summary(const struct bench_import *plan, bool dry_run, bool written)
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
               dry_run ? " (--dry-run)" : "");
    }
}

void bench_import_print_tests(const struct bench_verify *tests, const char *where, bool quiet)
{
    int total = 0;
    int passed = 0;
    for (size_t i = 0; i < tests->op_count; i++) {
        total += tests->ops[i].total;
        passed += tests->ops[i].passed;
    }
    if (!quiet && tests->error != NULL) {
        printf("\nno test was run %s (%s): the package cannot be imported\n", where,
               tests->environment);
        fflush(stdout);
    } else if (!quiet) {
        bool timed = tests->times != NULL && *tests->times != '\0';
        printf("\ntested %s (%s): %d of %d tests of %zu operators passed%s%s%s\n", where,
               tests->environment, passed, total, tests->op_count, timed ? " (" : "",
               timed ? tests->times : "", timed ? ")" : "");
        fflush(stdout);
    }
    if (tests->error != NULL) {
        fprintf(stderr, "bench import: the package cannot be imported %s:\n%s\n", where,
                tests->error);
    }
    for (size_t i = 0; i < tests->op_count; i++) {
        if (tests->ops[i].failure != NULL) {
            fprintf(stderr, "bench import: %s fails its tests %s: %s\n", tests->ops[i].name, where,
                    tests->ops[i].failure);
        }
    }
}
