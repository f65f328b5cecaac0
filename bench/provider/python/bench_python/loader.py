"""Importing an operator's module and finding its function, with a verdict for all that fails.

The code runs with the rights of this process; deaths and endless loops are for the supervisor of
the process (isolate.py while describing, bench's C code while measuring).
"""

from __future__ import annotations

import importlib
import importlib.util
import itertools
import linecache
import sys
import types
from pathlib import Path
from typing import Any, Callable, List, Optional, Sequence, Tuple

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


def load_file(path: str) -> Tuple[types.ModuleType, List[str]]:
    """Imports a .py file under a name of its own."""
    file = Path(path)
    try:
        compile(file.read_text(encoding="utf-8-sig"), str(file), "exec")
    except OSError as e:
        raise OperatorProblem("bad_data", f"{file}: {e.strerror}") from None
    except (SyntaxError, ValueError) as e:
        raise OperatorProblem("syntax_error", f"{file}: {e}") from None
    return guarded(lambda: _import_file(file), str(file), "importing it", "import_failed")


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

    if path and path not in sys.path:
        sys.path.insert(0, path)
    try:
        value, notes = guarded(action, "", f"importing {module}.{name}", "unavailable",
                               strict=False)
    except OperatorProblem as e:
        raise OperatorProblem("unavailable", e.reason) from None
    if not callable(value):
        raise OperatorProblem("no_callable", f"{module}.{name} is a {type(value).__name__}")
    return value, notes
