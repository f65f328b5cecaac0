/* Shared by the files that make an import's plan: import.c (what to import, in which order),
 * import_data.c (where the code comes from), import_names.c (names and categories), import_check.c
 * (the code, looked at by Python), import_files.c (what both layouts share of the files' texts),
 * import_experimental.c and import_experimental_ops.c (the files of each layout), import_inits.c
 * (__init__.py). */
#ifndef BENCH_IMPORTER_IMPORT_IMPL_H
#define BENCH_IMPORTER_IMPORT_IMPL_H

#include "importer/categories.h"
#include "importer/export_selected.h"
#include "importer/import.h"
#include "importer/metadata.h"

/* Begins the line of an operator file (layout experimental_ops) that has its record as JSON. */
#define IMPORT_RECORD "# bench-import: "

/* A module as the tree will have it: our docstring, __future__ imports, the rest; or the comments
 * that it begins with, and all else. Strings are those of the answer of Python. */
struct import_module {
    const char *docstring, *future, *body;
    const char *comments, *rest;
};

/* One operator on its way; `result` is what the caller of the plan sees of it. */
struct import_item {
    struct bench_import_op *result;
    const struct bench_selected *selected;
    const struct bench_selected_op *op;
    const struct bench_run_facts *facts;
    const struct bench_binary_hashes *binaries; /* of the code that was measured */
    struct bench_opdata data;
    struct bench_operator *description; /* that was measured; NULL where none is found */
    bool is_aten;                       /* `aten` is filled */
    struct bench_aten_operator aten;

    struct import_module code, test;
    const struct bench_json *exports;         /* names */
    const struct bench_json *defined;         /* all names that the code defines */
    const struct bench_json *inventory_names; /* "ge_.Scalar" */
    const char *performance;                  /* text of the performance test, or NULL */
    bool made_test;                           /* the test was made, not given */
    bool is_public;                           /* flag_gems has no other object of such a name */

    bool is_known; /* it was imported before: `entry` */
    struct bench_metadata_entry entry;
    struct bench_json_doc *record; /* of an operator file that says it itself */
    bool code_changed;
    char code_hash[33], file_hash[33], test_hash[33], performance_hash[33], measurements_hash[33];
    char *module;                                   /* dotted name of where the code will be */
    char *code_path, *test_path, *performance_path; /* relative to the tree; the last may be NULL */
    char *generation_date, *created_at, *measured_at;
    int line_start, line_end;
};

struct import_context {
    struct bench_import *plan;
    struct bench_import_request request;
    struct bench_selected **selected; /* as many as the request's inputs */
    struct bench_run_facts *facts;
    struct bench_binary_hashes **binaries; /* binaries[i][k]: of selected[i]->ops[k] */
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

/* Reads the operator's data: of `index` (--operators), or what the run measured. BENCH_EINPUT also
 * if it is not the code that was measured. */
int import_read_data(const struct import_context *x, const struct bench_opdata_index *index,
                     struct import_item *item, struct bench_err *err);

/* Fails operators whose names cannot be those of modules, or are those of others. */
void import_check_name(struct import_context *x, struct import_item *item);
/* Operator data, selection and the table of ATen's operators say it, in this order. */
int import_set_category(struct import_item *item);
/* Where the item's module and files will be. */
void import_set_place(const struct import_context *x, struct import_item *item);
/* What an earlier import said of the operator: `entry`. */
int import_find_entry(struct import_context *x, struct import_item *item, struct bench_err *err);

/* True if the tree has the operator with these very measurements. */
bool import_same_numbers(const struct import_item *item);
/* What is to be recorded of the operator; strings are borrowed. */
struct bench_metadata_update import_update_of(const struct import_context *x,
                                              const struct import_item *item);

/* Fails an item with a wrong case. `bench select` never lists one: the file is of somebody else, or
 * was edited. */
bool import_check_correct(struct import_item *item);

/* Has Python parse the code of every item that has not failed. */
int import_check_code(struct import_context *x, struct bench_err *err);

/* Of a text without the line that begins with IMPORT_RECORD, which has this hash in it. */
void import_content_hash(const char *text, char hash[33]);
/* Plans the operator's, the test's and the performance test's file. */
void import_plan_files(struct import_context *x, struct import_item *item);
/* Texts of layout experimental_ops; the caller frees. operator_text wants the other hashes. */
char *import_ops_operator_text(const struct import_context *x, struct import_item *item);
char *import_ops_test_text(const struct import_item *item);
char *import_ops_performance_text(const struct import_item *item);
/* The record of an operator file of layout experimental_ops; NULL if it has none. */
struct bench_json_doc *import_ops_record(const char *text);

/* Plans every __init__.py. */
int import_plan_inits(struct import_context *x, struct bench_err *err);
/* Plans _metadata.json, or conf/operators.yaml. */
int import_plan_metadata(struct import_context *x, struct bench_err *err);
int import_plan_inventory(struct import_context *x, struct bench_err *err);

#endif
