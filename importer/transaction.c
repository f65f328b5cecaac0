/* Doing the steps of an import, and taking them back. */
#include "importer/transaction.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/util/file.h"
#include "bench/util/mem.h"
#include "bench/util/str.h"

int import_step_rank(const char *path, bool goes)
{
    const char *name = bench_path_basename(path);
    if (!bench_str_ends(name, ".py")) {
        return 3;
    }
    return goes ? 2 : strcmp(name, "__init__.py") == 0 ? 1 : 0;
}

char *import_part(const char *where, const char *kind, size_t step)
{
    return bench_xprintf("%s/%s/%zu", where, kind, step);
}

/* Moves a file or a folder, over what may be at its new place. */
static int move(int from_root, const char *from, int to_root, const char *to, struct bench_err *err)
{
    int from_dir;
    int to_dir = -1;
    const char *from_name;
    const char *to_name;
    int rc = beneath_open_parent(from_root, from, &from_dir, &from_name, err);
    if (rc != 0) {
        return rc;
    }
    rc = beneath_open_parent(to_root, to, &to_dir, &to_name, err);
    if (rc == 0 && renameat(from_dir, from_name, to_dir, to_name) != 0) {
        rc = bench_err_set(err, BENCH_ERROR, "%s: cannot be put in its place: %s", to,
                           strerror(errno));
    }
    beneath_close(from_dir);
    beneath_close(to_dir);
    return rc;
}

static int delete_file(int root, const char *path, struct bench_err *err)
{
    int dir;
    const char *name;
    int rc = beneath_open_parent(root, path, &dir, &name, err);
    if (rc == 0 && unlinkat(dir, name, 0) != 0) {
        rc = bench_err_set(err, BENCH_ERROR, "%s: cannot be deleted: %s", path, strerror(errno));
    }
    beneath_close(dir);
    return rc;
}

int import_rename_in_store(const struct import_store *store, const char *from, const char *to,
                           struct bench_err *err)
{
    int rc = move(store->fd, from, store->fd, to, err);
    rc = rc == 0 ? beneath_sync_folder(store->fd, "", err) : rc;
    return rc == 0 ? BENCH_OK : bench_err_prefix(err, "%s: ", store->path);
}

/* Folders of the tree in which something changed since they were synced; a handful. */
struct touched {
    int root;
    char **folders;
    size_t count;
};

static void touch(struct touched *t, const char *folder)
{
    for (size_t i = 0; i < t->count; i++) {
        if (strcmp(t->folders[i], folder) == 0) {
            return;
        }
    }
    t->folders = bench_xrealloc(t->folders, (t->count + 1) * sizeof(*t->folders));
    t->folders[t->count++] = bench_xstrdup(folder);
}

/* The folder of a file as beneath_* take it: "" is the tree. */
static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return bench_xprintf("%.*s", slash != NULL ? (int)(slash - path) : 0, path);
}

static void touch_folder_of(struct touched *t, const char *path)
{
    char *folder = folder_of(path);
    touch(t, folder);
    free(folder);
}

static void forget_touched(struct touched *t)
{
    for (size_t i = 0; i < t->count; i++) {
        free(t->folders[i]);
    }
    free(t->folders);
    *t = (struct touched){.root = t->root};
}

static int sync_touched(struct touched *t, struct bench_err *err)
{
    int rc = BENCH_OK;
    for (size_t i = 0; rc == 0 && i < t->count; i++) {
        rc = beneath_sync_folder(t->root, t->folders[i], err);
        rc = rc == BENCH_ENOTFOUND ? BENCH_OK : rc; /* deleted meanwhile, by us */
    }
    forget_touched(t);
    return rc;
}

/* Makes the folders above `path` that do not exist. */
static int make_folders(struct touched *t, const char *path, struct bench_err *err)
{
    int rc = BENCH_OK;
    for (const char *c = strchr(path, '/'); rc == 0 && c != NULL; c = strchr(c + 1, '/')) {
        bool exists;
        char *folder = bench_xprintf("%.*s", (int)(c - path), path);
        rc = beneath_exists(t->root, folder, &exists, err);
        if (rc == 0 && !exists) {
            rc = beneath_make_folder(t->root, folder, err);
            touch_folder_of(t, folder);
        }
        free(folder);
    }
    return rc;
}

static int edited(const char *path, struct bench_err *err)
{
    return bench_err_set(err, BENCH_EINPUT,
                         "%s: is neither as it was before the import nor as the import wrote it",
                         path);
}

static int do_step(struct import_store *store, const struct import_step *step, size_t number,
                   struct touched *t, struct bench_err *err)
{
    struct beneath_state now;
    int rc = beneath_look(store->root, step->path, &now, err);
    touch_folder_of(t, step->path); /* a step that is done need not be on the disk */
    if (rc != 0 || beneath_same(&now, &step->after)) {
        return rc;
    }
    if (!beneath_same(&now, &step->before)) {
        return edited(step->path, err);
    }
    if (!step->after.exists) {
        return delete_file(store->root, step->path, err);
    }
    char *part = import_part("current", "new", number);
    rc = make_folders(t, step->path, err);
    rc = rc == 0 ? move(store->fd, part, store->root, step->path, err) : rc;
    free(part);
    return rc;
}

