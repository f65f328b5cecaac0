/* The tables, and how older files become newer ones: a list of SQL texts, one a version. Private to
 * bench/history. */
#ifndef BENCH_HISTORY_SCHEMA_H
#define BENCH_HISTORY_SCHEMA_H

#include "bench/history/history.h"

/* bench_history_schema[v] makes version v + 1 of version v; version 0 is an empty file. Texts that
 * were released never change. */
extern const char *const bench_history_schema[BENCH_HISTORY_VERSION];

/* Brings an open file from whatever older version it has (an empty one has 0) to `version`, in one
 * transaction: schema[v] makes v + 1 of v. After an error the file is as it was. */
int bench_history_migrate(struct bench_history *history, const char *const *schema, int64_t version,
                          struct bench_err *err);

#endif
