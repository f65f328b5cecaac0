/*
 * Lists of whole names. Guessing from parts of names goes wrong: clamp_max_ is no reduction,
 * summary is no sum, comm_ is no matrix product. What is in no list is "custom", and operator data
 * or the description can always say better.
 */
#include "importer/categories.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "bench/util/mem.h"

static const char *const pointwise[] = {"abs",
                                        "absolute",
                                        "acos",
                                        "acosh",
                                        "add",
                                        "addcdiv",
                                        "addcmul",
                                        "angle",
                                        "arccos",
                                        "arccosh",
                                        "arcsin",
                                        "arcsinh",
                                        "arctan",
                                        "arctan2",
                                        "arctanh",
                                        "asin",
                                        "asinh",
                                        "atan",
                                        "atan2",
                                        "atanh",
                                        "bitwise_and",
                                        "bitwise_left_shift",
                                        "bitwise_not",
                                        "bitwise_or",
                                        "bitwise_right_shift",
                                        "bitwise_xor",
                                        "ceil",
                                        "celu",
                                        "clamp",
                                        "clamp_max",
                                        "clamp_min",
                                        "clip",
                                        "conj_physical",
                                        "copysign",
                                        "cos",
                                        "cosh",
                                        "deg2rad",
                                        "digamma",
                                        "div",
                                        "divide",
                                        "dropout",
                                        "elu",
                                        "eq",
                                        "erf",
                                        "erfc",
                                        "erfinv",
                                        "exp",
                                        "exp2",
                                        "expm1",
                                        "fill",
                                        "fix",
                                        "float_power",
                                        "floor",
                                        "floor_divide",
                                        "fmax",
                                        "fmin",
                                        "fmod",
                                        "frac",
                                        "ge",
                                        "gelu",
                                        "gelu_backward",
                                        "glu",
                                        "greater",
                                        "greater_equal",
                                        "gt",
                                        "hardshrink",
                                        "hardsigmoid",
                                        "hardswish",
                                        "hardtanh",
                                        "heaviside",
                                        "hypot",
                                        "i0",
                                        "igamma",
                                        "igammac",
                                        "isclose",
                                        "isfinite",
                                        "isinf",
                                        "isnan",
                                        "isneginf",
                                        "isposinf",
                                        "isreal",
                                        "lcm",
                                        "gcd",
                                        "ldexp",
                                        "le",
                                        "leaky_relu",
                                        "lerp",
                                        "less",
                                        "less_equal",
                                        "lgamma",
                                        "log",
                                        "log10",
                                        "log1p",
                                        "log2",
                                        "log_sigmoid",
                                        "max_other",
                                        "min_other",
                                        "logaddexp",
                                        "logaddexp2",
                                        "logical_and",
                                        "logical_not",
                                        "logical_or",
                                        "logical_xor",
                                        "logit",
                                        "lt",
                                        "masked_fill",
                                        "maximum",
                                        "minimum",
                                        "mish",
                                        "mul",
                                        "multiply",
                                        "mvlgamma",
                                        "nan_to_num",
                                        "ne",
                                        "neg",
                                        "negative",
                                        "nextafter",
                                        "not_equal",
                                        "ones_like",
                                        "polygamma",
                                        "positive",
                                        "pow",
                                        "prelu",
                                        "rad2deg",
                                        "reciprocal",
                                        "relu",
                                        "relu6",
                                        "remainder",
                                        "round",
                                        "rrelu",
                                        "rsqrt",
                                        "rsub",
                                        "selu",
                                        "sgn",
                                        "sigmoid",
                                        "sigmoid_backward",
                                        "sign",
                                        "signbit",
                                        "silu",
                                        "silu_backward",
                                        "sin",
                                        "sinc",
                                        "sinh",
                                        "softplus",
                                        "softshrink",
                                        "softsign",
                                        "sqrt",
                                        "square",
                                        "sub",
                                        "subtract",
                                        "tan",
                                        "tanh",
                                        "tanh_backward",
                                        "tanhshrink",
                                        "threshold",
                                        "threshold_backward",
                                        "true_divide",
                                        "trunc",
                                        "where",
                                        "xlog1py",
                                        "xlogy",
                                        "zeros_like"};

