/* What `bench import` prints of a plan. */
#ifndef BENCH_CLI_IMPORT_REPORT_H
#define BENCH_CLI_IMPORT_REPORT_H

#include <stdbool.h>

#include "importer/import.h"
#include "importer/verify.h"

/* Layout, operators, and the files that change as a tree. */
void bench_import_print_plan(const struct bench_import *plan);
/* Every change as a unified diff. -1, with a message, if none can be made. */
int bench_import_print_diff(const struct bench_import *plan);
/* What the tests said; those that fail go to standard error. */
void bench_import_print_tests(const struct bench_verify *tests, const char *where, bool quiet);
/* Operators that cannot be imported, to standard error; of files that were changed by hand, the
 * difference too. */
void bench_import_print_failures(const struct bench_import *plan);
/* How many operators have numbers that nothing ties to their code, to standard error. */
void bench_import_print_unknown(const struct bench_import *plan);
/* One line of numbers. */
void bench_import_print_summary(const struct bench_import *plan, bool dry_run, bool written);

#endif
