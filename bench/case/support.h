/*
 * The harness's own kernels (device_code/support.cu) as calls: filling, poisoning, comparing,
 * digesting. All of them are launched in stream order; those that answer a question wait for it.
 */
#ifndef BENCH_CASE_SUPPORT_H
#define BENCH_CASE_SUPPORT_H

#include <stdint.h>

#include "bench/case/session.h"

/* The text of support.cu. */
extern const char bench_support_source[];

/* What a check found; layout as `struct finding` in support.cu. */
struct bench_finding {
    int64_t bad;     /* elements (or bytes) that do not match */
    int64_t nan_bad; /* of these: NaN or infinite on one side only */
    int64_t first;   /* index of the first; meaningless if bad is 0 */
    double max_error, max_ratio, sum_error2, sum_want2;
    double sum_scale2; /* of the squares of max(|want|, scale) */
};

int bench_support_open(struct bench_session *s, struct bench_support **support,
                       struct bench_err *err);
void bench_support_close(struct bench_support *support);

/* The request that compiles the kernels for an element type; for compiling ahead. Static data. */
void bench_support_request(enum bench_dtype dtype, const char *arch,
                           struct bench_compile_request *request);

/* Fills a tensor as its description says: the same bits on every device for a seed and `ordinal`
 * (the input's number in the operator). */
int bench_support_fill(struct bench_session *s, void *data, const struct bench_tensor *tensor,
                       uint64_t seed, uint32_t ordinal, struct bench_err *err);
/* Sets every byte: NaN (0xFF) for floating-point tensors, 0xA5 for others. */
int bench_support_poison(struct bench_session *s, void *data, enum bench_dtype dtype, size_t bytes,
                         struct bench_err *err);
int bench_support_zero(struct bench_session *s, void *data, size_t bytes, struct bench_err *err);
int bench_support_copy(struct bench_session *s, void *to, const void *from, size_t bytes,
                       struct bench_err *err);
/* Reads every whole 16 bytes with as many threads as the device holds, and keeps nothing. */
int bench_support_read(struct bench_session *s, const void *data, size_t bytes,
                       struct bench_err *err);
int bench_support_guard_set(struct bench_session *s, void *zone, size_t bytes,
                            struct bench_err *err);

/* Checks. bad counts bytes (support_equal: 8-byte words). */
int bench_support_guard_check(struct bench_session *s, const void *zone, size_t bytes,
                              struct bench_finding *found, struct bench_err *err);
int bench_support_equal(struct bench_session *s, const void *a, const void *b, size_t bytes,
                        struct bench_finding *found, struct bench_err *err);
/* `got` has elements of `dtype`; `want` has doubles for floating-point dtypes, else the same type.
 * `scale` has doubles or is NULL. An element is right if |got - want| <= atol + rtol max(|want|,
 * scale), or both are NaN, or both are the same infinity. */
int bench_support_compare(struct bench_session *s, enum bench_dtype dtype, const void *got,
                          const void *want, const double *scale, int64_t count, double rtol,
                          double atol, struct bench_finding *found, struct bench_err *err);

/* `got` and `want` are int64 positions in the rows of `values`, the tensor `input`; `positions`
 * describes them (bench_tensor_spec.index_into). One is right if the value there is the one at the
 * wanted position and it does not stand before in its row. Takes time in proportion to the square
 * of a row's positions. */
int bench_support_compare_positions(struct bench_session *s, const struct bench_tensor *positions,
                                    const void *got, const void *want,
                                    const struct bench_tensor *input, const void *values,
                                    struct bench_finding *found, struct bench_err *err);

/* A number that tells bytes apart, the same on every device: with mix(v) the finalizer of
 * SplitMix64, the sum modulo 2^64 over the 8-byte little-endian words w[i] (the last one padded
 * with zeros) of mix(w[i] ^ mix(start + i)), where start = mix(key + bytes + (ordinal + 1) *
 * 0x9e3779b97f4a7c15). `ordinal` is the tensor's number, so that two tensors exchanged are seen.
 * mix can be inverted: who knows the key finds one word that gives any bytes any digest, so what a
 * candidate might want to forge has a secret one. With key 0 digests can be compared between runs.
 */
int bench_support_digest(struct bench_session *s, const void *data, size_t bytes, uint32_t ordinal,
                         uint64_t key, uint64_t *digest, struct bench_err *err);

/* The digest added to *slot, which lies on the device; does not wait. */
int bench_support_digest_add(struct bench_session *s, const void *data, size_t bytes,
                             uint32_t ordinal, uint64_t key, uint64_t *slot, struct bench_err *err);
/* Poisons a tensor that a timed launch wrote. If the digest in *slot is not the one expected, and
 * *kept (both on the device) is 0, *kept becomes `sample` (not 0) and the tensor is copied to
 * `hold` before; `hold` may be NULL. Does not wait. */
int bench_support_settle(struct bench_session *s, void *data, void *hold, enum bench_dtype dtype,
                         size_t bytes, const uint64_t *slot, uint64_t expected, uint64_t *kept,
                         uint64_t sample, struct bench_err *err);
/* Makes bytes unreadable (Philox's stream of the key, exclusive or), and readable again when called
 * once more with the same key. */
int bench_support_seal(struct bench_session *s, void *data, size_t bytes, uint64_t key,
                       struct bench_err *err);

/* An empty kernel, to calibrate the timing with. */
int bench_support_empty(struct bench_session *s, struct bench_err *err);

#endif
