/* Element types, under the names that torch uses. */
#ifndef BENCH_PERF_DTYPE_H
#define BENCH_PERF_DTYPE_H

#include <stdbool.h>
#include <stddef.h>

enum bench_dtype {
    BENCH_FLOAT64,
    BENCH_FLOAT32,
    BENCH_FLOAT16,
    BENCH_BFLOAT16,
    BENCH_INT64,
    BENCH_INT32,
    BENCH_INT16,
    BENCH_INT8,
    BENCH_UINT8,
    BENCH_BOOL,
    BENCH_DTYPE_COUNT
};

/* "float32"; never NULL. */
const char *bench_dtype_name(enum bench_dtype t);
/* "float", "__half", "__nv_bfloat16", "long long", …: the C++ type in kernels. */
const char *bench_dtype_c_name(enum bench_dtype t);
size_t bench_dtype_bytes(enum bench_dtype t);
bool bench_dtype_is_float(enum bench_dtype t);
/* Accepts float32, torch.float32, float, fp32, f32, half, fp16, bf16, long, …, any letter case.
 * Returns 0, or BENCH_EINPUT for an unknown name. */
int bench_dtype_parse(const char *name, enum bench_dtype *out);

#endif
