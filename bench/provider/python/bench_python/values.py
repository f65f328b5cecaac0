"""Argument specs of a description -> the Python values of one call."""

from __future__ import annotations

import math
from typing import Any, Callable, Dict, List, Mapping, Optional

from . import tensors
from .expressions import Scope
from .problem import OperatorProblem


class Environment:
    """What the specs of one case may refer to.

    ``inputs``: the tensors by their names in the description. ``make_out``: number of an ``out``
    argument -> an empty tensor for it. With ``upcast`` the dtype ``T`` means float64 where the
    case's is a floating one, which is how the oracle calls.
    """

    def __init__(self, inputs: Mapping[str, Any], scope: Scope, dtype: str, device: str,
                 params: Optional[Mapping[str, Any]] = None,
                 make_out: Optional[Callable[[int], Any]] = None, upcast: bool = False) -> None:
        self.inputs = inputs
        self.scope = scope
        self.dtype = "float64" if upcast and dtype in tensors.FLOATS else dtype
        self.device = device
        self.params = dict(params or {})
        self.make_out = make_out

    def permutation(self, spec: Mapping[str, Any]) -> Any:
        """0 … n-1 in an order that jumps about, along the last dimension of ``shape``.

        The step is near the golden section of n and coprime to it: neighbours land far apart, as
        indices of real programs do, and every device gets the same without a random generator.
        """
        import torch

        n = int(self.scope.evaluate(spec["high"]))
        shape = self.scope.shape_of(spec["shape"])
        step = max(1, int(n * 0.6180339887))
        while math.gcd(step, n) != 1:
            step += 1
        row = (torch.arange(n, dtype=torch.int64) * step + n // 3) % n
        return row[:shape[-1]].expand(shape).contiguous().to(self.device)

    def value(self, spec: Any) -> Any:
        if not isinstance(spec, dict):
            return spec
        if "input" in spec:
            return self.inputs[spec["input"]]
        if "inputs" in spec:
            return [self.inputs[name] for name in spec["inputs"]]
        if "value" in spec:
            return spec["value"]
        if "expr" in spec:
            return self.scope.evaluate(spec["expr"])
        if "list" in spec:
            return [self.value(v) for v in spec["list"]]
        if "param" in spec:
            return self.params[spec["param"]]
        if "python" in spec:  # of a description that its reader wrote, as is all its code
            import torch

            return eval(spec["python"], {"torch": torch, **self.params, **self.inputs})
        if "dtype" in spec:
            name = spec["dtype"]
            return tensors.torch_dtype(self.dtype if name == "T" else name)
        if "device" in spec:
            import torch

            return torch.device(self.device)
        if "case_shape" in spec:
            return list(self.scope.shape)
        if "per_dim" in spec:
            return [spec["per_dim"]] * len(self.scope.shape)
        if "make" in spec:
            return self.permutation(spec)
        if "out" in spec and self.make_out is not None:
            return self.make_out(spec["out"])
        raise OperatorProblem("bad_request", f"the argument {spec!r} is none of input, inputs, "
                              "value, expr, list, param, python, dtype, device, case_shape, "
                              "per_dim, make, out")

    def arguments(self, args: List[Any], kwargs: Mapping[str, Any]) -> "tuple[list, dict]":
        return ([self.value(a) for a in args], {k: self.value(v) for k, v in kwargs.items()})


def fill(shape: List[int], dtype: str, how: Mapping[str, Any], scope: Scope, seed: int,
         device: str = "cpu") -> Any:
    """A tensor filled as docs/formats.md says (other bits than the C code's: for trials only), made
    on ``device``: on a CPU 16 M numbers take half a second."""
    import torch

    generator = torch.Generator(device).manual_seed(seed)
    wide = torch.float64
    drawn = {"generator": generator, "device": device}
    (kind, p), = how.items()
    at: Dict[str, Any] = {k: scope.evaluate(v) for k, v in p.items()} if isinstance(p, dict) else {}
    if kind == "normal":
        x = torch.randn(shape, dtype=wide, **drawn) * at["std"] + at["mean"]
    elif kind == "uniform":
        x = torch.rand(shape, dtype=wide, **drawn) * (at["high"] - at["low"]) + at["low"]
    elif kind == "integers":
        x = torch.randint(int(at["low"]), int(at["high"]), shape, **drawn)
    elif kind == "sequence":
        x = torch.arange(math.prod(shape), dtype=wide, device=device).reshape(shape)
        x = x * at["step"] + at["start"]
    else:
        x = torch.full(shape, float(scope.evaluate(p)), dtype=wide, device=device)
    return x.to(tensors.torch_dtype(dtype))
