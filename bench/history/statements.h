/* The texts of the statements that writing keeps prepared. Private to bench/history. */
#ifndef BENCH_HISTORY_STATEMENTS_H
#define BENCH_HISTORY_STATEMENTS_H

#include "bench/history/database.h"

extern const char *const bench_history_statements[BENCH_HISTORY_STATEMENTS];

#endif
