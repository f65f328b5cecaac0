"""FlagGems' shapes as a suite: ``core_shapes.yaml`` and its benchmark records."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, List, Mapping, Sequence

from . import flaggems
from .problem import OperatorProblem


def shapes_of_file(path: str) -> Dict[str, Any]:
    """``{"shapes": {name: […]}, "dtypes": {operator: […]}, "records": bool, "left_out": n}``.

    Of core_shapes.yaml the names are operators and classes of benchmarks (``Benchmark`` is the
    default of all); of a record they are operators.
    """
    if Path(path).suffix in (".yaml", ".yml"):
        return {"shapes": flaggems.read_shapes_yaml(path), "dtypes": {}, "records": False,
                "left_out": 0}
    records = flaggems.read_records(path)
    return {"shapes": {n: r["shapes"] for n, r in records.items() if r["shapes"]},
            "dtypes": {n: r["dtypes"] for n, r in records.items()}, "records": True,
            "left_out": sum(r["left_out"] for r in records.values())}


# The class of benchmarks whose shapes an operator of a category has in FlagGems.
_CLASS_OF_CATEGORY = {
    "pointwise": "UnaryPointwiseBenchmark", "reduction": "UnaryReductionBenchmark",
    "blas": "BlasBenchmark", "custom": "Benchmark"}


def shapes_for(read: Mapping[str, Any], operator: str, category: str) -> List[List[int]]:
    """An operator's own shapes, else those of its category's class, else the default."""
    shapes = read["shapes"]
    for key in (operator, _CLASS_OF_CATEGORY.get(category, ""), "Benchmark"):
        if key in shapes:
            return shapes[key]
    raise OperatorProblem("bad_data", f"there are no shapes for {operator}, and no default")


def make(path: str, operators: Sequence[str], categories: Mapping[str, str],
         dtypes: Sequence[str], max_elements: int) -> Dict[str, Any]:
    """A suite (docs/formats.md) of the operators named; of a record's own if none is named.

    Shapes of more than ``max_elements`` elements are left out, and said: FlagGems' largest have
    2^30, which in float64 for the oracle alone is 8 GiB.
    """
    import math

    read = shapes_of_file(path)
    names = list(operators) or [n for n in read["shapes"] if read["records"]]
    if not names:
        raise OperatorProblem("bad_data", f"{path} names shapes, not operators: say which "
                              "operators (--only)")
    sets: Dict[str, List[List[int]]] = {}
    entries, left_out = [], read["left_out"]
    for name in names:
        wanted = shapes_for(read, name, categories.get(name, "custom"))
        kept = [s for s in wanted if math.prod(s) <= max_elements]
        left_out += len(wanted) - len(kept)
        if not kept:
            continue
        key = next((k for k, v in sets.items() if v == kept), None)
        if key is None:
            key = f"shapes{len(sets)}"
            sets[key] = kept
        entry: Dict[str, Any] = {"operator": name, "shapes": key}
        if read["dtypes"].get(name):
            entry["dtypes"] = read["dtypes"][name]
        entries.append(entry)
    if not entries:
        raise OperatorProblem("bad_data", f"{path}: no shape of at most {max_elements} elements")
    return {"name": Path(path).stem.replace(".", "_"),
            "description": f"Shapes of {Path(path).name}"
            + (f"; {left_out} left out" if left_out else "") + ".",
            "dtypes": list(dtypes),
            "roles": {"candidate": "candidate", "reference": "flag_gems", "baseline": "torch"},
            "shapes": sets, "operators": entries}
