/* What a run has found, for people: a table an operator, failures with their reasons, a footer. */
#ifndef BENCH_RUN_TABLE_H
#define BENCH_RUN_TABLE_H

#include "bench/run/judge.h"
#include "bench/run/run.h"
#include "bench/util/str.h"

/* `color`: escape codes may be used. */
void bench_table_write(const struct bench_run *run, const struct bench_judge *judge, bool color,
                       struct bench_str *out);

#endif
