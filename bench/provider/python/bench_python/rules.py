"""What the type and the name of an argument do not say: rules of single operators.

A rule has the form of an override file (README.md). Operators that are element by element, and
reductions over a dimension, need none; these here have operands of other shapes, index tensors, or
operands that belong together. An override of the user's wins over all of it.
"""

from __future__ import annotations

from typing import Any, Dict

Rule = Dict[str, Any]


def _tensor(shape: Any, dtype: str = "T", **fill: Any) -> Dict[str, Any]:
    spec: Dict[str, Any] = {"shape": shape, "dtype": dtype}
    if fill:
        spec["fill"] = fill
    return {"tensor": spec}


def _index(shape: Any, high: str) -> Dict[str, Any]:
    return _tensor(shape, "int64", integers={"low": 0, "high": high})


def _permutation(shape: Any, high: str) -> Dict[str, Any]:
    """An index without repetitions along the last dimension: with repetitions a scatter's answer
    depends on which of the writes comes last."""
    return {"make": "permutation", "shape": shape, "high": high}


_POSITIVE = {"uniform": {"low": 0.1, "high": 3}}
_PROBABILITY = {"uniform": {"low": 0.05, "high": 0.95}}
_SYMMETRIC_UNIT = {"uniform": {"low": -0.95, "high": 0.95}}
_NONZERO = {"uniform": {"low": 1, "high": 10}}
_SHIFT = {"integers": {"low": 0, "high": 6}}

# Operators that are defined on a part of the numbers only: base name without a trailing "_".
FILLS: Dict[str, Dict[str, Dict[str, Any]]] = {
    **{name: {"self": _POSITIVE} for name in (
        "log", "log2", "log10", "sqrt", "rsqrt", "reciprocal", "lgamma", "digamma", "polygamma",
        "special_entr", "mvlgamma", "special_gammaln")},
    **{name: {"self": _SYMMETRIC_UNIT} for name in (
        "acos", "asin", "atanh", "arccos", "arcsin", "arctanh", "erfinv")},
    **{name: {"self": _PROBABILITY} for name in (
        "logit", "bernoulli", "special_ndtri", "multinomial")},
    "log1p": {"self": {"uniform": {"low": -0.5, "high": 3}}},
    "acosh": {"self": {"uniform": {"low": 1.1, "high": 4}}},
    "arccosh": {"self": {"uniform": {"low": 1.1, "high": 4}}},
    "xlogy": {"other": _POSITIVE},
    "special_xlog1py": {"other": _POSITIVE},
    "pow": {"self": _POSITIVE},
    "float_power": {"self": _POSITIVE},
    "polar": {"abs": _POSITIVE},
    "binary_cross_entropy": {"self": _PROBABILITY, "target": _PROBABILITY},
    "kl_div": {"target": _PROBABILITY},
    "normal": {"std": _POSITIVE},
    "addcdiv": {"tensor2": _POSITIVE},
    **{name: {"other": _NONZERO} for name in (
        "div", "divide", "true_divide", "remainder", "fmod", "floor_divide")},
    **{name: {"other": _SHIFT} for name in (
        "bitwise_left_shift", "bitwise_right_shift", "__lshift__", "__rshift__")},
    "prod": {"self": {"uniform": {"low": 0.9, "high": 1.1}}},
    "cumprod": {"self": {"uniform": {"low": 0.9, "high": 1.1}}},
    "renorm": {"self": _POSITIVE},
    # Probabilities, and their logarithms: of anything else the differences cancel to noise.
    "_softmax_backward_data": {"output": {"uniform": {"low": 0, "high": 0.03}}},
    "tanh_backward": {"output": _SYMMETRIC_UNIT},
    "sigmoid_backward": {"output": _PROBABILITY},
    "_log_softmax_backward_data": {"output": {"uniform": {"low": -8, "high": -4}}},
}

_MM = {"dims": ["m", "n", "k"], "category": "blas", "flops": "2 * m * n * k"}
_VECTOR = {"category": "blas", "flops": "2 * numel"}
_ROWS = {"dims": ["rows", "cols"]}
_NCHW = {"dims": ["n", "c", "inner*"]}
# torch's own kernels round intermediate results to half precision.
_HALF = {"tolerance": {"float16": {"rtol": 2e-2, "atol": 2e-2},
                       "bfloat16": {"rtol": 1e-1, "atol": 1e-1}}}
