/*
 * One timed sample (docs/design.md, "How a case is measured"): in kernel mode flush, gate, event,
 * launch, event; in operator mode flush, wait, host clock, launch, wait, host clock.
 */
#ifndef BENCH_CASE_SAMPLE_H
#define BENCH_CASE_SAMPLE_H

#include "bench/case/callable.h"

typedef int (*bench_launch_function)(struct bench_session *s, const void *what,
                                     struct bench_err *err);

/* Times what `launch` launches. Between the two events lies device time alone: everything is queued
 * behind a closed gate before any of it may start. *was_late: the gate opened by itself, so the
 * time means nothing. */
int bench_sample_launch(struct bench_session *s, bool gated, bench_launch_function launch,
                        const void *what, double *elapsed_ns, bool *was_late,
                        struct bench_err *err);

/* Operator mode: host time from before the launch until the device has done it. What was launched
 * before is waited for first. */
int bench_sample_call_launch(struct bench_session *s, bench_launch_function launch,
                             const void *what, double *elapsed_ns, struct bench_err *err);

/* One sample of an implementation in `settings->mode` and `settings->cache`; the others of the
 * settings are not looked at. One that waits for the device inside would wait for ever behind a
 * closed gate: the gate opens late by itself, twice in a row, and it is timed without one from then
 * on (callable->host_synchronises). */
int bench_sample(struct bench_session *s, const struct bench_settings *settings,
                 struct bench_callable *callable, double *elapsed_ns, struct bench_err *err);

/* The same with the caches as they are found: nothing is flushed, and nothing launched before. */
int bench_sample_as_found(struct bench_session *s, const struct bench_settings *settings,
                          struct bench_callable *callable, double *elapsed_ns,
                          struct bench_err *err);

#endif
