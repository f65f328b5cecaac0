"""The shape of an answer as expressions of the case's shape, found by trying.

torch says what shape comes out for each case (on meta tensors); a description needs one expression
for all of them. Candidates are tried in an order from the meaningful to the accidental, against all
cases and against further shapes, so that an expression that fits by chance is refuted.
"""

from __future__ import annotations

import math
from typing import List, Optional, Sequence, Tuple, Union

from .expressions import Scope

Example = Tuple[Sequence[int], Sequence[int]]  # the case's shape, the answer's shape
ShapeSpec = Union[str, List[Union[str, int]]]


def _holds(text: Union[str, int], examples: Sequence[Tuple[Sequence[int], int]],
           dims: Sequence[str]) -> bool:
    for shape, want in examples:
        try:
            if Scope(shape, dims=dims).evaluate(text) != want:
                return False
        except (ValueError, ZeroDivisionError):
            return False
    return True


def _one(values: Sequence[Tuple[Sequence[int], int]], dims: Sequence[str],
         position: Optional[int]) -> Optional[Union[str, int]]:
    """An expression for one dimension of the answer."""
    ranks = {len(shape) for shape, _ in values}
    tries: List[Union[str, int]] = [d for d in dims if not d.endswith("*")]
    if position is not None:
        tries.append(f"size({position})")
    # Dimensions from the end are the same in all ranks; from the front they are exact for one.
    tries += ["size(-1)", "size(-2)", "numel"] + [f"size({i})" for i in range(max(ranks))]
    tries += ["prod(0, ndim - 1)", "prod(1, ndim)", "1"]
    # Multiples, parts and sums of a dimension: cat, glu, pooling, padding, top-k.
    for i in ["size(-1)", "size(0)", "size(-2)", "numel"]:
        tries += [f"{k} * {i}" for k in (2, 3, 4, 8)]
        tries += [f"{i} / 2", f"floordiv({i}, 2)", f"ceildiv({i}, 2)", f"floordiv({i}, 3)",
                  f"{i} + 2", f"min(5, {i})"]
        tries += [f"{i} - 2", f"{i} - 1", f"{i} + 1"]
    tries += ["min(size(-2), size(-1))"]
    # Volumes, and images unfolded into columns by windows of 2 x 2 and 3 x 3.
    tries += ["2 * size(-3)", "ceildiv(size(-3), 2)", "size(-2) * size(-1)", "4 * size(1)",
              "9 * size(1)"]
    if len({want for _, want in values}) == 1:
        tries.append(values[0][1])
    return next((t for t in tries if _holds(t, values, dims)), None)


def _flat(examples: Sequence[Example], dims: Sequence[str]) -> Optional[str]:
    """An expression for the number of elements of the answer."""
    values = [(case, math.prod(answer)) for case, answer in examples]
    single = _one(values, dims, None)
    if single is not None:
        return str(single)
    tries = ["2 ^ ndim * numel", "numel * size(-1)", "prod(0, ndim - 1) * min(5, size(-1))",
             "prod(0, ndim - 1) * (size(-1) / 2)", "prod(0, ndim - 1) * (size(-1) + 2)",
             "64 * numel", "prod(0, ndim - 2) * floordiv(size(-2), 3) * floordiv(size(-1), 3)",
             "prod(0, ndim - 2) * floordiv(size(-2), 2) * floordiv(size(-1), 2)"]
    return next((t for t in tries if _holds(t, values, dims)), None)


def derive(examples: Sequence[Example], dims: Sequence[str]) -> Optional[ShapeSpec]:
    """``"case"``, a list of one expression a dimension, or a list with the number of elements.

    The last is used where the answer's rank follows the case's; C needs the number only, and the
    Python side checks the true shape itself. None: nothing that is known here fits.
    """
    if all(list(case) == list(answer) for case, answer in examples):
        return "case"
    ranks = {len(answer) for _, answer in examples}
    case_ranks = {len(case) for case, _ in examples}
    if len(ranks) == 1:
        rank = ranks.pop()
        spec: List[Union[str, int]] = []
        for i in range(rank):
            position = i if case_ranks == {rank} else None
            value = _one([(case, answer[i]) for case, answer in examples], dims, position)
            if value is None:
                break
            spec.append(value)
        if len(spec) == rank:
            return spec
    flat = _flat(examples, dims)
    return None if flat is None else [flat]


def fit(specs: Sequence[ShapeSpec], case: Sequence[int], answer: Sequence[Sequence[int]],
        dims: Sequence[str]) -> bool:
    """Whether expressions that were derived give the shapes of this answer (one that is flat: its
    number of elements)."""
    if len(specs) != len(answer):
        return False
    scope = Scope(case, dims=dims)
    for spec, want in zip(specs, answer):
        sizes = list(case) if spec == "case" else [scope.evaluate(s) for s in spec]
        if sizes != list(want) and sizes != [math.prod(want)]:
            return False
    return True


def elements(spec: ShapeSpec) -> str:
    """The number of elements of a shape, as an expression."""
    if spec == "case":
        return "numel"
    factors = [str(s) for s in spec if str(s) != "1"]
    if len(factors) <= 1:
        return factors[0] if factors else "1"
    return " * ".join(f"({s})" if any(c in s for c in "+-/%^* ") and not s.startswith(
        ("size(", "prod(", "min(")) else s for s in factors)


def other_shapes(shape: Sequence[int]) -> List[List[int]]:
    """Small shapes of the same rank with sizes that have little in common, to refute chance."""
    return [[p for p, _ in zip((6, 10, 14, 22, 26, 34, 38, 46), shape)],
            [p for p, _ in zip((18, 8, 12, 30, 16, 10, 20, 14), shape)]]
