/* What the files of the reader share; private to bench/outcome. */
#ifndef BENCH_OUTCOME_OUTCOME_IMPL_H
#define BENCH_OUTCOME_OUTCOME_IMPL_H

#include "bench/case/record.h"
#include "bench/outcome/outcome.h"
#include "bench/util/mem.h"
#include "selector/index.h"

struct bench_outcome_store {
    struct bench_arena *arena;
    struct bench_index *strings; /* -> index in texts: names, hashes and variants repeat in cases */
    const char **texts;
    size_t text_count, text_capacity;
    struct bench_json_doc *run_json;
    char *journal; /* its path; NULL: not read */

    /* While it is read, and sorted at the end. */
    struct bench_outcome_operator *operators;
    size_t operator_count, operator_capacity;
    struct bench_index *operator_names; /* -> index in operators */
    struct bench_outcome_case *cases;
    size_t case_count, case_capacity;
    struct bench_index *keys; /* -> index in cases */
    const char **notes;
    size_t note_count, note_capacity;
};

/* A case from its parts, normalised. */
struct bench_outcome_identity {
    const char *op_name, *dtype;
    const int64_t *shape;
    size_t ndim;
    const char *params;
};

/* The text once, in the arena; "" for NULL. */
const char *bench_outcome_intern(struct bench_outcome_store *store, const char *text);
void bench_outcome_note(struct bench_outcome_store *store, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Each adds it if it is not there. Pointers hold until the next one is added; indices hold. */
size_t bench_outcome_operator_at(struct bench_outcome_store *store, const char *name);
size_t bench_outcome_case_at(struct bench_outcome_store *store,
                             const struct bench_outcome_identity *identity);

/* All fields as where nothing is told. */
void bench_outcome_role_init(struct bench_outcome_role *role);
void bench_outcome_role_fail(struct bench_outcome_role *role, struct bench_outcome_store *store,
                             const char *status, const char *reason);

void bench_outcome_key_of(const struct bench_outcome_identity *identity,
                          char key[BENCH_OUTCOME_KEY]);
/* Of the case that an object with operator, dtype, shape and params names (a line of the journal);
 * strings are in `arena` or the object. */
int bench_outcome_read_identity(const struct bench_json *object, struct bench_arena *arena,
                                struct bench_outcome_identity *identity, struct bench_err *err);
/* "float32 [64, 64] approximate=none" */
const char *bench_outcome_label(struct bench_arena *arena,
                                const struct bench_outcome_identity *identity);

/* An optional member; also null leaves *out as it is. */
int bench_outcome_text(const struct bench_json *object, const char *key, const char **out,
                       struct bench_err *err);
int bench_outcome_number(const struct bench_json *object, const char *key, double *out,
                         struct bench_err *err);
/* The object of that name, or NULL if there is none; null counts as none. */
int bench_outcome_object(const struct bench_json *object, const char *key,
                         const struct bench_json **out, struct bench_err *err);

void bench_outcome_device_init(struct bench_outcome_device *device);
/* The one of the run's devices that an object with `measured_on` names (a line of the journal, a
 * case of the performance data); *device stays as it is where it names none of them. */
int bench_outcome_read_device(const struct bench_outcome *outcome, const struct bench_json *object,
                              const struct bench_outcome_device **device, struct bench_err *err);

int bench_outcome_read_run(struct bench_outcome *outcome, const char *path, unsigned flags,
                           struct bench_err *err);
/* A file of performance data, of candidates or of references: its content says which. */
int bench_outcome_read_perf(struct bench_outcome *outcome, const char *path, struct bench_err *err);
int bench_outcome_read_journal(struct bench_outcome *outcome, const char *path,
                               struct bench_err *err);

#endif
