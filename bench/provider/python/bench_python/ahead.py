"""Compiles Triton kernels before the process that measures asks for them: ``python -m bench_python
ahead``.

Reads the plan, one request of ``prepare`` a line (README.md, "The C interface") without addresses,
in the order in which C will measure, and calls each operator on a GPU that is not there
(fake_gpu.py), in forked children that lose only their own operator. The result is what lies in
Triton's own cache then. Nothing depends on it: what fails here is compiled by the worker.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import sys
import time
from typing import Any, Dict, Iterable, List, Mapping, Sequence

from . import fake_gpu, isolate, tensors
from .output import Quiet
from .problem import OperatorProblem, from_exception, one_line
from .runtime import Prepared

TIMEOUT_S = 300.0


class _Imagined(Prepared):
    """A prepared call whose tensors have no memory."""

    mode: Any = contextlib.nullcontext()

    def _wrap(self, t: Mapping[str, Any]) -> Any:
        import torch

        with self.mode:
            return torch.empty(t["shape"], dtype=tensors.torch_dtype(t["dtype"]),
                               device=self.device)


def compiles(request: Mapping[str, Any]) -> bool:
    """torch's own operators bring their kernels with them."""
    return bool(request["python"]["kind"] != "aten" and not request["python"].get("upcast"))


def read_plan(lines: Iterable[str]) -> List[List[Dict[str, Any]]]:
    """The requests of each operator, in the plan's order."""
    requests = [json.loads(line) for line in lines if line.strip()]
    return [list(group) for _, group in
            itertools.groupby(filter(compiles, requests), lambda r: r["operator"])]


def _call(request: Mapping[str, Any], device: str) -> None:
    import torch

    p = _Imagined(request, device)
    fake_gpu.patch_tuners()  # those of what was imported just now
    with _Imagined.mode, torch.no_grad():
        p.reset()
        p.call()


def compile_operator(requests: Sequence[Mapping[str, Any]], device: str) -> Dict[str, Any]:
    """All its cases; a failure ends an implementation's dtype, not the others."""
    started = time.monotonic()
    failed: Dict[str, str] = {}
    with Quiet():
        for r in requests:
            what = f"{r['implementation']} {r['case']['dtype']}"
            if what in failed:
                continue
            try:
                _call(r, device)
            except BaseException as e:  # noqa: BLE001 - SystemExit too: user code
                reason = e.reason if isinstance(e, OperatorProblem) else one_line(e)
                failed[what] = f"{r['case']['shape']}: {reason}"
    return {"operator": requests[0]["operator"], "kernels": len(fake_gpu.compiled),
            "seconds": round(time.monotonic() - started, 3), "failed": failed}


def _import_packages(plan: Sequence[Sequence[Mapping[str, Any]]]) -> List[str]:
    """Packages such as FlagGems, once for all children; notes. Those that fail will do so again."""
    notes: List[str] = []
    specs = [r["python"] for requests in plan for r in requests]
    for module, path in dict.fromkeys((s["module"].split(".")[0], s.get("path"))
                                      for s in specs if s.get("module")):
        if path and path not in sys.path:
            sys.path.insert(0, path)
        try:
            with Quiet():
                __import__(module)
        except BaseException as e:  # noqa: BLE001
            notes.append(f"{module} cannot be imported without a GPU: {one_line(e)}")
    return notes


def run(plan_lines: Iterable[str], target: Mapping[str, Any], jobs: int, log: Any) -> int:
    """Writes a line for each operator to ``log`` (a file) as it is done, and a last one with the
    totals; returns how many operators could not be compiled whole."""
    started = time.monotonic()
    plan = read_plan(plan_lines)
    _Imagined.mode = fake_gpu.install(dict(target))
    notes = _import_packages(plan)
    device = f"cuda:{target.get('index', 0)}"

    def task(requests: Sequence[Mapping[str, Any]]) -> Dict[str, Any]:
        answer = compile_operator(requests, device)
        log.write(json.dumps(answer) + "\n")
        log.flush()
        return answer

    answers = isolate.run(task, plan, TIMEOUT_S, jobs)
    lost = [{"operator": requests[0]["operator"], **a} for requests, a in zip(plan, answers)
            if "status" in a]
    for one in lost:
        log.write(json.dumps(one) + "\n")
    failed = sum(bool(a.get("failed", True)) for a in answers)
    log.write(json.dumps({
        "operators": len(plan), "whole": len(plan) - failed,
        "kernels": sum(a.get("kernels", 0) for a in answers),
        "seconds": round(time.monotonic() - started, 3), "jobs": jobs, "notes": notes}) + "\n")
    log.flush()
    return failed


def main(plan_fd: int, target_json: str, jobs: int, log_path: str) -> int:
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))  # inherited by the children
    with open(plan_fd, encoding="utf-8") as plan, open(log_path, "a", encoding="utf-8") as log:
        try:
            run(plan, json.loads(target_json), max(1, jobs), log)
        except Exception as e:  # noqa: BLE001 - whatever it is, the run goes on without
            log.write(json.dumps(from_exception(e, "", "compiling ahead", "died").as_json()) + "\n")
    return 0
