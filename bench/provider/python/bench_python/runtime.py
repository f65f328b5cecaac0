"""Runs described operators for the C code: prepare, then reset + call, collect, facts, release.

The C code owns inputs, outputs, stream, events, clock and comparison; what runs between its two
events is Prepared.call alone. All of it is used from one thread, the one that called prepare:
torch's current stream belongs to a thread.
"""

from __future__ import annotations

import dataclasses
import gc
import math
import os
import signal
import sys
import time
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence

from . import (checks, facts, loader, memory, origins, partners, special, streams, tensors,
               values)
from .checks import Expected
from .expressions import Scope
from .guard import Guard
from .output import Sink
from .problem import OperatorProblem, from_exception


def _resolve_aten(dotted: str) -> Any:
    import torch

    value: Any = torch.ops
    try:
        for part in dotted.split("."):
            value = getattr(value, part)
    except AttributeError:
        raise OperatorProblem("unavailable", f"torch {torch.__version__} has no torch.ops."
                              f"{dotted}") from None
    return value


def _find_function(spec: Mapping[str, Any], folder: str) -> "tuple[Callable[..., Any], List[str], str]":
    """The function of a description's "python" key, notes, and the file to blame."""
    if spec["kind"] == "aten":
        return _resolve_aten(spec["callable"]), [], ""
    if spec["kind"] == "module":
        function, notes = loader.load_attribute(spec["module"], spec["callable"], spec.get("path"))
        return function, notes, ""
    if spec["kind"] == "code":
        path = os.path.join(folder, spec["source"])
        if spec.get("module"):
            module, notes = loader.load_package_file(path, spec["module"], spec["path"])
            path = str(module.__file__)
        else:
            module, notes = loader.load_file(path, spec.get("path"))
        return loader.find_callable(module, [spec["callable"]])[1], notes, path
    raise OperatorProblem("bad_request", f"'{spec['kind']}' is none of code, module, aten")


