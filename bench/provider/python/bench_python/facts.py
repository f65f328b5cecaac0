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

from . import origins, streams

_LIBRARIES = re.compile(
    r"cublas|cudnn|cutlass|gemm|gemv|nvjet|xmma|cusolver|cusparse|cufft|cub::|thrust::|nccl|"
    r"splitK|flash_|fmha|^dot_kernel$|^reduce_1Block_kernel|implicit_convolve", re.IGNORECASE)
# Those that torch compiles at run time (erfinv, sinc): at::cuda::jit names them after the operator.
_JITERATED = re.compile(r"_vectorized\d+_kernel\Z")
# And those of torch's that lie in a namespace without a name.
_NAMELESS = re.compile(r"\(anonymous namespace\)::(softmax_warp_|cunn_SoftMax)")
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
MAX_KERNELS = 32
NOTHING_RAN = "no kernel at all: the answer is its input, or a view of it"


def kind_of(name: str, triton_names: "frozenset[str]" = frozenset()) -> str:
    """``triton``, ``torch``, ``library``, ``copy`` (memcpy, memset) or ``other``."""
    if name in triton_names:
        return "triton"
    if name.startswith(("Memcpy", "Memset")):
        return "copy"
    if (_JITERATED.search(name) or _NAMELESS.search(name) or "at::" in name
            or "at_cuda_detail" in name or "c10::" in name):
        return "torch"
    if _LIBRARIES.search(name):
        return "library"
    return "triton" if _IDENTIFIER.match(name) else "other"


class _TritonHook:
    """Names of the kernels that Triton launches meanwhile; empty where it has no such hook."""

    def __init__(self) -> None:
        self.names: "set[str]" = set()
        self.works = False
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
            self.works = True
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
            files = sorted(origins.files_of(str(e["name"])))
            if files:
                found[key]["defined_in"] = files[:4]
        found[key]["count"] += 1
    return list(found.values())


def observe(call: Callable[[], Any], device: str,
            held_cycles: int = streams.HELD_CYCLES) -> Dict[str, Any]:
    """Runs ``call`` once under the profiler, on the GPU between two kernels of ours (streams.py)."""
    import torch
    from torch.profiler import ProfilerActivity, profile

    cuda = device.startswith("cuda")
    activities = [ProfilerActivity.CPU] + ([ProfilerActivity.CUDA] if cuda else [])
    if cuda:
        torch.cuda.synchronize(device)
    with _TritonHook() as hook, profile(activities=activities) as profiler:
        if cuda:
            torch.cuda._sleep(held_cycles)
        call()
        if cuda:
            torch.cuda._sleep(streams.MARK_CYCLES)
            torch.cuda.synchronize(device)
    traced = _trace(profiler)
    _, _, events = streams.split(traced)
    kernels = _kernels(events, frozenset(hook.names))
    ops = sorted({e["name"] for e in events
                  if e.get("cat") in ("cpu_op", "Operator", None) and str(e["name"]).startswith("aten::")})
    return {"kernels": kernels[:MAX_KERNELS], "kernels_left_out": max(0, len(kernels) - MAX_KERNELS),
            "launches": sum(k["count"] for k in kernels if k["kind"] != "copy"),
            "triton_seen": sorted(hook.names)[:MAX_KERNELS], "triton_hook": hook.works,
            "aten_ops": ops[:64], "other_stream": streams.elsewhere(traced)}


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


def _foreign(seen: Dict[str, Any], kind: str, own_file: str,
             package: Optional[str]) -> Optional[str]:
    """Why the Triton kernels that ran are not the role's own; None if they are, or if nobody knows
    where they are defined."""
    files = {f for k in seen["kernels"] if k["kind"] == "triton" for f in k.get("defined_in", [])}
    if not files:
        return None
    if kind == "module":
        if any(origins.is_of(f, package) or origins.generated_by_flaggems(f) for f in files):
            return None
        return f"none of its Triton kernels is of {package}: they are of {', '.join(sorted(files))}"
    # FlagGems' generator serves anybody; its kernels are whose function was given to it.
    strange = {f for f in files if f != os.path.realpath(own_file)
               and not origins.generated_by_flaggems(f)}
    if strange == files and all(f"{os.sep}flag_gems{os.sep}" in f for f in files):
        return f"only kernels of FlagGems ran, not its own: those of {', '.join(sorted(files))}"
    return None


def verdict(kind: str, aten: Optional[str], seen: Dict[str, Any], device: str, may_alias: bool,
            own_file: str = "", package: Optional[str] = None) -> Dict[str, str]:
    """Whether the role ran what its name promises. ``kind`` as in a description; ``own_file``: of a
    candidate; ``package``: the folder of a module such as FlagGems.

    ``ok``; ``other_kernels`` with the reason; ``no_kernels`` if nothing ran on the GPU;
    ``unproven`` where nothing can be seen (the cpu device has no kernels).
    """
    names = {k: sorted({x["name"] for x in seen["kernels"] if x["kind"] == k})
             for k in ("triton", "torch", "library", "other")}
    own = "aten::" + aten.split(".")[1] if aten else ""
    calls_own = own in seen["aten_ops"]

    def told(which: str, why: str) -> Dict[str, str]:
        return {"verdict": which, "why": why}

    if not device.startswith("cuda"):
        if kind == "aten":
            return told("ok" if calls_own else "other_kernels", f"torch's dispatcher "
                        f"{'ran' if calls_own else 'did not run'} {own}")
        if calls_own:
            return told("other_kernels", f"it calls {own}, the operator that it is compared with")
        return told("unproven", "the cpu device has no kernels to see")
    if not any(names.values()):
        if any(k["kind"] == "copy" for k in seen["kernels"]):
            return told("ok", "copies only")
        if may_alias:
            return told("ok", NOTHING_RAN)
        return told("no_kernels", "no kernel ran on the GPU")
    if kind == "aten":
        # A library may name a kernel as Triton would; Triton's hook knows better.
        triton = seen["triton_seen"] if seen.get("triton_hook") else names["triton"]
        if triton:
            return told("other_kernels", "torch's operator ran Triton kernels: "
                        + ", ".join(triton[:4]))
        return told("ok", "native kernels only")
    if not names["triton"]:
        ran = (names["library"] + names["torch"] + names["other"])[:4]
        return told("other_kernels", "no Triton kernel ran, but " + ", ".join(ran))
    if calls_own:
        return told("other_kernels", f"it calls {own}, the operator that it is compared with, "
                    "besides Triton kernels")
    foreign = _foreign(seen, kind, own_file, package)
    if foreign:
        return told("other_kernels", foreign)
    besides = f"; of a library: {', '.join(names['library'][:4])}" if names["library"] else ""
    return told("ok", "Triton kernels ran: " + ", ".join(names["triton"][:4]) + besides)
