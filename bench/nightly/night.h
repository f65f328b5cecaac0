/*
 * A night: its folder nights/<date>, and night.json in it, which says how far it has come, so that
 * it can be gone on with, and what it found, so that later nights know (docs/nightly.md).
 */
#ifndef BENCH_NIGHTLY_NIGHT_H
#define BENCH_NIGHTLY_NIGHT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/util/err.h"
#include "bench/util/mem.h"

/* In the order in which they are done. */
enum bench_night_step {
    BENCH_NIGHT_RUN,
    BENCH_NIGHT_VALIDATE,
    BENCH_NIGHT_SELECT,
    BENCH_NIGHT_COMPARE,
    BENCH_NIGHT_HISTORY,
    BENCH_NIGHT_REPORT,
    BENCH_NIGHT_STEPS
};
/* "run", "validate", "select", "compare", "history", "report": also the sub-command. */
const char *bench_night_step_name(enum bench_night_step step);

enum bench_night_state {
    BENCH_NIGHT_DUE,     /* not done yet */
    BENCH_NIGHT_DONE,    /* it gave its answer, whatever that is */
    BENCH_NIGHT_SKIPPED, /* by --skip, or there is nothing to do; the note says which */
    BENCH_NIGHT_FAILED   /* it gave no answer: the night has one thing less, and says so */
};
const char *bench_night_state_name(enum bench_night_state state);

struct bench_night_progress {
    enum bench_night_state state;
    int exit_code;    /* -1: it was not started */
    double seconds;   /* of host time */
    const char *note; /* "" */
};

/* An operator that was measured in the night. */
struct bench_night_operator {
    const char *name;
    size_t cases;
    double seconds;  /* host time of its cases in all processes; NAN: not known */
    double nearness; /* bench_nightly_nearness of its nearest decision */
};

/* One that was not, because there was no time. */
struct bench_night_left_out {
    const char *name;
    size_t cases;
    double cost_s, age_days; /* as in struct bench_nightly_unit */
};

/* What somebody should look at. */
struct bench_night_alarm {
    const char *kind; /* "slower", "wrong", "crashed", "answer", "step", … */
    const char *text; /* "gelu float32 [64, 64]: candidate 3.1 % slower (2.4 to 3.8 %)" */
};

struct bench_night {
    const char *folder;             /* path */
    const char *id;                 /* the folder's name: "2026-11-22" */
    const char *status;             /* "running", "finished", "interrupted", "failed" */
    int exit_code;                  /* -1 while it is running */
    const char *started, *finished; /* UTC; "" */
    int64_t started_s;              /* since 1970 */
    double duration_s;
    const char *const *command; /* the command line from "nightly" on */
    size_t command_count;
    const char *suite;
    const char *device_asked;                          /* the option */
    const char *device_kind, *device_name, *device_id; /* "" until it is measured */
    double budget_s;                                   /* INFINITY: none */
    const char *compared_with; /* folder of the last good night; "" if there is none */
    bool regression;           /* an alarm is against that night */
    struct bench_night_progress steps[BENCH_NIGHT_STEPS];
    struct bench_night_operator *operators;
    size_t operator_count;
    struct bench_night_left_out *left_out;
    size_t left_out_count;
    struct bench_night_alarm *alarms;
    size_t alarm_count;
    const char **unsure; /* what may have changed, and is no alarm: "add: other code stands …" */
    size_t unsure_count;
    struct bench_arena *arena; /* of all texts and arrays */
};

/* A new folder in `nights` (made if need be) for today, UTC: "2026-11-22", "2026-11-22-2", … */
int bench_night_new(const char *nights, struct bench_night *night, struct bench_err *err);
/* Reads night.json of a folder. BENCH_ENOTFOUND, BENCH_EINPUT. */
int bench_night_read(const char *folder, struct bench_night *night, struct bench_err *err);
/* Writes night.json, atomically. */
int bench_night_write(const struct bench_night *night, struct bench_err *err);
void bench_night_fini(struct bench_night *night);

/* Texts are copied into the night's arena. */
void bench_night_add_alarm(struct bench_night *night, const char *kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void bench_night_add_unsure(struct bench_night *night, const char *text);
void bench_night_set_note(struct bench_night *night, enum bench_night_step step, const char *format,
                          ...) __attribute__((format(printf, 3, 4)));

/* All nights of a folder, the oldest first. A night.json that cannot be read is told in `warnings`
 * and left out. No folder: none. */
struct bench_nights {
    struct bench_night *items;
    size_t count;
    char *warnings; /* lines; "" */
};
int bench_nights_read(const char *nights, struct bench_nights *all, struct bench_err *err);
void bench_nights_fini(struct bench_nights *all);

/* The last good night: the newest finished one before `before` on the same device without
 * regression, that measured `op` (NULL: any operator). NULL if there is none. */
const struct bench_night *bench_nights_last_good(const struct bench_nights *all,
                                                 const struct bench_night *before, const char *op);
/* The newest night before `before`, finished, with the same device option, that measured `op`;
 * *op_of is what it says of it. NULL if there is none. */
const struct bench_night *bench_nights_last_of(const struct bench_nights *all,
                                               const struct bench_night *before, const char *op,
                                               const struct bench_night_operator **op_of);
/* The newest of all, if it did not come to its end; else NULL. Older ones are past. */
const struct bench_night *bench_nights_unfinished(const struct bench_nights *all);

#endif
