"""For how many of FlagGems' own operators the arguments are derived without an override.

Every call derived is also made, on small CPU tensors: what torch refuses does not count.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, Dict, List, Optional, Tuple

from . import flaggems, isolate, names, trial
from .describe import Wanted, describe, derived_call
from .problem import OperatorProblem

# Shapes that between them suit every rank that operators ask for.
SHAPES: List[List[int]] = [
    [64, 64], [4, 8, 16], [2, 4, 16, 16], [32768], [256, 256], [128, 96], [64, 32, 32]]
DTYPES = ["float32", "float16", "bfloat16"]


def _one(aten: str) -> Dict[str, Any]:
    result: Dict[str, Any] = {"aten": aten, "category": "unknown"}
    try:
        result["schema"] = derived_call(aten)[0].text
        described = describe(Wanted(aten, SHAPES, DTYPES, device="cuda"))
        result.update(status="described", by=described.by, derived=True,
                      category=described.description["category"], dtypes=described.dtypes)
    except OperatorProblem as e:
        result.update(e.as_json(), derived=e.status == "not_describable")
    return result


def guess_category(aten: str, measured: str) -> str:
    """pointwise, reduction or other: of those not described by torch's own tag, else by name."""
    import torch

    from . import rules

    if measured != "unknown":
        return measured
    try:
        name = names.resolve(aten)
        overload = getattr(getattr(torch.ops.aten, name.base), name.overload)
    except OperatorProblem:
        return "unknown to this torch"
    base = name.base.rstrip("_")
    if base in rules.RULES and "category" in rules.RULES[base]:
        return str(rules.RULES[base]["category"])
    tags = {str(t) for t in getattr(overload, "tags", ())}
    if any("pointwise" in t for t in tags):
        return "pointwise"
    if any("reduction" in t for t in tags) or base in rules.REDUCTIONS:
        return "reduction"
    return "custom"


def count(checkout: Optional[str], jobs: int = 2) -> Tuple[List[Dict[str, Any]], Dict[str, Any]]:
    """Every registered operator with its verdict, and the totals."""
    import torch

    trial.warm_up()
    folder = flaggems.source_folder(checkout)
    if folder is None:
        raise OperatorProblem("unavailable", "FlagGems is not installed in this interpreter; give "
                              "the path of a checkout")
    registered = list(dict.fromkeys(name for name, _ in flaggems.registrations(folder)))
    rows = isolate.run(_one, registered, 120.0, jobs)
    for name, row in zip(registered, rows):
        row.setdefault("aten", name)
        row.setdefault("derived", False)
        row["category"] = guess_category(name, row.get("category", "unknown"))
    totals: Dict[str, Any] = {"torch": torch.__version__, "operators": len(rows)}
    groups = {"all": rows, "pointwise and reduction": [
        r for r in rows if r["category"] in ("pointwise", "reduction")]}
    for label, group in groups.items():
        derived = [r for r in group if r["derived"]]
        totals[label] = {
            "operators": len(group), "derived": len(derived),
            "percent": round(100.0 * len(derived) / max(1, len(group)), 1),
            "described": sum(r["status"] == "described" for r in group),
            "described_by": dict(Counter(r["by"] for r in group if "by" in r))}
    return rows, totals


def print_report(rows: List[Dict[str, Any]], totals: Dict[str, Any]) -> None:
    print(f"torch {totals['torch']}, {totals['operators']} operators that FlagGems registers")
    for label in ("pointwise and reduction", "all"):
        t = totals[label]
        print(f"{label}: arguments derived for {t['derived']} of {t['operators']} "
              f"({t['percent']} %), described {t['described']} {t['described_by']}")
    print("\nnot derived, or not described:")
    for r in rows:
        if r["status"] != "described":
            print(f"  {r['aten']} ({r['category']}): {r['status']}: {r['reason'][:220]}")
