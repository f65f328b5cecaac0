#!/usr/bin/env python3
"""Writes aten_operators.txt: what `bench import` knows of each ATen operator.

  aten_operators.py native_functions.yaml > aten_operators.txt

native_functions.yaml is PyTorch's (it is in the wheel: torchgen/packaged/ATen/native; the file here
was made of torch 2.11.0). Nothing is guessed from parts of names. A category comes from, in this
order:

  1. DECIDED below: operators whose tag says too little for what FlagGems calls them.
  2. The tag `reduction` or `pointwise` that PyTorch gives an overload, its in-place form or its
     alias (ALIASES below, from the documentation of torch, "Alias for").
  3. Else `custom`.

FlagGems' own inventory (conf/operators.yaml) is no source: it labels `eye` and `gather` as
reductions, `pad` and `diag_embed` as pointwise, and has the kind BLAS for `roll` and `tril`.

A line: name, category, overloads as `overload:arguments` separated by blanks. Arguments are those
without a default, one letter each: T tensor, S scalar, F float, I int, B bool, L list, X other,
o an output tensor; `~` before them marks results that are random or uninitialised, which no test can
compare. The default overload has the name `default`.
"""

import re
import sys

import yaml

ALIASES = {
    "absolute": "abs", "arccos": "acos", "arccosh": "acosh", "arcsin": "asin",
    "arcsinh": "asinh", "arctan": "atan", "arctan2": "atan2", "arctanh": "atanh",
    "clip": "clamp", "divide": "div", "fix": "trunc", "greater": "gt",
    "greater_equal": "ge", "less": "lt", "less_equal": "le", "multiply": "mul",
    "negative": "neg", "not_equal": "ne", "subtract": "sub", "true_divide": "div",
    "special_digamma": "digamma", "special_erf": "erf", "special_erfc": "erfc",
    "special_erfinv": "erfinv", "special_exp2": "exp2", "special_expit": "sigmoid",
    "special_expm1": "expm1", "special_gammainc": "igamma",
    "special_gammaincc": "igammac", "special_gammaln": "lgamma",
    "special_i0": "i0", "special_log1p": "log1p", "special_logit": "logit",
    "special_logsumexp": "logsumexp", "special_multigammaln": "mvlgamma",
    "special_polygamma": "polygamma", "special_psi": "digamma",
    "special_round": "round", "special_sinc": "sinc", "special_xlogy": "xlogy",
}  # fmt: skip

DECIDED = {
    # Sums of products. The list is that of torch's "BLAS and LAPACK Operations" that multiply.
    "blas": """addbmm addmm addmv addr baddbmm bilinear bmm chain_matmul dot einsum ger inner kron
        _grouped_mm _scaled_grouped_mm linalg_matmul linalg_multi_dot linalg_vecdot linear matmul mm mv outer tensordot vdot
        _addmm_activation _int_mm _scaled_mm""",
    # Each result needs a whole row or the whole input: normalisations, softmax, losses (their
    # default is the mean), scans.
    "reduction": """_batch_norm_impl_index _fused_rms_norm _log_softmax
        _log_softmax_backward_data _safe_softmax _softmax _softmax_backward_data _weight_norm
        _weight_norm_interface aminmax batch_norm binary_cross_entropy binary_cross_entropy_with_logits
        cosine_embedding_loss cosine_similarity cross_entropy_loss ctc_loss cummax cummin cumprod
        cumsum dist gaussian_nll_loss group_norm hinge_embedding_loss huber_loss instance_norm
        kl_div kthvalue l1_loss layer_norm log_softmax logcumsumexp logsumexp margin_ranking_loss median mode mse_loss
        multi_margin_loss multilabel_margin_loss native_batch_norm native_group_norm
        native_layer_norm nll_loss nll_loss2d nll_loss_forward nll_loss_nd nanmedian nanquantile poisson_nll_loss quantile rms_norm
        smooth_l1_loss soft_margin_loss softmax trace triplet_margin_loss""",
    # Element by element, but without the tag.
    "pointwise": """__and__ __iand__ __ilshift__ __ior__ __irshift__ __lshift__ __or__ __rshift__ _add_relu
        _conj_physical _masked_scale alpha_dropout bernoulli conj_physical copy dropout elu_backward
        feature_dropout fill float_power frexp full full_like gelu_backward glu glu_backward
        hardshrink_backward hardsigmoid_backward hardswish hardswish_backward hardtanh_backward isclose
        isfinite isreal leaky_relu
        leaky_relu_backward lift lift_fresh log_sigmoid_backward
        logit_backward masked_fill mish_backward native_dropout native_dropout_backward new_full
        ones_like positive prelu rand_like randn_like rrelu rrelu_with_noise_backward
        sigmoid_backward silu_backward softplus_backward softshrink_backward tanh_backward
        threshold_backward where zero zeros_like""",
}
DECIDED = {name: kind for kind, names in DECIDED.items() for name in names.split()}