# On CUDA their statistics are float32 whatever the input is, on the CPU they are not.
_FLOAT32 = {"dtypes": ["float32"]}
_IMAGES = {"dims": ["n", "c", "h", "w"], "category": "custom"}
_VOLUMES = {"dims": ["n", "c", "d", "h", "w"], "category": "custom"}
_NO_BYTES = {"bytes": "outputs"}  # of the inputs only a part, or nothing, need be read

RULES: Dict[str, Rule] = {
    "mm": {**_MM, "args": {"self": _tensor(["m", "k"]), "mat2": _tensor(["k", "n"])}},
    "addmm": {**_MM, "args": {"self": _tensor(["m", "n"]), "mat1": _tensor(["m", "k"]),
                              "mat2": _tensor(["k", "n"])}},
    "bmm": {"dims": ["b", "m", "n", "k"], "category": "blas", "flops": "2 * b * m * n * k",
            "args": {"self": _tensor(["b", "m", "k"]), "mat2": _tensor(["b", "k", "n"])}},
    "baddbmm": {"dims": ["b", "m", "n", "k"], "category": "blas", "flops": "2 * b * m * n * k",
                "args": {"self": _tensor(["b", "m", "n"]), "batch1": _tensor(["b", "m", "k"]),
                         "batch2": _tensor(["b", "k", "n"])}},
    "matmul": {**_MM, "args": {"self": _tensor(["m", "k"]), "other": _tensor(["k", "n"])}},
    "linear": {**_MM, "args": {"input": _tensor(["m", "k"]), "weight": _tensor(["n", "k"])}},
    "mv": {**_VECTOR, "dims": ["m", "n"],
           "args": {"self": _tensor("case"), "vec": _tensor(["n"])}},
    "addmv": {**_VECTOR, "dims": ["m", "n"], "args": {
        "self": _tensor(["m"]), "mat": _tensor("case"), "vec": _tensor(["n"])}},
    "dot": {**_VECTOR, "dims": ["n"]},
    "vdot": {**_VECTOR, "dims": ["n"]},
    "addr": {**_VECTOR, "dims": ["m", "n"], "args": {
        "self": _tensor("case"), "vec1": _tensor(["m"]), "vec2": _tensor(["n"])}},
    "outer": {**_VECTOR, "dims": ["m", "n"], "args": {
        "self": _tensor(["m"]), "vec2": _tensor(["n"])}},
    "trace": {**_ROWS, "bytes": "min(rows, cols) * sizeof_T"},
    "kron": {**_ROWS, "category": "blas", "args": {"other": _tensor([8, 8])}},
    "embedding": {**_ROWS, **_NO_BYTES, "category": "custom", "args": {
        "weight": _tensor("case"), "indices": _index(["rows"], "rows")}},
    "embedding_dense_backward": {**_ROWS, "category": "custom", "args": {
        "grad_output": _tensor("case"), "indices": _index(["rows"], "rows"),
        "num_weights": {"expr": "rows"}, "padding_idx": -1, "scale_grad_by_freq": False}},
    "embedding_backward": {**_ROWS, "category": "custom", "args": {
        "grad": _tensor("case"), "indices": _index(["rows"], "rows"),
        "num_weights": {"expr": "rows"}, "padding_idx": -1, "scale_grad_by_freq": False,
        "sparse": False}},
    "gather": {**_NO_BYTES, "args": {"index": _index("case", "size(-1)")}},
    "gather_backward": {"args": {"index": _permutation("case", "size(-1)")}},
    "take_along_dim": {**_NO_BYTES, "args": {"indices": _index("case", "size(-1)")}},
    "scatter": {"args": {"index": _permutation("case", "size(-1)"), "reduce": "add"}},
    "scatter_add": {"args": {"index": _permutation("case", "size(-1)")}},
    "scatter_reduce": {"args": {"index": _permutation("case", "size(-1)"), "reduce": "sum"}},
    "index_select": {**_NO_BYTES, "args": {"index": _index(["size(-1)"], "size(-1)")}},
    "index_add": {"args": {"index": _permutation(["size(-1)"], "size(-1)")}},
    "index_copy": {"args": {"index": _permutation(["size(-1)"], "size(-1)")}},
    "index_fill": {"args": {"index": _permutation(["size(-1)"], "size(-1)")}},
    "index": {**_NO_BYTES, "args": {"indices": {"list": [_index(["size(0)"], "size(0)")]}}},
    "index_put": {"args": {
        "indices": {"list": [_permutation(["size(0)"], "size(0)")]}, "values": _tensor("case")}},
    "select_scatter": {**_ROWS, "args": {"src": _tensor(["cols"]), "dim": 0, "index": 0}},
    "take": {**_NO_BYTES, "args": {"index": _index("case", "numel")}},
    "masked_fill": {"args": {"value": _tensor([], constant=0.5)}},
    "fill": {"bytes": "outputs", "flops": "0", "args": {"value": _tensor([], constant=0.5)}},
    "zero": {"bytes": "outputs", "flops": "0"},
    "quantile": {"args": {"q": _tensor([], constant=0.25)}},
    "clamp": {"args": {"min": {"tensor": {"shape": "case", "fill": {"uniform": {
        "low": -1, "high": -0.1}}}}, "max": {"tensor": {"shape": "case", "fill": {"uniform": {
            "low": 0.1, "high": 1}}}}}},
    "native_layer_norm": {"category": "reduction", "args": {
        "weight": _tensor(["size(-1)"]), "bias": _tensor(["size(-1)"])}},
    "layer_norm": {"category": "reduction", "args": {
        "weight": _tensor(["size(-1)"]), "bias": _tensor(["size(-1)"])}},
    "rms_norm": {"category": "reduction", "args": {"weight": _tensor(["size(-1)"])}},
    "native_layer_norm_backward": {**_ROWS, **_FLOAT32, "category": "reduction", "args": {
        "mean": _tensor(["rows", 1]), "rstd": _tensor(["rows", 1], uniform={
            "low": 0.5, "high": 2}), "weight": _tensor(["cols"]), "bias": _tensor(["cols"]),
        "output_mask": [True, True, True]}},
    "native_batch_norm": {**_NCHW, "category": "reduction", "args": {
        "weight": _tensor(["c"]), "bias": _tensor(["c"]), "training": True}},
    "native_batch_norm_backward": {**_NCHW, **_FLOAT32, "category": "reduction", "args": {
        "weight": _tensor(["c"]), "save_mean": _tensor(["c"]),
        "save_invstd": _tensor(["c"], uniform={"low": 0.5, "high": 2}), "train": True,
        "output_mask": [True, True, True]}},
    "native_group_norm": {**_NCHW, **_HALF, "category": "reduction", "args": {
        "weight": _tensor(["c"]), "bias": _tensor(["c"]), "N": {"expr": "n"}, "C": {"expr": "c"},
        "HxW": {"expr": "inner"}, "group": {"expr": "select(c % 2 == 0, 2, 1)"}}},
    "native_group_norm_backward": {**_NCHW, **_FLOAT32, "category": "reduction", "args": {
        "mean": _tensor(["n", 1]), "rstd": _tensor(["n", 1], uniform={"low": 0.5, "high": 2}),
        "weight": _tensor(["c"]), "N": {"expr": "n"}, "C": {"expr": "c"},
        "HxW": {"expr": "inner"}, "group": 1, "output_mask": [True, True, True]}},
    "_weight_norm_interface": {**_ROWS, **_FLOAT32, "category": "reduction", "args": {
        "g": _tensor(["rows", 1])}},
    "_weight_norm_interface_backward": {**_ROWS, **_FLOAT32, "category": "reduction", "args": {
        "saved_g": _tensor(["rows", 1]),
        "saved_norms": _tensor(["rows", 1], "float32", uniform={"low": 1, "high": 2}), "dim": 0}},
    "nll_loss_forward": {**_ROWS, "category": "reduction", "bytes": "outputs", "args": {
        "target": _index(["rows"], "cols")}},
    "nll_loss_backward": {**_ROWS, "category": "reduction", "args": {
        "grad_output": _tensor([]), "target": _index(["rows"], "cols"),
        "total_weight": _tensor([], constant=1)}},
    "nll_loss2d_forward": {"dims": ["n", "c", "h", "w"], "category": "reduction",
                           "bytes": "outputs", "args": {
                               "target": _index(["n", "h", "w"], "c")}},
    "nll_loss2d_backward": {"dims": ["n", "c", "h", "w"], "category": "reduction", "args": {
        "grad_output": _tensor([]), "target": _index(["n", "h", "w"], "c"),
        "total_weight": _tensor([], constant=1)}},
    "cross_entropy_loss": {**_ROWS, "category": "reduction", "args": {
        "target": _index(["rows"], "cols")}},
    "glu_backward": {**_ROWS, "args": {"grad_output": _tensor(["rows", "cols / 2"])}},
    "diagonal_backward": {"dims": ["n"], "bytes": "outputs", "args": {
        "input_sizes": {"list": [{"expr": "n"}, {"expr": "n"}]}, "offset": 0, "dim1": 0,
        "dim2": 1}},
    "repeat": {"args": {"repeats": {"per_dim": 2}}},
    "tile": {"args": {"dims": [2]}},
    "repeat_interleave": {"args": {"repeats": 2}},
    # torch adds up the blocks of a scan in half precision.
    "cumsum": {"tolerance": {"float16": {"rtol": 4e-3, "atol": 1e-3}}},
    "max_pool2d_with_indices": {**_IMAGES, "args": {"kernel_size": [3, 3]}},
    "max_pool2d": {**_IMAGES, "args": {"kernel_size": [3, 3]}},
    "avg_pool2d": {**_IMAGES, "args": {"kernel_size": [2, 2]}},
    "avg_pool2d_backward": {"dims": ["n", "c", "h", "w"], "category": "custom", "args": {
        "grad_output": _tensor(["n", "c", "floor(h / 2)", "floor(w / 2)"]), "kernel_size": [2, 2],
        "stride": [2, 2], "padding": [0, 0], "ceil_mode": False, "count_include_pad": True}},
    "upsample_nearest2d": {"dims": ["n", "c", "h", "w"], "category": "custom", "args": {
        "output_size": {"list": [{"expr": "2 * h"}, {"expr": "2 * w"}]}}},
    "upsample_nearest3d": {**_VOLUMES, "args": {
        "output_size": {"list": [{"expr": f"2 * {x}"} for x in "dhw"]}}},
    **{name: {**_VOLUMES, "args": {
        "output_size": {"list": [{"expr": f"ceildiv({x}, 2)"} for x in "dhw"]}}}
       for name in ("adaptive_avg_pool3d", "_adaptive_avg_pool3d")},
    "im2col": {**_IMAGES, "args": {
        "kernel_size": [3, 3], "dilation": [1, 1], "padding": [1, 1], "stride": [1, 1]}},
    "permute": {"dims": ["planes", "rows", "cols"], "category": "custom",
                "args": {"dims": [2, 0, 1]}},
    # torch's own kernel has its weights in half precision.
    "_upsample_bicubic2d_aa": {"tolerance": {"float16": {"rtol": 1e-2, "atol": 1e-2},
                                             "bfloat16": {"rtol": 5e-2, "atol": 5e-2}}, "dims": ["n", "c", "h", "w"], "category": "custom", "args": {
        "output_size": {"list": [{"expr": "2 * h"}, {"expr": "2 * w"}]}}},
    "arange": {"bytes": "outputs", "args": {"start": 0, "end": {"expr": "numel"}, "step": 1}},
    "eye": {"bytes": "outputs", "args": {"n": {"expr": "size(0)"}, "m": {"expr": "size(-1)"}}},
    "linspace": {**_HALF, "bytes": "outputs", "args": {
        "start": -1.0, "end": 1.0, "steps": {"expr": "numel"}}},
    "logspace": {**_HALF, "bytes": "outputs", "args": {
        "start": -1.0, "end": 1.0, "steps": {"expr": "numel"}}},
    "randperm": {"bytes": "outputs", "args": {"n": {"expr": "numel"}}},
}

