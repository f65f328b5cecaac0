/* The functions of expressions. Integers up to 2^53 give exact results. */
#include <math.h>
#include <stdio.h>

#include "bench/spec/expr_impl.h"

/* Python's `//`. Through the remainder, which is exact: a / b rounds, so that floor(a / b) can be
 * one too many (1 // 0.1 is 9), also for large integers. */
static double fun_floordiv(double a, double b)
{
    double r = expr_modulo(a, b);
    return b == 0 ? a / b : round((a - r) / b);
}

static double fun_ceildiv(double a, double b)
{
    return b == 0 ? a / b : -fun_floordiv(-a, b);
}

double expr_modulo(double a, double b)
{
    double r = fmod(a, b);
    return r != 0 && (r < 0) != (b < 0) ? r + b : r;
}

static double fun_select(double condition, double a, double b)
{
    return condition != 0 ? a : b;
}

static double fun_pow2ceil(double a)
{
    if (!(a > 1)) {
        return 1;
    }
    int exponent;
    double mantissa = frexp(a, &exponent); /* a = mantissa * 2^exponent, mantissa in [0.5, 1) */
    return ldexp(1, mantissa == 0.5 ? exponent - 1 : exponent);
}

static double fun_min(const double *values, int count)
{
    double best = values[0];
    for (int i = 1; i < count; ++i) {
        best = values[i] < best ? values[i] : best;
    }
    return best;
}

static double fun_max(const double *values, int count)
{
    double best = values[0];
    for (int i = 1; i < count; ++i) {
        best = values[i] > best ? values[i] : best;
    }
    return best;
}

static double problem(struct expr_context *context, const char *call, double index)
{
    const struct bench_scope *scope = context->scope;
    if (scope->ndim < 0) {
        snprintf(context->problem, sizeof(context->problem), "%s needs a case's shape", call);
    } else {
        snprintf(context->problem, sizeof(context->problem),
                 "%s: %.17g is no dimension of a shape of %d dimensions", call, index, scope->ndim);
    }
    return NAN;
}

static double fun_size(void *user, double index)
{
    struct expr_context *context = user;
    const struct bench_scope *scope = context->scope;
    double i = index < 0 ? index + scope->ndim : index;
    if (!(scope->ndim >= 0 && i >= 0 && i < scope->ndim && rint(i) == i)) {
        return problem(context, "size(i)", index);
    }
    return (double)scope->shape[(int)i];
}

static double fun_prod(void *user, double from, double to)
{
    struct expr_context *context = user;
    const struct bench_scope *scope = context->scope;
    double i = from < 0 ? from + scope->ndim : from;
    double j = to < 0 ? to + scope->ndim : to;
    if (!(scope->ndim >= 0 && i >= 0 && i <= scope->ndim && rint(i) == i)) {
        return problem(context, "prod(i, j)", from);
    }
    if (!(j >= 0 && j <= scope->ndim && rint(j) == j)) {
        return problem(context, "prod(i, j)", to);
    }
    double product = 1;
    for (int d = (int)i; d < (int)j; ++d) {
        product *= (double)scope->shape[d];
    }
    return product;
}

#define DEFINE(fun, call)                                                                          \
    static void define_##fun(muParserHandle_t parser, const char *name,                            \
                             struct expr_context *context)                                         \
    {                                                                                              \
        (void)context;                                                                             \
        call;                                                                                      \
    }
DEFINE(ceildiv, mupDefineFun2(parser, name, fun_ceildiv, 1))
DEFINE(floordiv, mupDefineFun2(parser, name, fun_floordiv, 1))
DEFINE(floor, mupDefineFun1(parser, name, floor, 1))
DEFINE(ceil, mupDefineFun1(parser, name, ceil, 1))
/* Halves go to the even neighbour, as Python's round() does it. */
DEFINE(round, mupDefineFun1(parser, name, rint, 1))
DEFINE(abs, mupDefineFun1(parser, name, fabs, 1))
DEFINE(sqrt, mupDefineFun1(parser, name, sqrt, 1))
DEFINE(log2, mupDefineFun1(parser, name, log2, 1))
DEFINE(min, mupDefineMultFun(parser, name, fun_min, 1))
DEFINE(max, mupDefineMultFun(parser, name, fun_max, 1))
DEFINE(select, mupDefineFun3(parser, name, fun_select, 1))
DEFINE(pow2ceil, mupDefineFun1(parser, name, fun_pow2ceil, 1))
DEFINE(size, mupDefineFunUserData1(parser, name, fun_size, context, 0))
DEFINE(prod, mupDefineFunUserData2(parser, name, fun_prod, context, 0))
#undef DEFINE

const struct expr_function expr_functions[EXPR_FUNCTION_COUNT] = {
    {"ceildiv", 2, 2, define_ceildiv}, {"floordiv", 2, 2, define_floordiv},
    {"floor", 1, 1, define_floor},     {"ceil", 1, 1, define_ceil},
    {"round", 1, 1, define_round},     {"abs", 1, 1, define_abs},
    {"sqrt", 1, 1, define_sqrt},       {"log2", 1, 1, define_log2},
    {"min", 2, -1, define_min},        {"max", 2, -1, define_max},
    {"select", 3, 3, define_select},   {"pow2ceil", 1, 1, define_pow2ceil},
    {"size", 1, 1, define_size},       {"prod", 2, 2, define_prod},
};
