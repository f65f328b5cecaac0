/* For tests of the importer: a folder of their own with a miniature FlagGems tree in it, and short
 * ways to plan, apply and look. */
#ifndef TESTS_IMPORTER_SUPPORT_H
#define TESTS_IMPORTER_SUPPORT_H

#include <stdbool.h>

#include "importer/import.h"

#define GENERATED "tree/src/flag_gems/experimental/generated/"
#define TESTS "tree/src/flag_gems/experimental/tests/"

/* To be .init and .fini of a suite: a new folder with tree/src/flag_gems/__init__.py becomes the
 * working directory; then it goes. Without python3 the test is skipped, and says so. */
void importer_enter(void);
void importer_leave(void);

void importer_write(const char *path, const char *text);
char *importer_read(const char *path); /* fails the test if there is none; the caller frees */
void importer_expect_in(const char *path, const char *part);
void importer_expect_not_in(const char *path, const char *part);
char *importer_resource(const char *name); /* path in tests/resources/importer; the caller frees */

/* Operator data as a file "data/<file>.json". */
void importer_data(const char *file, const char *op_name, const char *code, const char *test_func);
/* A selection of batch 1, "selected.json", with these operators (names separated by blanks), one
 * case each. */
void importer_select(const char *names);

/* Plans the import of selected.json with data/ into tree/; fails the test if no plan can be made.
 */
void importer_plan(struct bench_import *plan);
/* The same, expected to fail with a message that contains `part`. */
void importer_plan_fails(const char *part);
/* Plans, expects no failed operator, applies, and returns the number of files written. */
size_t importer_import(void);
/* Plans; the only operator is expected to fail with a message that contains `part`. */
void importer_fails(const char *part);

#endif
