"""What the C code does, in Python: memory of its own, requests, comparison. For the tests."""

from __future__ import annotations

import ctypes
import json
import math
import sys
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence

_ROOT = Path(__file__).resolve().parents[2]
# In the sources, and in a bundle.
PACKAGE = next(p for p in (_ROOT / "bench/provider/python", _ROOT / "share/bench/python")
               if (p / "bench_python").is_dir())
sys.path.insert(0, str(PACKAGE))

from bench_python import tensors, values  # noqa: E402
from bench_python.expressions import Scope  # noqa: E402
from bench_python.runtime import Runtime  # noqa: E402

SKIPPED = 77  # what CTest takes for "skipped"

# torch.testing.assert_close's defaults, as docs/formats.md has them: rtol, atol.
TOLERANCE = {"float64": (1e-7, 1e-7), "float32": (1.3e-6, 1e-5), "float16": (1e-3, 1e-5),
             "bfloat16": (1.6e-2, 1e-5)}


def why_no_torch() -> Optional[str]:
    try:
        import torch  # noqa: F401
    except Exception as e:  # noqa: BLE001 - also a torch that is there and broken
        return f"{sys.executable} cannot import torch: {type(e).__name__}: {e}"
    return None


class Memory:
    """A tensor in memory that torch did not allocate."""

    def __init__(self, name: str, shape: Sequence[int], dtype: str) -> None:
        self.name, self.shape, self.dtype = name, list(shape), dtype
        self.bytes = math.prod(self.shape) * tensors.SIZES[dtype]
        self.raw = (ctypes.c_char * max(1, self.bytes))()
        ctypes.memset(self.raw, 0xFF, self.bytes)

    def request(self) -> Dict[str, Any]:
        return {"name": self.name, "shape": self.shape, "dtype": self.dtype,
                "data": hex(ctypes.addressof(self.raw))}

    def tensor(self) -> Any:
        return tensors.wrap(ctypes.addressof(self.raw), self.shape, self.dtype, "cpu")


class Case:
    """One case of a description: filled inputs, the oracle's answers, and requests."""

    memory = Memory  # what its tensors lie in

    def __init__(self, description: Dict[str, Any], shape: Sequence[int], dtype: str,
                 folder: str = "", seed: int = 1,
                 params: Optional[Dict[str, Any]] = None) -> None:
        self.params = params or {}
        self.description, self.shape, self.dtype, self.folder = description, shape, dtype, folder
        self.scope = Scope(shape, tensors.SIZES[dtype], description["dims"])
        self.inputs = [self._memory(t) for t in description["inputs"]]
        for i, (t, memory) in enumerate(zip(description["inputs"], self.inputs)):
            self.fill(memory, t["fill"], seed + i)

    def fill(self, memory: Memory, how: Dict[str, Any], seed: int) -> None:
        memory.tensor().copy_(values.fill(memory.shape, memory.dtype, how, self.scope, seed))

    def _memory(self, t: Dict[str, Any], upcast: bool = False) -> Memory:
        dtype = t.get("dtype", "T")  # it may be left out, as docs/formats.md has it
        dtype = self.dtype if dtype == "T" else dtype
        if upcast and dtype in tensors.FLOATS:
            dtype = "float64"
        return self.memory(t["name"], self.scope.shape_of(t["shape"]), dtype)

    def outputs(self, upcast: bool = False) -> List[Memory]:
        return [self._memory(t, upcast) for t in self.description["outputs"]]

    def request(self, implementation: Dict[str, Any], outputs: List[Memory],
                scale: Optional[Memory] = None) -> Dict[str, Any]:
        return {"operator": self.description["name"],
                "implementation": implementation.get("name", "oracle"), "folder": self.folder,
                "dims": self.description["dims"],
                "case": {"shape": list(self.shape), "dtype": self.dtype, "params": self.params},
                "inputs": [m.request() for m in self.inputs],
                "outputs": [m.request() for m in outputs],
                **({"scale": scale.request()} if scale else {}),
                "python": implementation["python"]}

    def run(self, runtime: Runtime, implementation: Dict[str, Any]) -> List[Memory]:
        """prepare, reset, call, collect, release: the outputs, after their request as JSON."""
        outputs = self.outputs()
        text = json.dumps(self.request(implementation, outputs))
        handle, _ = runtime.prepare(json.loads(text))
        try:
            runtime.reset(handle)
            runtime.poison(handle)
            runtime.call(handle)
            runtime.collect(handle)
        finally:
            runtime.release(handle)
        return outputs

    def oracle(self, runtime: Runtime) -> "tuple[List[Memory], Optional[Memory]]":
        oracle = self.description["oracle"]
        outputs = self.outputs(upcast=True)
        scale = None
        if oracle.get("scale"):
            scale = self.memory("scale", outputs[0].shape, "float64")
        handle, _ = runtime.prepare(self.request(oracle, outputs, scale))
        runtime.reset(handle)
        runtime.call(handle)
        runtime.collect(handle)
        runtime.release(handle)
        return outputs, scale

    def worst(self, got: List[Memory], want: List[Memory], scale: Optional[Memory]) -> float:
        """The largest error in units of the error allowed; infinite for NaN in the wrong place."""
        import torch

        worst = 0.0
        told = self.description.get("tolerance", {}).get(self.dtype)
        for i, (g, w) in enumerate(zip(got, want)):
            a, b = g.tensor().double(), w.tensor().double()
            rtol, atol = TOLERANCE.get(self.dtype if g.dtype == self.dtype else g.dtype, (0, 0))
            if told:
                rtol, atol = told["rtol"], told["atol"]
            size = b.abs()
            if i == 0 and scale is not None:
                size = torch.maximum(size, scale.tensor())
            same = (a == b) | (a.isnan() & b.isnan())
            error = torch.where(same, torch.zeros_like(a), (a - b).abs())
            ratio = error / (atol + rtol * size).clamp_min(1e-300)
            ratio = torch.where(ratio.isnan(), torch.full_like(ratio, math.inf), ratio)
            ratio = torch.where(same, torch.zeros_like(ratio), ratio)  # also where both are NaN
            worst = max(worst, float(ratio.max()))
        return worst


def implementation(description: Dict[str, Any], name: str) -> Dict[str, Any]:
    return next(i for i in description["implementations"] if i["name"] == name)
