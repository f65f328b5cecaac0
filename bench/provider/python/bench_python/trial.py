"""Tries a derived call on torch itself: are the arguments right, and what comes back?

On meta tensors torch tells shapes and dtypes of any size for nothing; on small CPU tensors it tells
whether the values are valid.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Dict, List, Optional, Sequence, Set, Tuple

from . import rules, schema as schemas, tensors, values
from .arguments import Call, Tensor
from .expressions import Scope
from .problem import OperatorProblem, one_line

NORMAL = {"normal": {"mean": 0, "std": 1}}
WHOLE = {"uniform": {"low": -9, "high": 10}}
BOOLEAN = {"integers": {"low": 0, "high": 2}}
# A trial on the CPU of more elements than this takes seconds, and shows nothing more.
MAX_CPU_ELEMENTS = 1 << 22


@dataclass(frozen=True)
class Answer:
    """What one call gave: shape and dtype of each tensor returned, and whether it is a view."""

    shapes: Tuple[Tuple[int, ...], ...]
    dtypes: Tuple[str, ...]
    aliases: bool


def fill_of(tensor: Tensor, dtype: str) -> Dict[str, Any]:
    if tensor.fill is not None:
        return tensor.fill
    actual = dtype if tensor.dtype == "T" else tensor.dtype
    if actual == "bool":
        return BOOLEAN
    return NORMAL if actual in tensors.FLOATS else WHOLE


def answers(returned: Any) -> List[Any]:
    """The tensors of a return value; OperatorProblem if it is something else."""
    import torch

    many = list(returned) if isinstance(returned, (tuple, list)) else [returned]
    many = [x for x in many if x is not None]
    for x in many:
        if not isinstance(x, torch.Tensor):
            raise OperatorProblem("not_describable", f"torch's own operator returns "
                                  f"{type(x).__name__}, not a tensor")
    return many


class Trial:
    def __init__(self, schema: schemas.Schema, call: Call, device: str = "cpu") -> None:
        self.schema = schema
        self.call = call
        self.device = device
        self.overload = schemas.overload_of(schema.name)

    def _inputs(self, scope: Scope, dtype: str, device: str) -> Dict[str, Any]:
        import torch

        made = {}
        for i, t in enumerate(self.call.inputs):
            shape = scope.shape_of(t.shape)
            actual = dtype if t.dtype == "T" else t.dtype
            if device == "meta":
                made[t.name] = torch.empty(shape, dtype=tensors.torch_dtype(actual), device="meta")
            else:
                made[t.name] = values.fill(shape, actual, fill_of(t, dtype), scope, 7 + i)
        return made

    def run(self, shape: Sequence[int], dtype: str, device: str) -> Answer:
        """One call of torch's own operator; whatever torch raises comes out."""
        import torch

        scope = Scope(shape, tensors.SIZES[dtype], self.call.dims)
        inputs = self._inputs(scope, dtype, device)
        env = values.Environment(
            inputs, scope, dtype, device,
            make_out=lambda i: torch.empty(0, dtype=tensors.torch_dtype(dtype), device=device))
        args, kwargs = env.arguments(self.call.args, self.call.kwargs)
        with torch.no_grad():
            returned = answers(self.overload(*args, **kwargs))
        if not returned:
            returned = [inputs[n] for n in self.call.written]
        written = {id(inputs[n]) for n in self.call.written}
        aliases = device == "cpu" and any(
            id(r) not in written and any(tensors.overlaps(r, x) for x in inputs.values())
            for r in returned)
        return Answer(tuple(tuple(r.shape) for r in returned),
                      tuple(str(r.dtype).split(".")[1] for r in returned), aliases)

    def unread(self, shape: Sequence[int], dtype: str) -> Set[str]:
        """Inputs that are written to and not read: the answer is the same for others in their
        place (``self`` of ``copy_``)."""
        import torch

        scope = Scope(shape, tensors.SIZES[dtype], self.call.dims)
        random = torch.get_rng_state()

        def written(changed: Optional[str]) -> List[Any]:
            inputs = self._inputs(scope, dtype, "cpu")
            if changed is not None:
                x = inputs[changed]
                inputs[changed] = ~x if x.dtype is torch.bool else 2 * x + 1
            args, kwargs = values.Environment(inputs, scope, dtype, "cpu").arguments(
                self.call.args, self.call.kwargs)
            torch.set_rng_state(random)
            with torch.no_grad():
                self.overload(*args, **kwargs)
            return [inputs[n] for n in self.call.written]

        first = written(None) if self.call.written else []
        return {n for n in self.call.written if all(
            bool(((a == b) | ((a != a) & (b != b))).all()) for a, b in zip(first, written(n)))}

    def small(self, shape: Sequence[int]) -> List[int]:
        return list(shape) if math.prod(shape) <= 4096 else [min(int(d), 8) for d in shape]

    def problem_with(self, shape: Sequence[int], dtype: str) -> Optional[str]:
        """None if the call is valid for a small tensor of this rank, else what torch says."""
        try:
            self.run(self.small(shape), dtype, "cpu")
            return None
        except OperatorProblem:
            raise
        except Exception as e:  # noqa: BLE001 - whatever torch raises is the answer
            return one_line(e)

    def answer(self, shape: Sequence[int], dtype: str) -> Answer:
        """Shapes and dtypes for a case of any size."""
        dynamic = getattr(self.overload, "tags", ())
        if any("dynamic_output_shape" in str(t) for t in dynamic):
            raise OperatorProblem("not_describable", f"the shape of {self.schema.name.qualified}'s "
                                  "answer depends on the values of its inputs")
        try:
            told = self.run(shape, dtype, "meta")
            if self.device != "cpu":
                return told
            # Meta kernels of old versions have wrong dtypes here and there; the CPU has the last
            # word on what the CPU returns.
            real = self.run(self.small(shape), dtype, "cpu")
            return Answer(told.shapes, real.dtypes, real.aliases)
        except OperatorProblem:
            raise
        except Exception as e:  # noqa: BLE001
            if math.prod(shape) > MAX_CPU_ELEMENTS:
                raise OperatorProblem("not_describable", "torch cannot tell the answer's shape "
                                      f"without computing it: {one_line(e)}") from None
        try:
            return self.run(shape, dtype, "cpu")
        except OperatorProblem:
            raise
        except Exception as e:  # noqa: BLE001
            raise OperatorProblem("not_describable", one_line(e)) from None


def index_output(schema: schemas.Schema) -> Optional[int]:
    """The number of the output that holds indices where ties may be broken in any way."""
    base = schema.name.base
    for key in (f"{base}.{schema.name.overload}", base):
        if key in rules.INDEX_OUTPUTS:
            return rules.INDEX_OUTPUTS[key]
    for key in (f"{base}.dim", ):  # out variants of max.dim are max.dim_max
        if key in rules.INDEX_OUTPUTS and schema.name.overload.startswith("dim"):
            return rules.INDEX_OUTPUTS[key]
    return None


def warm_up() -> None:
    """Makes torch import what its first meta tensors need (a second or two), so that children
    forked afterwards need not. Runs on one thread: a pool of threads does not survive a fork."""
    import torch

    torch.set_num_threads(1)
    try:
        x = torch.empty(2, 2, device="meta")
        torch.ops.aten.add.Tensor(x, x)
    except Exception:  # noqa: BLE001 - an old torch without meta kernels: nothing to warm
        pass
