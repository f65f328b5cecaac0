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
    size_t written_length;
    const char *name;
    size_t bytes;
};
#define BENCH_DATASET_DTYPES 16

/* A millionth of a nanosecond is far below a clock cycle of any device, and 11 days are no kernel's
 * time. Within these bounds no ratio of two times can overflow. */
#define BENCH_DATASET_TIME_MIN_MS 1e-12
#define BENCH_DATASET_TIME_MAX_MS 1e9

/* 2^53 elements of one byte are nine petabytes: no tensor has them. */
#define BENCH_DATASET_ELEMENTS_MAX 0x1p53

/* Between the parts of a key. */
#define BENCH_DATASET_SEPARATOR '\x1f'

/* What bench_dataset_case.op holds: a case takes 70 bytes of text, and files have at most 1 GiB. */
#define BENCH_DATASET_OP_MAX 0x3ffffffu

/* The same with its closing quote as two words, for comparing with text at once. */
struct bench_dataset_spelling {
    uint64_t word[2], mask[2];
};

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
    struct bench_dataset_spelling spelling[BENCH_DATASET_SPELLINGS];

    /* While the text is scanned, what was skimmed goes to set->cases, in the order of the text.
     * Afterwards it stands behind room for what was declined, so that the cases, again in the order
     * of the text, can be put together in the same memory: see read_configs. */
    const char *text, *text_end;
    size_t skimmed_count;
    size_t declined;
    size_t skimmed_next; /* the first in set->cases that was not taken yet */
};

/* struct bench_json_skim: takes the configs that have nothing unusual and no fault; `context` is
 * the reader. */
const char *bench_dataset_skim(void *context, const char *object);

/* A copy of the key that lives as long as the dataset. */
const char *bench_dataset_store_key(struct bench_dataset_reader *r, const char *key, size_t length);

/* Looks it up among those that were read; adds it to them. The name is NULL if torch has none. */
struct bench_dataset_dtype bench_dataset_find_dtype(struct bench_dataset_reader *r,
                                                    const char *written);

/* What tells a case from others; the key is NULL if it has a fault (which is reported). No
 * dimension may be below `least`: a case with times has elements, one that failed may be empty. */
struct bench_dataset_identity {
    const char *dtype;
    const char *params;
    const char *key;
    uint32_t key_hash;
    double bytes;
};
struct bench_dataset_identity
bench_dataset_identify(struct bench_dataset_reader *r, const struct bench_json *object,
                       const struct bench_json *shape, const struct bench_json *dtype,
                       const struct bench_json *params, uint64_t least);

/* Reports the member as missing. */
void bench_dataset_missing(struct bench_dataset_reader *r, const struct bench_json *object,
                           const char *key, const char *what);

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
const char *bench_dataset_label(struct bench_arena *arena, const char *key);

#endif
