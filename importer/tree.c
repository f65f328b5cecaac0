#include "importer/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "bench/perf/json.h"
#include "bench/util/file.h"
#include "bench/util/mem.h"
#include "importer/beneath.h"

int bench_tree_open(const char *path, struct bench_tree *tree, struct bench_err *err)
{
    *tree = (struct bench_tree){.root = NULL};
    char *package = bench_path_join(path, "src/flag_gems");
    bool found = bench_file_is_dir(package);
    free(package);
    if (!bench_file_exists(path)) {
        return bench_err_set(err, BENCH_EINPUT,
                             "%s: no such folder, expected a FlagGems checkout (one with a folder "
                             "src/flag_gems); name it with --into",
                             path);
    }
    if (!found) {
        return bench_err_set(err, BENCH_EINPUT,
                             "%s is no FlagGems tree: it has no folder src/flag_gems; give the "
                             "folder of a FlagGems checkout with --into",
                             path);
    }
    tree->root = realpath(path, NULL);
    do {
        tree->fd = tree->root != NULL ? open(tree->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    } while (tree->fd < 0 && errno == EINTR);
    if (tree->fd < 0) {
        int rc = bench_err_set(err, BENCH_ERROR, "%s: %s", path, strerror(errno));
        free(tree->root);
        *tree = (struct bench_tree){.root = NULL};
        return rc;
    }
    return BENCH_OK;
}

static void free_change(struct bench_change *c)
{
    free(c->path);
    free(c->target);
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
    if (tree->root != NULL) {
        close(tree->fd);
    }
    free(tree->root);
    *tree = (struct bench_tree){.root = NULL};
}

/* What follows the tree's own path; NULL: it leads out. */
static const char *below(const char *root, const char *path)
{
    size_t length = strcmp(root, "/") == 0 ? 0 : strlen(root);
    if (strncmp(path, root, length) != 0 || (path[length] != '/' && path[length] != '\0')) {
        return NULL;
    }
    return path[length] == '/' ? path + length + 1 : path + length;
}

/* How a path that cannot be resolved is reported; `cause` is errno's. */
static int report_unresolved(const char *path, int cause, struct bench_err *err)
{
    return cause == ENOENT ? bench_err_set(err, BENCH_EINPUT,
                                           "%s: a symbolic link on this path leads nowhere", path)
           : cause == ENOTDIR
               ? bench_err_set(err, BENCH_EINPUT,
                               "%s: a part of this path is a file, expected a folder", path)
               : bench_err_set(err, BENCH_EINPUT, "%s: %s", path, strerror(cause));
}

/* The path with all symbolic links resolved, of which the last parts need not exist. *target stays
 * NULL if it leads out of the tree, or to the tree itself. */
static int follow(const struct bench_tree *tree, const char *path, char **target,
                  struct bench_err *err)
{
    size_t end = strlen(path); /* of the part that may exist */
    for (;;) {
        struct stat st;
        char *prefix = bench_xprintf("%s/%.*s", tree->root, (int)end, path);
        char *real = realpath(prefix, NULL);
        int cause = real == NULL ? errno : 0;
        bool is_link = real == NULL && lstat(prefix, &st) == 0;
        free(prefix);
        if (real != NULL) {
            const char *inside = below(tree->root, real);
            const char *rest = inside != NULL && inside[0] == '\0' && end < strlen(path) && end > 0
                                   ? path + end + 1
                                   : path + end;
            if (inside != NULL && (inside[0] != '\0' || rest[0] != '\0')) {
                *target = bench_xprintf("%s%s", inside, rest);
            }
            free(real);
            return BENCH_OK;
        }
        if (cause != ENOENT || is_link || end == 0) {
            return report_unresolved(path, cause, err);
        }
        do {
            end--;
        } while (end > 0 && path[end] != '/');
    }
}

/* Where a file of the tree lies, which need not exist; the caller frees. */
static int resolve(const struct bench_tree *tree, const char *path, char **target,
                   struct bench_err *err)
{
    const char *fault = beneath_path_fault(path);
    *target = NULL;
    if (fault != NULL) {
        return bench_err_set(err, BENCH_EINPUT,
                             "'%.120s%s' cannot be the path of a file of the tree %s: it %s", path,
                             strlen(path) > 120 ? "…" : "", tree->root, fault);
    }
    int rc = follow(tree, path, target, err);
    if (rc == 0 && *target == NULL) {
        return bench_err_set(err, BENCH_EINPUT,
                             "%s leads out of the tree %s by a symbolic link; nothing is written "
                             "there",
                             path, tree->root);
    }
    return rc;
}

static int read_target(const struct bench_tree *tree, const char *target, char **text,
                       struct bench_err *err)
{
    size_t length = 0;
    *text = NULL;
    int rc = beneath_read(tree->fd, target, text, &length, NULL, err);
    if (rc != 0) {
        return rc == BENCH_ENOTFOUND ? BENCH_OK : rc;
    }
    const char *fault = strlen(*text) != length              ? "holds a NUL byte"
                        : !bench_json_is_utf8(*text, length) ? "is not UTF-8"
                                                             : NULL;
    if (fault != NULL) {
        free(*text);
        *text = NULL;
        return bench_err_set(err, BENCH_EINPUT,
                             "%s: %s, so it is no text that an import may read or replace; move it "
                             "away, or save it as UTF-8",
                             target, fault);
    }
    return BENCH_OK;
}

int bench_tree_read(const struct bench_tree *tree, const char *path, char **text,
                    struct bench_err *err)
{
    char *target;
    *text = NULL;
    int rc = resolve(tree, path, &target, err);
    rc = rc == 0 ? read_target(tree, target, text, err) : rc;
    free(target);
    return rc;
}

static int report_case(const char *path, const char *other, struct bench_err *err)
{
    return bench_err_set(err, BENCH_EINPUT,
                         "%s and %s differ by upper and lower case only, which some file systems "
                         "do not tell apart; rename one of them",
                         path, other);
}

/* The name of a file in `folder` that is `name` but for its case; NULL if there is none. The caller
 * frees. */
static char *find_other_case(int folder, const char *name)
{
    char *found = NULL;
    DIR *stream = fdopendir(folder);
    for (struct dirent *e = stream != NULL ? readdir(stream) : NULL; e != NULL;
         e = readdir(stream)) {
        if (strcasecmp(e->d_name, name) == 0 && strcmp(e->d_name, name) != 0) {
            found = bench_xstrdup(e->d_name);
            break;
        }
    }
    if (stream != NULL) {
        closedir(stream);
    } else {
        close(folder);
    }
    return found;
}

/* A new file must not be another one on systems that do not tell upper from lower case. */
static int check_case(const struct bench_tree *tree, const char *target, struct bench_err *err)
{
    int folder;
    const char *name;
    for (size_t i = 0; i < tree->count; i++) {
        const char *other = tree->changes[i].target;
        if (strcasecmp(other, target) == 0) {
            return report_case(target, other, err);
        }
    }
    if (beneath_open_parent(tree->fd, target, &folder, &name, NULL) != 0) {
        return BENCH_OK; /* a new folder */
    }
    char *other = find_other_case(folder, name);
    int rc = other != NULL ? report_case(target, other, err) : BENCH_OK;
    free(other);
    return rc;
}

static struct bench_change *find_change(const struct bench_tree *tree, const char *target)
{
    for (size_t i = 0; i < tree->count; i++) {
        if (strcmp(tree->changes[i].target, target) == 0) {
            return &tree->changes[i];
        }
    }
    return NULL;
}

static void add_change(struct bench_tree *tree, const struct bench_change *c)
{
    if (tree->count == tree->capacity) {
        tree->capacity = tree->capacity * 2 + 16;
        tree->changes = bench_xrealloc(tree->changes, tree->capacity * sizeof(*tree->changes));
    }
    tree->changes[tree->count++] = *c;
}

static char *copy_of(const char *text)
{
    return text != NULL ? bench_xstrdup(text) : NULL;
}

static bool same_text(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* `text` NULL: the file goes. */
static int plan(struct bench_tree *tree, const char *path, const char *text, struct bench_err *err)
{
    struct bench_change c = {.path = NULL};
    int rc = resolve(tree, path, &c.target, err);
    struct bench_change *planned = rc == 0 && c.target != NULL ? find_change(tree, c.target) : NULL;
    if (planned != NULL) {
        free(planned->new_text);
        planned->new_text = copy_of(text);
        free_change(&c);
        return BENCH_OK;
    }
    rc = rc == 0 ? read_target(tree, c.target, &c.old_text, err) : rc;
    if (rc == 0 && c.old_text == NULL && text != NULL) {
        rc = check_case(tree, c.target, err);
    }
    if (rc != 0 || same_text(c.old_text, text)) {
        free_change(&c);
        return rc;
    }
    c.path = bench_xstrdup(path);
    c.new_text = copy_of(text);
    add_change(tree, &c);
    return BENCH_OK;
}

int bench_tree_change(struct bench_tree *tree, const char *path, const char *text,
                      struct bench_err *err)
{
    return plan(tree, path, text, err);
}

int bench_tree_remove(struct bench_tree *tree, const char *path, struct bench_err *err)
{
    return plan(tree, path, NULL, err);
}
