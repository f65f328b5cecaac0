#include "importer/unpublish.h"

#include <stdlib.h>
#include <string.h>

#include "bench/util/mem.h"
#include "bench/util/str.h"
#include "importer/git.h"

static void free_paths(char **paths, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(paths[i]);
    }
    free(paths);
}

void bench_unpublish_fini(struct bench_unpublish *left)
{
    free_paths(left->before, left->before_count);
    free_paths(left->paths, left->count);
    free(left->commit);
    free(left->subject);
    *left = (struct bench_unpublish){.count = 0};
}

int bench_unpublish_check(const struct bench_tree *tree, struct bench_err *err)
{
    return import_git_check(tree->root, true, err);
}

static const struct bench_undo_file *find_file(const struct bench_undo *undo, const char *path)
{
    for (size_t i = 0; i < undo->count; i++) {
        if (strcmp(undo->files[i].path, path) == 0) {
            return &undo->files[i];
        }
    }
    return NULL;
}

static bool was_changed(const struct bench_unpublish *left, const char *path)
{
    for (size_t i = 0; i < left->before_count; i++) {
        if (strcmp(left->before[i], path) == 0) {
            return true;
        }
    }
    return false;
}

/* Files of the import that differ from what git has. (*paths)[*count] */
static int find_changed(const struct bench_tree *tree, const struct bench_undo *undo, char ***paths,
                        size_t *count, struct bench_err *err)
{
    char *status = NULL;
    char *prefix = NULL; /* of the tree in its repository: paths of the status begin with it */
    char *rest = NULL;
    int rc = import_git_must(tree->root, GIT("rev-parse", "--show-prefix"), NULL, &prefix, err);
    size_t skip = prefix != NULL ? strlen(prefix) : 0;
    rc = rc != 0 ? rc
                 : import_git_must(tree->root,
                                   GIT("-c", "core.quotePath=false", "--no-optional-locks",
                                       "status", "--porcelain", "--untracked-files=no"),
                                   NULL, &status, err);
    *paths = bench_xcalloc(undo->count + 1, sizeof(char *));
    *count = 0;
    for (char *line = rc == 0 ? strtok_r(status, "\n", &rest) : NULL; line != NULL;
         line = strtok_r(NULL, "\n", &rest)) {
        const char *path = strlen(line) > 3 ? line + 3 : "";
        path += skip > 0 && strncmp(path, prefix, skip) == 0 ? skip : 0;
        if (find_file(undo, path) != NULL && *count < undo->count) {
            (*paths)[(*count)++] = bench_xstrdup(path);
        }
    }
    free(status);
    free(prefix);
    return rc;
}

int bench_unpublish_begin(const struct bench_tree *tree, const struct bench_undo *undo,
                          struct bench_unpublish *left, struct bench_err *err)
{
    return import_git_check(tree->root, false, NULL) == 0
               ? find_changed(tree, undo, &left->before, &left->before_count, err)
               : BENCH_OK;
}

/* What was changed before is somebody's own; but a file that the import made, and git has, was
 * committed since. */
static void leave_out_own(const struct bench_undo *undo, struct bench_unpublish *left)
{
    size_t count = 0;
    for (size_t i = 0; i < left->count; i++) {
        if (was_changed(left, left->paths[i]) && !find_file(undo, left->paths[i])->was_new) {
            free(left->paths[i]);
        } else {
            left->paths[count++] = left->paths[i];
        }
    }
    left->count = count;
}

/* The commit that has it, and whether it may still be taken off. */
static int find_commit(const struct bench_tree *tree, struct bench_unpublish *left,
                       struct bench_err *err)
{
    char *said = NULL;
    char *head = NULL;
    char *remotes = NULL;
    char *parents = NULL; /* HEAD, and a blank and the next if there are any */
    int rc = import_git_must(tree->root, GIT("log", "-1", "--format=%H%n%s", "--", left->paths[0]),
                             NULL, &said, err);
    rc = rc == 0 ? import_git_must(tree->root, GIT("rev-parse", "HEAD"), NULL, &head, err) : rc;
    rc = rc == 0 ? import_git_must(tree->root, GIT("branch", "--remotes", "--contains", "HEAD"),
                                   NULL, &remotes, err)
                 : rc;
    rc = rc == 0
             ? import_git_must(tree->root, GIT("rev-list", "--parents", "--max-count=1", "HEAD"),
                               NULL, &parents, err)
             : rc;
    if (rc == 0) {
        size_t length = strcspn(said, "\n");
        left->commit = bench_xprintf("%.*s", (int)length, said);
        left->subject = bench_xstrdup(said + length + (said[length] == '\n'));
        left->is_last =
            strcmp(left->commit, head) == 0 && remotes[0] == '\0' && strchr(parents, ' ') != NULL;
    }
    free(said);
    free(head);
    free(remotes);
    free(parents);
    return rc;
}

int bench_unpublish_look(const struct bench_tree *tree, const struct bench_undo *undo,
                         struct bench_unpublish *left, struct bench_err *err)
{
    if (import_git_check(tree->root, false, NULL) != 0) {
        return BENCH_OK;
    }
    int rc = find_changed(tree, undo, &left->paths, &left->count, err);
    leave_out_own(undo, left);
    return rc == 0 && left->count > 0 ? find_commit(tree, left, err) : rc;
}

int bench_unpublish_commit(const struct bench_tree *tree, const struct bench_unpublish *left,
                           char **commit, struct bench_err *err)
{
    struct bench_str paths;
    char *message = bench_xprintf("Revert \"%s\"\n\n`bench import --undo` took back what commit "
                                  "%s brought in.\n",
                                  left->subject, left->commit);
    bench_str_init(&paths);
    for (size_t i = 0; i < left->count; i++) {
        bench_str_addf(&paths, "%s\n", left->paths[i]);
    }
    int rc = import_git_must(tree->root, GIT("add", "--all", "--pathspec-from-file=-"), paths.data,
                             NULL, err);
    rc = rc == 0
             ? import_git_must(tree->root, GIT("commit", "--quiet", "--file=-"), message, NULL, err)
             : rc;
    rc = rc == 0 ? import_git_must(tree->root, GIT("rev-parse", "HEAD"), NULL, commit, err) : rc;
    bench_str_fini(&paths);
    free(message);
    return rc;
}
