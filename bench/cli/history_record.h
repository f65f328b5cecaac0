/* From a run's folder into the history: for `bench run`, `bench history import` and whoever ends a
 * run. */
#ifndef BENCH_CLI_HISTORY_RECORD_H
#define BENCH_CLI_HISTORY_RECORD_H

#include <stdbool.h>

#include "bench/history/history.h"
#include "bench/outcome/outcome.h"

/* Records a finished run. BENCH_EUNSUPPORTED, with the reason, for what is no part of a history:
 * runs with --sanitize (nothing was timed), shards (the merged run is recorded) and what was put
 * together of runs that are recorded, performance data without a run, runs that do not say when
 * they started. Other errors are those of bench_history_add. */
int bench_history_record(struct bench_history *history, const struct bench_outcome *outcome,
                         bool *added, struct bench_err *err);

/* What `bench run` does at its end: records the folder's run in `path` (NULL: the default place,
 * and then not if the device is `null`, whose times are scripted). Whatever goes wrong is told on
 * standard error, with the command that records the run later; the run itself is not touched.
 * Returns false if something went wrong. */
bool bench_history_record_finished(const char *folder, const char *path, const char *device_kind,
                                   bool quiet);

#endif