# Creating and "like" operators read nothing of their inputs.
for _name in ("ones", "zeros", "full", "rand", "randn", "empty", "ones_like", "zeros_like",
              "full_like", "rand_like", "randn_like", "empty_like"):
    RULES.setdefault(_name, {"bytes": "outputs", "flops": "0"})

# Indices that may differ where values are equal: what is compared is the input at the index.
# Operator (base, or base.overload) -> number of the output that holds indices.
INDEX_OUTPUTS: Dict[str, int] = {
    "sort": 1, "topk": 1, "max.dim": 1, "min.dim": 1, "cummax": 1, "cummin": 1, "kthvalue": 1,
    "median.dim": 1, "mode": 1, "nanmedian.dim": 1, "argmax": 0, "argmin": 0, "argsort": 0,
}
# Of these every index occurs once: values alone would let [0, 0, 1] pass for [0, 1, 2].
PERMUTATIONS = ("sort", "topk", "argsort")

# A number for an argument that has no default, by its name. What is missing here is refused. Where
# an operator jumps (threshold, lambd, min, max), all dtypes hold the number exactly: torch rounds it
# to the dtype, the oracle does not, and an element between the two would be right and called wrong.
BY_NAME: Dict[str, Any] = {
    "other": 2, "value": 0.5, "fill_value": 0.5, "alpha": 1, "beta": 1, "exponent": 2,
    "negative_slope": 0.01, "min": -0.5, "max": 0.5, "min_val": -0.5, "max_val": 0.5,
    "threshold": 0.125, "weight": 0.3, "lambd": 0.5, "eps": 1e-5, "epsilon": 1e-5, "p": 0.5,
    "momentum": 0.1, "delta": 1.0, "scale": 2.0, "input_scale": 1, "dim": -1, "axis": -1,
    "dims": [-1], "keepdim": False, "train": True, "training": True, "largest": True,
    "sorted": True, "stable": False, "descending": False, "half_to_float": False,
    "is_result": False, "align_corners": False, "log_target": False, "unbiased": True,
    "ignore_index": -100, "reduction": 1, "correction": 1, "diagonal": 0, "offset": 0,
    "decimals": 2, "norm": 2, "ord": 2, "maxnorm": 1.0, "low": 0, "high": 10, "from": 0.0,
    "to": 1.0, "mean": 0.0, "std": 1.0, "lower": 0.1, "upper": 0.3, "rounding_mode": "floor",
    "approximate": "none", "mode": "constant", "pad": [1, 1], "shifts": [1], "self": 2,
    "num_samples": 4, "test_element": 0.5, "element": 0.5, "upscale_factor": 2, "n": 2,
    "sections": 2, "chunks": 2, "kernel_size": [3, 3], "interpolation": "linear", "dim0": 0,
    "output_size": 4, "stride": 1, "padding": 1, "dilation": 1, "groups": 2,
    "dim1": -1, "start_dim": 0, "end_dim": -1, "sum_dim": [-1], "accumulate": False, "sparse_grad": False,
}

