"""What FlagGems says of itself, read from its files without importing it."""

from __future__ import annotations

import ast
import functools
import importlib.util
import json
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional, Tuple

from .problem import OperatorProblem
from .tensors import dtype_name

MODULE = "flag_gems"


def source_folder(given: Optional[str] = None) -> Optional[Path]:
    """The folder of the package: of the checkout or folder given, else of the one installed."""
    if given:
        for folder in (Path(given), Path(given) / "src" / MODULE, Path(given) / MODULE):
            if folder.name == MODULE and (folder / "__init__.py").is_file():
                return folder
        raise OperatorProblem("unavailable", f"{given} has no src/{MODULE}/__init__.py")
    try:
        spec = importlib.util.find_spec(MODULE)
    except (ImportError, ValueError):
        spec = None
    return Path(spec.origin).parent if spec is not None and spec.origin else None


@functools.lru_cache(maxsize=None)  # it is asked for each operator
def registrations(folder: Path) -> List[Tuple[str, str]]:
    """(``ge_.Scalar``, ``ge_scalar_``): ATen name and FlagGems' function, in the list's order.

    FlagGems keeps them as pairs in its ``__init__.py``; the form of the list around them has
    changed from version to version, the pairs have not.
    """
    file = folder / "__init__.py"
    pairs = []
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"), str(file))):
        if not (isinstance(node, ast.Tuple) and len(node.elts) in (2, 3)):
            continue
        name, function = node.elts[:2]
        if isinstance(name, ast.Constant) and isinstance(name.value, str):
            if isinstance(function, ast.Name):
                pairs.append((name.value, function.id))
            elif isinstance(function, ast.Attribute):
                pairs.append((name.value, function.attr))
    if not pairs:
        raise OperatorProblem("unavailable", f"{file}: no list of registered operators found")
    return pairs


def function_of(folder: Path, aten: str) -> Optional[str]:
    """FlagGems' function for ``ge_.Scalar``; None if it registers none."""
    return dict(reversed(registrations(folder))).get(aten)


def read_shapes_yaml(path: str) -> Dict[str, List[List[int]]]:
    """core_shapes.yaml: name (operator or class of benchmarks) -> shapes.

    Entries whose shapes are no plain lists of numbers (lists of shapes, for index operators) are
    left out: they say more than a shape.
    """
    try:
        import yaml
    except ImportError:
        raise OperatorProblem(
            "unavailable", f"reading {path} needs PyYAML, which FlagGems itself depends on: "
            "pip install pyyaml into this interpreter, or give one where FlagGems is installed "
            "(--python)") from None
    try:
        with open(path, encoding="utf-8-sig") as file:
            root = yaml.safe_load(file)
    except OSError as e:
        raise OperatorProblem("bad_data", f"{path}: {e.strerror}") from None
    except yaml.YAMLError as e:
        raise OperatorProblem("bad_data", f"{path}: {e}") from None
    if not isinstance(root, dict):
        raise OperatorProblem("bad_data", f"{path}: found {type(root).__name__}, expected names "
                              "with 'shapes'")
    out = {}
    for name, entry in root.items():
        shapes = entry.get("shapes") if isinstance(entry, dict) else None
        if isinstance(shapes, list) and shapes and all(is_shape(s) for s in shapes):
            out[str(name)] = shapes
    return out


def is_shape(value: Any, least: int = 1) -> bool:
    return isinstance(value, (list, tuple)) and 0 < len(value) <= 8 and all(
        isinstance(d, int) and not isinstance(d, bool) and d >= least for d in value)


def _records(text: str) -> Iterator[Dict[str, Any]]:
    """Records of a JSON file (an object, a list) or of a log; lines of anything else pass by."""
    try:
        root = json.loads(text)
        for record in root if isinstance(root, list) else [root]:
            if isinstance(record, dict):
                yield record
        return
    except ValueError:
        pass
    for line in text.splitlines():
        line = line.strip()
        line = line[len("[INFO] "):] if line.startswith("[INFO] ") else line
        if not line.startswith("{"):
            continue
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if isinstance(record, dict):
            yield record


def _shape_of(detail: Any) -> Optional[List[int]]:
    """The case's shape of a ``shape_detail``: that of the first tensor in it."""
    if is_shape(detail):
        return list(detail)
    for part in detail if isinstance(detail, (list, tuple)) else ():
        found = _shape_of(part)
        if found is not None:
            return found
    return None


def read_records(path: str) -> Dict[str, Dict[str, Any]]:
    """A benchmark record: operator -> ``{"shapes": […], "dtypes": […], "left_out": n}``.

    Cases that failed (``error_msg``) count too: their shapes are what was asked for.
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as e:
        raise OperatorProblem("bad_data", f"{path}: {e}") from None
    operators: Dict[str, Dict[str, Any]] = {}
    for record in _records(text):
        name, results = record.get("op_name"), record.get("result")
        if not isinstance(name, str) or not isinstance(results, list):
            continue
        entry = operators.setdefault(name, {"shapes": [], "dtypes": [], "left_out": 0})
        dtype = dtype_name(record.get("dtype", ""))
        if dtype is None:
            entry["left_out"] += len(results)
            continue
        if dtype not in entry["dtypes"]:
            entry["dtypes"].append(dtype)
        for metrics in results:
            shape = _shape_of(metrics.get("shape_detail")) if isinstance(metrics, dict) else None
            if shape is None:
                entry["left_out"] += 1
            elif shape not in entry["shapes"]:
                entry["shapes"].append(shape)
    if not operators:
        raise OperatorProblem("bad_data", f"{path}: no benchmark record of FlagGems in it (objects "
                              "with op_name, dtype and result; log lines begin with '[INFO] ')")
    return operators
