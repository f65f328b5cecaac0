/*
 * One spelling for what several tools spell differently: `aten::gelu` is `gelu`, and params written
 * as an object compare equal whatever the order of their keys (dtypes: bench/perf/torch_dtype.h).
 * Without this, cases silently fail to match.
 */
#ifndef SELECTOR_NAMES_H
#define SELECTOR_NAMES_H

#include <stdbool.h>

#include "bench/perf/json.h"
#include "bench/util/mem.h"

/* "aten::gelu" -> "gelu"; NULL if it can be no operator's name (letters, digits and underscores in
 * parts joined by '.' or '::'). Points into `name`. */
const char *bench_operator_normalise(const char *name);

/* Neither NaN nor Infinity in it, at any depth; NULL has none. */
bool bench_params_finite(const struct bench_json *params);
/* Text that is equal for equal params: an object with its keys sorted, a string as it is; "" for
 * none, null and {}. `params` may be NULL. What is not finite is null there. */
const char *bench_params_normalise(struct bench_arena *arena, const struct bench_json *params);

#endif
