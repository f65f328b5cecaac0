/*
 * generated/_metadata.json of a FlagGems tree (docs/formats.md, "Metadata"): what FlagGems'
 * MetadataManager reads. Entries that an import does not touch are copied as they are.
 */
#ifndef BENCH_IMPORTER_METADATA_H
#define BENCH_IMPORTER_METADATA_H

#include <stdbool.h>
#include <stddef.h>

#include "bench/perf/json.h"
#include "importer/opdata.h"
#include "importer/provenance.h"
#include "importer/selection.h"

#define BENCH_METADATA_PATH "src/flag_gems/experimental/generated/_metadata.json"

struct bench_metadata {
    struct bench_json_doc *doc; /* NULL if the file does not exist */
    const struct bench_json *ops;
};

/* `text` is the file's, or NULL. */
int bench_metadata_parse(const char *text, struct bench_metadata *metadata, struct bench_err *err);
void bench_metadata_free(struct bench_metadata *metadata);

/* What an earlier import recorded of an operator. Strings are the document's, NULL where an entry
 * (of another tool) does not have them. */
struct bench_metadata_entry {
    const struct bench_json *json;
    const char *op_id, *category, *created_at, *generation_date;
    const char *code_hash;         /* of code and test as they were handed to the import */
    const char *file_hash;         /* of the operator file as it was written */
    const char *test_hash;         /* of the test file as it was written; "" if there was none */
    const char *performance_hash;  /* likewise of the performance test; only in records */
    const char *measurements_hash; /* of the selected cases */
};

/* The entry whose op_name is `name`, with or without "aten::". *found is false if there is none;
 * BENCH_EINPUT if there are several. */
int bench_metadata_find(const struct bench_metadata *metadata, const char *name, bool *found,
                        struct bench_metadata_entry *entry, struct bench_err *err);

/* The same of a record: an object with op_id, category, created_at, generation_date and what
 * bench_metadata_put_provenance writes. */
void bench_metadata_read_record(const struct bench_json *record,
                                struct bench_metadata_entry *entry);

/* What a run of an operator's tests said. */
struct bench_metadata_tests {
    int total, passed;
    const char *time; /* when, as Python's isoformat() writes it; NULL: they were not run */
};

/* A new or changed entry. Strings are borrowed. */
struct bench_metadata_update {
    const struct bench_metadata_entry *old; /* NULL: a new operator */
    bool code_changed;                      /* earlier validation then counts no more */
    const char *name, *op_id, *category, *created_at, *generation_date;
    const char *code_hash, *file_hash, *test_hash, *measurements_hash;
    const char *performance_hash; /* NULL where the layout has no performance tests */
    const char *file_path;
    bool is_measured;                 /* the code is what was measured, by its hash */
    const char *commit;               /* of the tree before the import; NULL: no git checkout */
    const struct bench_json *exports; /* names */
    const struct bench_binary_hashes *binaries;
    struct bench_metadata_tests tests;
    int line_start, line_end;
    const struct bench_opdata *data;
    const struct bench_selected *selected;
    const struct bench_selected_op *op;
    const char *run, *device, *measured_at;   /* NULL where not known */
    const struct bench_operator *description; /* that was measured; NULL where there is none */
};

/* The file's new text: all entries, with `updates` in place of their old ones or at the end. `now`
 * is a time as Python's isoformat() writes it. The caller frees. */
char *bench_metadata_format(const struct bench_metadata *metadata,
                            const struct bench_metadata_update *updates, size_t count,
                            const char *now);

/* The members of `generation_config`: where code and numbers come from, and hashes by which the
 * next import knows what this one wrote. */
void bench_metadata_put_provenance(struct bench_json_writer *w,
                                   const struct bench_metadata_update *update);

/* Who the speedup of a case is over: an implementation of kernels/ in CUDA C stands in for FlagGems
 * or CUDA and is not called so ("bench:reference"); a library call has the library's name. The
 * caller frees. */
char *bench_metadata_reference(const struct bench_metadata_update *update,
                               const struct bench_selected_case *c);
/* The speedup of a case by which its batch was selected; NAN if it has none. */
double bench_metadata_speedup(const struct bench_metadata_update *update,
                              const struct bench_selected_case *c);

/* A random UUID (version 4). */
int bench_uuid4(char out[37], struct bench_err *err);

#endif
