#include "bench/cli/import_undo.h"

#include <stdio.h>
#include <stdlib.h>

#include "bench/cli/options.h"
#include "importer/undo.h"

static int fail(const struct bench_err *err)
{
    fflush(stdout);
    fprintf(stderr, "bench import: %s\n", err->message);
    return err->code == BENCH_ERROR ? BENCH_EXIT_SYSTEM : BENCH_EXIT_USAGE;
}

/* What becomes of a file: it stays as it is where the import that died had not come to it. */
static const char *fate(const struct bench_undo_file *file, bool done)
{
    return file->was_new     ? done ? "deleted" : "to be deleted"
           : file->was_there ? done ? "as before" : "to be as before"
           : done            ? "there again"
                             : "to be there again";
}

static void print_files(const struct bench_undo *undo, bool done)
{
    printf("import of %s%s\n", undo->who, undo->unfinished ? ", which had not finished" : "");
    for (size_t i = 0; i < undo->count; i++) {
        const struct bench_undo_file *file = &undo->files[i];
        printf("  %-17s %s%s\n", fate(file, done), file->path,
               file->is_edited ? "  (edited since)" : "");
    }
    for (size_t i = 0; i < undo->kept_count; i++) {
        printf("  %-17s %s/, because other files are in it\n", "kept", undo->kept[i]);
    }
}

/* What would be lost, or was. Without python3 only the names. */
static void print_edits(const struct bench_undo *undo)
{
    struct bench_err err = {.code = 0};
    char *diff = NULL;
    fflush(stdout);
    for (size_t i = 0; i < undo->count; i++) {
        const struct bench_undo_file *file = &undo->files[i];
        if (file->is_edited) {
            fprintf(stderr, "edited since the import: %s%s\n", file->path,
                    file->found == NULL ? " (deleted)" : "");
        }
    }
    if (bench_undo_diff(undo, &diff, &err) == 0) {
        fprintf(stderr, "%s", diff);
        free(diff);
    } else {
        fprintf(stderr, "(the difference cannot be shown: %s)\n", err.message);
    }
}

static int undo(const struct bench_import_undo *options, const struct bench_tree *tree)
{
    struct bench_err err = {.code = 0};
    struct bench_undo undo;
    int rc = bench_undo_look(tree, &undo, &err);
    if (rc != 0) {
        return fail(&err);
    }
    if (undo.edited_count > 0) {
        print_edits(&undo);
    }
    rc = bench_undo_check(&undo, options->force, &err);
    if (rc == 0 && !options->dry_run) {
        bench_undo_fini(&undo);
        rc = bench_undo_run(tree, options->force, &undo, &err);
    }
    if (rc == 0 && !options->quiet) {
        print_files(&undo, !options->dry_run);
        printf("%s\n",
               options->dry_run ? "nothing was written (--dry-run)" : "the import is undone");
    }
    bench_undo_fini(&undo);
    return rc == 0 ? BENCH_EXIT_OK : fail(&err);
}

int bench_import_undo(const struct bench_import_undo *options)
{
    struct bench_err err = {.code = 0};
    struct bench_tree tree;
    if (bench_tree_open(options->tree, &tree, &err) != 0) {
        return fail(&err);
    }
    int exit_code = undo(options, &tree);
    bench_tree_fini(&tree);
    return exit_code;
}

int bench_import_repair(const char *path, bool dry_run)
{
    struct bench_err err = {.code = 0};
    struct bench_tree tree;
    char *note = NULL;
    if (bench_tree_open(path, &tree, NULL) != 0) {
        return BENCH_EXIT_OK; /* whoever makes the plan says what is wrong with it */
    }
    int rc = bench_tree_repair(&tree, dry_run, &note, &err);
    bench_tree_fini(&tree);
    if (note != NULL) {
        fprintf(stderr, "bench import: %s\n", note);
    }
    free(note);
    return rc == 0 ? BENCH_EXIT_OK : fail(&err);
}
