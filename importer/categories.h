/* Categories of ATen operators, as FlagGems names them. */
#ifndef BENCH_IMPORTER_CATEGORIES_H
#define BENCH_IMPORTER_CATEGORIES_H

#include <stdbool.h>

/* "pointwise", "reduction", "blas" or "custom" */
bool bench_category_is_known(const char *category);

/* The category of an operator by its whole name ("gelu", "clamp_max_", "ge__Scalar"): in-place and
 * overload endings do not matter, parts of names decide nothing. "custom" if it is in no list. */
const char *bench_category_of(const char *name);

#endif
