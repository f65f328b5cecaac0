"""Operator data and shapes -> a folder: kernels/<op>/<op>.json, their code, suite.json,
answer.json. Each operator is described in a process of its own."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Sequence

from . import INTERFACE_VERSION, data, flaggems, isolate, loader, names, package, trial, written
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
    kernels: Optional[Path] = None  # descriptions written by hand, which win
    reference: str = "auto"  # "auto", "none", or a FlagGems checkout
    timeout_s: float = 120.0
    jobs: int = 1


@dataclass
class _Task:
    path: Path
    settings: Settings
    gems: Optional[Path]  # FlagGems' folder
    gems_is_given: bool  # it is not what the interpreter imports by itself


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


def _function_name(operator: data.OperatorData, aten: Optional[names.AtenName],
                   path: Optional[str]) -> "tuple[str, List[str]]":
    """What the operator's code defines, and notes. Code of a package is read; other code is
    imported, since it may define its function in any way."""
    if operator.function is not None:
        return operator.function, []
    wanted = names.callable_names(operator.op_name, aten)
    if operator.package is not None:
        defined = package.defined_functions(operator.code)
        found = next((n for n in wanted if n in defined), None)
        if found is None:
            raise OperatorProblem("no_callable", f"the module defines none of {', '.join(wanted)}; "
                                  f"it defines {', '.join(defined) or 'no function at all'}")
        return found, []
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"{operator.python_name}.py"
        file.write_text(operator.code, encoding="utf-8")
        module, notes = loader.load_file(str(file), path)
        return loader.find_callable(module, wanted)[0], notes


def _resolve(operator: data.OperatorData, settings: Settings) -> Optional[names.AtenName]:
    """None for an operator that torch does not have and people describe."""
    try:
        return names.resolve(operator.op_name)
    except OperatorProblem as e:
        if override_for(settings.overrides, operator.op_name, operator.op_name) or (
                settings.kernels and written.find(settings.kernels, operator.op_name, None)):
            return None
        if operator.package is None or e.status != "no_schema":
            raise
        defined = ", ".join(package.defined_functions(operator.code)[:12]) or "none"
        raise OperatorProblem(e.status, f"{e.reason} ({operator.package.top.name} registers none "
                              f"of the functions of {operator.package.module}: {defined})"
                              ) from None


def _describe_one(operator: data.OperatorData, task: _Task) -> Dict[str, Any]:
    """A description with its code, or a verdict; JSON."""
    settings = task.settings
    op_name = operator.op_name
    try:
        aten = _resolve(operator, settings)
        path = (operator.package.path if operator.package else
                str(task.gems.parent) if task.gems and task.gems_is_given else None)
        found, notes = _function_name(operator, aten, path)
        qualified = aten.qualified if aten else op_name
        override = override_for(settings.overrides, op_name, qualified)
        reference = None
        if task.gems is not None and aten is not None:
            reference = flaggems.function_of(task.gems, qualified[len("aten::"):])
        wanted = Wanted(
            op_name, _shapes_for(settings, operator.python_name, aten.base if aten else ""),
            settings.dtypes, operator.params, override, found, reference=reference,
            reference_path=str(task.gems.parent) if task.gems and task.gems_is_given else None,
            device=settings.device, path=path,
            module=operator.package.module if operator.package else None)
        by_hand = written.find(settings.kernels, op_name, aten) if settings.kernels else None
        described = describe(wanted) if by_hand is None else written.read(
            by_hand, wanted, settings.output / "kernels" / operator.python_name)
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


def _describe_file(task: _Task) -> List[Dict[str, Any]]:
    """Runs in the child: an answer for each operator of the file."""
    try:
        return [_describe_one(operator, task) for operator in data.read_all(task.path)]
    except OperatorProblem as e:
        return [{"op_name": task.path.stem, **e.as_json()}]


def _suite(described: Sequence[Mapping[str, Any]]) -> Dict[str, Any]:
    sets: Dict[str, List[List[int]]] = {}
    operators = []
    for d in described:
        name = next((k for k, v in sets.items() if v == d["shapes"]), None)
        if name is None:
            name = f"shapes{len(sets)}"
            sets[name] = d["shapes"]
        have = {i["name"] for i in d["description"]["implementations"]}
        # A description written by hand may have a candidate of its own.
        mine = written.OTHER_CANDIDATE if written.OTHER_CANDIDATE in have else CANDIDATE
        roles = {"candidate": mine}
        if BASELINE in have:
            roles["baseline"] = BASELINE
        for reference in (REFERENCE, "reference"):
            if reference in have:
                roles.setdefault("reference", reference)
        operators.append({"operator": d["name"], "shapes": name, "dtypes": d["dtypes"],
                          "roles": roles})
    return {"name": "operators", "description": "Derived from operator data.",
            "shapes": sets, "operators": operators}


def _find_gems(settings: Settings, paths: Sequence[Path]) -> "tuple[Optional[Path], bool]":
    """FlagGems' folder, and whether it must be given to those who import it. One process can hold
    one FlagGems only: operators of a checkout are compared with that checkout's."""
    if settings.reference == "none":
        return None, False
    if settings.reference != "auto":
        return flaggems.source_folder(settings.reference), True
    for path in paths:
        own = package.of(path) if path.suffix == ".py" else None
        if own is not None and own.top.name == flaggems.MODULE:
            return own.top, True
    return flaggems.source_folder(), False


def describe_folder(folder: str, settings: Settings) -> Dict[str, Any]:
    """Writes the output folder and returns what answer.json holds; every file of operator data is
    in it, described or with its reason."""
    import torch

    trial.warm_up()
    paths = data.find(folder)
    if not paths:
        raise OperatorProblem("bad_data", f"{folder} holds no .json or .py file")
    gems, given = _find_gems(settings, paths)
    answers = isolate.run(_describe_file, [_Task(p, settings, gems, given) for p in paths],
                          settings.timeout_s, settings.jobs)
    operators, described, taken = [], [], {}
    for path, answer in ((p, a) for p, many in zip(paths, answers)
                         for a in (many if isinstance(many, list) else [many])):
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