# Names under which operators are written that ATen has under another or not at all.
EXTRA = {
    "cross_entropy": "reduction",
    "max_other": "pointwise",
    "min_other": "pointwise",
    "nanmean": "reduction",
    "rmsnorm": "reduction",
    "softmin": "reduction",
    "softsign": "pointwise",
    "tanhshrink": "pointwise",
    "vector_norm": "reduction",
}

UNINITIALISED = re.compile(r"(new_)?empty(_like|_strided|_permuted|_quantized)?$|resize")


def base_name(name):
    """Without the ending of in-place forms."""
    return name if name.endswith("__") or not name.endswith("_") else name[:-1]


def letter(argument):
    kind = argument.split(" ")[0]
    kind = re.sub(r"\(.*?\)", "", kind)
    letters = {"Tensor": "T", "Scalar": "S", "float": "F", "int": "I", "SymInt": "I", "bool": "B"}
    if re.fullmatch(r"(int|SymInt|float|bool|Tensor|Scalar|Dimname)\??\[\d*\]\??", kind):
        return "L"
    return letters.get(kind, "X")


def signature(func, tags):
    arguments = re.match(r"[^(]*\((.*)\) ->", func).group(1)
    letters, keyword_only = "", False
    for argument in re.split(r",\s*(?![^()\[\]]*[\)\]])", arguments):
        if argument == "*":
            keyword_only = True
        elif argument and "=" not in argument:
            out = keyword_only and re.match(r"Tensor\(\w+!\)", argument)
            letters += "o" if out else letter(argument)
    name = func.split("(")[0].split(".")[0]
    untestable = "nondeterministic_seeded" in tags or UNINITIALISED.match(name)
    return ("~" if untestable else "") + letters


def read_native(path):
    with open(path, encoding="utf-8") as file:
        entries = yaml.safe_load(file)
    operators, tagged = {}, {}
    for entry in entries:
        func = entry["func"]
        name, _, overload = func.split("(")[0].partition(".")
        tags = entry.get("tags", [])
        tags = tags if isinstance(tags, list) else [t.strip() for t in tags.split(",")]
        operators.setdefault(name, []).append(
            f"{overload or 'default'}:{signature(func, tags)}"
        )
        tagged.setdefault(base_name(name), set()).update(tags)
    return operators, tagged


def main():
    operators, tagged = read_native(sys.argv[1])

    def category(name):
        base = base_name(name)
        base = ALIASES.get(base, base)
        if base in DECIDED:
            return DECIDED[base]
        tags = tagged.get(base, set())
        if "reduction" in tags:
            return "reduction"
        if "pointwise" in tags:
            return "pointwise"
        return "custom"

    rows = {name: (category(name), " ".join(o)) for name, o in operators.items()}
    for name, kind in EXTRA.items():
        rows.setdefault(name, (kind, ""))
    for name in sorted(rows):
        print("\t".join((name, *rows[name])))


if __name__ == "__main__":
    main()
