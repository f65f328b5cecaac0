/*
 * The tensors of a case on the device: inputs, copies of them that nobody is handed (to see whether
 * they were changed), and the oracle's answers. Every tensor that an implementation is handed lies
 * between guard zones, so that writes outside it are seen; in sanitize mode each has memory of
 * exactly its size instead, and AddressSanitizer sees them.
 */
#ifndef BENCH_CASE_CASE_DATA_H
#define BENCH_CASE_CASE_DATA_H

#include "bench/case/session.h"

/* Bytes of a guard zone; a multiple of 256, to keep tensors aligned. */
#define BENCH_GUARD_BYTES 4096

struct bench_guarded {
    const char *name; /* of the tensor or workspace */
    unsigned char *data;
    size_t bytes;
    bool guarded; /* zones lie before data and after data + bytes */
};

/* Device memory of the session, until bench_session_reclaim. */
int bench_guarded_take(struct bench_session *s, const char *name, size_t bytes,
                       struct bench_guarded *out, struct bench_err *err);
/* Writes the guard zones anew. */
int bench_guarded_reset(struct bench_session *s, const struct bench_guarded *g,
                        struct bench_err *err);

/* A tensor's name in an argument list, and where it is. */
struct bench_binding {
    const char *name;
    void *data;
};

/* Inputs and their answer. While implementations run the answer is sealed: what lies in memory is
 * no use to a kernel that finds it. */
struct bench_input_set {
    void **pristine; /* pristine[op->input_count] */
    void **wants;    /* the oracle's outputs: wants[op->output_count] */
    double *scale;   /* NULL if the oracle has none */
    uint64_t key;    /* of the seal; 0: the answer lies open */
    uint64_t digest; /* of the inputs, see bench_case_data_digest */
    uint64_t sum;    /* the same under the key of the case's checksums */
};

/* The inputs that implementations are handed lie in the same memory whichever set they are of. Of a
 * case that is too large for two sets there is one. */
#define BENCH_INPUT_SETS 2

struct bench_case_data {
    const struct bench_case *plan;
    struct bench_guarded *inputs; /* inputs[op->input_count] */
    struct bench_input_set sets[BENCH_INPUT_SETS];
    size_t set_count;            /* those that have memory */
    struct bench_input_set *set; /* whose inputs are in `inputs` */
};

/* Bytes that the case needs: inputs and the oracle's answers (so many sets), outputs and a copy,
 * and what `arms` calls in Python hold of their own. */
double bench_case_data_bytes(const struct bench_case *c, size_t arms, size_t sets);

/* How many sets fit the device with all else, BENCH_INPUT_SETS at most; if not even one does, 0,
 * and `err` says so (BENCH_EUNSUPPORTED). */
size_t bench_case_sets_that_fit(const struct bench_session *s, const struct bench_case *c,
                                size_t arms, struct bench_err *err);

/* Takes the memory; contents undefined. Arrays come from `arena`. On a device that computes nothing
 * no memory is taken and all pointers are NULL. */
int bench_case_data_take(struct bench_session *s, const struct bench_case *c,
                         struct bench_arena *arena, struct bench_case_data *out,
                         struct bench_err *err);

/* Memory for the second set; nothing on a device that computes nothing. */
int bench_case_data_take_second(struct bench_session *s, struct bench_arena *arena,
                                struct bench_case_data *data, struct bench_err *err);
/* Makes a set the one in use: copies its inputs to where implementations look for them. */
int bench_case_data_use(struct bench_session *s, struct bench_case_data *data, size_t set,
                        struct bench_err *err);
/* Makes the answer of the set in use unreadable under a key (not 0), or readable again. */
int bench_case_data_seal(struct bench_session *s, const struct bench_case_data *data, uint64_t key,
                         struct bench_err *err);
int bench_case_data_unseal(struct bench_session *s, const struct bench_case_data *data,
                           struct bench_err *err);

/* Fills the inputs of the set in use, and their copies. */
int bench_case_data_fill(struct bench_session *s, struct bench_case_data *data, uint64_t seed,
                         struct bench_err *err);
/* One number for the bytes of all inputs, the same on every device: the sum modulo 2^64 of their
 * bench_support_digest under a key. 0 on a device that computes nothing. */
int bench_case_data_digest(struct bench_session *s, const struct bench_case_data *data,
                           uint64_t key, uint64_t *digest, struct bench_err *err);
/* Copies the inputs back from their copies and renews their guard zones. */
int bench_case_data_restore(struct bench_session *s, const struct bench_case_data *data,
                            struct bench_err *err);

#endif
