/* What the two halves of the reader share; private to selector/. */
#ifndef SELECTOR_DATASET_IMPL_H
#define SELECTOR_DATASET_IMPL_H

#include "selector/dataset.h"
#include "selector/index.h"

struct bench_dataset_reader {
    struct bench_dataset *set;
    struct bench_faults *faults;
    struct bench_index *op_names;    /* -> index in named */
    const struct bench_json **named; /* members of the root, whatever else is wrong with them */
    size_t named_count;
    struct bench_index *keys;       /* of cases -> index in seen */
    const struct bench_json **seen; /* configs, whatever else is wrong with them */
    size_t seen_count;
    size_t seen_cap;
    size_t op_cap;
    size_t case_cap;
};

/* What tells a case from others; the key is NULL if it has a fault (which is reported). */
struct bench_dataset_identity {
    const struct bench_json *shape;
    const char *dtype;
    const char *params;
    const char *key;
};
struct bench_dataset_identity bench_dataset_read_identity(struct bench_dataset_reader *r,
                                                          const char *op_name,
                                                          const struct bench_json *object);

/* Reads "configs" of set->ops[op] into set->cases. */
void bench_dataset_read_configs(struct bench_dataset_reader *r, size_t op);

/* Reports each key that an object has twice. */
void bench_dataset_check_keys(struct bench_dataset_reader *r, const struct bench_json *object);

/* Reads "decisions" of set->ops[op]. */
void bench_dataset_read_decisions(struct bench_dataset_reader *r, struct bench_dataset_op *op);

/* "float32 [2, 3] (dim=1)", in the arena. */
const char *bench_dataset_label(struct bench_arena *arena,
                                const struct bench_dataset_identity *identity);

#endif
