/*
 * The history: every finished run, in one SQLite file (docs/history.md has the tables). A run is
 * there whole or not at all, whenever the process or the machine dies; several processes may read
 * and write at the same time; recording a run again changes nothing.
 *
 * This module knows neither devices nor run folders: what is recorded is handed over in the structs
 * below, and what is read comes back in bench/history/course.h.
 *
 * Errors: BENCH_EINPUT if the file is no history, or one that this program cannot use (made by a
 * newer version, damaged); BENCH_ENOTFOUND if there is none; BENCH_ERROR for all that the system
 * refuses (locked for too long, read-only, disk full). Messages begin with the file's path.
 */
#ifndef BENCH_HISTORY_HISTORY_H
#define BENCH_HISTORY_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/util/err.h"

/* PRAGMA user_version of what this program writes; older files are brought up to it when they are
 * opened (and read as they are where they cannot be written), newer ones are refused. */
#define BENCH_HISTORY_VERSION 2

/* How long it is waited for another process that writes. A night of 5,500 results is written in a
 * fraction of a second; this is for a slow disk and several of them. */
#define BENCH_HISTORY_PATIENCE_MS 30000

enum bench_history_access {
    BENCH_HISTORY_READ,   /* BENCH_ENOTFOUND if there is no such file */
    BENCH_HISTORY_CHANGE, /* the same, and it may be written */
    BENCH_HISTORY_WRITE,  /* made if there is none, with the folders above it; the messages and
                           *created of _open tell */
};

struct bench_history;

/* The file that is used where none is named: $BENCH_HISTORY, else $XDG_DATA_HOME/bench/history.db,
 * else ~/.local/share/bench/history.db. NULL if $BENCH_HISTORY is empty, which means "none". The
 * caller frees. */
char *bench_history_default_path(void);

/* One handle is for one thread at a time. *created may be NULL. */
int bench_history_open(const char *path, enum bench_history_access access,
                       struct bench_history **history, bool *created, struct bench_err *err);
void bench_history_close(struct bench_history *history); /* NULL-safe; undoes an open batch */
const char *bench_history_path(const struct bench_history *history);

/* ---- what is recorded ---- */

/* As in bench/perf/criteria.h and the journal. */
enum bench_history_role {
    BENCH_HISTORY_CANDIDATE,
    BENCH_HISTORY_REFERENCE,
    BENCH_HISTORY_BASELINE,
    BENCH_HISTORY_ROLES
};
extern const char *const bench_history_role_names[BENCH_HISTORY_ROLES];

/* Doubts about a time, to be added up. */
enum bench_history_note {
    BENCH_HISTORY_NEAR_FLOOR = 1,
    BENCH_HISTORY_THROTTLED = 2,
};

/* Texts that are not known are NULL or "". They are copied into the database. */
struct bench_history_device {
    const char *kind, *name, *uuid, *arch;
};

/* What the times depend on besides the device and the code; runs with equal texts share a row. */
struct bench_history_environment {
    const char *driver, *compiler, *libraries, *python, *bench_version, *host, *system;
};

/* What one role of a case did. `implementation` NULL: nobody could play it, and `status` says why;
 * `status` NULL: the role is not in the run. */
struct bench_history_result {
    const char *implementation, *variant, *library, *source_hash, *binary_hash;
    const char *status, *reason;     /* "ok", "wrong", …; the sentence */
    double time_ms, low_ms, high_ms; /* the median and its interval; NAN where there is none */
    unsigned notes;                  /* of enum bench_history_note */
    const struct bench_history_device *device; /* NULL: the run's */
};

struct bench_history_case {
    const char *operator_name, *dtype;
    const char *shape;  /* "[4096, 1024]" */
    const char *params; /* normalised, so that equal cases have equal texts; "" for none */
    struct bench_history_result roles[BENCH_HISTORY_ROLES];
};

/* An operator's answer by one rule ("speedup_vs_flaggems", "relative_to_cuda"). */
struct bench_history_decision {
    const char *operator_name, *criterion, *answer, *reason;
    double estimate, low, high, threshold; /* ratios; NAN where there is none */
    int processes;
};

struct bench_history_run {
    const char *uid;    /* tells this run from all others, on whatever host; see _uid */
    const char *name;   /* "20261122T102600Z-quick" */
    const char *folder; /* where its files were when it was recorded */
    const char *suite, *commit, *command, *mode, *cache;
    const char *settings; /* JSON */
    int64_t started_s;    /* since 1970, UTC; not before that */
    double duration_s;    /* NAN if it is not known, as noise_floor */
    double noise_floor;   /* relative: 0.004 is 0.4 % */
    uint64_t seed;
    bool dirty; /* the commit's files were changed */
    int exit_code, confirmations;
    struct bench_history_device device; /* of several the first */
    struct bench_history_environment environment;
    const struct bench_history_case *cases;
    size_t case_count;
    const struct bench_history_decision *decisions;
    size_t decision_count;
    /* Of a run that was read; else not looked at. */
    size_t result_count;                               /* how many results it has */
    const struct bench_history_device *const *devices; /* devices[device_count], that they are on */
    size_t device_count; /* 0: recorded by version 1 of the file, as if all were on `device` */
};

/* The uid of a run of this name, start, host, device and seed: a hash. Folders have the time of
 * their start for a name, which two hosts may share. */
void bench_history_uid(const struct bench_history_run *run, char uid[33]);

/* Records a run, whole or not at all; *added is false if it was there already. What version 1 of
 * the file had not kept of one that is there, the devices of its results, is then completed. */
int bench_history_add(struct bench_history *history, const struct bench_history_run *run,
                      bool *added, struct bench_err *err);

/* How many runs were completed through this handle. */
size_t bench_history_completed(const struct bench_history *history);

/* Whether a run of this uid is there. */
int bench_history_has(struct bench_history *history, const char *uid, bool *found,
                      struct bench_err *err);

/* Several runs in one transaction, for imports: a run that cannot be added leaves the others of
 * the batch alone. Others wait meanwhile, so batches are short (bench_history_batch_is_due). What
 * was added is there once _commit returned 0. */
int bench_history_begin(struct bench_history *history, struct bench_err *err);
int bench_history_commit(struct bench_history *history, struct bench_err *err);
/* True in a batch that has a second behind it, or 64 runs. */
bool bench_history_batch_is_due(const struct bench_history *history);

/* ---- care ---- */

/* What is wrong with the file, one line each, in *report (the caller frees; "" if nothing is):
 * SQLite's quick_check (with `full` its integrity_check, which reads every index too), foreign
 * keys, and whether every run has as many results as were recorded. BENCH_EINPUT if something is
 * wrong. */
int bench_history_check(struct bench_history *history, bool full, char **report,
                        struct bench_err *err);

/* Deletes the runs that started before `before_s`, with all that only they used, and gives the
 * space back to the system; or the one run whose uid or name this is (the other is 0 or NULL),
 * whose space later runs use. With `dry_run` nothing is changed. *runs and *results: how many.
 * BENCH_ENOTFOUND if there is no run of that name; BENCH_EINPUT if several have it. */
struct bench_history_prune {
    int64_t before_s;
    const char *run;
    bool dry_run;
};
int bench_history_prune(struct bench_history *history, const struct bench_history_prune *what,
                        size_t *runs, size_t *results, struct bench_err *err);

#endif
