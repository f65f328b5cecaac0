/* What the two halves of the reader share; private to selector/. */
#ifndef SELECTOR_DATASET_IMPL_H
#define SELECTOR_DATASET_IMPL_H

#include <stdint.h>

#include "bench/util/str.h"
#include "selector/dataset.h"
#include "selector/index.h"

/* A dtype as it is written, and what it means: files know few, so they are not looked up anew. */
struct bench_dataset_dtype {
    const char *written;
    const char *name;
    size_t bytes;
};
#define BENCH_DATASET_DTYPES 16

struct bench_dataset_reader {
    struct bench_dataset *set;
    struct bench_faults *faults;
    struct bench_index *op_names;    /* -> index in named */
    const struct bench_json **named; /* members of the root, whatever else is wrong with them */
    size_t named_count;
    struct bench_index *keys;       /* of the operator's cases -> index in seen */
    const struct bench_json **seen; /* its configs, whatever else is wrong with them */
    size_t seen_count;
    size_t seen_cap;
    size_t op_cap;
    size_t case_cap;
    struct bench_str key; /* of the case that is read: kept, so that it is not made anew for each */
    char *pool;           /* for the keys of cases */
    size_t pool_left;
    uint64_t *dims; /* of the shape that is read */
    size_t dim_count;
    size_t dim_cap;
    struct bench_dataset_dtype dtypes[BENCH_DATASET_DTYPES]; /* those that were read before */
    size_t dtype_count;
};

/* What tells a case from others; the key is NULL if it has a fault (which is reported). */
struct bench_dataset_identity {
    const struct bench_json *shape;
    const char *dtype;
    const char *params;
    const char *key;
    double bytes;
};
struct bench_dataset_identity bench_dataset_read_identity(struct bench_dataset_reader *r,
                                                          const char *op_name,
                                                          const struct bench_json *object);

/* Reads "configs" of set->ops[op] into set->cases. */
void bench_dataset_read_configs(struct bench_dataset_reader *r, size_t op);

/* The "mode" of a case (NULL: it tells none), which FlagGems' records have. Other words than their
 * modes are somebody else's key. */
void bench_dataset_read_mode(struct bench_dataset_reader *r, struct bench_dataset_op *op,
                             const struct bench_json *v);

/* Reports each key that an object has twice. */
void bench_dataset_check_keys(struct bench_dataset_reader *r, const struct bench_json *object);

/* "found …, expected …", where what was found is a value of the wrong type or size. */
void bench_dataset_wrong(struct bench_dataset_reader *r, const char *code,
                         const struct bench_json *v, const char *expected);

/* The same for a string that is none of the words that are known. */
void bench_dataset_unknown_word(struct bench_dataset_reader *r, const char *code,
                                const struct bench_json *v, const char *expected);

/* Reads "decisions" of set->ops[op]. */
void bench_dataset_read_decisions(struct bench_dataset_reader *r, struct bench_dataset_op *op);

/* "float32 [2, 3] (dim=1)", in the arena. */
const char *bench_dataset_label(struct bench_arena *arena,
                                const struct bench_dataset_identity *identity);

#endif
