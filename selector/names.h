/*
 * One spelling for what several tools spell differently: `aten::gelu` is `gelu`, `torch.float32`,
 * `fp32` and `float` are `float32`, and params written as an object compare equal whatever the
 * order of their keys. Without this, cases silently fail to match.
 */
#ifndef SELECTOR_NAMES_H
#define SELECTOR_NAMES_H

#include <stdbool.h>

#include "bench/perf/json.h"
#include "bench/util/mem.h"

/* "aten::gelu" -> "gelu"; NULL if it can be no operator's name (letters, digits and underscores in
 * parts joined by '.' or '::'). Points into `name`. */
const char *bench_operator_normalise(const char *name);

/* "torch.float16", "half", "fp16" -> "float16", in any letter case; NULL if torch has no such type.
 * The result is a literal. */
const char *bench_dtype_normalise(const char *name);
/* All that bench_dtype_normalise returns, as "float64, float32, …". */
const char *bench_dtype_known_names(void);
/* Bytes of one element of a type that bench_dtype_normalise returned. */
size_t bench_dtype_element_bytes(const char *dtype);

/* Text that is equal for equal params: an object with its keys sorted, a string as it is; "" for
 * none, null and {}. `params` may be NULL. */
const char *bench_params_normalise(struct bench_arena *arena, const struct bench_json *params);

#endif