class Prepared:
    """One implementation (or the oracle) bound to one case."""

    def __init__(self, request: Mapping[str, Any], device: str) -> None:
        self.spec: Mapping[str, Any] = request["python"]
        self.device = device
        self.name = str(request.get("implementation", "operator"))
        case = request["case"]
        self.dtype = case["dtype"]
        self.upcast = bool(self.spec.get("upcast"))
        self.scope = Scope(case["shape"], tensors.SIZES[self.dtype], request.get("dims"),
                           case.get("params"))
        self.given = {t["name"]: self._wrap(t) for t in request["inputs"]}
        self.buffers = {t["name"]: self._wrap(t) for t in request["outputs"]}
        self.scale = self._wrap(request["scale"]) if request.get("scale") else None
        self.params = case.get("params") or {}
        self.function, self.notes, self.file = _find_function(self.spec, request.get("folder", ""))
        module = sys.modules.get(str(self.spec.get("module", "")).split(".")[0])
        self.package = os.path.dirname(getattr(module, "__file__", None) or "") or None
        self.written: List[str] = list(self.spec.get("written", []))
        self.returns: List[Dict[str, Any]] = list(self.spec["returns"])
        self.outs: List[Any] = []
        self.result: Any = None
        self.inputs: Dict[str, Any] = {}
        self.args: List[Any] = []
        self.kwargs: Dict[str, Any] = {}
        self.expected = self._with_dtypes(self._expect(request["outputs"]))
        self.times: Dict[str, int] = {}
        # No call of it is to be told apart any more (Runtime._call_apart); a candidate's never are.
        self.settled = self.spec["kind"] == "code"
        self._fixed = not self.written and "out" not in {r["from"] for r in self.returns}

    def _wrap(self, t: Mapping[str, Any]) -> Any:
        pointer = t["data"]
        pointer = int(pointer, 16) if isinstance(pointer, str) else int(pointer)
        return tensors.wrap(pointer, t["shape"], t["dtype"], self.device)

    def native(self) -> Any:
        """torch's operator that it stands for; None if there is none."""
        try:
            return _resolve_aten(self.spec["aten"]) if self.spec.get("aten") else None
        except OperatorProblem:
            return None

    # ---- what torch itself would return -----------------------------------------------------

    def _expect(self, described: Sequence[Mapping[str, Any]]) -> List[Expected]:
        """By torch's operator on meta tensors; by the description where there is none."""
        import torch

        dotted = self.spec.get("aten")
        if dotted:
            try:
                meta = {n: torch.empty(x.shape, dtype=x.dtype, device="meta")
                        for n, x in self.given.items()}
                env = values.Environment(
                    meta, self.scope, self.dtype, "meta", self.params,
                    lambda i: torch.empty(0, dtype=tensors.torch_dtype(self.dtype), device="meta"))
                args, kwargs = env.arguments(self.spec.get("args", []), self.spec.get("kwargs", {}))
                with torch.no_grad():
                    back = _resolve_aten(dotted)(*args, **kwargs)
                many = [x for x in (back if isinstance(back, (tuple, list)) else [back])
                        if x is not None]
                many = many or [meta[n] for n in self.written]
                return [Expected(tuple(x.shape), str(x.dtype)[6:], tuple(x.stride()))
                        for x in many]
            except OperatorProblem:
                raise
            except Exception:  # noqa: BLE001 - no meta form of it: the description must do
                self.notes.append(f"torch.ops.{dotted} tells no shapes without computing; those "
                                  "of the description are checked, in number of elements")
        counted = bool(dotted) and self.spec["kind"] == "module"
        return [Expected(tuple(t["shape"]), t["dtype"], counted=counted) for t in described]

    def _with_dtypes(self, expected: List[Expected]) -> List[Expected]:
        """The description's word on dtypes, which was checked against torch's real answers."""
        for i, r in enumerate(self.returns):
            at = r.get("index", i)
            if "dtype" in r and at < len(expected):
                dtype = self.dtype if r["dtype"] == "T" else r["dtype"]
                expected[at] = dataclasses.replace(expected[at], dtype=dtype)
        return expected

    # ---- one call ---------------------------------------------------------------------------

    def _make_out(self, i: int) -> Any:
        import torch

        want = self.expected[min(i, len(self.expected) - 1)]
        dtype = "float64" if self.upcast and want.dtype in tensors.FLOATS else want.dtype
        while len(self.outs) <= i:
            self.outs.append(None)
        self.outs[i] = torch.empty(want.shape, dtype=tensors.torch_dtype(dtype), device=self.device)
        return self.outs[i]

    def _input(self, name: str) -> Any:
        import torch

        x = self.given[name]
        if self.upcast and x.dtype.is_floating_point:
            return x.to(torch.float64, copy=True)
        return x.clone() if name in self.written else x

    def reset(self) -> None:
        """Forgets the last answer; fresh clones of what the call writes to. Not timed."""
        self._spoil()
        self.result = None
        if self._fixed and self.args is not None and self.inputs:
            return
        self.outs = []
        self.inputs = {name: self._input(name) for name in self.given}
        env = values.Environment(self.inputs, self.scope, self.dtype, self.device, self.params,
                                 self._make_out, self.upcast)
        self.args, self.kwargs = env.arguments(self.spec.get("args", []),
                                               self.spec.get("kwargs", {}))

    def _spoil(self) -> None:
        """What it returned is overwritten before it is freed: the next call may be handed the same
        memory, and an operator that keeps its answers finds nonsense in them."""
        import torch

        if self.upcast or self.result is None or self.spec.get("may_alias"):
            return
        ours = {x.untyped_storage().data_ptr() if hasattr(x, "untyped_storage")
                else x.storage().data_ptr() for x in self.given.values()}
        many = self.result if isinstance(self.result, (tuple, list)) else [self.result]
        with torch.no_grad():
            for x in many:
                if type(x) is not torch.Tensor or x.layout is not torch.strided:
                    continue
                storage = x.untyped_storage() if hasattr(x, "untyped_storage") else x.storage()
                if storage.data_ptr() in ours:
                    continue
                try:
                    x.fill_(math.nan if x.dtype.is_floating_point or x.dtype.is_complex else
                            1 if x.dtype is torch.bool else 0x5A)
                except RuntimeError:  # of inference mode, where nothing may be written later
                    pass

    def call(self) -> None:
        self.result = self.function(*self.args, **self.kwargs)

    # ---- what came back ---------------------------------------------------------------------

    def answers(self) -> List[Any]:
        """The tensors to compare, after all checks; in the order of ``returns``."""
        returned: List[Any] = []
        if any(r["from"] == "return" for r in self.returns):
            count = 1 + max([r.get("index", -1) for r in self.returns if r["from"] == "return"]
                            + [len(self.expected) - 1 if len(self.expected) > 1 else 0])
            returned = checks.as_tensors(self.result, count, self.name)
        found = []
        for i, r in enumerate(self.returns):
            if r["from"] == "return":
                found.append(returned[r.get("index", 0)])
            elif r["from"] == "argument":
                found.append(self.inputs[r["input"]])
            else:
                found.append(self.outs[r.get("index", 0)])
        if not self.upcast:
            self._check(found)
        return found

    def _check(self, found: Sequence[Any]) -> None:
        for i, x in enumerate(found):
            at = self.returns[i].get("index", i)
            want = self.expected[at]
            if (self.spec["kind"] == "module" and at > 0 and tuple(x.shape) != want.shape
                    and x.numel() == math.prod(want.shape)):
                # FlagGems returns the statistics of norms without their dimensions of size 1.
                note = f"output {at} has the shape {list(x.shape)}, torch's {list(want.shape)}"
                if note not in self.notes:
                    self.notes.append(note)
                x = x.reshape(want.shape)
            elif want.counted and x.numel() == math.prod(want.shape):
                want = dataclasses.replace(want, shape=tuple(x.shape))
            checks.check_tensor(x, want, self.device, f"output {at}")
        fresh = [x for x, r in zip(found, self.returns) if r["from"] == "return"]
        if not self.spec.get("may_alias"):
            checks.check_new_memory(fresh, {**self.inputs, **self.given}, self.written, "output")

    def collect(self) -> None:
        """Copies the answers into C's buffers, in the form that the description's outputs have."""
        for x, r in zip(self.answers(), self.returns):
            if r.get("as") == "moments":
                x = checks.moments(x)
            elif r.get("as") == "values_at":
                x = checks.values_at(x, self.inputs[r["input"]], r)
            buffer = self.buffers[r["output"]]
            if x.numel() != buffer.numel():
                raise OperatorProblem("wrong_shape", f"output '{r['output']}' has the shape "
                                      f"{list(x.shape)}, expected {buffer.numel()} elements")
            buffer.view(-1).copy_(x.detach().reshape(-1))
        if self.scale is not None:
            self._write_scale()

    def _write_scale(self) -> None:
        """The same operator of absolute values: what rounding errors of a sum are relative to."""
        kept = self.inputs
        try:
            absolute = {n: x.abs() if x.dtype.is_floating_point else x
                        for n, x in ((n, self._input(n)) for n in self.given)}
            env = values.Environment(absolute, self.scope, self.dtype, self.device, self.params,
                                     self._make_out, True)
            args, kwargs = env.arguments(self.spec.get("args", []), self.spec.get("kwargs", {}))
            back = self.function(*args, **kwargs)
            back = back[0] if isinstance(back, (tuple, list)) else back
            self.scale.view(-1).copy_(back.abs().reshape(-1))
        finally:
            self.inputs = kept


