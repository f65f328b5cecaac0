"""Names of operators: ``aten::ge_.Scalar``, ``ge__Scalar`` and ``ge_.Scalar`` are one operator."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, List, Optional

from .problem import OperatorProblem

IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)?\Z")

# Which overload a bare name means. The plain tensor form comes first, since that is what people
# implement; forms that write into `out` never stand for the bare name.
_PREFERRED = (
    "default", "Tensor", "self", "Tensor_Tensor", "int", "dim_IntList", "dim", "Tensor_Scalar",
    "float", "Scalar", "correction", "reduce", "src", "self_int",
)


@dataclass(frozen=True)
class AtenName:
    """An ATen operator with its overload, both as torch spells them."""

    base: str
    overload: str  # "default" where the schema has none

    @property
    def qualified(self) -> str:
        """``aten::ge_.Scalar``; ``aten::gelu`` for the default overload."""
        return "aten::" + self.base + ("" if self.overload == "default" else "." + self.overload)

    @property
    def dotted(self) -> str:
        """``aten.ge_.Scalar``: below torch.ops."""
        return f"aten.{self.base}.{self.overload}"


def strip(op_name: str) -> str:
    """``gelu`` of ``aten::gelu``, ``torch.ops.aten.gelu``, ``aten.gelu``."""
    name = op_name.strip()
    for prefix in ("torch.ops.", "aten::", "aten."):
        if name.startswith(prefix):
            name = name[len(prefix):]
    if not _NAME.match(name):
        raise OperatorProblem(
            "bad_data", f"'{op_name}' is no operator's name; expected for example 'aten::gelu', "
            "'aten::ge_.Scalar' or 'ge__Scalar'")
    return name


def python_name(op_name: str) -> str:
    """The name of the Python function: ``ge__Scalar`` for ``aten::ge_.Scalar``."""
    return strip(op_name).replace(".", "_")


def _overloads(aten: Any, base: str) -> List[str]:
    packet = getattr(aten, base, None)
    return list(packet.overloads()) if hasattr(packet, "overloads") else []


def _is_out(aten: Any, base: str, overload: str) -> bool:
    schema = getattr(getattr(aten, base), overload)._schema
    return any(a.kwarg_only and a.alias_info is not None and a.alias_info.is_write
               for a in schema.arguments)


def _gives_tensors(aten: Any, base: str, overload: str) -> bool:
    """Not those of TorchScript's own arithmetic: aten::add's default adds two Python numbers."""
    schema = getattr(getattr(aten, base), overload)._schema
    return any("Tensor" in str(r.type) for r in schema.returns) or not schema.returns


def _preferred_overload(aten: Any, base: str, overloads: List[str]) -> str:
    overloads = [o for o in overloads if _gives_tensors(aten, base, o)] or overloads
    for overload in _PREFERRED:
        if overload in overloads:
            return overload
    plain = [o for o in overloads if not _is_out(aten, base, o)]
    return (plain or overloads)[0]


def _find_overload(overloads: List[str], wanted: str) -> Optional[str]:
    """Exactly; else in other letters (``ge_scalar``); else the one that begins so (``dim``)."""
    if wanted in overloads:
        return wanted
    lower = [o for o in overloads if o.lower() == wanted.lower()]
    starts = [o for o in overloads if o.lower().startswith(wanted.lower() + "_")
              and not o.endswith("out")]
    return (lower or starts or [None])[0]


def resolve(op_name: str) -> AtenName:
    """The ATen overload that a name means; OperatorProblem ``no_schema`` if there is none."""
    import torch

    aten = torch.ops.aten
    name = strip(op_name)
    if "." in name:
        base, wanted = name.split(".")
        found = _find_overload(_overloads(aten, base), wanted)
        if found is not None:
            return AtenName(base, found)
        have = ", ".join(_overloads(aten, base)) or "no overload at all"
        raise OperatorProblem(
            "no_schema", f"torch {torch.__version__} has no overload '{wanted}' of aten::{base}; "
            f"it has {have}")
    overloads = _overloads(aten, name)
    if overloads:
        return AtenName(name, _preferred_overload(aten, name, overloads))
    # ge__Scalar: every underscore may be the one that stands for the dot; the longest base wins.
    for i in range(len(name) - 2, 0, -1):
        if name[i] != "_":
            continue
        found = _find_overload(_overloads(aten, name[:i]), name[i + 1:])
        if found is not None:
            return AtenName(name[:i], found)
    raise OperatorProblem(
        "no_schema", f"torch {torch.__version__} has no operator aten::{name}, so its arguments "
        "cannot be derived; describe it in an override file or in the kernels folder")


def callable_names(op_name: str, aten: Optional[AtenName]) -> List[str]:
    """The names under which a module may define the operator, the likeliest first."""
    names = [python_name(op_name)]
    if aten is not None:
        if aten.overload != "default":
            names += [f"{aten.base}_{aten.overload}", f"{aten.base}_{aten.overload}".lower()]
            if aten.base.endswith("_"):  # FlagGems: pow_tensor_scalar_ for pow_.Scalar
                names.append(f"{aten.base[:-1]}_{aten.overload}_".lower())
        names += [aten.base, aten.base.lstrip("_")]
    else:
        names.append(strip(op_name).split(".")[0])
    return list(dict.fromkeys(names))
