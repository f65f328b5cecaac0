/* Shared by the files that make an import's plan: import.c (what to import, in which order),
 * import_check.c (the code, looked at by Python), import_files.c (the files' texts). */
#ifndef BENCH_IMPORTER_IMPORT_IMPL_H
#define BENCH_IMPORTER_IMPORT_IMPL_H

#include "importer/export_selected.h"
#include "importer/import.h"
#include "importer/metadata.h"

/* A module as the tree will have it: our docstring, __future__ imports, the rest. Strings are those
 * of the answer of Python. */
struct import_module {
    const char *docstring, *future, *body;
};

/* One operator on its way; `result` is what the caller of the plan sees of it. */
struct import_item {
    struct bench_import_op *result;
    const struct bench_selected *selected;
    const struct bench_selected_op *op;
    const struct bench_run_facts *facts;
    struct bench_opdata data;
    struct bench_operator *description; /* that was measured; NULL where none is found */
    bool has_test;
    struct import_module code, test;
    bool is_known; /* metadata has it: `entry` */
    struct bench_metadata_entry entry;
    bool code_changed;
    char code_hash[33], file_hash[33], test_hash[33], measurements_hash[33];
    char *code_path, *test_path; /* relative to the tree */
    char *generation_date, *created_at, *measured_at;
    int line_start, line_end;
};

struct import_context {
    struct bench_import *plan;
    struct import_item *items;
    size_t count;
    struct bench_metadata metadata;
    struct bench_json_doc *answer; /* of Python, about the code */
    char now[40];
};

/* Marks an operator as failed; its message is the one of `err` or of the format. */
void import_fail(struct import_item *item, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
bool import_failed(const struct import_item *item);
/* Adds a remark to an operator's message. */
void import_remark(struct import_item *item, const char *text);

/* Has Python parse the code of every item that has not failed. */
int import_check_code(struct import_context *x, struct bench_err *err);

/* Plans the operator's and the test's file. Fails the item where a file of the tree would be
 * overwritten that was not written by an import. */
void import_plan_files(struct import_context *x, struct import_item *item);
/* Plans every __init__.py. */
int import_plan_inits(struct import_context *x, struct bench_err *err);
/* Plans _metadata.json. */
int import_plan_metadata(struct import_context *x, struct bench_err *err);

#endif
