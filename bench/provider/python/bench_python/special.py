"""NaN, infinities, signed zeros and the largest numbers among the inputs: does an implementation
give NaN and infinity where torch does?

Checked once for each case, after the timing. An element is
right if it is of the class (finite, NaN, infinite of this sign) that torch gives in the case's own
dtype, or in float64 rounded to it: both are torch, and an overflow on the way is a matter of the
precision in between. Of pointwise operators finite values must be about torch's, too; sums of such
numbers depend on their order.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, Dict, List, Mapping

from . import memory
from .problem import OperatorProblem, one_line

if TYPE_CHECKING:
    from .runtime import Prepared

# More than this takes longer than what is measured, and shows nothing more.
MAX_ELEMENTS = 1 << 26
_SEED = 41


def applies(p: "Prepared") -> bool:
    return bool(p.spec.get("special")) and p.spec["kind"] != "aten" and not p.upcast


def _special_inputs(p: "Prepared", nan: bool) -> Dict[str, Any]:
    inputs = {name: x.clone() for name, x in p.given.items()}
    for i, x in enumerate(inputs.values()):
        if x.dtype.is_floating_point:
            memory.place_special_values(x, _SEED + 7 * i, "nan" if nan else "no nan")
    return inputs


def _answers(p: "Prepared", given: Mapping[str, Any], **changes: Any) -> List[Any]:
    """What another form of a prepared call gives for other inputs."""
    twin = copy.copy(p)
    twin.given = dict(given)
    twin.inputs, twin.outs, twin.notes = {}, [], []
    for name, value in changes.items():
        setattr(twin, name, value)
    twin.reset()
    twin.call()
    return twin.answers()


def _classes(x: Any) -> Any:
    """0 finite, 1 +infinity, 2 -infinity, 3 NaN."""
    import torch

    kinds = torch.zeros(x.shape, dtype=torch.uint8, device=x.device)
    kinds[x == float("inf")] = 1
    kinds[x == float("-inf")] = 2
    kinds[x.isnan()] = 3
    return kinds


# Loose: ordinary values are compared exactly elsewhere.
_RTOL, _ATOL = 0.1, 0.01


def _differs(got: Any, want: Any, by_value: bool) -> Any:
    """Where ``got`` is not of the class of ``want``, or, ``by_value``, far from it."""
    import torch

    kind, other = _classes(got), _classes(want)
    bad = kind != other
    if by_value:
        finite = (kind == 0) & (other == 0)
        a, b = got.to(torch.float64), want.to(torch.float64)
        bad |= finite & ((a - b).abs() > _ATOL + _RTOL * b.abs())
    return bad


def _compare(got: Any, native: Any, exact: Any, which: str, values: str, by_value: bool) -> None:
    exact = exact.to(got.dtype)
    bad = _differs(got, native, by_value) & _differs(got, exact, by_value)
    if not bool(bad.any()):
        return
    first = int(bad.reshape(-1).nonzero()[0])
    raise OperatorProblem(
        "special_values", f"with {values} among the inputs, {int(bad.sum())} of {bad.numel()} "
        f"elements of {which} are not as torch has them: element {first} is "
        f"{got.reshape(-1)[first].item()}, torch's {native.reshape(-1)[first].item()}")


def check(p: "Prepared", native: Any) -> List[str]:
    """OperatorProblem ``special_values``; else notes. ``native``: torch's own operator."""
    import torch

    if sum(x.numel() for x in p.given.values()) > MAX_ELEMENTS:
        return [f"special values were not tried on more than {MAX_ELEMENTS} elements"]
    for nan in (True, False):
        values = "NaN" if nan else "infinities, zeros and the largest numbers"
        given = _special_inputs(p, nan)
        spec = {**p.spec, "kind": "aten"}
        with torch.no_grad():
            try:
                told = _answers(p, given, function=native, spec=spec)
                exact = _answers(p, given, function=native, spec=spec, upcast=True)
            except Exception as e:  # noqa: BLE001 - torch refuses such values: then so may others
                return [f"special values were not tried, since torch refuses them: {one_line(e)}"]
            found = _answers(p, given)
        for i, (x, y, z) in enumerate(zip(found, told, exact)):
            if "as" not in p.returns[i]:
                _compare(x, y, z, f"output {i}", values, p.spec["special"] == "values")
    return []
