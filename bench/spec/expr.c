/* Scopes, and evaluation by muparser. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/spec/expr_impl.h"
#include "bench/util/mem.h"

struct bench_scope *bench_scope_new(void)
{
    struct bench_scope *scope = bench_xcalloc(1, sizeof(*scope));
    scope->ndim = -1;
    return scope;
}

struct bench_scope *bench_scope_copy(const struct bench_scope *scope)
{
    struct bench_scope *copy = bench_xmalloc(sizeof(*copy));
    *copy = *scope;
    copy->capacity = scope->count;
    copy->entries = bench_xcalloc(scope->count + 1, sizeof(*copy->entries));
    for (size_t i = 0; i < scope->count; ++i) {
        copy->entries[i].name = bench_xstrdup(scope->entries[i].name);
        copy->entries[i].value = scope->entries[i].value;
    }
    return copy;
}

void bench_scope_free(struct bench_scope *scope)
{
    if (scope == NULL) {
        return;
    }
    for (size_t i = 0; i < scope->count; ++i) {
        free(scope->entries[i].name);
    }
    free(scope->entries);
    free(scope);
}

void bench_scope_set(struct bench_scope *scope, const char *name, double value)
{
    for (size_t i = 0; i < scope->count; ++i) {
        if (strcmp(scope->entries[i].name, name) == 0) {
            scope->entries[i].value = value;
            return;
        }
    }
    if (scope->count == scope->capacity) {
        scope->capacity = scope->capacity * 2 + 8;
        scope->entries = bench_xrealloc(scope->entries, scope->capacity * sizeof(*scope->entries));
    }
    scope->entries[scope->count].name = bench_xstrdup(name);
    scope->entries[scope->count].value = value;
    scope->count += 1;
}

void bench_scope_set_shape(struct bench_scope *scope, const int64_t *shape, int ndim)
{
    scope->ndim = ndim;
    for (int i = 0; i < ndim; ++i) {
        scope->shape[i] = shape[i];
    }
}

const double *bench_scope_get(const struct bench_scope *scope, const char *name)
{
    for (size_t i = 0; i < scope->count; ++i) {
        if (strcmp(scope->entries[i].name, name) == 0) {
            return &scope->entries[i].value;
        }
    }
    return NULL;
}

/* Without a handler muparser writes to standard output and its error flag is not kept. */
static void on_error(muParserHandle_t parser)
{
    (void)parser;
}

/* A parser of its own for each evaluation: 15 us, and no state that threads would share.
 * mupGetErrorMsg is not used because it returns a buffer that all threads share. */
static int evaluate(const char *expression, const struct bench_scope *scope,
                    const struct expr_use *use, struct expr_context *context, double *value,
                    struct bench_err *err)
{
    muParserHandle_t parser = mupCreate(muBASETYPE_FLOAT);
    mupSetErrorHandler(parser, on_error);
    mupClearFun(parser);
    mupClearConst(parser);
    /* Precedence 6 is that of `*` and `/` (muparser's prMUL_DIV). */
    mupDefineOprt(parser, "%", expr_modulo, 6, muOPRT_ASCT_LEFT, 1);
    for (size_t i = 0; i < EXPR_FUNCTION_COUNT; ++i) {
        if (use->functions[i]) {
            expr_functions[i].define(parser, expr_functions[i].name, context);
        }
    }
    for (size_t i = 0; i < scope->count; ++i) {
        if (use->names[i]) {
            mupDefineConst(parser, scope->entries[i].name, scope->entries[i].value);
        }
    }
    mupSetExpr(parser, expression);
    *value = mupEval(parser);
    int rc = BENCH_OK;
    if (mupError(parser)) {
        rc = bench_err_set(err, BENCH_EINPUT,
                           "expression '%s': cannot be evaluated (muparser error %d at character "
                           "%d)",
                           expression, mupGetErrorCode(parser), mupGetErrorPos(parser) + 1);
    }
    mupRelease(parser);
    return rc;
}

/* A number or a name of `length` characters. */
static bool evaluate_factor(const char *text, size_t length, const struct bench_scope *scope,
                            double *value)
{
    for (size_t i = 0; i < scope->count; ++i) {
        const char *name = scope->entries[i].name;
        if (strncmp(name, text, length) == 0 && name[length] == '\0') {
            *value = scope->entries[i].value;
            return true;
        }
    }
    char *end;
    *value = strtod(text, &end);
    return length > 0 && end == text + length;
}

