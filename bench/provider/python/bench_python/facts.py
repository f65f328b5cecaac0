"""Which kernels a call launched, and what it allocated: seen by the profiler, in an untimed call.

A name is classed by who makes such names: Triton's are plain C identifiers, torch's own begin with
``at::``, libraries have prefixes of theirs. Triton's launch hook confirms its own.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from typing import Any, Callable, Dict, List, Optional, Tuple

_LIBRARIES = re.compile(
    r"cublas|cudnn|cutlass|gemm|gemv|nvjet|xmma|cusolver|cusparse|cufft|cub::|thrust::|nccl|"
    r"splitK|flash_|fmha|^dot_kernel$|^reduce_1Block_kernel|implicit_convolve", re.IGNORECASE)
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
MAX_KERNELS = 32


def kind_of(name: str, triton_names: "frozenset[str]" = frozenset()) -> str:
    """``triton``, ``torch``, ``library``, ``copy`` (memcpy, memset) or ``other``."""
    if name in triton_names:
        return "triton"
    if name.startswith(("Memcpy", "Memset")):
        return "copy"
    if "at::" in name or "at_cuda_detail" in name or "c10::" in name:
        return "torch"
    if _LIBRARIES.search(name):
        return "library"
    return "triton" if _IDENTIFIER.match(name) else "other"


class _TritonHook:
    """Names of the kernels that Triton launches meanwhile; empty where it has no such hook."""

    def __init__(self) -> None:
        self.names: "set[str]" = set()
        self._remove: Optional[Callable[[], None]] = None

    def _seen(self, metadata: Any) -> None:
        try:
            data = metadata.get() if hasattr(metadata, "get") else metadata
            name = data["name"] if isinstance(data, dict) else getattr(data, "name", None)
            if name:
                self.names.add(str(name))
        except Exception:  # noqa: BLE001 - another Triton's form of metadata: names must do
            pass

    def __enter__(self) -> "_TritonHook":
        import sys

        if "triton" not in sys.modules:
            return self
        try:
            from triton import knobs  # Triton 3.4 and newer

            chain = knobs.runtime.launch_enter_hook
            chain.add(self._seen)
            self._remove = lambda: chain.remove(self._seen)
        except (ImportError, AttributeError):
            pass
        return self

    def __exit__(self, *_: Any) -> None:
        if self._remove is not None:
            self._remove()


def _trace(profiler: Any) -> List[Dict[str, Any]]:
    """Grids are in the exported trace only, not in the profiler's Python events."""
    handle, path = tempfile.mkstemp(suffix=".json")
    os.close(handle)
    try:
        profiler.export_chrome_trace(path)
        with open(path, encoding="utf-8") as file:
            root = json.load(file)
        events = root if isinstance(root, list) else root.get("traceEvents", [])  # torch 1: a list
        return [e for e in events if e.get("ph") == "X"]
    finally:
        os.unlink(path)


def _kernels(events: List[Dict[str, Any]], triton: "frozenset[str]") -> List[Dict[str, Any]]:
    found: Dict[str, Dict[str, Any]] = {}
    for e in events:
        if e.get("cat") not in ("kernel", "gpu_memcpy", "gpu_memset"):
            continue
        args = e.get("args", {})
        grid, block = args.get("grid"), args.get("block")
        key = f"{e['name']} {grid} {block}"
        if key not in found:
            found[key] = {"name": str(e["name"])[:200], "kind": kind_of(str(e["name"]), triton),
                          "grid": grid, "block": block, "count": 0}
        found[key]["count"] += 1
    return list(found.values())