# A value outside their range ends the GPU's context: no NaN is tried on them.
ASSERTS_ITS_INPUTS = frozenset(("binary_cross_entropy", "binary_cross_entropy_backward"))

# Sums: their rounding errors are relative to the sum of magnitudes, which the oracle gives as
# "scale" by computing the same of the absolute values.
SCALED = frozenset((
    "sum", "mean", "mm", "bmm", "addmm", "baddbmm", "matmul", "linear", "mv", "addmv", "dot", "vdot",
    "outer", "addr", "kron", "cumsum", "trace", "index_add", "embedding_dense_backward",
    "embedding_backward", "scatter_add", "avg_pool2d", "avg_pool2d_backward", "add", "sub", "rsub",
    "lerp", "addcmul", "nansum"))

# Reductions and operators over a dimension, by FlagGems' words.
REDUCTIONS = frozenset((
    "softmax", "log_softmax", "_softmax", "_log_softmax", "_softmax_backward_data",
    "_log_softmax_backward_data", "cumsum", "cumprod", "cummax", "cummin", "logcumsumexp", "sort",
    "topk", "std", "var", "var_mean", "std_mean", "norm", "linalg_vector_norm", "quantile",
    "logsumexp", "sum", "mean", "prod", "amax", "amin", "max", "min", "argmax", "argmin", "all",
    "any", "count_nonzero", "nansum", "nanmean", "mse_loss", "trace", "median"))
