/*
 * ATen's operators, as a table knows them (aten_operators.txt, made by aten_operators.py from
 * PyTorch's native_functions.yaml): their overloads, and the category that FlagGems has for such
 * operators. Whole names decide, never parts of them: clamp_max_ is no reduction, summary is no
 * sum, comm_ is no matrix product.
 */
#ifndef BENCH_IMPORTER_CATEGORIES_H
#define BENCH_IMPORTER_CATEGORIES_H

#include <stdbool.h>

#include "bench/util/str.h"

/* "pointwise", "reduction", "blas" or "custom" */
bool bench_category_is_known(const char *category);

/* The category of an operator by its whole name ("gelu", "clamp_max_", "ge__Scalar"): in-place and
 * overload endings do not matter. "custom" if it is in no table. */
const char *bench_category_of(const char *name);

/* An operator of the table: a line of it. */
struct bench_aten_operator {
    struct bench_str name;      /* "ge_" for "ge__Scalar" */
    struct bench_str overload;  /* "Scalar"; "" if the name is the operator's own */
    struct bench_str overloads; /* "Scalar:TS Tensor:TT": each with its arguments that have no
                                   default, as aten_operators.py says; "default" has no name */
};

/* False, and nothing to free, if no operator of the table has this Python name. */
bool bench_aten_find(const char *name, struct bench_aten_operator *found);
void bench_aten_fini(struct bench_aten_operator *found);

#endif
