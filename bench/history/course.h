/*
 * Reading the history: runs, and courses. A course is one case on one kind of device, in one mode
 * and with one cache, over all runs that measured it, by the time of their start.
 */
#ifndef BENCH_HISTORY_COURSE_H
#define BENCH_HISTORY_COURSE_H

#include "bench/history/history.h"

/* What is wanted; NULL and 0 are for all. */
struct bench_history_filter {
    const char *operator_name, *dtype, *shape; /* as they were recorded */
    const char *device; /* part of its name, in any letter case, or its kind */
    const char *suite;
    int64_t since_s; /* runs that started then or later */
    size_t last;     /* the last so many runs of each course */
};

/* A run that the filter leaves may be on other devices, too. */
bool bench_history_is_wanted_device(const struct bench_history_filter *filter,
                                    const struct bench_history_device *device);

/* One run of a course. */
struct bench_history_night {
    const struct bench_history_run *run;                    /* without cases and decisions */
    struct bench_history_result roles[BENCH_HISTORY_ROLES]; /* status NULL: not in this run */
};

struct bench_history_course {
    const char *operator_name, *dtype, *shape, *params;
    const char *device_kind, *device_name, *mode, *cache;
    const struct bench_history_night *nights; /* nights[count], by time */
    size_t count;                             /* at least 1 */
};

/* Everything that is read lives as long as its view. */
struct bench_history_view;

/* BENCH_ENOTFOUND if nothing was recorded of the operator, with the names that resemble it. */
int bench_history_view_open(struct bench_history *history,
                            const struct bench_history_filter *filter,
                            struct bench_history_view **view, struct bench_err *err);
void bench_history_view_close(struct bench_history_view *view); /* NULL-safe */

/* The runs that the filter leaves, by time. */
const struct bench_history_run *bench_history_view_runs(const struct bench_history_view *view,
                                                        size_t *count);

/* The next course, by operator, then as the cases were first recorded; *course is NULL at the end.
 * It stays until the next call; its strings, implementations and runs as long as the view. */
int bench_history_view_next(struct bench_history_view *view,
                            const struct bench_history_course **course, struct bench_err *err);

/* "float32 [4096, 1024] dim=1": the case without the operator; the caller frees. */
char *bench_history_course_label(const struct bench_history_course *course);

/* An operator's decisions of the runs that the filter leaves are few, and read as a whole:
 * *decisions[*count], by run, in the view's memory. */
struct bench_history_past_decision {
    const struct bench_history_run *run;
    struct bench_history_decision decision;
};
int bench_history_view_decisions(struct bench_history_view *view,
                                 const struct bench_history_past_decision **decisions,
                                 size_t *count, struct bench_err *err);

#endif
