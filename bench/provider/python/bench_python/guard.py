"""Keeps what all operators share as it was: torch's settings and functions, the process's own state.

An operator that changes the default dtype, or that puts its kernels in place of torch's, would
change what its neighbours and the baseline do. Changes are found, put back, and named.
"""

from __future__ import annotations

import gc
import json
import operator
import os
import signal
import sys
import threading
import types
from typing import Any, Callable, Dict, List, Mapping, Tuple

from . import partners

_MISSING = object()
_all, _map, _is, _eq = all, map, operator.is_, operator.eq  # an operator may put others in their place
_SIGNALS = ("SIGTERM", "SIGINT", "SIGALRM", "SIGSEGV", "SIGABRT", "SIGCHLD")


def _settings() -> Dict[str, Tuple[Callable[[], Any], Callable[[Any], Any]]]:
    """Name -> how to read it and how to set it; those that this torch has."""
    import torch

    matmul, cudnn = torch.backends.cuda.matmul, torch.backends.cudnn

    def attribute(owner: Any, name: str) -> Tuple[Callable[[], Any], Callable[[Any], Any]]:
        return (lambda: getattr(owner, name), lambda v: setattr(owner, name, v))

    table = {
        # The first of those for the precision of float32, since it sets some of the others too.
        "torch.set_float32_matmul_precision": (
            torch.get_float32_matmul_precision, torch.set_float32_matmul_precision),
        "torch.set_default_dtype": (torch.get_default_dtype, torch.set_default_dtype),
        # Random operators draw numbers; only a seed that is set is a change.
        "torch.manual_seed": (torch.initial_seed, torch.manual_seed),
        "torch.set_num_threads": (torch.get_num_threads, torch.set_num_threads),
        "torch.set_grad_enabled": (torch.is_grad_enabled, torch._C._set_grad_enabled),
        "torch.use_deterministic_algorithms": (
            lambda: (torch.are_deterministic_algorithms_enabled(),
                     torch.is_deterministic_algorithms_warn_only_enabled()),
            lambda v: torch.use_deterministic_algorithms(v[0], warn_only=v[1])),
        "torch.backends.cudnn.benchmark": attribute(cudnn, "benchmark"),
        "torch.backends.cudnn.deterministic": attribute(cudnn, "deterministic"),
        "torch.backends.cudnn.enabled": attribute(cudnn, "enabled"),
        "torch.backends.cudnn.allow_tf32": attribute(cudnn, "allow_tf32"),
        "torch.backends.cuda.matmul.allow_tf32": attribute(matmul, "allow_tf32"),
        "torch.backends.cuda.matmul.allow_fp16_reduced_precision_reduction": attribute(
            matmul, "allow_fp16_reduced_precision_reduction"),
    }
    backends = torch.backends
    for kind in ("flash", "mem_efficient", "math", "cudnn"):  # which attention a partner may use
        enabled = getattr(backends.cuda, f"{kind}_sdp_enabled", None)
        if enabled is not None:
            table[f"torch.backends.cuda.enable_{kind}_sdp"] = (
                enabled, getattr(backends.cuda, f"enable_{kind}_sdp"))
    for name in ("allow_bf16_reduced_precision_reduction", "allow_fp16_accumulation"):
        if _read(lambda name=name: getattr(matmul, name)) in (True, False):
            table[f"torch.backends.cuda.matmul.{name}"] = attribute(matmul, name)
    for name in ("fp32_precision", "cudnn.fp32_precision", "cudnn.conv.fp32_precision",
                 "cudnn.rnn.fp32_precision", "mkldnn.fp32_precision",
                 "mkldnn.matmul.fp32_precision", "cuda.matmul.fp32_precision"):  # torch 2.9
        owner: Any = backends
        for part in name.split(".")[:-1]:
            owner = getattr(owner, part, None)
        if owner is not None and hasattr(type(owner), "fp32_precision"):
            table[f"torch.backends.{name}"] = attribute(owner, "fp32_precision")
    if hasattr(torch, "get_default_device"):
        table["torch.set_default_device"] = (
            lambda: str(torch.get_default_device()),
            # None takes the mode away that a default other than the CPU is made of
            lambda v: torch.set_default_device(None if v == "cpu" else v))
    return table


def _read(read: Callable[[], Any]) -> Any:
    try:
        return read()
    except Exception as e:  # noqa: BLE001 - torch refuses where old and new settings are mixed
        return f"unreadable ({type(e).__name__})"


