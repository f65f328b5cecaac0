"""What prepared functions are made of, so that none is changed from within.

Beside torch's settings and modules (guard.py), an operator can reach the very objects that its
partners are called through: an attribute of torch's operator, the code of a Python function, a row of
the dispatcher's table. Each would make a partner slower and leave its answers as they are.
"""

from __future__ import annotations

import types
from typing import Any, Dict, Iterator, List, Mapping, NamedTuple

_MISSING = object()
_PARTS = ("__code__", "__defaults__", "__kwdefaults__")


class Part(NamedTuple):
    owner: Any  # an object, or the dict of a module's names
    name: str
    value: Any
    label: str


class Watched(NamedTuple):
    function: Any
    whole_module: bool  # it is a library's
    native: Any  # torch's operator that it stands for, which a partner may be


_watched: Dict[int, Watched] = {}  # by handles of the runtime's prepared operators


def watch(handle: int, function: Any, kind: str, native: Any) -> None:
    """Code that is to be measured may keep what it likes in its own module; libraries do not change
    while they are measured."""
    _watched[handle] = Watched(function, kind == "module", native)


def forget(handle: int) -> None:
    _watched.pop(handle, None)


def _of_function(function: Any, label: str) -> Iterator[Part]:
    for name in _PARTS:
        if hasattr(function, name):
            yield Part(function, name, getattr(function, name), f"{label}.{name}")


def _of_operator(function: Any) -> Iterator[Part]:
    """Of torch's operators: an overload, its packet, or anything that is called through _op."""
    for owner in (function, getattr(function, "_overloadpacket", None)):
        if owner is not None and "_op" in getattr(owner, "__dict__", {}):
            yield Part(owner, "_op", owner._op, f"{owner}._op")


def _of_module(function: types.FunctionType) -> Iterator[Part]:
    names = function.__globals__
    own = str(names.get("__name__", "")).split(".")[0]
    for name, value in list(names.items()):
        if not callable(value) or isinstance(value, type) or name.startswith("__"):
            continue
        yield Part(names, name, value, f"{names.get('__name__')}.{name}")
        inner = value
        if not isinstance(value, types.FunctionType):  # Triton's kernels, and what wraps them
            inner = getattr(value, "fn", None)
            if "fn" in getattr(value, "__dict__", {}):
                yield Part(value, "fn", inner, f"{names.get('__name__')}.{name}.fn")
        if isinstance(inner, types.FunctionType) and str(inner.__module__).split(".")[0] == own:
            yield from _of_function(inner, f"{inner.__module__}.{inner.__qualname__}")


def parts() -> List[Part]:
    found: List[Part] = []
    for function, whole_module, native in _watched.values():
        found += [*_of_operator(function), *_of_operator(native)]
        walked: "set[int]" = set()  # an operator may make a circle of what wraps what
        while isinstance(function, types.FunctionType) and id(function) not in walked:
            walked.add(id(function))
            found += _of_function(function, f"{function.__module__}.{function.__qualname__}")
            if whole_module:
                found += _of_module(function)
            function = getattr(function, "__wrapped__", None)
    return found


def put_back(before: List[Part]) -> List[str]:
    """What was changed, in words; each once."""
    changes: List[str] = []
    for part in before:
        in_module = isinstance(part.owner, dict)
        now = part.owner.get(part.name, _MISSING) if in_module else getattr(
            part.owner, part.name, _MISSING)
        if now is part.value:
            continue
        if in_module:
            part.owner[part.name] = part.value
        else:
            setattr(part.owner, part.name, part.value)
        changes.append(f"{part.label} was replaced")
    return changes


def tables() -> Dict[str, str]:
    """The dispatcher's table of each of torch's operators among them: who serves which device."""
    import torch

    found: Dict[str, str] = {}
    for function in [f for w in _watched.values() for f in (w.function, w.native)]:
        schema = getattr(function, "_schema", None)
        if schema is None:
            continue
        name = schema.name + (f".{schema.overload_name}" if schema.overload_name else "")
        try:
            found[name] = torch._C._dispatch_dump_table(name)
        except RuntimeError:  # not the dispatcher's
            pass
    return found


def changed_tables(before: Mapping[str, str]) -> List[str]:
    now = tables()
    return [f"kernels of {name} were registered, past torch.library"
            for name, table in before.items() if now.get(name, table) != table]
