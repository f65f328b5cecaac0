"""Freed memory that torch's allocator would hand out next is filled, so that an operator which
returns memory it never wrote returns nonsense and not its neighbour's right answer."""

from __future__ import annotations

from typing import Any, List, Sequence

# Enough blocks to cover what the other roles left behind; the rest of a large cache is given back.
_MOST_BLOCKS = 16
_MOST_BYTES = 2 << 30


def poison(like: Sequence[Any], device: str) -> int:
    """Takes and fills free blocks of the sizes of ``like``, then frees them; how many blocks.

    Floating numbers become NaN, others 0xA5 bytes.
    """
    import torch

    held: List[Any] = []
    total = 0
    for x in like:
        size = x.numel() * x.element_size()
        if size == 0:
            continue
        free = size
        if device.startswith("cuda"):
            free = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        blocks = max(1, min(_MOST_BLOCKS, free // size + 1))
        byte = 0xFF if x.dtype.is_floating_point or x.dtype.is_complex else 0xA5
        for _ in range(blocks):
            if held and total + size > _MOST_BYTES:
                break
            try:
                block = torch.empty(size, dtype=torch.uint8, device=device)
            except RuntimeError:  # no memory: then nothing is free that could be handed out
                break
            block.fill_(byte)
            held.append(block)
            total += size
    return len(held)


# Positions and kinds of special values; a prime step spreads them over blocks and warps.
_STEP = 97


def place_special_values(x: Any, seed: int, which: str = "all") -> int:
    """Writes NaN, infinities, zeros of both signs, the least and largest numbers into a floating
    tensor, the extremes into an integer one; returns how many elements were written. ``which``:
    "all", "nan" alone, "denormal" numbers alone, which fast arithmetic takes for zeros, or "no
    nan": all others, for NaN hides them from a reduction."""
    import torch

    flat = x.view(-1)
    if x.dtype == torch.bool or flat.numel() < 8:
        return 0
    if x.dtype.is_floating_point:
        f = torch.finfo(x.dtype)
        tiny = getattr(f, "smallest_normal", f.tiny)
        special = [float("nan"), float("inf"), float("-inf"), 0.0, -0.0, f.max, f.min, tiny,
                   tiny / 4, -tiny / 4]
        special = {"all": special, "nan": special[:1], "no nan": special[1:-2],
                   "denormal": special[-2:]}[which]
    else:
        i = torch.iinfo(x.dtype)
        special = [i.max, i.min, 0, 1]
    places = [(seed * 31 + k * _STEP) % flat.numel() for k in range(len(special))]
    index = torch.tensor(places, dtype=torch.int64, device=x.device)
    flat[index] = torch.tensor(special, dtype=x.dtype, device=x.device)
    return len(special)
