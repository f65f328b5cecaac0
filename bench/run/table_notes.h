/* What stands below the tables of a run: failures, roles that nobody could fill, and how far the
 * numbers can be trusted. */
#ifndef BENCH_RUN_TABLE_NOTES_H
#define BENCH_RUN_TABLE_NOTES_H

#include "bench/run/judge.h"
#include "bench/run/run.h"
#include "bench/util/str.h"

void bench_table_write_failures(const struct bench_run *run, bool color, struct bench_str *out);
void bench_table_write_unfilled(const struct bench_run *run, struct bench_str *out);
void bench_table_write_footer(const struct bench_run *run, const struct bench_judge *judge,
                              struct bench_str *out);

#endif
