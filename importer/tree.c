#include "importer/tree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bench/util/file.h"
#include "bench/util/mem.h"
#include "bench/util/str.h"

int bench_tree_open(const char *path, struct bench_tree *tree, struct bench_err *err)
{
    *tree = (struct bench_tree){.root = NULL};
    char *package = bench_path_join(path, "src/flag_gems");
    bool found = bench_file_is_dir(package);
    free(package);
    if (!found) {
        return bench_err_set(err, BENCH_EINPUT,
                             "%s is no FlagGems tree: it has no folder src/flag_gems; give the "
                             "folder of a FlagGems checkout with --into",
                             path);
    }
    tree->root = realpath(path, NULL);
    if (tree->root == NULL) {
        return bench_err_set(err, BENCH_ERROR, "%s: %s", path, strerror(errno));
    }
    return BENCH_OK;
}

static void free_change(struct bench_change *c)
{
    free(c->path);
    free(c->full);
    free(c->old_text);
    free(c->new_text);
}

void bench_tree_forget(struct bench_tree *tree, size_t count)
{
    while (tree->count > count) {
        free_change(&tree->changes[--tree->count]);
    }
}

void bench_tree_fini(struct bench_tree *tree)
{
    bench_tree_forget(tree, 0);
    free(tree->changes);
    free(tree->root);
    *tree = (struct bench_tree){.root = NULL};
}

static bool is_inside(const char *root, const char *path)
{
    size_t length = strlen(root);
    return strncmp(path, root, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

/* The nearest folder above `full` that exists, without symbolic links; the caller frees. */
static char *existing_parent(const char *full)
{
    char *dir = bench_path_dirname(full);
    char *real = realpath(dir, NULL);
    while (real == NULL && strcmp(dir, "/") != 0 && strcmp(dir, ".") != 0) {
        char *up = bench_path_dirname(dir);
        free(dir);
        dir = up;
        real = realpath(dir, NULL);
    }
    free(dir);
    return real;
}

/* The full path of a file of the tree, which need not exist; the caller frees. */
static int resolve(const struct bench_tree *tree, const char *path, char **full,
                   struct bench_err *err)
{
    char *joined = bench_path_join(tree->root, path);
    char *parent = existing_parent(joined);
    char *real = realpath(joined, NULL);
    bool dots = strstr(path, "..") != NULL || path[0] == '/';
    bool inside = !dots && parent != NULL && is_inside(tree->root, parent) &&
                  (real == NULL || is_inside(tree->root, real));
    free(parent);
    if (!inside) {
        free(real);
        free(joined);
        return bench_err_set(err, BENCH_EINPUT,
                             "%s leads out of the tree %s (a symbolic link, or '..'); nothing is "
                             "written there",
                             path, tree->root);
    }
    *full = real != NULL ? real : joined; /* behind a symbolic link, the file is replaced */
    free(real != NULL ? joined : NULL);
    return BENCH_OK;
}

int bench_tree_read(const struct bench_tree *tree, const char *path, char **text,
                    struct bench_err *err)
{
    char *full = NULL;
    *text = NULL;
    int rc = resolve(tree, path, &full, err);
    if (rc == 0) {
        rc = bench_file_read(full, 0, text, NULL, err);
        rc = rc == BENCH_ENOTFOUND ? BENCH_OK : rc;
    }
    free(full);
    return rc;
}

int bench_tree_change(struct bench_tree *tree, const char *path, const char *text,
                      struct bench_err *err)
{
    struct bench_change c = {.path = NULL};
    int rc = resolve(tree, path, &c.full, err);
    rc = rc == 0 ? bench_tree_read(tree, path, &c.old_text, err) : rc;
    if (rc != 0 || (c.old_text != NULL && strcmp(c.old_text, text) == 0)) {
        free_change(&c);
        return rc;
    }
    c.path = bench_xstrdup(path);
    c.new_text = bench_xstrdup(text);
    if (tree->count == tree->capacity) {
        tree->capacity = tree->capacity * 2 + 16;
        tree->changes = bench_xrealloc(tree->changes, tree->capacity * sizeof(*tree->changes));
    }
    tree->changes[tree->count++] = c;
    return BENCH_OK;
}
