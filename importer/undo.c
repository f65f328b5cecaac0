#include "importer/undo.h"

#include <stdlib.h>
#include <string.h>

#include "bench/util/mem.h"
#include "importer/inspect.h"
#include "importer/transaction.h"

void bench_undo_fini(struct bench_undo *undo)
{
    for (size_t i = 0; i < undo->count; i++) {
        free(undo->files[i].path);
        free(undo->files[i].written);
        free(undo->files[i].found);
    }
    for (size_t i = 0; i < undo->kept_count; i++) {
        free(undo->kept[i]);
    }
    free(undo->files);
    free(undo->kept);
    free(undo->who);
    *undo = (struct bench_undo){.count = 0};
}

/* Which import would be taken back: one that is half taken back, one that died, the last. */
static int find_where(const struct import_store *store, const char **where, struct bench_err *err)
{
    static const char *const places[] = {"undoing", "current", "last"};
    bool exists = false;
    int rc = BENCH_OK;
    for (size_t i = 0; rc == 0 && store->fd >= 0 && i < sizeof(places) / sizeof(*places); i++) {
        rc = beneath_exists(store->fd, places[i], &exists, err);
        if (exists) {
            *where = places[i];
            return rc;
        }
    }
    return rc != 0 ? rc
                   : bench_err_set(err, BENCH_ENOTFOUND,
                                   "there is nothing to undo: no import into this tree is known "
                                   "(only the last one can be undone, once)");
}

/* Texts for the difference; what cannot be read is left out. */
static void read_texts(const struct import_store *store, const char *where, size_t number,
                       const struct import_step *step, struct bench_undo_file *file)
{
    size_t length;
    struct beneath_state state;
    char *part = import_part(where, "wrote", number);
    if (step->after.exists && beneath_look(store->fd, part, &state, NULL) == 0 &&
        strcmp(state.hash, step->after.hash) == 0) {
        beneath_read(store->fd, part, &file->written, &length, NULL, NULL);
    }
    beneath_read(store->root, step->path, &file->found, &length, NULL, NULL);
    free(part);
}

static int look(const struct import_store *store, const char *where,
                const struct import_journal *journal, struct bench_undo *undo,
                struct bench_err *err)
{
    int rc = BENCH_OK;
    undo->who = import_journal_who(journal);
    undo->unfinished = strcmp(where, "last") != 0;
    undo->files = bench_xcalloc(journal->count + 1, sizeof(*undo->files));
    for (size_t i = 0; rc == 0 && i < journal->count; i++) {
        const struct import_step *step = &journal->steps[i];
        struct bench_undo_file *file = &undo->files[undo->count++];
        struct beneath_state now;
        *file = (struct bench_undo_file){.path = bench_xstrdup(step->path),
                                         .was_new = !step->before.exists,
                                         .was_there = step->before.exists && step->after.exists};
        rc = beneath_look(store->root, step->path, &now, err);
        file->is_edited =
            rc == 0 && !beneath_same(&now, &step->after) && !beneath_same(&now, &step->before);
        if (file->is_edited) {
            undo->edited_count += 1;
            read_texts(store, where, i, step, file);
        }
    }
    return rc;
}

/* Fills `undo`, and `journal` for who goes on. */
static int find(const struct import_store *store, const char **where,
                struct import_journal *journal, struct bench_undo *undo, struct bench_err *err)
{
    *undo = (struct bench_undo){.count = 0};
    *journal = (struct import_journal){.count = 0};
    int rc = find_where(store, where, err);
    rc = rc == 0 ? import_load(store, *where, journal, err) : rc;
    rc = rc == 0 ? look(store, *where, journal, undo, err) : rc;
    if (rc != 0) {
        bench_undo_fini(undo);
    }
    return rc;
}

int bench_undo_look(const struct bench_tree *tree, struct bench_undo *undo, struct bench_err *err)
{
    struct import_store store;
    struct import_journal journal;
    const char *where = "last";
    *undo = (struct bench_undo){.count = 0};
    int rc = import_store_find(tree->fd, tree->root, &store, err);
    if (rc == 0) {
        rc = find(&store, &where, &journal, undo, err);
        import_journal_fini(&journal);
        import_store_close(&store);
    }
    return rc;
}

int bench_undo_check(const struct bench_undo *undo, bool force, struct bench_err *err)
{
    return undo->edited_count == 0 || force
               ? BENCH_OK
               : bench_err_set(err, BENCH_EINPUT,
                               "nothing was undone, because %zu of %zu files were edited since the "
                               "import; --force undoes it all the same, and those edits are lost",
                               undo->edited_count, undo->count);
}

static int take_back(struct import_store *store, const char *where,
                     const struct import_journal *journal, bool force, struct bench_undo *undo,
                     struct bench_err *err)
{
    struct import_kept kept = {.count = 0};
    int rc = bench_undo_check(undo, force, err);
    if (rc != 0) {
        return rc;
    }
    rc = import_take_back(store, where, journal, force, &kept, err);
    undo->kept = kept.folders;
    undo->kept_count = kept.count;
    return rc == 0
               ? BENCH_OK
               : bench_err_prefix(err, "the import could not be undone; the next `bench import` "
                                       "goes on with it: ");
}

int bench_undo_run(const struct bench_tree *tree, bool force, struct bench_undo *undo,
                   struct bench_err *err)
{
    struct import_store store;
    struct import_journal journal;
    struct bench_err why = {.code = 0};
    const char *where = "last";
    *undo = (struct bench_undo){.count = 0};
    int rc = import_store_lock(tree->fd, tree->root, false, &store, &why);
    if (rc == 0) {
        rc = find(&store, &where, &journal, undo, &why);
        rc = rc == 0 ? take_back(&store, where, &journal, force, undo, &why) : rc;
        import_journal_fini(&journal);
        import_store_close(&store);
    }
    return rc == 0 ? BENCH_OK : bench_err_set(err, rc, "%s", why.message);
}

int bench_undo_diff(const struct bench_undo *undo, char **diff, struct bench_err *err)
{
    struct bench_inspect request;
    bench_inspect_open(&request, "diffs");
    for (size_t i = 0; i < undo->count; i++) {
        const struct bench_undo_file *file = &undo->files[i];
        if (file->is_edited) {
            bench_inspect_put_diff(&request, file->path, file->written, file->found);
        }
    }
    return bench_inspect_ask_diffs(&request, undo->edited_count, diff, err);
}
