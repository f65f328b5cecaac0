"""Tests of sum - Experimental Implementation

Made by bench: against torch, over the shapes and dtypes that were measured.

op_id: <uuid>
"""

import math

import pytest
import torch

import flag_gems
from flag_gems.experimental.generated.reduction.sum import sum as gems_sum

# The operator in torch.ops.aten, its overloads with the functions under test, and what was
# measured: shape, dtype, parameters.
OPERATOR = "sum"
FUNCTIONS = [
    ("default", gems_sum),
]
CASES = [
    ((64, 64), "float32", {}),
]

# Each dtype's rounding, and the absolute error: as FlagGems' gems_assert_close has them. Errors of
# sums grow with the root of the number of summands.
RTOL = {
    torch.float16: 1e-3,
    torch.bfloat16: 0.016,
    torch.float32: 1.3e-6,
    torch.float64: 1e-7,
}
ATOL = 1e-4


def tensor(shape, dtype):
    if dtype == torch.bool:
        return torch.rand(shape, device=flag_gems.device) < 0.5
    if not (dtype.is_floating_point or dtype.is_complex):
        return torch.randint(-8, 8, shape, device=flag_gems.device).to(dtype)
    return torch.randn(shape, device=flag_gems.device).to(dtype)


def scalar(kind, dtype):
    if kind == "bool":
        return True
    return 0.5 if dtype.is_floating_point and kind != "int" else 2


def arguments(schema, shape, dtype, params):
    """What ATen's operator needs: tensors of the measured shape, what was measured with, and a
    value for each other argument that has no default. Without output tensors."""
    positional, named, gap = [], {}, False
    for argument in schema.arguments:
        kind = str(argument.type)
        if argument.is_out:
            continue
        if argument.name in params:
            value = params[argument.name]
        elif argument.has_default_value():
            gap = True
            continue
        else:
            value = tensor(shape, dtype) if kind == "Tensor" else scalar(kind, dtype)
        if gap or argument.kwarg_only:
            named[argument.name] = value
        else:
            positional.append(value)
    return positional, named


def copied(value, exact=False):
    if not isinstance(value, torch.Tensor):
        return value
    if exact and value.is_floating_point():
        return value.to(torch.float64, copy=True)
    return value.clone()


def as_tuple(results):
    return tuple(results) if isinstance(results, (tuple, list)) else (results,)


def compare(results, wanted, inputs, dtypes):
    assert len(results) == len(wanted)
    for result, want, dtype in zip(results, wanted, dtypes):
        assert result.shape == want.shape
        assert result.dtype == dtype
        summands = max(1, inputs // max(1, want.numel()))
        rtol = RTOL.get(dtype, 0)
        atol = ATOL * math.sqrt(summands) if dtype in RTOL else 0
        torch.testing.assert_close(
            result, want.to(dtype), rtol=rtol, atol=atol, equal_nan=True
        )


@pytest.mark.sum
@pytest.mark.parametrize("overload, function", FUNCTIONS)
@pytest.mark.parametrize("shape, dtype, params", CASES)
def test_sum(overload, function, shape, dtype, params):
    aten = getattr(getattr(torch.ops.aten, OPERATOR), overload)
    dtype = getattr(torch, dtype)
    outputs = [a.name for a in aten._schema.arguments if a.is_out]
    given = {a.name for a in aten._schema.arguments}
    unknown = sorted(set(params) - given)
    assert not unknown, f"measured with {unknown}, which aten::{OPERATOR} does not have"
    positional, named = arguments(aten._schema, shape, dtype, params)
    inputs = max([v.numel() for v in positional if isinstance(v, torch.Tensor)] or [1])

    def plain(exact):
        values = [copied(v, exact) for v in positional]
        options = {k: copied(v, exact) for k, v in named.items()}
        reference = getattr(torch.ops.aten, OPERATOR)
        return as_tuple(reference(*values, **options))

    dtypes = [result.dtype for result in plain(exact=False)]
    wanted = plain(exact=True)

    values = [copied(v) for v in positional]
    options = {k: copied(v) for k, v in named.items()}
    for name, want, kind in zip(outputs, wanted, dtypes):
        options[name] = torch.empty(want.shape, dtype=kind, device=want.device)
    results = as_tuple(function(*values, **options))
    compare(results, wanted, inputs, dtypes)
    for name, result in zip(outputs, results):
        assert result.data_ptr() == options[name].data_ptr()
    if OPERATOR.endswith("_") and not OPERATOR.endswith("__"):
        assert results[0].data_ptr() == values[0].data_ptr()
        compare([values[0]], wanted[:1], inputs, dtypes[:1])
    elif not outputs:
        for value, original in zip(values, positional):
            if isinstance(value, torch.Tensor):
                torch.testing.assert_close(
                    value, original, rtol=0, atol=0, equal_nan=True
                )