def observe(call: Callable[[], Any], device: str) -> Dict[str, Any]:
    """Runs ``call`` once under the profiler."""
    import torch
    from torch.profiler import ProfilerActivity, profile

    cuda = device.startswith("cuda")
    activities = [ProfilerActivity.CPU] + ([ProfilerActivity.CUDA] if cuda else [])
    if cuda:
        torch.cuda.synchronize(device)
    with _TritonHook() as hook, profile(activities=activities) as profiler:
        call()
        if cuda:
            torch.cuda.synchronize(device)
    events = _trace(profiler)
    kernels = _kernels(events, frozenset(hook.names))
    ops = sorted({e["name"] for e in events
                  if e.get("cat") in ("cpu_op", "Operator", None) and str(e["name"]).startswith("aten::")})
    return {"kernels": kernels[:MAX_KERNELS], "kernels_left_out": max(0, len(kernels) - MAX_KERNELS),
            "launches": sum(k["count"] for k in kernels if k["kind"] != "copy"),
            "triton_seen": sorted(hook.names)[:MAX_KERNELS], "aten_ops": ops[:64]}


def allocated(call: Callable[[], Any], device: str) -> Tuple[Any, Dict[str, int]]:
    """What ``call`` took from torch's caching allocator: bytes, blocks, and the most at a time."""
    import torch

    if not device.startswith("cuda"):
        return call(), {}
    torch.cuda.synchronize(device)
    torch.cuda.reset_peak_memory_stats(device)
    before = torch.cuda.memory_stats(device)
    result = call()
    after = torch.cuda.memory_stats(device)

    def delta(key: str) -> int:
        return int(after.get(key, 0) - before.get(key, 0))

    return result, {
        "allocated_bytes": delta("allocated_bytes.all.allocated"),
        "freed_bytes": delta("allocated_bytes.all.freed"),
        "allocations": delta("allocation.all.allocated"),
        "peak_bytes": int(after.get("allocated_bytes.all.peak", 0)
                          - before.get("allocated_bytes.all.current", 0)),
        "device_allocations": delta("num_device_alloc")}


def verdict(kind: str, aten: Optional[str], seen: Dict[str, Any], device: str,
            may_alias: bool) -> Dict[str, str]:
    """Whether the role ran what its name promises. ``kind`` as in a description.

    ``ok``; ``other_kernels`` with the reason; ``no_kernels`` if nothing ran on the GPU;
    ``unproven`` where nothing can be seen (the cpu device has no kernels).
    """
    names = {k: sorted({x["name"] for x in seen["kernels"] if x["kind"] == k})
             for k in ("triton", "torch", "library", "other")}
    own = "aten::" + aten.split(".")[1] if aten else ""
    calls_own = own in seen["aten_ops"]
    if not device.startswith("cuda"):
        if kind == "aten":
            return {"verdict": "ok" if calls_own else "other_kernels", "why": f"torch's dispatcher "
                    f"{'ran' if calls_own else 'did not run'} {own}"}
        if calls_own:
            return {"verdict": "other_kernels", "why": f"it calls {own}, the operator that it is "
                    "compared with"}
        return {"verdict": "unproven", "why": "the cpu device has no kernels to see"}
    if not any(names.values()):
        if may_alias or any(k["kind"] == "copy" for k in seen["kernels"]):
            return {"verdict": "ok", "why": "copies only"}
        return {"verdict": "no_kernels", "why": "no kernel ran on the GPU"}
    if kind == "aten" and names["triton"]:
        return {"verdict": "other_kernels", "why": "torch's operator ran Triton kernels: "
                + ", ".join(names["triton"][:4])}
    if kind == "aten":
        return {"verdict": "ok", "why": "native kernels only"}
    if not names["triton"]:
        ran = (names["library"] + names["torch"] + names["other"])[:4]
        return {"verdict": "other_kernels", "why": "no Triton kernel ran, but " + ", ".join(ran)}
    if calls_own:
        return {"verdict": "other_kernels", "why": f"it calls {own}, the operator that it is "
                "compared with, besides Triton kernels"}
    return {"verdict": "ok", "why": "Triton kernels ran: " + ", ".join(names["triton"][:4])}
