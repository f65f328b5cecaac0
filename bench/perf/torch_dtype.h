/*
 * Every element type that torch has: those of bench/perf/dtype.h, which kernels/ can be measured
 * in, and the others, which data of other origin may be of.
 */
#ifndef BENCH_PERF_TORCH_DTYPE_H
#define BENCH_PERF_TORCH_DTYPE_H

#include <stddef.h>

/* "torch.float16", "half", "fp16" -> "float16", in any letter case; NULL if torch has no such type.
 * The result is a literal. */
const char *bench_dtype_normalise(const char *name);
/* All that bench_dtype_normalise returns, as "float64, float32, …". */
const char *bench_dtype_known_names(void);
/* Bytes of one element of a type that bench_dtype_normalise returned. */
size_t bench_dtype_element_bytes(const char *dtype);

#endif
