"""Descriptions written by hand (kernels/<op>/<op>.json) in place of derived ones: cases, inputs,
oracle, tolerance and the other implementations are theirs; the candidate is the operator data's.

What a Python function is called with is taken from an implementation or oracle of the provider
python, if the description has one; else from its "torch" (docs/formats.md).
"""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Sequence

from . import describe, names
from .describe import BASELINE, CANDIDATE, REFERENCE, Described, Wanted
from .expressions import Scope
from .problem import OperatorProblem

# The candidate's name where the description has a candidate of its own.
OTHER_CANDIDATE = "operator_data"
_CALL = ("args", "kwargs", "written", "returns", "aten", "may_alias", "random")


def _read(file: Path) -> Dict[str, Any]:
    try:
        root = json.loads(file.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as e:
        raise OperatorProblem("bad_data", f"{file}: {e}") from None
    if not isinstance(root, dict):
        raise OperatorProblem("bad_data", f"{file}: found {type(root).__name__}, expected an object")
    return root


def _aten(root: Mapping[str, Any], folder: str) -> Optional[names.AtenName]:
    try:
        return names.resolve(str(root.get("aten", folder)))
    except OperatorProblem:
        return None


def find(kernels: Path, op_name: str, aten: Optional[names.AtenName]) -> Optional[Path]:
    """The description of an operator: by the folder's name, else by its "aten"."""
    own = kernels / names.python_name(op_name)
    if (own / f"{own.name}.json").is_file():
        return own / f"{own.name}.json"
    for file in sorted(kernels.glob("*/*.json")) if aten else []:
        if file.stem != file.parent.name:
            continue
        try:
            root = _read(file)
        except OperatorProblem:
            continue  # of another operator, as far as anybody can tell
        if _aten(root, file.stem) == aten:
            return file
    return None


# ---- what is called with what -------------------------------------------------------------------


def _argument(node: ast.expr, root: Mapping[str, Any]) -> Dict[str, Any]:
    """One argument of an ``example_call``."""
    if isinstance(node, ast.Name) and node.id in {i["name"] for i in root["inputs"]}:
        return {"input": node.id}
    if isinstance(node, ast.Name) and node.id in root.get("params", {}):
        return {"param": node.id}
    try:
        return {"value": ast.literal_eval(node)}
    except ValueError:
        return {"python": ast.unparse(node)}


def _call_of_torch(root: Mapping[str, Any], file: Path) -> Dict[str, Any]:
    told = root.get("torch", {})
    text = told.get("example_call") or ", ".join(told.get("tensors", {}))
    if not text:
        raise OperatorProblem("bad_data", f"{file} does not say what a Python function is called "
                              "with: it has neither an implementation of the provider python nor "
                              "'torch'")
    try:
        call = ast.parse(f"f({text})", mode="eval").body
    except SyntaxError:
        call = None
    if not isinstance(call, ast.Call):
        raise OperatorProblem("bad_data", f"{file}: torch.example_call is no list of arguments: "
                              f"{text}")
    outputs = root["outputs"]
    aten = str(root.get("aten", "aten::" + file.stem))
    base = names.strip(aten)
    if base.split(".")[0].endswith("_"):
        raise OperatorProblem("bad_data", f"{file}: {aten} writes to its argument; describe its "
                              "call by an implementation of the provider python")
    return {"args": [_argument(a, root) for a in call.args],
            "kwargs": {str(k.arg): _argument(k.value, root) for k in call.keywords},
            "written": [], "aten": "aten." + base, "may_alias": False, "random": False,
            "returns": [{"output": o["name"], "from": "return",
                         **({"index": i} if len(outputs) > 1 else {})}
                        for i, o in enumerate(outputs)]}


def _call(root: Mapping[str, Any], file: Path) -> Dict[str, Any]:
    own = [i["python"] for i in [*root["implementations"], root.get("oracle", {})]
           if i.get("provider") == "python" and isinstance(i.get("python"), dict)]
    return {k: own[0][k] for k in _CALL if k in own[0]} if own else _call_of_torch(root, file)


# ---- the description ----------------------------------------------------------------------------


def _may_have(shape: Sequence[int], root: Mapping[str, Any]) -> bool:
    """No dim is 0 but those that the description's ``empty`` names."""
    sizes = Scope(shape, dims=root["dims"]).names
    return all(sizes[d.rstrip("*")] > 0 or d.rstrip("*") in root.get("empty", [])
               for d in root["dims"])


def _fitting(root: Mapping[str, Any], wanted: Wanted, file: Path) -> List[List[int]]:
    dims = root["dims"]
    fixed = sum(not d.endswith("*") for d in dims)
    good = [list(s) for s in wanted.case_shapes
            if (len(s) == fixed if fixed == len(dims) else len(s) >= fixed)
            and _may_have(s, root)]
    if not good:
        raise OperatorProblem("no_arguments", f"a case of {file} has the dimensions "
                              f"{', '.join(dims)}; no such shape was given")
    return good


def _find_sources(part: Dict[str, Any], file: Path) -> None:
    """Sources are relative to the description, which is written elsewhere."""
    holders = [part] + ([part["python"]] if isinstance(part.get("python"), dict) else [])
    for holder in holders:
        if isinstance(holder.get("source"), str):
            holder["source"] = str(file.resolve().parent / holder["source"])


def read(file: Path, wanted: Wanted, home: Path) -> Described:
    """The description of ``file`` with the candidate of ``wanted``, to be written into ``home``."""
    root = _read(file)
    for key in ("dims", "dtypes", "inputs", "outputs", "oracle", "implementations"):
        if key not in root:
            raise OperatorProblem("bad_data", f"{file}: the key '{key}' is missing")
    shapes = _fitting(root, wanted, file)
    dtypes = [d for d in wanted.dtypes if d in root["dtypes"]]
    if not dtypes:
        raise OperatorProblem("no_arguments", f"{file} has the dtypes {', '.join(root['dtypes'])}; "
                              f"asked for: {', '.join(wanted.dtypes)}")
    call = _call(root, file)
    for part in [root["oracle"], *root["implementations"]]:
        _find_sources(part, file)
    have = {i["name"] for i in root["implementations"]}
    ours = describe.candidate(wanted, call)
    ours["name"] = OTHER_CANDIDATE if CANDIDATE in have else CANDIDATE
    added = [ours]
    if wanted.reference and REFERENCE not in have:
        added.append(describe.reference(wanted, call))
    if BASELINE not in have and call.get("aten"):
        added.append(describe.baseline(call["aten"], call))
    root.pop("$schema", None)
    root["name"] = home.name
    root["implementations"] = added + [i for i in root["implementations"]
                                       if i["name"] != ours["name"]]
    return Described(root, shapes, dtypes, [f"described by {file}"], "kernels")
