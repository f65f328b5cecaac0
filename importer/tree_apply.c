/* Writing a plan, with the signals that mean "stop" held back while files are moved. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/util/mem.h"
#include "importer/transaction.h"

/* Signals that mean "stop", without those that whoever started us wants to be ignored (nohup).
 * While they are blocked they are looked at between two files. */
static void stop_signals(sigset_t *set)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    sigemptyset(set);
    for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++) {
        struct sigaction action;
        if (sigaction(signals[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN) {
            sigaddset(set, signals[i]);
        }
    }
}

/* Takes the signals that have arrived; true if there was one. */
static bool take_stop_signal(void)
{
    const struct timespec now = {0, 0};
    bool any = false;
    sigset_t set;
    stop_signals(&set);
    while (sigtimedwait(&set, NULL, &now) > 0) {
        any = true;
    }
    return any;
}

static int depth_of(const char *path)
{
    int depth = 0;
    for (const char *c = path; *c != '\0'; c++) {
        depth += *c == '/' ? 1 : 0;
    }
    return depth;
}

/* By rank; each __init__.py after those of the packages that it may name; else as planned. */
static int compare_changes(const void *a, const void *b)
{
    const struct bench_change *x = *(const struct bench_change *const *)a;
    const struct bench_change *y = *(const struct bench_change *const *)b;
    int rank = import_step_rank(x->target, x->new_text == NULL);
    int other = import_step_rank(y->target, y->new_text == NULL);
    if (rank != other) {
        return rank - other;
    }
    int depth = rank == 1 ? depth_of(y->target) - depth_of(x->target) : 0;
    return depth != 0 ? depth : x < y ? -1 : 1;
}

/* The changes in the order of their steps, without those that came to nothing; the caller frees. */
static const struct bench_change **in_order(const struct bench_tree *tree, size_t *count)
{
    const struct bench_change **order =
        bench_xcalloc(tree->count + 1, sizeof(struct bench_change *));
    *count = 0;
    for (size_t i = 0; i < tree->count; i++) {
        const struct bench_change *c = &tree->changes[i];
        bool same = c->old_text == NULL || c->new_text == NULL
                        ? c->old_text == c->new_text
                        : strcmp(c->old_text, c->new_text) == 0;
        if (!same) {
            order[(*count)++] = c;
        }
    }
    qsort(order, *count, sizeof(*order), compare_changes);
    return order;
}

static int take_back(struct import_store *store, const struct import_journal *journal,
                     struct bench_err *err)
{
    struct bench_err cause = *err;
    struct bench_err why = {.code = 0};
    if (import_take_back(store, "current", journal, false, NULL, &why) == 0) {
        return bench_err_set(err, cause.code,
                             "%.2500s; everything that was written has been taken back: the tree "
                             "is as it was",
                             cause.message);
    }
    return bench_err_set(err, cause.code,
                         "%.2500s; it could not be taken back either: %.2500s. The tree is changed "
                         "in part; the next `bench import` into it finishes the import or takes it "
                         "back, `bench import --undo` takes it back",
                         cause.message, why.message);
}

/* From here on the tree changes. */
static int commit(struct import_store *store, struct bench_err *err)
{
    struct import_journal journal;
    int rc = import_load(store, "current", &journal, err);
    if (rc != 0) {
        return bench_err_prefix(err, "nothing was written; ");
    }
    rc = import_forward(store, &journal, err);
    if (rc != 0) {
        rc = take_back(store, &journal, err);
    } else {
        rc = import_finish(store, err);
        if (rc != 0) {
            bench_err_prefix(err, "all files are written, but the import could not be closed, "
                                  "which the next start does: ");
        }
    }
    import_journal_fini(&journal);
    return rc;
}

static int prepare_and_commit(struct import_store *store, const struct bench_change *const *changes,
                              size_t count, struct bench_err *err)
{
    struct bench_err why = {.code = 0};
    int rc = import_prepare(store, changes, count, take_stop_signal, &why);
    if (rc != 0) {
        return bench_err_set(err, rc, "%.5000s; nothing was written: the tree is as it was",
                             why.message);
    }
    return commit(store, err);
}

static int apply(const struct bench_tree *tree, const struct bench_change *const *changes,
                 size_t count, struct bench_err *err)
{
    struct import_store store;
    char *note = NULL;
    int rc = import_store_lock(tree->fd, tree->root, true, &store, err);
    if (rc == 0) {
        /* Was something found here, the plan was made on another tree, and is refused below. */
        rc = import_recover(&store, &note, err);
        free(note);
        rc = rc == 0 ? prepare_and_commit(&store, changes, count, err) : rc;
        import_store_close(&store);
    }
    return rc;
}

int bench_tree_apply(struct bench_tree *tree, struct bench_err *err)
{
    struct bench_err why = {.code = 0};
    size_t count;
    const struct bench_change **changes = in_order(tree, &count);
    sigset_t set;
    sigset_t old;
    stop_signals(&set);
    pthread_sigmask(SIG_BLOCK, &set, &old);
    int rc = count > 0 ? apply(tree, changes, count, &why) : BENCH_OK;
    take_stop_signal(); /* it came too late: all is written, or all is taken back */
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    free(changes);
    return rc == 0 ? BENCH_OK : bench_err_set(err, rc, "%s", why.message);
}

/* An import that is at work, or died, shows in these. */
static int find_unfinished(const struct import_store *store, const char **where,
                           struct bench_err *err)
{
    static const char *const places[] = {"undoing", "current", "next", "junk"};
    int rc = BENCH_OK;
    *where = NULL;
    for (size_t i = 0; rc == 0 && *where == NULL && store->fd >= 0 && i < 4; i++) {
        bool exists;
        rc = beneath_exists(store->fd, places[i], &exists, err);
        *where = rc == 0 && exists ? places[i] : NULL;
    }
    return rc;
}

int bench_tree_repair(const struct bench_tree *tree, bool look_only, char **note,
                      struct bench_err *err)
{
    struct import_store store;
    const char *where;
    *note = NULL;
    int rc = import_store_find(tree->fd, tree->root, &store, err);
    rc = rc == 0 ? find_unfinished(&store, &where, err) : rc;
    if (rc == 0 && where != NULL && look_only && strcmp(where, "junk") != 0) {
        rc = bench_err_set(err, BENCH_EINPUT,
                           "an import into this tree is at work, or died (%s/%s), so the tree is "
                           "not what it seems; `bench import` finishes it, `bench import --undo` "
                           "takes it back",
                           store.path, where);
    }
    import_store_close(&store);
    if (rc != 0 || where == NULL || look_only) {
        return rc;
    }
    rc = import_store_lock(tree->fd, tree->root, false, &store, err);
    if (rc == 0 && store.fd >= 0) {
        rc = import_recover(&store, note, err);
    }
    import_store_close(&store);
    return rc;
}
