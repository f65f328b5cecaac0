"""The runtime as C callbacks: see README.md, "The C interface", for the structure in C.

No exception leaves a callback: each returns 0 (prepare: a handle above 0) or a code of problem.py,
and ``last_error`` has the status and the reason as JSON.
"""

from __future__ import annotations

import ctypes
import json
from typing import Any, Callable, Dict, Optional

from . import INTERFACE_VERSION
from .problem import CODES, OperatorProblem
from .runtime import Runtime

_memmove = ctypes.memmove  # an operator may put another in its place
_TEXT = ctypes.c_void_p  # a char buffer to write to: c_char_p would arrive as a copy

_Prepare = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_char_p, _TEXT, ctypes.c_size_t)
_Plain = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int64)
_Answer = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int64, _TEXT, ctypes.c_size_t)
_Switch = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int)
_Stream = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_uint64)
_Error = ctypes.CFUNCTYPE(ctypes.c_size_t, _TEXT, ctypes.c_size_t)


class Hooks(ctypes.Structure):
    """struct bench_python_hooks."""

    _fields_ = [
        ("version", ctypes.c_int32), ("reserved", ctypes.c_int32), ("set_stream", _Stream),
        ("prepare", _Prepare), ("reset", _Plain), ("call", _Plain), ("collect", _Plain),
        ("poison", _Plain), ("special_values", _Answer), ("timing", _Switch), ("facts", _Answer),
        ("release", _Plain), ("last_error", _Error),
    ]


def _write(target: Optional[int], size: int, text: str) -> int:
    """Into C's buffer, cut to fit at a whole character and ended with a zero; the full length."""
    raw = text.encode()
    if target and size > 0:
        fitting = raw[:size - 1].decode(errors="ignore").encode()
        _memmove(target, fitting + b"\0", len(fitting) + 1)
    return len(raw)


def _answer_text(answer: Dict[str, Any], size: int) -> str:
    """JSON that fits ``size``: long lists are shortened, never the text cut in the middle."""
    text = json.dumps(answer)
    while len(text.encode()) >= size:
        longest = max((k for k, v in answer.items() if isinstance(v, list) and v),
                      key=lambda k: len(json.dumps(answer[k])), default=None)
        if longest is None:
            return "{}"
        answer = {**answer, longest: answer[longest][:len(answer[longest]) // 2], "shortened": True}
        text = json.dumps(answer)
    return text


class Bridge:
    """Owns a Runtime and the structure of its callbacks; keep it alive as long as C may call."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self._error = ""
        r = runtime
        self.hooks = Hooks(
            INTERFACE_VERSION, 0,
            _Stream(lambda s: self._guard(lambda: r.set_stream(s))),
            _Prepare(self._prepare),
            _Plain(lambda h: self._guard(lambda: r.reset(h), h)),
            _Plain(self._call),
            _Plain(lambda h: self._guard(lambda: r.collect(h), h)),
            _Plain(lambda h: self._guard(lambda: r.poison(h), h)),
            _Answer(self._special_values),
            _Switch(lambda on: self._guard(lambda: r.timing(bool(on)))),
            _Answer(self._facts),
            _Plain(lambda h: self._guard(lambda: r.release(h))),
            _Error(lambda target, size: _write(target, size, self._error)))

    def _fail(self, problem: OperatorProblem) -> int:
        self._error = json.dumps(problem.as_json())
        return CODES[problem.status]

    def _guard(self, action: Callable[[], Any], handle: int = 0) -> int:
        try:
            action()
            return 0
        except BaseException as e:  # noqa: BLE001 - nothing may unwind into C
            return self._fail(self.runtime.problem(e, handle))

    def _call(self, handle: int) -> int:
        # The timed path: as little as can be between C's events.
        try:
            self.runtime.call(handle)
            return 0
        except BaseException as e:  # noqa: BLE001
            return self._fail(self.runtime.problem(e, handle))

    def _prepare(self, request: bytes, target: int, size: int) -> int:
        try:
            handle, answer = self.runtime.prepare(json.loads(request))
            _write(target, size, _answer_text(answer, size))
            return handle
        except ValueError as e:
            return self._fail(OperatorProblem("bad_request", f"{type(e).__name__}: {e}"))
        except BaseException as e:  # noqa: BLE001
            return self._fail(self.runtime.problem(e))

    def _facts(self, handle: int, target: int, size: int) -> int:
        def action() -> None:
            _write(target, size, _answer_text(self.runtime.facts(handle), size))

        return self._guard(action, handle)

    def _special_values(self, handle: int, target: int, size: int) -> int:
        def action() -> None:
            notes = self.runtime.special_values(handle)
            _write(target, size, _answer_text({"notes": notes}, size))

        return self._guard(action, handle)

    @property
    def pointer(self) -> Any:
        """To pass to the shared library: ``library.bench_python_worker(bridge.pointer, …)``."""
        return ctypes.byref(self.hooks)
