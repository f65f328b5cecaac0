"""Importing an operator's module and finding its function, with a verdict for all that fails.

The code runs with the rights of this process; deaths and endless loops are for the supervisor of
the process (isolate.py while describing, bench's C code while measuring).
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import itertools
import linecache
import os
import sys
import types
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

from .guard import Guard
from .output import Quiet, TooMuchOutput
from .problem import OperatorProblem, from_exception

_counter = itertools.count()


def guarded(action: Callable[[], Any], file: str, doing: str, status: str,
            strict: bool = True) -> Tuple[Any, List[str]]:
    """Runs user code: its exceptions, exits, output and changes become verdicts.

    Returns what it returned and notes. With ``strict`` a changed setting is a verdict; else it is
    put back and noted (libraries such as FlagGems that users install themselves).
    """
    error: Optional[OperatorProblem] = None
    result = None
    with Guard() as guard, Quiet() as sink:
        try:
            result = action()
        except TooMuchOutput:
            pass
        except BaseException as e:  # noqa: BLE001 - SystemExit and KeyboardInterrupt too: user code may raise them
            error = from_exception(e, file, doing, status)
    notes = []
    if sink.exceeded:
        raise OperatorProblem("too_much_output", f"{doing}: it printed more than {sink.limit} "
                              f"characters, beginning with {sink.kept[:200]!r}")
    if error is not None:
        raise error
    if guard.beyond_repair and strict:
        # Whoever comes next in this process would suffer. The process ends while this operator is in
        # hand, so that it is the one that loses the case.
        os.write(2, f"{doing}: {'; '.join(guard.beyond_repair)}: this cannot be put back, so the "
                 "process ends\n".encode())
        os._exit(70)
    if guard.changes and strict:
        raise OperatorProblem("changed_globals", f"{doing}: it changed what all operators share "
                              "(put back): " + "; ".join(guard.changes))
    notes += [f"{doing}: put back: {change}" for change in guard.changes]
    if guard.new_threads():
        notes.append(f"{doing}: it started threads: {', '.join(guard.new_threads())}")
    return result, notes


def _import_file(path: Path) -> types.ModuleType:
    name = f"bench_operator_{next(_counter)}_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise OperatorProblem("bad_data", f"{path} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # pickling, dataclasses and Triton look modules up by name
    linecache.checkcache(str(path))
    try:
        spec.loader.exec_module(module)
    except BaseException:
        sys.modules.pop(name, None)
        raise
    return module


def _read_code(file: Path) -> str:
    try:
        text = file.read_text(encoding="utf-8-sig")
        compile(text, str(file), "exec")
        return text
    except OSError as e:
        raise OperatorProblem("bad_data", f"{file}: {e.strerror}") from None
    except (SyntaxError, ValueError) as e:
        raise OperatorProblem("syntax_error", f"{file}: {e}") from None


def _add_path(path: Optional[str]) -> None:
    if path and path not in sys.path:
        sys.path.insert(0, path)


# Why libraries could not be imported. A second attempt would find the first one's remains, and fail
# for reasons that explain nothing.
_broken: Dict[str, str] = {}


def _import_library(name: str) -> List[str]:
    """By its top-level name; notes. OperatorProblem ``import_failed``, the same each time."""
    if name in _broken:
        raise OperatorProblem("import_failed", _broken[name])
    try:
        return guarded(lambda: importlib.import_module(name), "", f"importing {name}",
                       "import_failed", strict=False)[1]
    except OperatorProblem as e:
        _broken[name] = e.reason
        raise


def _libraries(code: str) -> List[str]:
    """Top-level names of what a module imports at its own top level, and is not loaded yet."""
    found: List[str] = []
    for node in ast.parse(code).body:
        names = ([a.name for a in node.names] if isinstance(node, ast.Import) else
                 [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else [])
        found += [n.split(".")[0] for n in names]
    return [n for n in dict.fromkeys(found) if n and n not in sys.modules]


def _load_libraries(code: str) -> List[str]:
    """Imports a module's libraries before it: what they change as they are imported (FlagGems sets
    up logging and patches) is put back and noted, and not the operator's fault."""
    notes: List[str] = []
    for name in _libraries(code):
        notes += _import_library(name)
    return notes


