/* Preparing an import: everything that needs space, and everything that can be refused, before the
 * tree is touched. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/util/clock.h"
#include "bench/util/mem.h"
#include "importer/transaction.h"

struct preparation {
    struct import_store *store;
    struct import_journal journal;
};

/* The file as it is, which must be as it was planned. */
static int read_before(struct preparation *p, const struct bench_change *c, char **data,
                       size_t *length, struct stat *st, struct bench_err *err)
{
    int rc = beneath_read(p->store->root, c->target, data, length, st, err);
    bool was_there = c->old_text != NULL;
    bool same = rc == 0 ? was_there && *length == strlen(c->old_text) &&
                              memcmp(*data, c->old_text, *length) == 0
                        : rc == BENCH_ENOTFOUND && !was_there;
    if (same) {
        return BENCH_OK;
    }
    return rc != 0 && rc != BENCH_ENOTFOUND
               ? rc
               : bench_err_set(err, BENCH_EINPUT,
                               "%s: was %s while the import was planned; start it again", c->path,
                               !was_there              ? "made"
                               : rc == BENCH_ENOTFOUND ? "deleted"
                                                       : "edited");
}

static int copy_to(struct preparation *p, const char *kind, size_t step, const char *data,
                   size_t length, const struct stat *like, unsigned how,
                   struct beneath_state *state, struct bench_err *err)
{
    char *part = import_part("next", kind, step);
    int rc = beneath_write(p->store->fd, part, data, length, like, how, state, err);
    free(part);
    return rc == 0 ? BENCH_OK : bench_err_prefix(err, "%s/", p->store->path);
}

/* The copy of what is there, and of what comes. `old` NULL: a new file. */
static int copy_both(struct preparation *p, const struct bench_change *c, const char *old,
                     size_t length, const struct stat *st, struct bench_err *err)
{
    size_t number = p->journal.count - 1;
    struct import_step *step = &p->journal.steps[number];
    int rc = BENCH_OK;
    if (old != NULL) {
        rc = copy_to(p, "old", number, old, length, st, BENEATH_SYNC | BENEATH_SAME_TIME,
                     &step->before, err);
    }
    if (rc == 0 && c->new_text != NULL) {
        length = strlen(c->new_text);
        rc = copy_to(p, "new", number, c->new_text, length, old != NULL ? st : NULL, BENEATH_SYNC,
                     &step->after, err);
        rc = rc == 0 ? copy_to(p, "wrote", number, c->new_text, length, NULL, 0, NULL, err) : rc;
    }
    return rc;
}

static int stage(struct preparation *p, const struct bench_change *c, struct bench_err *err)
{
    struct bench_err why = {.code = 0};
    struct stat st;
    char *old = NULL;
    size_t length = 0;
    p->journal.steps[p->journal.count++] = (struct import_step){.path = bench_xstrdup(c->target)};
    int rc = read_before(p, c, &old, &length, &st, err);
    if (rc == 0 && copy_both(p, c, old, length, &st, &why) != 0) {
        rc = bench_err_set(err, BENCH_ERROR, "%s cannot be written: %s", c->path, why.message);
    }
    free(old);
    return rc;
}

static void add_folder(struct import_journal *j, const char *folder)
{
    for (size_t i = 0; i < j->folder_count; i++) {
        if (strcmp(j->folders[i], folder) == 0) {
            return;
        }
    }
    j->folders = bench_xrealloc(j->folders, (j->folder_count + 1) * sizeof(*j->folders));
    j->folders[j->folder_count++] = bench_xstrdup(folder);
}

/* The folder in which the step changes something: files can be moved there from the store, and we
 * may. */
static int check_folder(const struct preparation *p, const char *folder, struct bench_err *err)
{
    int fd;
    int rc = beneath_open_folder(p->store->root, folder, &fd, err);
    if (rc != 0) {
        return rc;
    }
    const char *shown = folder[0] != '\0' ? folder : "the tree";
    if (!import_store_reaches(p->store, fd)) {
        rc = bench_err_set(err, BENCH_EINPUT,
                           "%s: lies on another file system than %s, from which files are moved "
                           "there, so that an import could not be all or nothing",
                           shown, p->store->path);
    } else if (faccessat(fd, ".", W_OK | X_OK, AT_EACCESS) != 0) {
        rc = bench_err_set(err, BENCH_ERROR, "%s: nothing can be written in this folder: %s", shown,
                           strerror(errno));
    }
    close(fd);
    return rc;
}