/* Most expressions are a number, a name, or a product of some, and need no parser: planning a suite
 * of many cases would take most of its time in making them. `text` is as expr_parse writes it. */
static bool evaluate_simple(const char *text, const struct bench_scope *scope, double *value)
{
    static const char times[] = " * ";
    double product = 1;
    for (;;) {
        size_t length = strcspn(text, " ");
        double factor;
        if (!evaluate_factor(text, length, scope, &factor)) {
            return false;
        }
        product *= factor;
        if (text[length] == '\0') {
            *value = product;
            return true;
        }
        if (strncmp(text + length, times, strlen(times)) != 0) {
            return false;
        }
        text += length + strlen(times);
    }
}

int bench_expr_check(const char *expression, const struct bench_scope *scope, struct bench_err *err)
{
    return expr_parse(expression, scope, NULL, EXPR_MUPARSER, NULL, err);
}

static int eval(const char *expression, const struct bench_scope *scope, enum expr_dialect dialect,
                double *value, struct bench_err *err)
{
    struct expr_use use = {.names = bench_xcalloc(scope->count + 1, sizeof(bool))};
    struct expr_context context = {.scope = scope};
    double result = 0;
    struct bench_str text;
    bench_str_init(&text);
    int rc = expr_parse(expression, scope, &use, dialect, &text, err);
    if (rc == 0 && !evaluate_simple(text.data, scope, &result)) {
        rc = evaluate(text.data, scope, &use, &context, &result, err);
    }
    bench_str_fini(&text);
    free(use.names);
    if (rc != 0) {
        return rc;
    }
    if (context.problem[0] != '\0') {
        return bench_err_set(err, BENCH_EINPUT, "expression '%s': %s", expression, context.problem);
    }
    if (!isfinite(result)) {
        return bench_err_set(err, BENCH_EINPUT,
                             "expression '%s' has no finite value here (a division by zero, a root "
                             "or logarithm of a negative number, or an overflow)",
                             expression);
    }
    *value = result;
    return BENCH_OK;
}

int bench_expr_eval(const char *expression, const struct bench_scope *scope, double *value,
                    struct bench_err *err)
{
    return eval(expression, scope, EXPR_MUPARSER, value, err);
}

bool bench_expr_may_hold(const char *expression, const struct bench_scope *scope)
{
    double value = 1;
    return eval(expression, scope, EXPR_POSSIBLE, &value, NULL) != 0 || value != 0;
}

int bench_expr_eval_int(const char *expression, const struct bench_scope *scope, int64_t min,
                        int64_t max, int64_t *value, struct bench_err *err)
{
    double result = 0;
    int rc = bench_expr_eval(expression, scope, &result, err);
    if (rc != 0) {
        return rc;
    }
    if (rint(result) != result) {
        return bench_err_set(err, BENCH_EINPUT,
                             "expression '%s' is %.17g here, where an integer is needed (use "
                             "ceildiv, floordiv, floor, ceil or round)",
                             expression, result);
    }
    /* 2^53: beyond it doubles skip integers, so the value could be a rounded one. */
    const double exact = 9007199254740992.0;
    if (fabs(result) > exact) {
        return bench_err_set(err, BENCH_EINPUT,
                             "expression '%s' is %.17g here, beyond 2^53: too large to be exact",
                             expression, result);
    }
    int64_t integer = (int64_t)result;
    if (integer < min || integer > max) {
        return bench_err_set(err, BENCH_EINPUT,
                             "expression '%s' is %lld here, where %lld to %lld is allowed",
                             expression, (long long)integer, (long long)min, (long long)max);
    }
    *value = integer;
    return BENCH_OK;
}

int bench_expr_to_python(const char *expression, char **python, struct bench_err *err)
{
    struct bench_str out;
    bench_str_init(&out);
    int rc = expr_parse(expression, NULL, NULL, EXPR_PYTHON, &out, err);
    if (rc == 0) {
        *python = bench_str_take(&out);
    }
    bench_str_fini(&out);
    return rc;
}
