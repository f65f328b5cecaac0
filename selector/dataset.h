/*
 * Performance data (docs/formats.md, "Performance data") as arrays: read, checked value by value,
 * and normalised. Every fault is collected with its place; what is at fault is left out of the
 * arrays, so that whatever is in them can be calculated with.
 */
#ifndef SELECTOR_DATASET_H
#define SELECTOR_DATASET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/perf/json.h"
#include "bench/util/err.h"
#include "bench/util/mem.h"
#include "selector/faults.h"

enum bench_dataset_kind {
    BENCH_DATASET_YOUR,    /* times are "your_time": candidates */
    BENCH_DATASET_FLAGGEMS /* times are "flaggems_time": references */
};

/* "your_time" or "flaggems_time". */
const char *bench_dataset_time_key(enum bench_dataset_kind kind);

/* There may be millions: 64 bytes. */
struct bench_dataset_case {
    union {
        const struct bench_json *json; /* the config, for its place and its extra keys */
        const char *skimmed;           /* private: its text, while the file is read */
    };
    const char *dtype;     /* normalised */
    const char *params;    /* normalised; "" for none */
    const char *key;       /* the case's identity within its operator: dtype, shape and params,
                              "float32\x1f[2,3]\x1f{...}" */
    double time_ms;        /* > 0 */
    double cuda_ms;        /* > 0, or NAN where the baseline was not available */
    float bytes;           /* of one tensor of this shape and dtype, to seven digits */
    uint32_t key_hash;     /* bench_index_hash */
    uint32_t op : 26;      /* index in ops */
    uint32_t spelling : 3; /* of a plain case: its dtype as it is written, in set->spellings */
    bool plain : 1;        /* its config has shape, dtype and times, and no other key */
    bool correct : 1;      /* false only where the data say so */
    bool near_floor : 1;   /* true only where the data say so: the ratios of such a time are
                              uncertain */
};
#define BENCH_DATASET_SPELLINGS 8

/* A case in which an implementation failed or gave wrong results: it has no time. */
struct bench_dataset_failure {
    const struct bench_json *json;
    const char *role;   /* candidate, reference or baseline */
    const char *status; /* as in the journal: "wrong", "crashed", ...; "" if not told */
    const char *key;    /* as in bench_dataset_case */
    const char *label;
    const char *reason; /* never NULL */
};

/* What a run decided of an operator by one criterion: from the intervals of its cases, and from
 * fresh processes where it was confirmed (docs/formats.md, "Decisions"). */
enum bench_dataset_answer { BENCH_DATASET_UNDETERMINED, BENCH_DATASET_PASS, BENCH_DATASET_FAIL };
struct bench_dataset_decision {
    bool known; /* false: the data tell none, and all that follows means nothing */
    enum bench_dataset_answer answer;
    double estimate, low, high; /* high is INFINITY where the data have null */
    double threshold;
    const char *reason; /* why it is undetermined; "" if not told */
    size_t cases;       /* that it is over */
    size_t processes;   /* fresh ones that confirmed it; 0: none */
};
enum bench_dataset_rule { BENCH_DATASET_SPEEDUP, BENCH_DATASET_RELATIVE, BENCH_DATASET_RULES };

/* "speedup_vs_flaggems" or "relative_to_cuda"; "undetermined", "pass" or "fail". */
const char *bench_dataset_rule_key(enum bench_dataset_rule rule);
const char *bench_dataset_answer_name(enum bench_dataset_answer answer);

/* What all times that are compared must have in common besides the device (docs/formats.md):
 * "kernel" (the GPU's time alone) or "operator" (a whole call), in FlagGems' records also
 * "wrapper"; "cold" or "hot". */
enum bench_dataset_condition { BENCH_DATASET_MODE, BENCH_DATASET_CACHE, BENCH_DATASET_CONDITIONS };

/* "mode" or "cache". */
const char *bench_dataset_condition_key(enum bench_dataset_condition condition);
struct bench_dataset_op {
    const char *name; /* normalised */
    const struct bench_json *json;
    const char *device;      /* NULL if not told */
    const char *device_kind; /* cuda, cpu, null; NULL if not told */
    const char *run;         /* NULL if not told */
    /* How it was measured; NULL if not told. Of FlagGems' records, whose cases tell their mode, the
     * first one's. */
    const struct bench_json *conditions[BENCH_DATASET_CONDITIONS];
    const char *baseline_unavailable;  /* why cases have no cuda_time; NULL if they should have */
    const char *reference_unavailable; /* why there are no reference times; NULL if not told */
    size_t first_case;                 /* cases[first_case .. first_case + case_count) */
    size_t case_count;
    struct bench_dataset_failure *failures;
    size_t failure_count;
    struct bench_dataset_decision decisions[BENCH_DATASET_RULES];
};

struct bench_record; /* selector/record.h */

struct bench_dataset {
    enum bench_dataset_kind kind;
    struct bench_json_doc
        *doc; /* in the form of the plan; its values know their places in the file */
    struct bench_record *record; /* what it was made from; NULL if the file has that form itself */
    const char *form;            /* "performance data", "record of FlagGems (log, 12 results)" */
    struct bench_arena *arena;   /* all strings that are not the document's */
    struct bench_dataset_op *ops;
    size_t op_count;
    struct bench_dataset_case *cases;
    size_t case_count;
    size_t plain_count;
    const char *spellings[BENCH_DATASET_SPELLINGS]; /* of dtypes */
    bool broken; /* no JSON, or no object at the root: there is nothing to look at */
};

/* Reads `path`: performance data, or FlagGems' own records (selector/record.h), which are told
 * apart by their content. Faults of its content go to `faults`, and the result is 0 even so; the
 * result is negative only where the file cannot be read (BENCH_ENOTFOUND where there is none). */
int bench_dataset_load(const char *path, enum bench_dataset_kind kind, struct bench_faults *faults,
                       struct bench_dataset **dataset, struct bench_err *err);
/* The same for those who need every member of every case: slower, and with more memory at first. */
int bench_dataset_load_whole(const char *path, enum bench_dataset_kind kind,
                             struct bench_faults *faults, struct bench_dataset **dataset,
                             struct bench_err *err);
/* The same of a text that was read already: one that malloc made, with a NUL at text[length]; it is
 * taken. `name` stands for the path in messages. */
struct bench_dataset *bench_dataset_take(const char *name, char *text, size_t length,
                                         enum bench_dataset_kind kind, struct bench_faults *faults);
void bench_dataset_free(struct bench_dataset *dataset); /* NULL-safe */

/* "float32 [256, 256]", with the params if it has any; the caller frees. */
char *bench_dataset_case_label(const struct bench_dataset_case *c);
/* "[256,256]": a part of the key, of so many bytes. */
const char *bench_dataset_key_shape(const char *key, size_t *length);
/* The product of its numbers. */
double bench_dataset_key_elements(const char *key);
/* A member of the config that is neither shape nor dtype nor a time; NULL if it has none. */
const struct bench_json *bench_dataset_case_extra(const struct bench_dataset_case *c,
                                                  const char *key);
/* As it stands in the data. */
const char *bench_dataset_case_written_dtype(const struct bench_dataset *set,
                                             const struct bench_dataset_case *c);

/* The number of failures of one role ("candidate"). */
size_t bench_dataset_failures(const struct bench_dataset_op *op, const char *role);

#endif
