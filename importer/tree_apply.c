/*
 * Writing a plan. All files are first written beside their places, under hidden names: that is
 * where a full disk, a missing permission or an interruption is met, and then nothing has changed.
 * Only then are they renamed to their places, which needs no space and is done in an instant.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "bench/util/file.h"
#include "bench/util/mem.h"
#include "bench/util/str.h"
#include "importer/tree.h"

/* Where a file waits; the name is the same for every import, so that what a killed one left behind
 * is overwritten by the next. The caller frees. */
static char *waiting_path(const struct bench_change *c)
{
    char *dir = bench_path_dirname(c->full);
    char *path = bench_xprintf("%s/.%s.bench-import", dir, bench_path_basename(c->full));
    free(dir);
    return path;
}

static int stage(const struct bench_change *c, struct bench_err *err)
{
    struct bench_err why = {.code = 0};
    struct stat st;
    char *path = waiting_path(c);
    int rc = bench_file_write_atomic(path, c->new_text, strlen(c->new_text), &why);
    if (rc == 0 && stat(c->full, &st) == 0 && chmod(path, st.st_mode & 07777) != 0) {
        rc = bench_err_set(&why, BENCH_ERROR, "%s: its mode cannot be set: %s", path,
                           strerror(errno));
    }
    free(path);
    return rc == 0 ? BENCH_OK
                   : bench_err_set(err, rc, "%s cannot be written: %s", c->path, why.message);
}

static int put_in_place(const struct bench_change *c, struct bench_err *err)
{
    char *path = waiting_path(c);
    int rc = BENCH_OK;
    if (rename(path, c->full) != 0) {
        rc = bench_err_set(err, BENCH_ERROR, "%s cannot be written: %s", c->path, strerror(errno));
    }
    free(path);
    return rc;
}

/* Folders that a change had to make, removed again while they are empty. */
static void remove_empty_parents(const struct bench_tree *tree, const char *full)
{
    char *dir = bench_path_dirname(full);
    while (strlen(dir) > strlen(tree->root) && rmdir(dir) == 0) {
        char *up = bench_path_dirname(dir);
        free(dir);
        dir = up;
    }
    free(dir);
}

/* Removes what waits, and the folders that were made for it. */
static void clear(const struct bench_tree *tree)
{
    for (size_t i = tree->count; i-- > 0;) {
        char *path = waiting_path(&tree->changes[i]);
        unlink(path);
        free(path);
        remove_empty_parents(tree, tree->changes[i].full);
    }
}

static int restore(const struct bench_change *c, struct bench_err *err)
{
    if (c->old_text != NULL) {
        return bench_file_write_atomic(c->full, c->old_text, strlen(c->old_text), err);
    }
    return unlink(c->full) == 0
               ? BENCH_OK
               : bench_err_set(err, BENCH_ERROR, "%s: %s", c->full, strerror(errno));
}

/* Takes back the first `count` changes; files that are new go first, which makes room on a full
 * disk for those that had another text. `err` has the reason. */
static void take_back(const struct bench_tree *tree, size_t count, struct bench_err *err)
{
    struct bench_str failures;
    bench_str_init(&failures);
    for (int had_text = 0; had_text <= 1; had_text++) {
        for (size_t i = count; i-- > 0;) {
            const struct bench_change *c = &tree->changes[i];
            struct bench_err why = {.code = 0};
            if ((c->old_text != NULL) == (had_text != 0) && restore(c, &why) != 0) {
                bench_str_addf(&failures, "\n  %s could not be taken back: %s", c->path,
                               why.message);
            }
        }
    }
    clear(tree);
    if (err != NULL) {
        struct bench_err why = *err;
        bench_err_set(err, why.code, "%s; %s%s", why.message,
                      failures.len == 0 ? "everything that was written has been taken back: the "
                                          "tree is as it was"
                                        : "the tree is changed in part:",
                      failures.data);
    }
    bench_str_fini(&failures);
}

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

static int apply(struct bench_tree *tree, struct bench_err *err)
{
    int rc = BENCH_OK;
    for (size_t i = 0; rc == 0 && i < tree->count; i++) {
        rc = take_stop_signal() ? bench_err_set(err, BENCH_EINTERRUPTED, "interrupted")
                                : stage(&tree->changes[i], err);
    }
    if (rc == 0 && take_stop_signal()) {
        rc = bench_err_set(err, BENCH_EINTERRUPTED, "interrupted");
    }
    size_t done = 0;
    while (rc == 0 && done < tree->count) {
        rc = put_in_place(&tree->changes[done], err);
        done += rc == 0 ? 1 : 0;
    }
    if (rc != 0) {
        take_back(tree, done, err);
    }
    return rc;
}

int bench_tree_apply(struct bench_tree *tree, struct bench_err *err)
{
    sigset_t set;
    sigset_t old;
    stop_signals(&set);
    pthread_sigmask(SIG_BLOCK, &set, &old);
    int rc = apply(tree, err);
    take_stop_signal(); /* it came too late: all is written, or all is taken back */
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return rc;
}
