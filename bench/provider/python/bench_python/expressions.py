"""The part of docs/formats.md's expressions that the Python side needs: numbers from a case.

The C code evaluates descriptions; this evaluates arguments (``{"expr": "size(-1)"}``) and checks
derived shapes before they are written down. Same functions, same meaning.
"""

from __future__ import annotations

import ast
import math
import operator
from typing import Any, Dict, List, Mapping, Optional, Sequence, Union

Number = Union[int, float]

_BINARY = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.Div: lambda a, b: a // b if isinstance(a, int) and isinstance(b, int) and a % b == 0
    else a / b,
}
_COMPARE = {
    ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge,
    ast.Eq: operator.eq, ast.NotEq: operator.ne,
}


class Scope:
    """What an expression may name: the case's shape, numel, ndim, sizeof_T, dims and params."""

    def __init__(self, shape: Sequence[int], sizeof_T: int = 4,
                 dims: Optional[Sequence[str]] = None,
                 params: Optional[Mapping[str, Any]] = None) -> None:
        self.shape = [int(d) for d in shape]
        self.names: Dict[str, Number] = {
            "numel": math.prod(self.shape), "ndim": len(self.shape), "sizeof_T": sizeof_T}
        self._bind(list(dims or []))
        for name, value in (params or {}).items():
            if isinstance(value, (bool, int, float)):
                self.names[name] = value
        self.functions = {
            "size": self._size, "prod": self._prod, "min": min, "max": max, "abs": abs,
            "ceildiv": lambda a, b: -(-a // b), "floordiv": operator.floordiv,
            "floor": math.floor, "ceil": math.ceil, "round": round, "sqrt": math.sqrt,
            "log2": math.log2, "select": lambda c, a, b: a if c else b,
            "pow2ceil": lambda a: 1 if a <= 1 else 1 << (int(math.ceil(a)) - 1).bit_length(),
        }

    def _bind(self, dims: List[str]) -> None:
        star = next((i for i, d in enumerate(dims) if d.endswith("*")), None)
        fixed = len(dims) - (star is not None)
        rest = len(self.shape) - fixed
        if dims and (rest < 0 or (star is None and rest != 0)):
            raise ValueError(f"the shape {self.shape} does not fit the dims {dims}")
        at = 0
        for i, name in enumerate(dims):
            take = rest if i == star else 1
            self.names[name.rstrip("*")] = math.prod(self.shape[at:at + take])
            at += take

    def _size(self, i: int) -> int:
        if not -len(self.shape) <= i < len(self.shape):
            raise ValueError(f"size({i}): the shape {self.shape} has no such dimension")
        return self.shape[i]

    def _prod(self, i: int, j: int) -> int:
        i, j = (k + len(self.shape) if k < 0 else k for k in (i, j))
        if not (0 <= i <= len(self.shape) and 0 <= j <= len(self.shape)):
            raise ValueError(f"prod({i}, {j}): the shape {self.shape} has no such dimensions")
        return math.prod(self.shape[i:j])

    def evaluate(self, text: Union[str, Number]) -> Number:
        """The value; ValueError says what is wrong with the expression."""
        if isinstance(text, (int, float)):
            return text
        try:
            # The language's own operators; "^" is power and binds as tightly as Python's "**".
            python = text.replace("&&", " and ").replace("||", " or ").replace("^", "**")
            tree = ast.parse(python.strip(), mode="eval")
        except SyntaxError as e:
            raise ValueError(f"'{text}': {e.msg}") from None
        return self._value(tree.body, text)

    def _value(self, node: ast.AST, text: str) -> Number:
        if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
            return node.value
        if isinstance(node, ast.Name) and node.id in self.names:
            return self.names[node.id]
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return -self._value(node.operand, text)
        if isinstance(node, ast.BinOp):
            a, b = self._value(node.left, text), self._value(node.right, text)
            if type(node.op) in _BINARY:
                return _BINARY[type(node.op)](a, b)
        if isinstance(node, ast.BoolOp):
            values = [bool(self._value(v, text)) for v in node.values]
            return int(all(values) if isinstance(node.op, ast.And) else any(values))
        if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in _COMPARE:
            a, b = self._value(node.left, text), self._value(node.comparators[0], text)
            return int(_COMPARE[type(node.ops[0])](a, b))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
            function = self.functions.get(node.func.id)
            if function is not None:
                return function(*[self._value(a, text) for a in node.args])
        raise ValueError(f"'{text}': '{ast.unparse(node)}' is not known here; there are "
                         f"{', '.join(sorted(self.names))} and {', '.join(sorted(self.functions))}")

    def shape_of(self, spec: Union[str, Sequence[Union[str, int]]]) -> List[int]:
        """``"case"``, or a list of expressions that must give whole numbers."""
        if spec == "case":
            return list(self.shape)
        out = []
        for text in spec:
            value = self.evaluate(text)
            if value != int(value):
                raise ValueError(f"'{text}' is {value}, no whole number")
            out.append(int(value))
        return out