/* Notes the folders above a file that have to be made, and checks the one that exists. */
static int plan_folders(struct preparation *p, const char *path, struct bench_err *err)
{
    char *folder = bench_xstrdup(path);
    size_t existing = 0; /* length of the deepest one that exists */
    int rc = BENCH_OK;
    for (const char *c = strchr(path, '/'); rc == 0 && c != NULL; c = strchr(c + 1, '/')) {
        bool exists;
        size_t length = (size_t)(c - path);
        folder[length] = '\0';
        rc = beneath_exists(p->store->root, folder, &exists, err);
        if (rc == 0 && !exists) {
            add_folder(&p->journal, folder);
        } else {
            existing = length;
        }
        folder[length] = '/';
    }
    folder[existing] = '\0';
    rc = rc == 0 ? check_folder(p, folder, err) : rc;
    free(folder);
    return rc;
}

/* If the folder was renamed and could not be synced, it is renamed back: an import that fails must
 * not be finished by the next start. */
static int make_current(struct preparation *p, struct bench_err *err)
{
    struct bench_err ignored = {.code = 0};
    int rc = import_rename_in_store(p->store, "next", "current", err);
    if (rc != 0) {
        import_rename_in_store(p->store, "current", "next", &ignored);
    }
    return rc;
}

static int write_journal(struct preparation *p, struct bench_err *err)
{
    static const char *const parts[] = {"next/new", "next/old", "next"};
    char now[32];
    char host[65] = "?";
    bench_clock_iso(now);
    gethostname(host, sizeof(host) - 1);
    p->journal.time = bench_xstrdup(now);
    p->journal.host = bench_xstrdup(host);
    p->journal.process = (long)getpid();
    char *text = import_journal_format(&p->journal);
    int rc = beneath_write(p->store->fd, "next/journal", text, strlen(text), NULL, BENEATH_SYNC,
                           NULL, err);
    free(text);
    for (size_t i = 0; rc == 0 && i < sizeof(parts) / sizeof(*parts); i++) {
        rc = beneath_sync_folder(p->store->fd, parts[i], err);
    }
    return rc == 0 ? make_current(p, err) : rc;
}

static int make_next(struct import_store *store, struct bench_err *err)
{
    static const char *const parts[] = {"next", "next/new", "next/old", "next/wrote"};
    int rc = beneath_remove(store->fd, "next", err);
    for (size_t i = 0; rc == 0 && i < sizeof(parts) / sizeof(*parts); i++) {
        rc = beneath_make_folder(store->fd, parts[i], err);
    }
    return rc == 0 ? BENCH_OK : bench_err_prefix(err, "%s/", store->path);
}

int import_prepare(struct import_store *store, const struct bench_change *const *changes,
                   size_t count, bool (*stop)(void), struct bench_err *err)
{
    struct preparation p = {.store = store};
    p.journal.steps = bench_xcalloc(count + 1, sizeof(*p.journal.steps));
    int rc = BENCH_OK;
    for (size_t i = 0; rc == 0 && i < count; i++) {
        rc = plan_folders(&p, changes[i]->target, err);
    }
    rc = rc == 0 ? make_next(store, err) : rc;
    for (size_t i = 0; rc == 0 && i < count; i++) {
        rc = stop() ? bench_err_set(err, BENCH_EINTERRUPTED, "interrupted")
                    : stage(&p, changes[i], err);
    }
    if (rc == 0 && stop()) {
        rc = bench_err_set(err, BENCH_EINTERRUPTED, "interrupted");
    }
    rc = rc == 0 ? write_journal(&p, err) : rc;
    if (rc != 0) {
        beneath_remove(store->fd, "next", NULL); /* else the next start does it */
    }
    import_journal_fini(&p.journal);
    return rc;
}
