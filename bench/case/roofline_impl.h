/* Between the parts of the roofline: roofline.c (cache, limits), roofline_measure.c (what is
 * measured), roofline_memory.c (bandwidths), roofline_meter.c (launches and their times). */
#ifndef BENCH_CASE_ROOFLINE_IMPL_H
#define BENCH_CASE_ROOFLINE_IMPL_H

#include "bench/case/roofline.h"

/* Raised when the way of measuring changes: what older programs measured is then measured anew. */
#define BENCH_ROOFLINE_METHOD 1

/* Fills all but `why` and `measured`; known only if all went well. BENCH_EUNSUPPORTED where there
 * is too little memory, no compiler, or nothing can be timed well. */
int bench_roofline_measure(struct bench_session *s, struct bench_roofline *roofline,
                           struct bench_err *err);

/* Tensor cores' dense operations a clock and multiprocessor; a multiply-add counts as 2. */
struct bench_tensor_peak {
    double fp64, tf32, fp16, bf16, int8; /* 0: no such unit */
};
/* NULL for an architecture ("sm_90") whose rates are not known here. */
const struct bench_tensor_peak *bench_tensor_peak_find(const char *arch);

/* ---- the meter ---- */

/* As in roofline.cu. */
#define BENCH_METER_THREADS 256 /* a block */
#define BENCH_METER_TILE_BYTES ((size_t)BENCH_METER_THREADS * 4 * 16)

enum bench_meter_kernel {
    BENCH_METER_EMPTY,
    BENCH_METER_READ,
    BENCH_METER_WRITE,
    BENCH_METER_COPY,
    BENCH_METER_FMA_FP64,
    BENCH_METER_FMA_FP32,
    BENCH_METER_FMA_FP16,
    BENCH_METER_MMA_FP64,
    BENCH_METER_MMA_TF32,
    BENCH_METER_MMA_FP16,
    BENCH_METER_MMA_BF16,
    BENCH_METER_MMA_INT8,
    BENCH_METER_KERNELS
};

/* One launch of one kernel, in blocks of 256 threads. */
struct bench_meter_work {
    enum bench_meter_kernel kernel;
    uint32_t blocks;
    void **args;
};

#define BENCH_METER_BUFFERS 4
#define BENCH_METER_SALT_STEP 17 /* from a buffer's old words to its new: more than BUFFERS */
struct bench_meter {
    struct bench_device *device;
    const struct bench_device_info *info;
    struct bench_module *module;
    struct bench_function *kernels[BENCH_METER_KERNELS];
    char *buffers[BENCH_METER_BUFFERS]; /* many times the cache each, whole tiles */
    size_t buffer_bytes;
    uint32_t salts[BENCH_METER_BUFFERS]; /* of the words that are in them: roofline.cu */
    uint32_t *sum;
    float *results; /* results[result_count]: one a thread of the arithmetic kernels */
    size_t result_count;
    double empty_ns;  /* what the timing itself takes */
    double clock_mhz; /* highest seen; 0: not told */
};

/* Compiles, takes memory, writes all buffers, raises the clocks. `threads`: results. Close it in
 * any case, except after BENCH_EPOISONED: nothing would answer. */
int bench_meter_open(struct bench_meter *m, struct bench_session *s, size_t threads,
                     struct bench_err *err);
void bench_meter_close(struct bench_meter *m);
const char *bench_meter_kernel_name(enum bench_meter_kernel kernel);
int bench_meter_launch(struct bench_meter *m, const struct bench_meter_work *work,
                       struct bench_err *err);
/* `amount` of bytes or operations in the time of `timed`: a second. `before` runs up to the start:
 * what it leaves in the cache is what `timed` finds. Keeps the larger in *rate. */
int bench_meter_rate(struct bench_meter *m, const struct bench_meter_work *before,
                     const struct bench_meter_work *timed, double amount, double *rate,
                     struct bench_err *err);
/* Writes all of a buffer with other words than are there. */
int bench_meter_write(struct bench_meter *m, int buffer, struct bench_err *err);

/* The four bandwidths. */
int bench_meter_memory(struct bench_meter *m, struct bench_roofline *r, struct bench_err *err);

#endif