class Runtime:
    """Everything the C code asks for. Handles are small numbers above 0.

    ``device`` is ``cpu`` or ``cuda:<n>``; ``stream`` the raw ``cudaStream_t`` that C times on.
    """

    def __init__(self, device: str = "cpu", stream: int = 0) -> None:
        self.device = device
        self.sink = Sink()
        self._handles: Dict[int, Prepared] = {}
        self._next = 1
        self._timing: Optional[Guard] = None
        self._standing: Optional[Guard] = None  # see _stand
        self._found: List[str] = []  # what it has seen so far
        self._modules = 0  # imported when the collector last set aside what is there to stay
        self._profiled = False
        self._spoiled = False  # something that all share was changed, and could not be put back
        try:
            import torch
        except ImportError as e:
            raise OperatorProblem("unavailable", f"{sys.executable} has no torch: {e}") from None
        self._torch = torch
        if device.startswith("cuda"):
            if not torch.cuda.is_available():
                raise OperatorProblem("unavailable", f"torch {torch.__version__} of "
                                      f"{sys.executable} sees no CUDA device")
            torch.cuda.set_device(device)
            origins.install()
        self.set_stream(stream)

    def set_stream(self, stream: int) -> None:
        """Makes C's stream the current one of this thread; 0 is the legacy default stream."""
        if self.device.startswith("cuda"):
            cuda = self._torch.cuda
            cuda.set_stream(cuda.ExternalStream(stream, device=self.device) if stream
                            else cuda.default_stream(self.device))

    def _get(self, handle: int) -> Prepared:
        if handle not in self._handles:
            raise OperatorProblem("not_prepared", f"{handle} is no handle of a prepared operator")
        return self._handles[handle]

    def _synchronize(self) -> None:
        if self.device.startswith("cuda"):
            self._torch.cuda.synchronize(self.device)

    def _timed_call(self, p: Prepared) -> int:
        p.reset()
        self._synchronize()
        start = time.perf_counter_ns()
        with self._torch.no_grad():
            p.call()
        self._synchronize()
        return time.perf_counter_ns() - start

    def prepare(self, request: Mapping[str, Any]) -> "tuple[int, Dict[str, Any]]":
        """Imports, binds and calls twice: compilation and autotuning happen here.

        The inputs must be filled already: index tensors of garbage would be faults of ours.
        """
        if self._spoiled:  # no verdict: as if killed from outside, which costs nobody the case
            os.kill(os.getpid(), signal.SIGKILL)
        started = time.perf_counter_ns()
        try:
            p = Prepared(request, self.device)
        except KeyError as e:
            raise OperatorProblem("bad_request", f"the request lacks {e}") from None
        p.times["import_ns"] = time.perf_counter_ns() - started
        handle, self._next = self._next, self._next + 1
        partners.watch(handle, p.function, p.spec["kind"], p.native())
        if p.upcast:
            p.times.update(first_call_ns=0, second_call_ns=0)
        else:
            try:
                self._try(p)
            except OperatorProblem:
                partners.forget(handle)
                raise
        for other in self._handles.values():
            if other.function is p.function and p.spec["kind"] != "aten":
                p.notes.append(f"the same function as '{other.name}': their ratio is 1 whatever "
                               "it does")
        self._handles[handle] = p
        if p.spec["kind"] == "code":
            self._stand()
        return handle, {"notes": p.notes, "name": p.name, **p.times}

    def _try(self, p: Prepared) -> None:
        def twice() -> "tuple[List[Any], List[Any]]":
            p.times["first_call_ns"] = self._timed_call(p)
            first = p.answers()
            p.times["second_call_ns"] = self._timed_call(p)
            return first, p.answers()

        strict = p.spec["kind"] == "code"
        (first, second), notes = loader.guarded(twice, p.file, "calling it", "raised", strict)
        p.notes += notes
        if all(r["from"] == "return" for r in p.returns) and not p.spec.get("may_alias"):
            checks.check_not_kept(first, second)
        p.result = None

    def reset(self, handle: int) -> None:
        self._get(handle).reset()

    def call(self, handle: int) -> None:
        """The timed part. Nothing but the operator itself runs here."""
        p = self._handles[handle]
        if not p.settled and self._standing is not None:  # never while timing
            return self._call_apart(p)
        with self._torch.no_grad():
            p.result = p.function(*p.args, **p.kwargs)

    def _call_apart(self, p: Prepared) -> None:
        """The first call of the oracle, a reference or a baseline while candidates are watched: what
        their libraries set up in it is no candidate's doing, and stays. To look around costs 1 to
        3 ms of the host's time, so that later calls, of which many may follow each other, do not."""
        p.settled = True
        self._found = self._look()
        try:
            with self._torch.no_grad():
                p.call()
        finally:
            self._stand()

    def collect(self, handle: int) -> None:
        with self._torch.no_grad():
            self._get(handle).collect()
        p = self._get(handle)
        if p.upcast:  # right answers must not lie about in freed memory
            p.result, p.inputs, p.args, p.kwargs, p.outs = None, {}, [], {}, []
            if self.device.startswith("cuda"):
                self._torch.cuda.empty_cache()

    def poison(self, handle: int) -> None:
        """Before a checked call: after reset, fills free memory of the size of the answers."""
        p = self._get(handle)
        like = [self._torch.empty(w.shape, dtype=tensors.torch_dtype(w.dtype), device="meta")
                for w in p.expected]
        memory.poison(like, self.device)

    def special_values(self, handle: int) -> List[str]:
        """Calls it on copies of its inputs with NaN, infinities and the largest numbers among them
        and compares with torch (special.py); notes."""
        p = self._get(handle)
        if not special.applies(p):
            return []
        native = _resolve_aten(p.spec["aten"])
        found, notes = loader.guarded(
            lambda: special.check(p, native), p.file, "calling it with special values", "raised",
            p.spec["kind"] == "code")
        return notes + found

    def _collect_garbage(self) -> None:
        """Of torch, Triton and FlagGems some hundred thousand objects stay as long as the process: to
        look through all of them takes 0.1 to 0.3 s before each timing, longer than the timing
        itself. They are set aside once they were looked through, and again when modules came.
        Whether they still are is not asked: gc.get_freeze_count() counts them one by one, which
        takes 20 ms for 270,000."""
        gc.collect()
        if len(sys.modules) != self._modules:
            gc.freeze()
            self._modules = len(sys.modules)

    def _stand(self) -> None:
        """From here on until _look: what calls change that nobody guards, those that are verified."""
        if self._standing is None:
            self._standing = Guard()
            self._standing.__enter__()

    def _look(self) -> List[str]:
        """What was changed since _stand; put back."""
        guard, self._standing = self._standing, None
        found, self._found = self._found, []
        if guard is None:
            return found
        guard.restore()
        self._spoiled = self._spoiled or bool(guard.beyond_repair)
        return found + guard.changes

    def _changed(self, when: str, changes: Sequence[str]) -> OperatorProblem:
        fate = "a new process follows" if self._spoiled else "put back"
        return OperatorProblem("spoiled_globals" if self._spoiled else "changed_globals",
                               f"{when}, shared settings changed ({fate}): " + "; ".join(changes))

    def timing(self, on: bool) -> None:
        """Garbage collection off while timing; at the end shared settings are looked at."""
        if on and self._timing is None:
            changes = self._look()
            self._collect_garbage()
            gc.disable()
            self._timing = Guard()
            self._timing.__enter__()
            if changes:
                raise self._changed("while it was verified", changes)
        elif not on and self._timing is not None:
            guard, self._timing = self._timing, None
            guard.restore()
            gc.enable()
            self._spoiled = self._spoiled or bool(guard.beyond_repair)
            self._stand()
            if guard.changes:
                raise self._changed("while it was timed", guard.changes)

    def _start_profiler(self) -> None:
        """Once, on nothing: as it starts first, torch imports modules that register operators and
        replace functions, which is no operator's doing."""
        if not self._profiled:
            self._profiled = True
            facts.observe(lambda: None, self.device)

    def facts(self, handle: int) -> Dict[str, Any]:
        """One more call, under the profiler, and one for the allocator. Never while timing."""
        p = self._get(handle)
        strict = p.spec["kind"] == "code"
        self._look()  # before the profiler's own changes
        held = streams.HELD_CYCLES if strict else streams.HELD_BRIEFLY_CYCLES
        self._start_profiler()

        def observe() -> Dict[str, Any]:
            p.reset()
            _, moved = facts.allocated(lambda: self.call(handle), self.device)
            p.reset()
            return {**facts.observe(lambda: self.call(handle), self.device, held), "memory": moved}

        seen, notes = loader.guarded(observe, p.file, "calling it once more", "raised", strict)
        p.reset()
        aten = p.spec.get("aten")
        seen.update(facts.verdict(p.spec["kind"], aten, seen, self.device,
                                  bool(p.spec.get("may_alias")), p.file, p.package))
        seen["notes"] = notes
        return seen

    def release(self, handle: int) -> None:
        self._handles.pop(handle, None)
        partners.forget(handle)
        if not self._handles:
            self._look()

    def problem(self, error: BaseException, handle: int = 0) -> OperatorProblem:
        """The verdict for an exception of call or collect."""
        p = self._handles.get(handle)
        if p is None and not isinstance(error, OperatorProblem):
            return OperatorProblem("not_prepared" if isinstance(error, KeyError) else "raised",
                                   f"{type(error).__name__}: {error}")
        status = "oracle_failed" if p is not None and p.upcast else "raised"
        return from_exception(error, p.file if p else "", "calling it", status)
