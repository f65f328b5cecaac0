/* What the next start does with an import that died. */
#include <stdlib.h>

#include "bench/util/mem.h"
#include "importer/transaction.h"

int import_load(const struct import_store *store, const char *where, struct import_journal *journal,
                struct bench_err *err)
{
    struct bench_err why = {.code = 0};
    char *text = NULL;
    size_t length = 0;
    char *part = bench_xprintf("%s/journal", where);
    char *name = bench_xprintf("%s/%s", store->path, part);
    *journal = (struct import_journal){.count = 0};
    int rc = beneath_read(store->fd, part, &text, &length, NULL, &why);
    rc = rc == 0 ? import_journal_parse(name, text, length, journal, &why)
                 : bench_err_prefix(&why, "%s/", store->path);
    if (rc != 0) {
        rc = bench_err_set(err, rc == BENCH_ERROR ? rc : BENCH_EINPUT,
                           "the journal of an earlier import cannot be read, so what it did is not "
                           "known: %s. Look at the tree (git status), then delete %s/%s",
                           why.message, store->path, where);
    }
    free(text);
    free(name);
    free(part);
    return rc;
}

/* Can step `number`, which is not done, still be done? */
static int has_part(const struct import_store *store, const struct import_step *step, size_t number,
                    bool *has, struct bench_err *err)
{
    struct beneath_state part;
    char *name = import_part("current", "new", number);
    int rc = beneath_look(store->fd, name, &part, err);
    *has = rc == 0 && beneath_same(&part, &step->after);
    free(name);
    return rc;
}

/* *is_edited: the path of a file that is neither as before the import nor as after it, or NULL.
 * *can_forward: what is not done can still be done. */
static int look_over(const struct import_store *store, const struct import_journal *j,
                     const char **is_edited, bool *can_forward, struct bench_err *err)
{
    int rc = BENCH_OK;
    *can_forward = true;
    *is_edited = NULL;
    for (size_t i = 0; rc == 0 && i < j->count; i++) {
        const struct import_step *step = &j->steps[i];
        struct beneath_state now;
        rc = beneath_look(store->root, step->path, &now, err);
        if (rc != 0 || beneath_same(&now, &step->after)) {
            continue;
        }
        if (!beneath_same(&now, &step->before)) {
            *is_edited = step->path;
        } else if (*can_forward && step->after.exists) {
            rc = has_part(store, step, i, can_forward, err);
        }
    }
    return rc;
}

static int report_edited(const struct import_store *store, const struct import_journal *j,
                         const char *where, const char *path, struct bench_err *err)
{
    char *who = import_journal_who(j);
    int rc = bench_err_set(
        err, BENCH_EINPUT,
        "an import into this tree died (%s), and %s was edited since, so it can neither be "
        "finished nor be taken back without losing that; `bench import --undo` shows the "
        "difference, `bench import --undo --force` goes back to the state before the import, and "
        "deleting %s/%s leaves the tree as it is now",
        who, path, store->path, where);
    free(who);
    return rc;
}

/* It had been at work: forward if that is possible, else back. */
static int recover_current(struct import_store *store, char **note, struct bench_err *err)
{
    struct import_journal j;
    bool can;
    const char *path;
    int rc = import_load(store, "current", &j, err);
    if (rc != 0) {
        return rc;
    }
    char *who = import_journal_who(&j);
    rc = look_over(store, &j, &path, &can, err);
    if (rc == 0 && path != NULL) {
        rc = report_edited(store, &j, "current", path, err);
    } else if (rc == 0) {
        bool done = can && import_forward(store, &j, NULL) == 0;
        rc = done ? import_finish(store, err)
                  : import_take_back(store, "current", &j, false, NULL, err);
        if (rc == 0) {
            *note = bench_xprintf("an import into this tree had died (%s); it was %s first", who,
                                  done ? "finished" : "taken back");
        }
    }
    free(who);
    import_journal_fini(&j);
    return rc;
}

static int recover_undoing(struct import_store *store, char **note, struct bench_err *err)
{
    struct import_journal j;
    bool can;
    const char *path;
    int rc = import_load(store, "undoing", &j, err);
    if (rc != 0) {
        return rc;
    }
    rc = look_over(store, &j, &path, &can, err);
    if (rc == 0 && path != NULL) {
        rc = report_edited(store, &j, "undoing", path, err);
    } else if (rc == 0) {
        rc = import_take_back(store, "undoing", &j, false, NULL, err);
    }
    if (rc == 0) {
        char *who = import_journal_who(&j);
        *note = bench_xprintf("an import into this tree (%s) had been taken back in part; the rest "
                              "was taken back first",
                              who);
        free(who);
    }
    import_journal_fini(&j);
    return rc;
}

int import_recover(struct import_store *store, char **note, struct bench_err *err)
{
    bool undoing = false;
    bool current = false;
    bool next = false;
    *note = NULL;
    int rc = beneath_exists(store->fd, "undoing", &undoing, err);
    rc = rc == 0 ? beneath_exists(store->fd, "current", &current, err) : rc;
    rc = rc == 0 ? beneath_exists(store->fd, "next", &next, err) : rc;
    if (rc == 0 && undoing) {
        rc = recover_undoing(store, note, err);
    } else if (rc == 0 && current) {
        rc = recover_current(store, note, err);
    }
    rc = rc == 0 ? beneath_remove(store->fd, "next", err) : rc;
    rc = rc == 0 ? beneath_remove(store->fd, "junk", err) : rc;
    if (rc == 0 && next && *note == NULL) {
        *note = bench_xprintf("an import into this tree had died before it changed anything; what "
                              "it left in %s was deleted",
                              store->path);
    }
    return rc;
}
