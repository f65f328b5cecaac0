#include "bench/cli/import_undo.h"

#include <stdio.h>
#include <stdlib.h>

#include "bench/cli/options.h"
#include "importer/undo.h"
#include "importer/unpublish.h"

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

/* The files are as before; the commit that brought them is not touched without being told to. */
static void print_left(const struct bench_tree *tree, const struct bench_unpublish *left)
{
    printf("commit %.12s (%s) has the import still, so git shows %zu %s as changed; ", left->commit,
           left->subject, left->count, left->count == 1 ? "file" : "files");
    if (left->is_last) {
        printf("it is the last one and on no remote's branch: to take it off,\n"
               "  git -C %s reset %.12s~1\n",
               tree->root, left->commit);
    } else {
        printf("to commit the undoing,\n"
               "  git -C %s commit --all\n",
               tree->root);
    }
    printf("(--undo --commit commits the undoing at once)\n");
}

static int commit_undoing(const struct bench_import_undo *options, const struct bench_tree *tree,
                          const struct bench_unpublish *left)
{
    struct bench_err err = {.code = 0};
    char *commit = NULL;
    if (bench_unpublish_commit(tree, left, &commit, &err) != 0) {
        int exit_code = fail(&err);
        fprintf(stderr, "bench import: the files are as they were before the import, and that is "
                        "not committed; commit it yourself\n");
        return exit_code;
    }
    if (!options->quiet) {
        printf("committed as %.12s, the revert of %.12s; nothing was pushed\n", commit,
               left->commit);
    }
    free(commit);
    return BENCH_EXIT_OK;
}

/* Who did not ask for a commit gets the files back even where git cannot be asked. */
static int look_at_git(const struct bench_import_undo *options, const struct bench_tree *tree,
                       const struct bench_undo *undo, struct bench_unpublish *left)
{
    struct bench_err err = {.code = 0};
    if (bench_unpublish_look(tree, undo, left, &err) != 0) {
        return options->commit ? fail(&err) : BENCH_EXIT_OK;
    }
    if (left->count > 0 && options->commit) {
        return commit_undoing(options, tree, left);
    }
    if (left->count > 0 && !options->quiet) {
        print_left(tree, left);
    } else if (options->commit && !options->quiet) {
        printf("nothing to commit: the import had not been committed\n");
    }
    return BENCH_EXIT_OK;
}

static int take_back(const struct bench_import_undo *options, const struct bench_tree *tree,
                     struct bench_undo *undo)
{
    struct bench_err err = {.code = 0};
    struct bench_unpublish left = {.count = 0};
    int rc = bench_unpublish_begin(tree, undo, &left, &err);
    rc = options->commit ? rc : BENCH_OK;
    if (rc == 0) {
        bench_undo_fini(undo);
        rc = bench_undo_run(tree, options->force, undo, &err);
    }
    if (rc == 0 && !options->quiet) {
        print_files(undo, true);
        printf("the import is undone\n");
    }
    int exit_code = rc == 0 ? look_at_git(options, tree, undo, &left) : fail(&err);
    bench_unpublish_fini(&left);
    return exit_code;
}

static int undo(const struct bench_import_undo *options, const struct bench_tree *tree)
{
    struct bench_err err = {.code = 0};
    struct bench_undo undo;
    int exit_code = BENCH_EXIT_OK;
    if ((options->commit && bench_unpublish_check(tree, &err) != 0) ||
        bench_undo_look(tree, &undo, &err) != 0) {
        return fail(&err);
    }
    if (undo.edited_count > 0) {
        print_edits(&undo);
    }
    if (bench_undo_check(&undo, options->force, &err) != 0) {
        exit_code = fail(&err);
    } else if (!options->dry_run) {
        exit_code = take_back(options, tree, &undo);
    } else if (!options->quiet) {
        print_files(&undo, false);
        printf("nothing was written (--dry-run)\n");
    }
    bench_undo_fini(&undo);
    return exit_code;
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
