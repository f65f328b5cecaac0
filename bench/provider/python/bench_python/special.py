"""NaN, infinities, signed zeros, the largest and the denormal numbers among the inputs: does an
implementation give NaN and infinity where torch does?

Checked once for each case, after the timing. An element is
right if it is of the class (finite, NaN, infinite of this sign) that torch gives in the case's own
dtype, or in float64 rounded to it: both are torch, and an overflow on the way is a matter of the
precision in between. Denormal numbers may also be taken for zeros, as fast arithmetic does. Of
pointwise operators finite values must be about torch's, too; sums of such numbers depend on their
order.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, Dict, List, Mapping, Sequence

from . import memory
from .problem import OperatorProblem, one_line

if TYPE_CHECKING:
    from .runtime import Prepared

# More than this takes longer than what is measured, and shows nothing more.
MAX_ELEMENTS = 1 << 26
_SEED = 41


def applies(p: "Prepared") -> bool:
    return bool(p.spec.get("special")) and p.spec["kind"] != "aten" and not p.upcast


_SETS = {"nan": "NaN", "no nan": "infinities, zeros and the largest numbers",
         "denormal": "denormal numbers"}


def _special_inputs(p: "Prepared", which: str) -> Dict[str, Any]:
    inputs = {name: x.clone() for name, x in p.given.items()}
    for i, x in enumerate(inputs.values()):
        if x.dtype.is_floating_point:
            memory.place_special_values(x, _SEED + 7 * i, which)
    return inputs


def _flushed(given: Mapping[str, Any]) -> Dict[str, Any]:
    import torch

    return {name: x.where(x.abs() >= torch.finfo(x.dtype).tiny, x * 0)  # of the same sign
            if x.dtype.is_floating_point else x for name, x in given.items()}


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


def _compare(got: Any, rights: Sequence[Any], which: str, values: str, by_value: bool) -> None:
    """``rights``: answers of which each element may be either; the first is torch's own."""
    bad = _differs(got, rights[0], by_value)
    for right in rights[1:]:
        bad &= _differs(got, right.to(got.dtype), by_value)
    if not bool(bad.any()):
        return
    first = int(bad.reshape(-1).nonzero()[0])
    raise OperatorProblem(
        "special_values", f"with {values} among the inputs, {int(bad.sum())} of {bad.numel()} "
        f"elements of {which} are not as torch has them: element {first} is "
        f"{got.reshape(-1)[first].item()}, torch's {rights[0].reshape(-1)[first].item()}")


def check(p: "Prepared", native: Any) -> List[str]:
    """OperatorProblem ``special_values``; else notes. ``native``: torch's own operator."""
    import torch

    if sum(x.numel() for x in p.given.values()) > MAX_ELEMENTS:
        return [f"special values were not tried on more than {MAX_ELEMENTS} elements"]
    spec = {**p.spec, "kind": "aten"}
    for which, values in _SETS.items():
        given = _special_inputs(p, which)
        with torch.no_grad():
            try:
                rights = [_answers(p, given, function=native, spec=spec),
                          _answers(p, given, function=native, spec=spec, upcast=True)]
                if which == "denormal":
                    rights.append(_answers(p, _flushed(given), function=native, spec=spec))
            except Exception as e:  # noqa: BLE001 - torch refuses such values: then so may others
                return [f"special values were not tried, since torch refuses them: {one_line(e)}"]
            found = _answers(p, given)
        for i, answers in enumerate(zip(found, *rights)):
            if "as" not in p.returns[i]:
                _compare(answers[0], answers[1:], f"output {i}", values,
                         p.spec["special"] == "values")
    return []
