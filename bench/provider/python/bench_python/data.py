"""Operator data: a JSON with ``op_name`` and ``code`` (docs/formats.md), or a .py file."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple, Union

from . import names, package
from .package import Package
from .problem import OperatorProblem

# Far above any operator that people write; a larger file is something else.
MAX_FILE_BYTES = 16 << 20


@dataclass
class OperatorData:
    """One candidate. ``params`` are argument values that win over what the schema suggests."""

    op_name: str
    code: str
    path: str
    params: Dict[str, Any] = field(default_factory=dict)
    info: Dict[str, Any] = field(default_factory=dict)
    package: Optional[Package] = None  # that the file is a part of
    function: Optional[str] = None  # where the name does not tell it

    @property
    def python_name(self) -> str:
        return names.python_name(self.op_name)


def _no_duplicates(pairs: List[Tuple[str, Any]]) -> Dict[str, Any]:
    keys = [k for k, _ in pairs]
    for key in keys:
        if keys.count(key) > 1:
            raise ValueError(f"the key '{key}' is there twice")
    return dict(pairs)


def _read_json(path: Path, text: str) -> OperatorData:
    try:
        root = json.loads(text, object_pairs_hook=_no_duplicates)
    except ValueError as e:
        raise OperatorProblem("bad_data", f"{path}: {e}") from None
    if not isinstance(root, dict):
        raise OperatorProblem("bad_data", f"{path}: found {type(root).__name__}, expected an "
                              "object with 'op_name' and 'code'")
    for key in ("op_name", "code"):
        if not isinstance(root.get(key), str) or not root[key].strip():
            raise OperatorProblem("bad_data", f"{path}: the key '{key}' (text) is missing")
    for key in ("params", "info"):
        if not isinstance(root.get(key, {}) or {}, dict):
            raise OperatorProblem("bad_data", f"{path}: '{key}' is no object")
    names.strip(root["op_name"])
    return OperatorData(root["op_name"], root["code"], str(path), root.get("params") or {},
                        root.get("info") or {})


def read(path: Union[str, Path]) -> OperatorData:
    """Reads one file and runs nothing. A .py file's operator is its name: ``ge__Scalar.py``."""
    path = Path(path)
    try:
        raw = path.read_bytes()
    except OSError as e:
        raise OperatorProblem("bad_data", f"{path}: {e.strerror}") from None
    if len(raw) > MAX_FILE_BYTES:
        raise OperatorProblem("bad_data", f"{path}: {len(raw)} bytes; operator data are smaller "
                              f"than {MAX_FILE_BYTES}")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as e:
        raise OperatorProblem("bad_data", f"{path}: not UTF-8 at byte {e.start}") from None
    if path.suffix == ".py":
        names.strip(path.stem)
        return OperatorData(path.stem, text, str(path))
    return _read_json(path, text)


def read_all(path: Union[str, Path]) -> List[OperatorData]:
    """As ``read``; a file of a package holds all operators that the package registers from it."""
    path = Path(path)
    operator = read(path)
    operator.package = package.of(path) if path.suffix == ".py" else None
    if operator.package is None:
        return [operator]
    found = [OperatorData(aten, operator.code, str(path), package=operator.package, function=f)
             for aten, f in package.registered(operator.package, operator.code)]
    return found or [operator]


def find(folder: Union[str, Path]) -> List[Path]:
    """All .json and .py files of a folder and its sub-folders, sorted; a file is itself.

    Hidden files and Python's own (``__init__.py``, ``conftest.py``) are no operators.
    """
    folder = Path(folder)
    if folder.is_file():
        return [folder]
    if not folder.is_dir():
        raise OperatorProblem("bad_data", f"{folder}: no such folder or file")
    skip = ("__", ".", "conftest")
    return sorted(p for p in folder.rglob("*") if p.suffix in (".json", ".py") and p.is_file()
                  and not p.name.startswith(skip))
