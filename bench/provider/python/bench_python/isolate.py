"""One child process an operator: a child that dies, hangs or floods its output loses only itself.

Children are forked, so that torch is imported once. The parent must not have used a GPU, nor have
threads of its own.
"""

from __future__ import annotations

import ctypes
import json
import os
import selectors
import signal
import time
from dataclasses import dataclass, field
from typing import Any, Callable, Dict, Iterable, List, Optional

OUTPUT_LIMIT_BYTES = 64 << 20
_KEPT_BYTES = 2000
_ANSWER_LIMIT_BYTES = 64 << 20
_PR_SET_PDEATHSIG = 1


@dataclass
class _Child:
    index: int
    pid: int
    answer_fd: int
    output_fd: int
    deadline: float
    answer: bytearray = field(default_factory=bytearray)
    output: bytearray = field(default_factory=bytearray)
    output_bytes: int = 0
    verdict: Optional[Dict[str, Any]] = None
    open_fds: int = 2


def _child_main(task: Callable[[Any], Any], argument: Any, answer_fd: int, output_fd: int) -> None:
    status = 1
    try:
        os.setsid()
        # Who kills the parent and its group does not reach this session.
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        os.dup2(output_fd, 1)
        os.dup2(output_fd, 2)
        os.close(output_fd)
        text = json.dumps(task(argument)).encode()
        at = 0
        while at < len(text):
            at += os.write(answer_fd, text[at:])
        status = 0
    finally:
        os._exit(status)  # no exit handlers, flushes and threads of the parent's


def _start(index: int, task: Callable[[Any], Any], argument: Any, timeout_s: float) -> _Child:
    answer_read, answer_write = os.pipe()
    output_read, output_write = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(answer_read)
        os.close(output_read)
        _child_main(task, argument, answer_write, output_write)
    os.close(answer_write)
    os.close(output_write)
    return _Child(index, pid, answer_read, output_read, time.monotonic() + timeout_s)


def _kill(child: _Child, status: str, reason: str) -> None:
    child.verdict = {"status": status, "reason": reason}
    for victim in (os.killpg, os.kill):  # the group: it may have children of its own
        try:
            victim(child.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass


def _read(child: _Child, fd: int, selector: selectors.BaseSelector) -> None:
    data = os.read(fd, 1 << 16)
    if not data:
        selector.unregister(fd)
        child.open_fds -= 1
    elif fd == child.answer_fd:
        child.answer += data
        if len(child.answer) > _ANSWER_LIMIT_BYTES and child.verdict is None:
            _kill(child, "too_much_output", "its answer has no end")
    else:
        child.output_bytes += len(data)
        child.output += data[:max(0, _KEPT_BYTES - len(child.output))]
        if child.output_bytes > OUTPUT_LIMIT_BYTES and child.verdict is None:
            _kill(child, "too_much_output", f"it printed more than {OUTPUT_LIMIT_BYTES} bytes")


def _finish(child: _Child) -> Any:
    _, raw = os.waitpid(child.pid, 0)
    for fd in (child.answer_fd, child.output_fd):
        os.close(fd)
    if child.verdict is not None:
        return child.verdict
    try:
        return json.loads(child.answer)
    except ValueError:
        pass
    how = (f"signal {signal.Signals(os.WTERMSIG(raw)).name}" if os.WIFSIGNALED(raw)
           else f"exit status {os.WEXITSTATUS(raw)}")
    told = child.output.decode(errors="replace").strip()
    return {"status": "died", "reason": f"its process ended with {how} and without an answer"
            + (f"; it printed {told[-300:]!r}" if told else "")}


def run(task: Callable[[Any], Any], arguments: Iterable[Any], timeout_s: float,
        jobs: int = 1) -> List[Any]:
    """``[task(a) for a in arguments]``, each in a child of its own, ``jobs`` at a time.

    The answers must be JSON. A child without one gives ``{"status": "died" | "timeout" |
    "too_much_output", "reason": …}`` in its place.
    """
    waiting = list(enumerate(arguments))[::-1]
    results: Dict[int, Any] = {}
    running: List[_Child] = []
    selector = selectors.DefaultSelector()
    while waiting or running:
        while waiting and len(running) < max(1, jobs):
            index, argument = waiting.pop()
            child = _start(index, task, argument, timeout_s)
            for fd in (child.answer_fd, child.output_fd):
                selector.register(fd, selectors.EVENT_READ, child)
            running.append(child)
        soonest = min(c.deadline for c in running)
        for key, _ in selector.select(max(0.0, min(1.0, soonest - time.monotonic()))):
            _read(key.data, key.fd, selector)
        for child in list(running):
            if time.monotonic() > child.deadline and child.verdict is None and child.open_fds:
                _kill(child, "timeout", f"no answer within {timeout_s:g} s")
                child.deadline += 1e9
            # A grandchild may hold the pipes open after its parent was killed.
            if child.open_fds == 0 or child.verdict is not None:
                for fd in (child.answer_fd, child.output_fd):
                    try:
                        selector.unregister(fd)
                    except KeyError:
                        pass
                results[child.index] = _finish(child)
                running.remove(child)
    return [results[i] for i in sorted(results)]
