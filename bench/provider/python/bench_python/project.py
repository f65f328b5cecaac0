"""Operator data and shapes -> a folder: kernels/<op>/<op>.json, their code, suite.json,
answer.json. Each operator is described in a process of its own."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Sequence

from . import INTERFACE_VERSION, data, flaggems, isolate, loader, names, trial
from .describe import BASELINE, CANDIDATE, REFERENCE, Wanted, describe
from .problem import OperatorProblem, one_line


@dataclass
class Settings:
    """``shapes`` maps an operator's Python name to its shapes, ``""`` to those of all others."""

    shapes: Mapping[str, Sequence[Sequence[int]]]
    dtypes: Sequence[str]
    output: Path
    device: str = "cpu"
    overrides: Mapping[str, Any] = field(default_factory=dict)
    reference: str = "auto"  # "auto", "none", or a FlagGems checkout
    timeout_s: float = 120.0
    jobs: int = 1


@dataclass
class _Task:
    path: Path
    settings: Settings
    gems: Optional[Path]


def write_atomically(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def override_for(overrides: Mapping[str, Any], op_name: str, qualified: str) -> Dict[str, Any]:
    """The entry of an override file for an operator, under any spelling of its name."""
    for key, value in overrides.items():
        if key in (op_name, qualified) or names.python_name(key) in (
                names.python_name(op_name), names.python_name(qualified)):
            if not isinstance(value, dict):
                raise OperatorProblem("bad_data", f"the override of {key} is no object")
            return value
    return {}


def _shapes_for(settings: Settings, python_name: str, base: str) -> Sequence[Sequence[int]]:
    for key in (python_name, base, ""):
        if settings.shapes.get(key):
            return settings.shapes[key]
    raise OperatorProblem("bad_data", f"no shapes are given for {python_name}")


def _describe_one(task: _Task) -> Dict[str, Any]:
    """Runs in the child. Its answer is JSON: a description with its code, or a verdict."""
    settings = task.settings
    op_name = task.path.stem
    try:
        operator = data.read(task.path)
        op_name = operator.op_name
        aten: Optional[names.AtenName] = None
        try:
            aten = names.resolve(op_name)
        except OperatorProblem:
            if not override_for(settings.overrides, op_name, op_name):
                raise
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / f"{operator.python_name}.py"
            file.write_text(operator.code, encoding="utf-8")
            module, notes = loader.load_file(str(file))
            found, _ = loader.find_callable(module, names.callable_names(op_name, aten))
        qualified = aten.qualified if aten else op_name
        override = override_for(settings.overrides, op_name, qualified)
        reference = None
        if task.gems is not None and aten is not None:
            reference = flaggems.function_of(task.gems, qualified[len("aten::"):])
        described = describe(Wanted(
            op_name, _shapes_for(settings, operator.python_name, aten.base if aten else ""),
            settings.dtypes, operator.params, override, found, reference=reference,
            reference_path=str(task.gems.parent) if settings.reference not in ("auto", "none")
            and task.gems else None, device=settings.device))
        if task.gems is not None and reference is None:
            notes.append(f"no reference: FlagGems registers no function for {qualified}")
        return {"status": "described", "op_name": op_name, "name": operator.python_name,
                "description": described.description, "code": operator.code,
                "shapes": described.shapes, "dtypes": described.dtypes, "by": described.by,
                "notes": notes + described.notes}
    except OperatorProblem as e:
        return {"op_name": op_name, **e.as_json()}
    except Exception as e:  # noqa: BLE001 - a fault of ours must not cost the other operators
        import traceback

        return {"op_name": op_name, "status": "not_describable",
                "reason": f"describing failed: {one_line(e)}; "
                + traceback.format_exc(limit=-3)[-600:]}


def _suite(described: Sequence[Mapping[str, Any]]) -> Dict[str, Any]:
    sets: Dict[str, List[List[int]]] = {}
    operators = []
    for d in described:
        name = next((k for k, v in sets.items() if v == d["shapes"]), None)
        if name is None:
            name = f"shapes{len(sets)}"
            sets[name] = d["shapes"]
        have = {i["name"] for i in d["description"]["implementations"]}
        roles = {"candidate": CANDIDATE if CANDIDATE in have else BASELINE, "baseline": BASELINE}
        if REFERENCE in have:
            roles["reference"] = REFERENCE
        operators.append({"operator": d["name"], "shapes": name, "dtypes": d["dtypes"],
                          "roles": roles})
    return {"name": "operators", "description": "Derived from operator data.",
            "shapes": sets, "operators": operators}


def describe_folder(folder: str, settings: Settings) -> Dict[str, Any]:
    """Writes the output folder and returns what answer.json holds; every file of operator data is
    in it, described or with its reason."""
    import torch

    trial.warm_up()
    gems = None if settings.reference == "none" else flaggems.source_folder(
        None if settings.reference == "auto" else settings.reference)
    paths = data.find(folder)
    if not paths:
        raise OperatorProblem("bad_data", f"{folder} holds no .json or .py file")
    answers = isolate.run(_describe_one, [_Task(p, settings, gems) for p in paths],
                          settings.timeout_s, settings.jobs)
    operators, described, taken = [], [], {}
    for path, answer in zip(paths, answers):
        answer = {"op_name": path.stem, **answer}
        name = answer.get("name")
        if name in taken:
            answer = {"op_name": answer["op_name"], "status": "bad_data",
                      "reason": f"{name} is described from {taken[name]} already"}
        if answer["status"] == "described":
            taken[name] = str(path)
            described.append(answer)
            home = settings.output / "kernels" / name
            write_atomically(home / "candidate.py", answer["code"])
            write_atomically(home / f"{name}.json",
                             json.dumps(answer["description"], indent=2) + "\n")
        operators.append({"file": str(path), **{k: answer[k] for k in (
            "op_name", "name", "status", "reason", "by", "shapes", "dtypes", "notes")
            if k in answer}})
    result = {"format": INTERFACE_VERSION, "torch": torch.__version__,
              "flag_gems": str(gems) if gems else None,
              "total": len(operators), "described": len(described), "operators": operators}
    if described:
        write_atomically(settings.output / "suite.json",
                         json.dumps(_suite(described), indent=2) + "\n")
    write_atomically(settings.output / "answer.json", json.dumps(result, indent=2) + "\n")
    return result