def _owners() -> Dict[str, Any]:
    """Whose functions are watched: torch's, and those that a timing could be cheated with."""
    import builtins
    import ctypes
    import time

    import torch

    owners: Dict[str, Any] = {
        "torch": torch, "torch.nn.functional": torch.nn.functional, "torch.Tensor": torch.Tensor,
        "torch.cuda": torch.cuda, "torch.cuda.Event": torch.cuda.Event,
        "torch.cuda.Stream": torch.cuda.Stream, "torch.testing": torch.testing,
        "torch._ops.OpOverload": torch._ops.OpOverload,
        "torch._ops.OpOverloadPacket": torch._ops.OpOverloadPacket,
        "torch._C._nn": torch._C._nn, "time": time, "builtins": builtins, "gc": gc,
        "ctypes": ctypes, "os": os, "json": json}
    for name in ("triton", "triton.runtime.jit", "triton.testing", "flag_gems"):
        if name in sys.modules:
            owners[name] = sys.modules[name]
    return owners


def _modes() -> Tuple[int, int]:
    """How many modes of torch's dispatcher, and of its functions, are switched on."""
    import torch

    return (getattr(torch._C, "_len_torch_dispatch_stack", lambda: 0)(),
            getattr(torch._C, "_len_torch_function_stack", lambda: 0)())


def _pop_dispatch_mode() -> None:
    from torch.utils import _python_dispatch

    _python_dispatch._pop_mode()  # a mode is more than its place on the stack


def _pop_function_mode() -> None:
    from torch import overrides

    overrides._pop_mode()


def _collector() -> Tuple[Any, ...]:
    return (gc.isenabled(), gc.get_threshold(), sys.getswitchinterval())


# A name that appears, or one of these that changes, is Python's own doing (lazy imports, caches).
_LIVELY = ("__warningregistry__", "__dict__", "__weakref__", "__annotations__", "_")


