"""What an operator returned: of the right type, number, shape, dtype, device and layout, and new
memory. Each fault is a verdict of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

from . import tensors
from .problem import OperatorProblem


@dataclass(frozen=True)
class Expected:
    """One tensor that torch's own operator would return."""

    shape: Tuple[int, ...]
    dtype: str
    strides: Optional[Tuple[int, ...]] = None
    counted: bool = False  # torch did not tell: of the shape only the number of elements counts


def _is_single(returned: Any) -> bool:
    return not isinstance(returned, (tuple, list))


def as_tensors(returned: Any, count: int, who: str) -> List[Any]:
    """The returned tensors; wrong_type or wrong_count."""
    import torch

    many = [returned] if _is_single(returned) else list(returned)
    for i, x in enumerate(many):
        if not isinstance(x, torch.Tensor):
            where = "" if _is_single(returned) else f" at position {i}"
            raise OperatorProblem("wrong_type", f"{who} returned {type(x).__name__}{where}, "
                                  "expected a tensor")
    if count == 1 and not _is_single(returned):
        raise OperatorProblem("wrong_type", f"{who} returned a {type(returned).__name__} of "
                              f"{len(many)}, expected one tensor")
    if len(many) != count:
        raise OperatorProblem("wrong_count", f"{who} returned {len(many)} tensors, expected "
                              f"{count}")
    return many


def check_tensor(x: Any, want: Expected, device: str, which: str) -> None:
    """Shape, dtype, device, layout of one tensor."""
    import torch

    if type(x) not in (torch.Tensor, torch.nn.Parameter):
        raise OperatorProblem("wrong_layout", f"{which} is a {type(x).__name__}, a tensor whose "
                              "values another class stands for; expected a plain tensor")
    if tuple(x.shape) != tuple(want.shape):
        raise OperatorProblem("wrong_shape", f"{which} has the shape {list(x.shape)}, expected "
                              f"{list(want.shape)}")
    if str(x.dtype) != "torch." + want.dtype:
        raise OperatorProblem("wrong_dtype", f"{which} is {x.dtype}, expected torch.{want.dtype}")
    if str(x.device) != device and str(x.device) + ":0" != device:
        raise OperatorProblem("wrong_device", f"{which} is on {x.device}, expected {device}")
    if x.layout != torch.strided:
        raise OperatorProblem("wrong_layout", f"{which} is {x.layout}, expected torch.strided")
    if x.is_conj() or x.is_neg():
        raise OperatorProblem("wrong_layout", f"{which} is lazy: its conjugation or negation is "
                              "left to the reader")
    repeated = [i for i in range(x.dim()) if x.shape[i] > 1 and x.stride(i) == 0]
    if repeated and not (want.strides and all(want.strides[i] == 0 for i in repeated)):
        raise OperatorProblem("wrong_layout", f"{which} has the strides {list(x.stride())}: its "
                              "elements were not written, they are expanded when read")


def check_new_memory(found: Sequence[Any], inputs: Mapping[str, Any], allowed: Sequence[str],
                     which: str) -> None:
    """No answer may lie in an input (a view costs nothing and changes with the input)."""
    for i, x in enumerate(found):
        for name, tensor in inputs.items():
            if name not in allowed and tensors.overlaps(x, tensor):
                raise OperatorProblem("aliased", f"{which} {i} is memory of the input '{name}', "
                                      "not a tensor of its own")


def check_not_kept(first: Sequence[Any], second: Sequence[Any]) -> None:
    """While the first answer is alive, the second must be elsewhere."""
    for i, (a, b) in enumerate(zip(first, second)):
        if tensors.overlaps(a, b):
            raise OperatorProblem("aliased", f"output {i} of two calls is the same memory: the "
                                  "operator keeps its answer, and a second call changes the first")


def moments(x: Any) -> Any:
    """Mean, standard deviation, mean magnitude and share of zeros, in float64."""
    import torch

    x = x.to(torch.float64)
    return torch.stack([x.mean(), x.std(), x.abs().mean(), (x == 0).to(torch.float64).mean()])


def values_at(indices: Any, source: Any, where: Dict[str, Any]) -> Any:
    """The source's values at the indices returned; NaN all over (or the dtype's least number) where
    they are no indices, or no permutation though one is due. Equal values may be taken from any
    place, so this is what is compared."""
    import torch

    dim = where.get("dim")
    flat = dim is None
    source = source.reshape(-1) if flat else source
    index = indices.reshape(-1) if flat else indices
    keep = index.dim() == source.dim()
    if not flat and not keep:
        index = index.unsqueeze(dim)
    n = source.shape[0 if flat else dim] if source.dim() else 1
    bad = index.numel() and bool(((index < 0) | (index >= n)).any())
    if not bad and where.get("permutation") and index.numel():
        ordered = torch.sort(index, dim=-1 if flat else dim).values
        d = 0 if flat else dim
        length = ordered.shape[d]
        bad = length > 1 and bool(
            (ordered.narrow(d, 1, length - 1) == ordered.narrow(d, 0, length - 1)).any())
    if bad:
        value = float("nan") if source.dtype.is_floating_point else (
            0 if source.dtype == torch.bool else torch.iinfo(source.dtype).min)
        return torch.full(indices.shape, value, dtype=source.dtype, device=source.device)
    got = torch.gather(source, 0 if flat else dim, index)
    return got.reshape(indices.shape)
