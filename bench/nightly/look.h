/* What a night's run and its comparisons show: read from their files, so that a night that is gone
 * on with comes to the same. */
#ifndef BENCH_NIGHTLY_LOOK_H
#define BENCH_NIGHTLY_LOOK_H

#include "bench/nightly/night.h"

/* Takes device, suite and operators from the run in <night>/run. */
int bench_night_look_at_run(struct bench_night *night, struct bench_err *err);

/* One alarm for each implementation that failed in that run: for a night that is compared with
 * none. */
int bench_night_alarm_failures(struct bench_night *night, struct bench_err *err);

/* The alarms, and what it leaves open, of a comparison (what `bench compare --format json` printed)
 * about operators for which `wanted` says so, with the night's regression. */
int bench_night_alarm_comparison(struct bench_night *night, const char *path,
                                 bool (*wanted)(const char *op, void *context), void *context,
                                 struct bench_err *err);

/* "2 of 8 operators are selected: gelu, sum" from what `bench select` wrote into the run; NULL if
 * it wrote nothing. The caller frees. */
char *bench_night_selected(const struct bench_night *night);

#endif
