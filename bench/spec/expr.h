/*
 * Expressions of operator descriptions (docs/formats.md, "Expressions"), evaluated by muparser over
 * a scope of named numbers. Values are doubles. Threads may evaluate over one scope as long as none
 * changes it.
 */
#ifndef BENCH_SPEC_EXPR_H
#define BENCH_SPEC_EXPR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/util/err.h"

#define BENCH_MAX_DIMS 8

/* Names bound to numbers; later bindings of a name replace earlier ones. */
struct bench_scope;
struct bench_scope *bench_scope_new(void);
struct bench_scope *bench_scope_copy(const struct bench_scope *scope);
void bench_scope_free(struct bench_scope *scope);
void bench_scope_set(struct bench_scope *scope, const char *name, double value);
/* The case's shape, for size() and prod(). */
void bench_scope_set_shape(struct bench_scope *scope, const int64_t *shape, int ndim);
/* NULL if the name is not bound. */
const double *bench_scope_get(const struct bench_scope *scope, const char *name);

/* Syntax, names and numbers of arguments, without evaluating: true of the expression for any values
 * of the names in `scope`. `scope` NULL: any name is fine. */
int bench_expr_check(const char *expression, const struct bench_scope *scope,
                     struct bench_err *err);
/* True for the names of functions ("min"), which cannot be names of numbers. */
bool bench_expr_is_function(const char *name);

/* Messages name the expression, the position in it, and what is wrong ("unknown name 'colz', did
 * you mean 'cols'?"). */
int bench_expr_eval(const char *expression, const struct bench_scope *scope, double *value,
                    struct bench_err *err);
/* False if the expression is 0 whatever the values of names that `scope` lacks, as far as "&&",
 * "||" and the comparisons without such names tell; true if that cannot be told. */
bool bench_expr_may_hold(const char *expression, const struct bench_scope *scope);
/* The value must be an integer in [min, max]. */
int bench_expr_eval_int(const char *expression, const struct bench_scope *scope, int64_t min,
                        int64_t max, int64_t *value, struct bench_err *err);

/* The same expression in Python (over Python variables of the same names and the helper functions
 * ceildiv, floordiv, select, pow2ceil, size, prod that an export defines); the caller frees. */
int bench_expr_to_python(const char *expression, char **python, struct bench_err *err);

#endif