int import_forward(struct import_store *store, const struct import_journal *journal,
                   struct bench_err *err)
{
    struct touched t = {.root = store->root};
    int rc = BENCH_OK;
    for (size_t i = 0; rc == 0 && i < journal->count; i++) {
        const struct import_step *step = &journal->steps[i];
        /* What an __init__.py names is on the disk before it is. */
        if (i > 0 && import_step_rank(step->path, !step->after.exists) !=
                         import_step_rank(step[-1].path, !step[-1].after.exists)) {
            rc = sync_touched(&t, err);
        }
        rc = rc == 0 ? do_step(store, step, i, &t, err) : rc;
    }
    rc = rc == 0 ? sync_touched(&t, err) : rc;
    forget_touched(&t);
    return rc;
}

/* The name of what is no longer needed, which a kill may leave deleted in part. */
static int throw_away(struct import_store *store, const char *where, struct bench_err *err)
{
    int rc = import_rename_in_store(store, where, "junk", err);
    return rc == 0 ? beneath_remove(store->fd, "junk", err) : rc;
}

int import_finish(struct import_store *store, struct bench_err *err)
{
    bool has_last = false;
    int rc = beneath_remove(store->fd, "junk", err);
    rc = rc == 0 ? beneath_exists(store->fd, "last", &has_last, err) : rc;
    if (rc == 0 && has_last) {
        rc = import_rename_in_store(store, "last", "junk", err);
    }
    rc = rc == 0 ? import_rename_in_store(store, "current", "last", err) : rc;
    return rc == 0 ? beneath_remove(store->fd, "junk", err) : rc;
}

/* The copy of the file that the step replaced, back to its place. */
static int put_back(struct import_store *store, const struct import_step *step, size_t number,
                    struct touched *t, struct bench_err *err)
{
    struct beneath_state copy;
    char *part = import_part("undoing", "old", number);
    int rc = beneath_look(store->fd, part, &copy, err);
    if (rc == 0 && !beneath_same(&copy, &step->before)) {
        rc = bench_err_set(err, BENCH_ERROR, "%s/%s: the copy of %s is %s", store->path, part,
                           step->path, copy.exists ? "damaged" : "gone");
    }
    rc = rc == 0 ? make_folders(t, step->path, err) : rc;
    rc = rc == 0 ? move(store->fd, part, store->root, step->path, err) : rc;
    free(part);
    return rc;
}

static int undo_step(struct import_store *store, const struct import_step *step, size_t number,
                     bool force, struct touched *t, struct bench_err *err)
{
    struct beneath_state now;
    int rc = beneath_look(store->root, step->path, &now, err);
    touch_folder_of(t, step->path);
    if (rc != 0 || beneath_same(&now, &step->before)) {
        return rc;
    }
    if (!force && !beneath_same(&now, &step->after)) {
        return edited(step->path, err);
    }
    return step->before.exists ? put_back(store, step, number, t, err)
                               : delete_file(store->root, step->path, err);
}

void import_kept_fini(struct import_kept *kept)
{
    for (size_t i = 0; i < kept->count; i++) {
        free(kept->folders[i]);
    }
    free(kept->folders);
    *kept = (struct import_kept){.count = 0};
}

/* A folder that the import made goes, with what Python caches there, if nothing else is in it. */
static int remove_folder(struct import_store *store, const char *folder, struct touched *t,
                         struct import_kept *kept, struct bench_err *err)
{
    int dir;
    const char *name;
    char *cache = bench_xprintf("%s/__pycache__", folder);
    int rc = beneath_remove(store->root, cache, err);
    free(cache);
    rc = rc == 0 ? beneath_open_parent(store->root, folder, &dir, &name, err) : rc;
    if (rc != 0) {
        return rc == BENCH_ENOTFOUND ? BENCH_OK : rc;
    }
    touch_folder_of(t, folder);
    if (unlinkat(dir, name, AT_REMOVEDIR) != 0 && errno != ENOENT) {
        if (errno != ENOTEMPTY && errno != EEXIST) {
            rc = bench_err_set(err, BENCH_ERROR, "%s: cannot be deleted: %s", folder,
                               strerror(errno));
        } else if (kept != NULL) {
            kept->folders =
                bench_xrealloc(kept->folders, (kept->count + 1) * sizeof(*kept->folders));
            kept->folders[kept->count++] = bench_xstrdup(folder);
        }
    }
    close(dir);
    return rc;
}

static int undo_steps(struct import_store *store, const struct import_journal *journal, bool force,
                      struct import_kept *kept, struct bench_err *err)
{
    struct touched t = {.root = store->root};
    int rc = BENCH_OK;
    for (size_t i = journal->count; rc == 0 && i-- > 0;) {
        const struct import_step *step = &journal->steps[i];
        rc = undo_step(store, step, i, force, &t, err);
        if (rc == 0 && i > 0 &&
            import_step_rank(step->path, !step->after.exists) !=
                import_step_rank(step[-1].path, !step[-1].after.exists)) {
            rc = sync_touched(&t, err);
        }
    }
    for (size_t i = journal->folder_count; rc == 0 && i-- > 0;) {
        rc = remove_folder(store, journal->folders[i], &t, kept, err);
    }
    rc = rc == 0 ? sync_touched(&t, err) : rc;
    forget_touched(&t);
    return rc;
}

int import_take_back(struct import_store *store, const char *from,
                     const struct import_journal *journal, bool force, struct import_kept *kept,
                     struct bench_err *err)
{
    int rc = beneath_remove(store->fd, "junk", err);
    if (rc == 0 && strcmp(from, "undoing") != 0) {
        rc = import_rename_in_store(store, from, "undoing", err);
    }
    rc = rc == 0 ? undo_steps(store, journal, force, kept, err) : rc;
    return rc == 0 ? throw_away(store, "undoing", err) : rc;
}
