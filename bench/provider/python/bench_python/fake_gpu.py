"""A GPU that is not there: operators are called, their Triton kernels compiled for it, none is run.

For processes that compile ahead of the one that measures (ahead.py). Tensors are torch's fake ones
(shape, dtype, device, no memory), Triton's driver is one that knows the target alone, and a launch
ends where the compiled kernel would be loaded. Nothing here reaches CUDA, so a GPU that is measuring
is not disturbed. Call ``install`` before anything else imports Triton or FlagGems; the process is of
no use for anything else then.
"""

from __future__ import annotations

import contextlib
import os
import types
from typing import Any, Dict, Iterator, List, Set

from .problem import OperatorProblem

Target = Dict[str, Any]

# Hashes of the kernels that were compiled, or found in Triton's cache.
compiled: Set[str] = set()
# Why configurations of autotuned kernels could not be compiled: the tuner passes these over, too.
passed_over: List[str] = []


def capability_of(arch: str) -> int:
    """``sm_90`` -> 90, as Triton counts."""
    digits = "".join(c for c in arch if c.isdigit())
    if not arch.startswith("sm_") or not digits:
        raise OperatorProblem("bad_request", f"'{arch}' is no architecture such as sm_90")
    return int(digits)


def _properties(target: Target) -> Any:
    """What torch.cuda.get_device_properties tells, as far as it is known."""
    capability = capability_of(target["arch"])
    return types.SimpleNamespace(
        name=target.get("name", ""), major=capability // 10, minor=capability % 10,
        multi_processor_count=target.get("sm_count", 1),
        total_memory=target.get("memory_bytes", 0), L2_cache_size=target.get("l2_bytes", 0),
        max_threads_per_block=target.get("max_threads_per_block", 1024), warp_size=32,
        shared_memory_per_block_optin=target.get("max_shared_bytes", 0))


class _Driver:
    """Triton's driver, of which compiling needs the target only."""

    def __init__(self, target: Target) -> None:
        from triton.backends.compiler import GPUTarget

        self._target = GPUTarget("cuda", capability_of(target["arch"]), 32)
        self._index = target.get("index", 0)

    def get_current_target(self) -> Any:
        return self._target

    def get_current_device(self) -> int:
        return int(self._index)

    def set_current_device(self, device: int) -> None:
        pass

    def get_current_stream(self, device: Any = None) -> int:
        return 0

    def get_active_torch_device(self) -> Any:
        import torch

        return torch.device("cuda", self._index)

    def get_device_interface(self) -> Any:
        import torch

        return torch.cuda

    def get_benchmarker(self) -> Any:
        return lambda *_, **__: [1.0, 1.0, 1.0]

    def get_empty_cache_for_benchmark(self) -> None:
        return None

    def clear_cache(self, cache: Any) -> None:
        pass


def _fake_torch(target: Target) -> None:
    """torch.cuda answers as on the target, without initialising CUDA."""
    import torch
    from torch._subclasses import fake_tensor

    properties = _properties(target)
    index = target.get("index", 0)
    stream = types.SimpleNamespace(cuda_stream=0, synchronize=lambda: None,
                                   wait_stream=lambda _: None)
    answers: Dict[str, Any] = {
        "is_available": lambda: True, "is_initialized": lambda: True,
        "device_count": lambda: index + 1, "current_device": lambda: index,
        "get_device_properties": lambda *_: properties,
        "get_device_capability": lambda *_: (properties.major, properties.minor),
        "get_device_name": lambda *_: properties.name,
        "is_bf16_supported": lambda *_, **__: properties.major >= 8,
        "synchronize": lambda *_: None, "set_device": lambda *_: None,
        "empty_cache": lambda: None, "_lazy_init": lambda: None, "init": lambda: None,
        "device": lambda *_: contextlib.nullcontext(),
        "stream": lambda *_: contextlib.nullcontext(),
        "current_stream": lambda *_: stream, "default_stream": lambda *_: stream}
    for name, answer in answers.items():
        setattr(torch.cuda, name, answer)
    fake_tensor.init_gpu_context = lambda *_: None  # it would make a real tensor first
    # Of storage there is none; all that kernels are specialised for is that it is aligned.
    fake_tensor.FakeTensor.data_ptr = lambda self: self.storage_offset() * self.element_size()


def _subclasses(of: type) -> Iterator[type]:
    yield of
    for one in of.__subclasses__():
        yield from _subclasses(one)


def _compile_all(tuner: Any, *args: Any, **kwargs: Any) -> Any:
    """In the place of a tuner's run: every configuration that it would measure is compiled."""
    tuner.nargs = dict(zip(tuner.arg_names, args))
    configs = tuner.prune_configs(kwargs)
    kernel, last = None, None
    for config in configs:
        try:
            kernel = tuner.fn.run(*args, **{**kwargs, **config.all_kwargs()})
        except Exception as e:  # noqa: BLE001 - what cannot be compiled is not chosen either
            last = e
            passed_over.append(f"{type(e).__name__}: {e}")
    tuner.best_config = configs[0]
    tuner.nargs = None
    if kernel is None and last is not None:
        raise last
    return kernel


def patch_tuners() -> None:
    """All tuners that are known by now: again after FlagGems, which has tuners of its own. Their
    results are kept on disk; made-up times must never come to lie there."""
    from triton.runtime.autotuner import Autotuner

    for tuner in _subclasses(Autotuner):
        if "run" in vars(tuner):
            tuner.run = _compile_all  # type: ignore[attr-defined]


def _patch_launches() -> None:
    from triton.compiler.compiler import CompiledKernel
    from triton.runtime.jit import JITFunction

    run = JITFunction.run

    def compile_only(self: Any, *args: Any, grid: Any = None, warmup: bool = True,
                     **kwargs: Any) -> Any:
        kernel = run(self, *args, grid=grid, warmup=True, **kwargs)
        compiled.add(str(getattr(kernel, "hash", id(kernel))))
        return kernel

    JITFunction.run = compile_only
    # FlagGems' libentry launches what the first call returned.
    CompiledKernel.__getitem__ = lambda self, grid: lambda *_, **__: None


def install(target: Target) -> Any:
    """Returns the mode (a context manager) in which operators are to be called.

    ``target``: ``arch`` and, where known, ``index``, ``name``, ``sm_count``, ``memory_bytes``,
    ``l2_bytes``, ``max_shared_bytes``. OperatorProblem ``unavailable`` without torch or Triton.
    """
    capability_of(target["arch"])
    os.environ["CUDA_VISIBLE_DEVICES"] = ""  # whatever is forgotten here fails, and touches nothing
    os.environ["FLAGGEMS_DB_URL"] = "sqlite:///:memory:"  # FlagGems' tuned configurations
    try:
        from torch._subclasses.fake_tensor import FakeTensorMode
        from triton.runtime.driver import driver
    except ImportError as e:
        raise OperatorProblem("unavailable", f"nothing to compile ahead: {e}") from None

    class Mode(FakeTensorMode):  # type: ignore[misc]
        # It would ask torch.cuda.is_available, which says "yes" here.
        avoid_device_init = True

    driver.set_active(_Driver(target))
    _fake_torch(target)
    _patch_launches()
    patch_tuners()
    mode = Mode()
    mode.allow_non_fake_inputs = True  # a constant that a module made as it was imported
    return mode