def load_file(path: str, import_path: Optional[str] = None) -> Tuple[types.ModuleType, List[str]]:
    """Imports a .py file under a name of its own. ``import_path``: where to look for what it
    imports, first."""
    file = Path(path)
    code = _read_code(file)
    _add_path(import_path)
    notes = _load_libraries(code)
    module, own = guarded(lambda: _import_file(file), str(file), "importing it", "import_failed")
    return module, notes + own


def _check_origin(module: types.ModuleType, path: Optional[str], status: str) -> None:
    """That it was found below ``path``: a process has one module of a name."""
    origin = getattr(module, "__file__", None)
    if path and origin and Path(path).resolve() not in Path(origin).resolve().parents:
        raise OperatorProblem(status, f"{module.__name__} of {path} is wanted, but this process "
                              f"has that of {origin}: operators and reference must be of one "
                              "checkout (--reference)")


def load_package_file(copy: str, module: str, path: str) -> Tuple[types.ModuleType, List[str]]:
    """Imports ``module`` below ``path`` as the part of its package that it is. ``copy`` is the file
    as it was when it was described."""
    top = module.split(".")[0]
    _add_path(path)
    notes = _import_library(top)
    _check_origin(sys.modules[top], path, "import_failed")
    value, own = guarded(lambda: importlib.import_module(module), "", "importing it",
                         "import_failed")
    if _read_code(Path(str(value.__file__))) != _read_code(Path(copy)):
        raise OperatorProblem("bad_data", f"{value.__file__} was changed since it was described; "
                              "start the run again")
    return value, notes + own


def defined_names(module: types.ModuleType) -> List[str]:
    """Public names of callables that the module itself defines (imports do not count)."""
    own = getattr(module, "__name__", "")
    return sorted(n for n, v in vars(module).items() if not n.startswith("_") and callable(v)
                  and getattr(v, "__module__", own) == own)


def find_callable(module: types.ModuleType, names: Sequence[str]) -> Tuple[str, Any]:
    """The first of ``names`` that the module defines as something to call."""
    for name in names:
        value = getattr(module, name, None)
        if value is None:
            continue
        if not callable(value) or isinstance(value, (type, types.ModuleType)):
            raise OperatorProblem("no_callable", f"'{name}' is a {type(value).__name__}, expected "
                                  "a function")
        if type(value).__name__ in ("JITFunction", "Autotuner", "Heuristics"):
            raise OperatorProblem("no_callable", f"'{name}' is a Triton kernel, which needs a "
                                  "grid; expected the function that launches it")
        return name, value
    have = ", ".join(defined_names(module)) or "no function at all"
    raise OperatorProblem("no_callable", f"the module defines none of {', '.join(names)}; it "
                          f"defines {have}")


def load_attribute(module: str, name: str, path: Optional[str] = None) -> Tuple[Any, List[str]]:
    """``flag_gems.gelu``: imports an installed module (or one below ``path``) by its name."""
    def action() -> Any:
        value: Any = importlib.import_module(module)
        for part in name.split("."):
            value = getattr(value, part)
        return value

    _add_path(path)
    try:
        notes = _import_library(module.split(".")[0])
        value, more = guarded(action, "", f"importing {module}.{name}", "unavailable",
                              strict=False)
    except OperatorProblem as e:
        raise OperatorProblem("unavailable", e.reason) from None
    _check_origin(sys.modules[module], path, "unavailable")
    if not callable(value):
        raise OperatorProblem("no_callable", f"{module}.{name} is a {type(value).__name__}")
    return value, notes + more
