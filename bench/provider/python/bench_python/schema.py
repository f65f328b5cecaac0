"""torch's schema of one operator, in the words of its own text (``int[1]? dim=None``)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, List

from .names import AtenName


@dataclass(frozen=True)
class Argument:
    name: str
    type: str  # "Tensor", "Tensor?", "Tensor[]", "Scalar", "int[1]?", … without alias marks
    has_default: bool
    default: Any
    kwarg_only: bool
    is_written: bool  # marked (a!): the operator writes to it

    @property
    def optional(self) -> bool:
        return self.type.endswith("?")

    @property
    def kind(self) -> str:
        """The type without ``?`` and list lengths: ``int[]`` for ``int[1]?``."""
        return re.sub(r"\[\d*\]", "[]", self.type.rstrip("?"))


@dataclass(frozen=True)
class Schema:
    name: AtenName
    text: str
    arguments: List[Argument]
    return_types: List[str]
    return_names: List[str]  # "" where the schema has none
    return_aliases: List[bool]  # marked (a): may be memory of an argument
    is_random: bool

    @property
    def out_arguments(self) -> List[Argument]:
        return [a for a in self.arguments if a.is_written and a.kwarg_only]

    @property
    def inplace_arguments(self) -> List[Argument]:
        return [a for a in self.arguments if a.is_written and not a.kwarg_only]


def _split(text: str) -> List[str]:
    """At the commas outside brackets and quotes."""
    parts, depth, quoted, start = [], 0, False, 0
    for i, c in enumerate(text):
        quoted ^= c in "\"'"
        if not quoted:
            depth += (c in "([{") - (c in ")]}")
            if c == "," and depth == 0:
                parts.append(text[start:i])
                start = i + 1
    return [p.strip() for p in parts + [text[start:]] if p.strip()]


def _argument_texts(text: str) -> List[str]:
    """``Tensor(a!) self``, … of a schema's text; the parenthesis that closes them is not the
    first one, since alias marks have their own."""
    start = text.index("(")
    depth = 0
    for i in range(start, len(text)):
        depth += (text[i] == "(") - (text[i] == ")")
        if depth == 0:
            return [p for p in _split(text[start + 1:i]) if p != "*"]
    raise ValueError(text)


def _type(declaration: str) -> str:
    declaration = declaration.split("=")[0].strip()
    # A SymInt is an int that may be unknown while torch traces; here it never is.
    return re.sub(r"\([^)]*\)", "", declaration.rsplit(" ", 1)[0]).strip().replace("SymInt", "int")


def overload_of(name: AtenName) -> Any:
    """torch's own callable: ``torch.ops.aten.ge_.Scalar``."""
    import torch

    return getattr(getattr(torch.ops.aten, name.base), name.overload)


def read(name: AtenName) -> Schema:
    import torch

    overload = overload_of(name)
    raw = overload._schema
    text = str(raw)
    types = [_type(t) for t in _argument_texts(text)]
    arguments = [
        Argument(a.name, t, a.has_default_value(), a.default_value if a.has_default_value() else
                 None, a.kwarg_only, a.alias_info is not None and a.alias_info.is_write)
        for a, t in zip(raw.arguments, types)]
    seeded = getattr(getattr(torch, "Tag", None), "nondeterministic_seeded", None)
    random = (seeded is not None and seeded in getattr(overload, "tags", ())) or any(
        a.type.startswith("Generator") for a in arguments)
    return Schema(name, text, arguments, [str(r.type) for r in raw.returns],
                  [r.name or "" for r in raw.returns],
                  [r.alias_info is not None for r in raw.returns], random)