def _unchanged(before: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """The same objects under the same names, in the same order: nearly always so, and found out
    without a step of Python's for each. Nothing of the objects is called."""
    return (len(before) == len(now) and _all(_map(_is, before.values(), now.values()))
            and _all(_map(_eq, before, now)))


def _threads() -> List[threading.Thread]:
    return list(threading.enumerate())


class Guard:
    """``with Guard() as g: ...`` then ``g.changes``: what was changed, in words; all put back.

    Without torch only the process's own state is watched. ``beyond_repair``: those of the changes
    that could not be put back.
    """

    def __init__(self) -> None:
        self.changes: List[str] = []
        self.beyond_repair: List[str] = []
        self._torch = "torch" in sys.modules

    def __enter__(self) -> "Guard":
        self._environ = dict(os.environ)
        self._cwd = os.getcwd()
        self._path = list(sys.path)
        self._hooks = (sys.excepthook, sys.settrace, sys.gettrace(), sys.getprofile())
        self._limit = sys.getrecursionlimit()
        self._threads = {t.ident for t in _threads()}
        self._signals = {name: signal.getsignal(getattr(signal, name)) for name in _SIGNALS}
        self._gc = (_collector(), list(gc.callbacks))
        self._parts = partners.parts()
        self._values: Dict[str, Any] = {}
        self._functions: Dict[str, Dict[str, Any]] = {}
        self._implementations: "set[str]" = set()
        if self._torch:
            import torch

            self._values = {name: _read(read) for name, (read, _) in _settings().items()}
            self._functions = {name: dict(vars(owner)) for name, owner in _owners().items()}
            self._implementations = set(getattr(torch.library, "_impls", ()))
            self._tables = partners.tables()
            self._modes = _modes()
        return self

    def __exit__(self, *_: Any) -> None:
        self.restore()

    def restore(self) -> None:
        """Puts everything back and adds what had changed to ``changes``."""
        if self._torch:
            self._restore_implementations()
            self._restore_functions()
            self._restore_settings()
            self._restore_modes()
        self.changes += partners.put_back(self._parts)
        self._restore_collector()
        if self._torch:
            self.beyond_repair = partners.changed_tables(self._tables)
            self.changes += self.beyond_repair
        self._restore_process()

    def _restore_settings(self) -> None:
        table = _settings()
        changed = [name for name, (read, _) in table.items() if _read(read) != self._values[name]]
        self.changes += [f"{name}: {self._values[name]} became {_read(table[name][0])}"
                         for name in changed]
        # Twice, since one setting may change another; the second time nothing is left, as a rule.
        for _ in range(2 if changed else 0):
            for name, (read, write) in table.items():
                if _read(read) != self._values[name] and "unreadable" not in str(
                        self._values[name]):
                    try:
                        write(self._values[name])
                    except Exception as e:  # noqa: BLE001
                        self.changes.append(f"{name} could not be put back: {e}")

    def _restore_functions(self) -> None:
        for owner_name, owner in _owners().items():
            before = self._functions.get(owner_name)
            if before is None:  # imported meanwhile
                continue
            now = vars(owner)
            if _unchanged(before, now):
                continue
            for name, old in before.items():
                new = now.get(name, _MISSING)
                if new is old or name in _LIVELY or isinstance(old, types.ModuleType):
                    continue
                if not (callable(old) or isinstance(old, (property, classmethod, staticmethod))):
                    continue
                setattr(owner, name, old)
                self.changes.append(f"{owner_name}.{name} was replaced")
            if isinstance(owner, type):
                for name in [n for n in now if n not in before and n not in _LIVELY]:
                    delattr(owner, name)
                    self.changes.append(f"{owner_name}.{name} was added")

    def _restore_implementations(self) -> None:
        """Kernels registered with torch's dispatcher would run wherever the baseline is called."""
        import torch

        new = set(getattr(torch.library, "_impls", ())) - self._implementations
        if not new:
            return
        gc.unfreeze()  # what the runtime has set aside is not among gc.get_objects()
        owners = [o for o in gc.get_objects() if type(o) is torch.library.Library]
        gc.freeze()
        for owner in owners:
            if new & set(getattr(owner, "_op_impls", ())):
                destroy = getattr(owner, "_destroy", None)  # torch 2.1 and newer
                if destroy is not None:
                    destroy()
                else:
                    owner.m = None
                    torch.library._impls.difference_update(new)
                    owner._op_impls.clear()
        names = ", ".join(sorted(new)[:8]) + (" and more" if len(new) > 8 else "")
        self.changes.append(f"kernels were registered in place of torch's own: {names}")

    def _restore_modes(self) -> None:
        """A mode that is left switched on sees, and may repeat, what everybody else does."""
        for pop, at in ((_pop_dispatch_mode, 0), (_pop_function_mode, 1)):
            if _modes()[at] != self._modes[at]:
                self.changes.append("a mode of torch's was left switched on, or another one off")
            while _modes()[at] > self._modes[at]:
                pop()

    def _restore_collector(self) -> None:
        (enabled, threshold, interval), callbacks = self._gc
        if _collector() == self._gc[0] and gc.callbacks == callbacks:
            return
        self.changes.append("the collection of garbage, or the switching of threads, was set up "
                            "in another way")
        (gc.enable if enabled else gc.disable)()
        gc.set_threshold(*threshold)
        sys.setswitchinterval(interval)
        gc.callbacks[:] = callbacks

    def _restore_process(self) -> None:
        if dict(os.environ) != self._environ:
            changed = sorted(k for k in {*os.environ, *self._environ}
                             if os.environ.get(k) != self._environ.get(k))
            os.environ.clear()
            os.environ.update(self._environ)
            # Libraries set variables of their own as they are imported; only these matter.
            told = [k for k in changed if k.startswith(("CUDA_", "TORCH_", "PYTORCH_", "OMP_"))]
            if told:
                self.changes.append("environment: " + ", ".join(told))
        if os.getcwd() != self._cwd:
            self.changes.append(f"the working folder became {os.getcwd()}")
            os.chdir(self._cwd)
        sys.path[:] = self._path
        if sys.gettrace() is not self._hooks[2] or sys.getprofile() is not self._hooks[3]:
            sys.settrace(self._hooks[2])
            sys.setprofile(self._hooks[3])
            self.changes.append("a tracing function was installed")
        if sys.excepthook is not self._hooks[0]:
            sys.excepthook = self._hooks[0]
        if sys.getrecursionlimit() != self._limit:
            sys.setrecursionlimit(self._limit)
        if threading.current_thread() is threading.main_thread():
            for name, old in self._signals.items():
                if signal.getsignal(getattr(signal, name)) is not old and old is not None:
                    signal.signal(getattr(signal, name), old)
                    self.changes.append(f"the handler of {name} was replaced")

    def new_threads(self) -> List[str]:
        """Names of Python threads that were started meanwhile and still run."""
        return [t.name for t in _threads() if t.ident not in self._threads]
