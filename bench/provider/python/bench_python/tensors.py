"""torch tensors over memory that C owns, and bench's names of dtypes."""

from __future__ import annotations

import ctypes
import math
from typing import Any, Dict, Optional, Sequence

from .problem import OperatorProblem

# The dtypes of docs/formats.md with their size in bytes.
SIZES: Dict[str, int] = {
    "float64": 8, "float32": 4, "float16": 2, "bfloat16": 2, "int64": 8, "int32": 4, "int16": 2,
    "int8": 1, "uint8": 1, "bool": 1,
}
FLOATS = ("float64", "float32", "float16", "bfloat16")

_ALIASES = {
    "float": "float32", "fp32": "float32", "half": "float16", "fp16": "float16", "bf16": "bfloat16",
    "double": "float64", "long": "int64", "int": "int32", "short": "int16",
}
# numpy's type strings for __cuda_array_interface__, which has none for bfloat16.
_TYPESTR = {
    "float64": "<f8", "float32": "<f4", "float16": "<f2", "bfloat16": "<i2", "int64": "<i8",
    "int32": "<i4", "int16": "<i2", "int8": "|i1", "uint8": "|u1", "bool": "|b1",
}


def dtype_name(text: str) -> Optional[str]:
    """``float32`` of ``torch.float32``, ``fp32``, ``float``; None if bench has no such dtype."""
    name = str(text).strip().lower()
    name = name[len("torch."):] if name.startswith("torch.") else name
    name = _ALIASES.get(name, name)
    return name if name in SIZES else None


def torch_dtype(name: str) -> Any:
    import torch

    return getattr(torch, name)


class _CudaMemory:
    """The smallest object that torch takes as somebody else's CUDA memory."""

    def __init__(self, pointer: int, shape: Sequence[int], typestr: str) -> None:
        self.__cuda_array_interface__ = {
            "shape": tuple(shape), "typestr": typestr, "data": (pointer, False), "version": 2}


def wrap(pointer: int, shape: Sequence[int], dtype: str, device: str) -> Any:
    """A contiguous tensor over ``pointer``; nothing is copied, and C keeps and frees the memory.

    ``device`` is ``cpu`` or ``cuda:<n>``.
    """
    import torch

    shape = [int(d) for d in shape]
    numel = math.prod(shape)
    wanted = torch_dtype(dtype)
    if numel == 0:
        return torch.empty(shape, dtype=wanted, device=device)
    if pointer == 0:
        raise OperatorProblem("bad_request", f"a tensor of shape {shape} at address 0")
    if device.startswith("cuda"):
        memory = _CudaMemory(pointer, (numel,), _TYPESTR[dtype])
        flat = torch.as_tensor(memory, device=device)
    else:
        buffer = (ctypes.c_char * (numel * SIZES[dtype])).from_address(pointer)
        flat = torch.frombuffer(buffer, dtype=torch.int16 if dtype == "bfloat16" else wanted)
    if flat.dtype != wanted:
        flat = flat.view(wanted)
    if flat.data_ptr() != pointer:
        raise OperatorProblem("bad_request", f"torch copied memory at {pointer:#x} of device "
                              f"{device} instead of wrapping it: is it memory of that device?")
    return flat.view(shape)


def storage_range(tensor: Any) -> "range":
    """The addresses of a tensor's storage; an empty range for an empty one."""
    storage = tensor.untyped_storage() if hasattr(tensor, "untyped_storage") else tensor.storage()
    size = storage.nbytes() if callable(storage.nbytes) else storage.nbytes
    return range(storage.data_ptr(), storage.data_ptr() + size)


def overlaps(a: Any, b: Any) -> bool:
    """Whether two tensors have memory in common."""
    x, y = storage_range(a), storage_range(b)
    return len(x) > 0 and len(y) > 0 and x.start < y.stop and y.start < x.stop