static const char *const reduction[] = {"all",
                                        "amax",
                                        "amin",
                                        "aminmax",
                                        "any",
                                        "argmax",
                                        "argmin",
                                        "batch_norm",
                                        "binary_cross_entropy",
                                        "count_nonzero",
                                        "cosine_similarity",
                                        "cross_entropy",
                                        "cross_entropy_loss",
                                        "cummax",
                                        "cummin",
                                        "cumprod",
                                        "cumsum",
                                        "dist",
                                        "group_norm",
                                        "huber_loss",
                                        "instance_norm",
                                        "kl_div",
                                        "kthvalue",
                                        "l1_loss",
                                        "layer_norm",
                                        "log_softmax",
                                        "logcumsumexp",
                                        "logsumexp",
                                        "max",
                                        "mean",
                                        "median",
                                        "min",
                                        "mode",
                                        "mse_loss",
                                        "nanmean",
                                        "nanmedian",
                                        "nansum",
                                        "native_batch_norm",
                                        "native_group_norm",
                                        "native_layer_norm",
                                        "nll_loss",
                                        "norm",
                                        "prod",
                                        "quantile",
                                        "nanquantile",
                                        "rms_norm",
                                        "smooth_l1_loss",
                                        "soft_margin_loss",
                                        "softmax",
                                        "softmin",
                                        "std",
                                        "std_mean",
                                        "sum",
                                        "trace",
                                        "var",
                                        "var_mean",
                                        "vector_norm"};

static const char *const blas[] = {
    "addbmm",       "addmm", "addmv",     "addr", "baddbmm", "bilinear",  "bmm",
    "chain_matmul", "dot",   "einsum",    "ger",  "inner",   "kron",      "linear",
    "matmul",       "mm",    "multi_dot", "mv",   "outer",   "tensordot", "vdot"};

#define HAS(list, name) has(list, sizeof(list) / sizeof(*(list)), name)

static bool has(const char *const *list, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(list[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static const char *list_of(const char *name)
{
    return HAS(pointwise, name)   ? "pointwise"
           : HAS(reduction, name) ? "reduction"
           : HAS(blas, name)      ? "blas"
                                  : NULL;
}

bool bench_category_is_known(const char *category)
{
    static const char *const all[] = {"pointwise", "reduction", "blas", "custom"};
    return HAS(all, category);
}

/* Overload names of ATen's operators, which follow the name and '_' or '.'. */
static bool is_overload(const char *text)
{
    static const char *const overloads[] = {
        "Tensor",        "Scalar",        "Tensor_Scalar", "Scalar_Tensor", "Tensor_Tensor",
        "Tensor_mode",   "Scalar_mode",   "self",          "other",         "out",
        "dim",           "dim_IntList",   "IntList_out",   "default",       "int",
        "Tensor_minmax", "Scalar_reduce", "names_dim",     "correction",    "Tensor_out",
        "Scalar_out",    "ScalarSelf",    "ScalarOther",   "ScalarInt",     "ScalarFloat"};
    return HAS(overloads, text);
}

const char *bench_category_of(const char *name)
{
    const char *category = list_of(name);
    char *base = bench_xstrdup(name);
    /* ge__Scalar: each '_' may be where the overload begins. */
    for (char *at = strchr(base, '_'); category == NULL && at != NULL; at = strchr(at + 1, '_')) {
        if (is_overload(at + 1)) {
            *at = '\0';
            category = list_of(base);
            size_t length = strlen(base);
            if (category == NULL && length > 1 && base[length - 1] == '_') {
                base[length - 1] = '\0';
                category = list_of(base);
                base[length - 1] = '_';
            }
            *at = '_';
        }
    }
    size_t length = strlen(base);
    if (category == NULL && length > 1 && base[length - 1] == '_') {
        base[length - 1] = '\0'; /* in place: clamp_max_ */
        category = list_of(base);
    }
    free(base);
    return category != NULL ? category : "custom";
}
