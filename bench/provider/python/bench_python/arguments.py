"""From a schema to a call: which tensors, which numbers, and in what order.

The values are written into the description as JSON (README.md, "Arguments"), so that a reader sees
what is called with what, and may change it.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any, Dict, List, Mapping, Optional

from . import rules
from .problem import OperatorProblem
from .schema import Argument, Schema

# Names that descriptions keep for themselves: expressions' functions and constants, Python's words.
_RESERVED = frozenset(
    "numel ndim sizeof_T sm_count T scale ceildiv floordiv floor ceil round abs sqrt log2 min max "
    "select pow2ceil size prod False None True and as assert async await break class continue def "
    "del elif else except finally for from global if import in is lambda nonlocal not or pass "
    "raise return try while with yield".split())
_SPEC_KEYS = frozenset(("tensor", "input", "inputs", "value", "expr", "list", "dtype", "device",
                        "case_shape", "out", "param", "make", "per_dim"))
_MASKS = ("mask", "condition")
_INDICES = ("index", "indices")


@dataclass
class Tensor:
    """An input that the harness fills. ``shape`` and ``fill`` as in docs/formats.md."""

    name: str  # unique in the description
    argument: str
    shape: Any
    dtype: str
    fill: Optional[Dict[str, Any]]  # None: the describer chooses by the dtypes of the cases


@dataclass
class Call:
    """How an operator is called. ``args`` and ``kwargs`` hold argument specs (README.md)."""

    dims: List[str] = field(default_factory=lambda: ["elements*"])
    inputs: List[Tensor] = field(default_factory=list)
    args: List[Any] = field(default_factory=list)
    kwargs: Dict[str, Any] = field(default_factory=dict)
    written: List[str] = field(default_factory=list)  # inputs written in place
    outs: List[str] = field(default_factory=list)  # names of out= arguments, in order
    rule: str = ""  # the rule or override that was needed; "" if the schema was enough
    notes: List[str] = field(default_factory=list)
    extras: Dict[str, Any] = field(default_factory=dict)  # category, bytes, flops, … of the rule

    def unique_name(self, wanted: str) -> str:
        taken = {t.name for t in self.inputs} | {d.rstrip("*") for d in self.dims}
        name = wanted
        while name in _RESERVED or name in taken:
            name += "_"
        return name


def is_spec(value: Any) -> bool:
    return isinstance(value, dict) and bool(_SPEC_KEYS & value.keys())


def _missing(schema: Schema, argument: Argument) -> OperatorProblem:
    example = {schema.name.qualified: {"args": {argument.name: {"tensor": {
        "shape": "case", "dtype": "T"}} if "Tensor" in argument.type else 1}}}
    return OperatorProblem(
        "no_arguments", f"the argument '{argument.type} {argument.name}' of {schema.text} cannot "
        f"be derived; give it in an override file, for example {json.dumps(example)}")


class _Builder:
    def __init__(self, schema: Schema, given: Mapping[str, Any], rule: Mapping[str, Any]) -> None:
        self.schema = schema
        self.given = given
        self.fills = rules.FILLS.get(schema.name.base.rstrip("_"), {})
        self.call = Call()
        self.call.dims = list(rule.get("dims", self.call.dims))
        self.call.extras = {k: v for k, v in rule.items() if k not in ("dims", "args")}

    def add_tensor(self, argument: Argument, shape: Any = "case", dtype: str = "T",
                   fill: Optional[Dict[str, Any]] = None) -> str:
        name = self.call.unique_name(argument.name)
        fill = fill or (self.fills.get(argument.name) if dtype == "T" else None)
        self.call.inputs.append(Tensor(name, argument.name, shape, dtype, fill))
        return name

    def expand(self, argument: Argument, value: Any) -> Any:
        """A value of a rule or override: tensors become inputs, plain values become specs."""
        if not is_spec(value):
            return {"value": value}
        if "tensor" in value:
            t = value["tensor"]
            return {"input": self.add_tensor(argument, t.get("shape", "case"),
                                             t.get("dtype", "T"), t.get("fill"))}
        if "list" in value:
            return {"list": [self.expand(argument, v) for v in value["list"]]}
        return value

    def tensor(self, argument: Argument) -> Any:
        if argument.is_written and argument.kwarg_only:
            self.call.outs.append(argument.name)
            return {"out": len(self.call.outs) - 1}
        if argument.optional:
            return {"value": None}
        if argument.name in _INDICES:
            raise _missing(self.schema, argument)
        dtype = "bool" if argument.name in _MASKS else "T"
        name = self.add_tensor(argument, dtype=dtype)
        if argument.is_written:
            self.call.written.append(name)
        return {"input": name}

    def tensor_list(self, argument: Argument) -> Any:
        if argument.kind != "Tensor[]" or argument.is_written:
            raise _missing(self.schema, argument)
        return {"inputs": [self.add_tensor(argument), self.add_tensor(argument)]}

    def number(self, argument: Argument) -> Any:
        """Without a default (or with a None that the operator does not really take)."""
        base = self.schema.name.base.rstrip("_")
        if argument.has_default and not (
                base.startswith(("clamp", "clip")) and argument.name in ("min", "max")):
            return {"value": argument.default}
        if argument.kind == "ScalarType":
            return {"dtype": "T"}
        if argument.name == "normalized_shape":
            return {"list": [{"expr": "size(-1)"}]}
        if argument.name == "k" and argument.kind == "int":
            return {"expr": "min(5, size(-1))"}
        if argument.kind == "int[]" and argument.name in ("size", "shape", "sizes"):
            return {"case_shape": True}
        if argument.kind == "Device":
            return {"device": True}
        if argument.name in rules.BY_NAME:
            return {"value": self.fitted(argument, rules.BY_NAME[argument.name])}
        if argument.optional:
            return {"value": None}
        raise _missing(self.schema, argument)

    def fitted(self, argument: Argument, value: Any) -> Any:
        """One name has one value in the table; lists and numbers are told apart by the type."""
        if argument.kind.endswith("[]") and not isinstance(value, list):
            value = [value]
        if argument.kind.endswith("[]") and len(value) == 1:
            length = re.search(r"\[(\d+)\]", argument.type)  # int[2]: one number a dimension
            return value * int(length.group(1)) if length else value
        if not argument.kind.endswith("[]") and isinstance(value, list):
            return value[0]
        if argument.kind == "int" and isinstance(value, float):
            return int(value) or 1
        if argument.kind == "str" and not isinstance(value, str):
            raise _missing(self.schema, argument)
        return value

    def value(self, argument: Argument) -> Any:
        given = self.given
        if argument.name in given and not (argument.is_written and argument.kwarg_only):
            value = given[argument.name]
            tensor_value = is_spec(value) and ("tensor" in value or "make" in value)
            # A rule covers all overloads of a name: a tensor is meant for the tensor form only.
            if "Tensor" in argument.kind or not tensor_value:
                spec = self.expand(argument, value)
                if argument.is_written and "input" in spec:
                    self.call.written.append(spec["input"])
                return spec
        if argument.kind == "Tensor":
            return self.tensor(argument)
        if argument.kind.startswith("Tensor"):
            return self.tensor_list(argument)
        return self.number(argument)

    def fill_device(self, argument: Argument, spec: Any) -> Any:
        """Operators without tensors make theirs where and as the case says, not by default."""
        if any(a.kind.startswith("Tensor") and not a.kwarg_only for a in self.schema.arguments):
            return spec
        if argument.name == "dtype" and spec == {"value": None}:
            return {"dtype": "int64" if self.schema.name.base == "randperm" else "T"}
        if argument.name == "device" and spec == {"value": None}:
            return {"device": True}
        return spec

    def build(self) -> Call:
        for argument in self.schema.arguments:
            spec = self.fill_device(argument, self.value(argument))
            default = argument.has_default and spec == {"value": argument.default}
            if argument.kwarg_only:
                # As torch's dispatcher calls: a keyword at its default is left out, so that
                # implementations with fewer keywords than the schema work.
                if not default:
                    self.call.kwargs[argument.name] = spec
            else:
                self.call.args.append((spec, default))
        while self.call.args and self.call.args[-1][1]:
            self.call.args.pop()
        self.call.args = [spec for spec, _ in self.call.args]
        return self.call


def derive(schema: Schema, params: Optional[Mapping[str, Any]] = None,
           override: Optional[Mapping[str, Any]] = None) -> Call:
    """How to call the operator of a schema.

    ``params`` (of the operator data) and ``override`` (of an override file) win over the rules and
    the schema. OperatorProblem ``no_arguments`` names the argument that nothing says.
    """
    base = schema.name.base
    full = f"{base}.{schema.name.overload}"
    rule: Dict[str, Any] = {}
    for key in (base.rstrip("_"), base, full):
        rule.update(rules.RULES.get(key, {}))
    override = override or {}
    if override.get("refuse"):
        raise OperatorProblem("not_describable", str(override["refuse"]))
    known = {a.name for a in schema.arguments}
    unknown = sorted(set(override.get("args", {})) - known)
    if unknown:
        raise OperatorProblem("bad_data", f"the override names the argument '{unknown[0]}', but "
                              f"{schema.text} has {', '.join(sorted(known))}")
    given = {**rule.get("args", {}), **{k: v for k, v in (params or {}).items() if k in known},
             **override.get("args", {})}
    merged = {**rule, **override}
    call = _Builder(schema, given, merged).build()
    call.notes += [f"params.{k} is no argument of {schema.text}: not used"
                   for k in sorted(set(params or {}) - known)]
    if override or (params and set(params) & known):
        call.rule = "override"
    elif (rule.get("args") and set(rule["args"]) & known) or rule.get("dims"):
        call.rule = "rule"
    return call
