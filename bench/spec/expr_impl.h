/*
 * Shared by the files that implement expr.h: the functions of the language, the scope, and the
 * parser that checks an expression and rewrites it for muparser (or Python).
 * muparser alone would accept more than the language has (`?:`, assignment, chained comparisons)
 * and its messages name no candidates.
 */
#ifndef BENCH_SPEC_EXPR_IMPL_H
#define BENCH_SPEC_EXPR_IMPL_H

#include <muParserDLL.h>
#include <stdbool.h>

#include "bench/spec/expr.h"
#include "bench/util/str.h"

struct scope_entry {
    char *name;
    double value;
};

struct bench_scope {
    struct scope_entry *entries;
    size_t count, capacity;
    int64_t shape[BENCH_MAX_DIMS];
    int ndim; /* -1: not set */
};

/* What the functions of one evaluation need; `problem` is set by a call that has no answer. */
struct expr_context {
    const struct bench_scope *scope;
    char problem[160];
};

struct expr_function {
    const char *name;
    int min_args, max_args; /* max -1: any number */
    void (*define)(muParserHandle_t parser, const char *name, struct expr_context *context);
};

#define EXPR_FUNCTION_COUNT 14
extern const struct expr_function expr_functions[EXPR_FUNCTION_COUNT];

/* a - b * floor(a / b), exact: the `%` of the language, as in Python. */
double expr_modulo(double a, double b);

struct expr_use {
    bool *names; /* one an entry of the scope: is it used? NULL if nobody asks */
    bool functions[EXPR_FUNCTION_COUNT];
};

#define EXPR_MAX_LENGTH 4096 /* characters */

enum expr_token_kind { EXPR_END, EXPR_NUMBER, EXPR_NAME, EXPR_OPERATOR };

/* A place in an expression; `start` and `length` are those of the token looked at. */
struct expr_token {
    const char *text;
    struct bench_err *err;
    enum expr_token_kind kind;
    size_t start, length;
};

/* Looks at the next token. */
int expr_next(struct expr_token *t);
bool expr_is_op(const struct expr_token *t, const char *op);
/* BENCH_EINPUT with the expression and the character (counted from 0 here) in the message. */
int expr_fail(const struct expr_token *t, size_t at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* EXPR_POSSIBLE: for muparser, with 1 for each comparison that needs a name which `scope` lacks. */
enum expr_dialect { EXPR_MUPARSER, EXPR_PYTHON, EXPR_POSSIBLE };

/* Checks syntax and, if `scope` is not NULL, names; appends the expression in `dialect` to `out`.
 * `use` and `out` may be NULL. */
int expr_parse(const char *expression, const struct bench_scope *scope, struct expr_use *use,
               enum expr_dialect dialect, struct bench_str *out, struct bench_err *err);

#endif
