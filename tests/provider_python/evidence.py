"""What tests/run-python asks of torch and Triton themselves, in a process without bench:

    evidence.py do_bench DESCRIBED ANSWER OPERATOR...   Triton's do_bench on the calls of a run
    evidence.py same KERNELS ANSWER                     CUPTI's durations of Triton and CUDA C

ANSWER is a JSON list.
"""

import functools
import json
import math
import statistics
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from test_cuda import CudaCase  # noqa: E402

ROLES = ("candidate", "reference", "baseline")
LEAST_ELEMENTS = 1 << 24
REPETITIONS = 30


def prepared(description, implementation, folder, shape, dtype, make=CudaCase, device="cuda:0"):
    """The case, which owns the memory, and the call bound to it. ``make``, ``device``: for tests
    without a GPU."""
    from bench_python.runtime import Prepared

    case = make(description, shape, dtype, str(folder))
    p = Prepared(case.request(implementation, case.outputs()), device)
    p.reset()
    return case, p


def calls(described, operators):
    """The large cases of a run: operator, dtype, shape, role, description, implementation, folder."""
    suite = json.loads((described / "suite.json").read_text())
    for o in suite["operators"]:
        if o["operator"] not in operators:
            continue
        folder = described / "kernels" / o["operator"]
        description = json.loads((folder / f"{o['operator']}.json").read_text())
        have = {i["name"]: i for i in description["implementations"]}
        for dtype in o["dtypes"]:
            for shape in suite["shapes"][o["shapes"]]:
                if math.prod(shape) < LEAST_ELEMENTS:
                    continue
                for role in ROLES:
                    if role in o["roles"]:
                        yield (o["operator"], dtype, shape, role, description,
                               have[o["roles"][role]], folder)


def do_bench(described, operators):
    import torch
    from triton.testing import do_bench as measure

    for operator, dtype, shape, role, description, implementation, folder in calls(described,
                                                                                 operators):
        case, p = prepared(description, implementation, folder, shape, dtype)
        with torch.no_grad():
            ms = measure(functools.partial(p.function, *p.args, **p.kwargs), return_mode="median")
        yield {"operator": operator, "dtype": dtype, "shape": shape, "role": role, "ns": ms * 1e6}
        del case, p  # the memory of the next one


def durations(calls):
    """Medians of CUPTI's durations by kernel's name, each launch with a cold cache."""
    import tempfile

    import torch
    from torch.profiler import ProfilerActivity, profile

    cache = torch.empty(256 << 20, dtype=torch.int8, device="cuda")
    for call in calls:
        call()
    torch.cuda.synchronize()
    with profile(activities=[ProfilerActivity.CUDA]) as profiler:
        for _ in range(REPETITIONS):
            for call in calls:
                cache.zero_()
                # As bench does: the zeros have left the cache before the kernel starts.
                cache[: 128 << 20].max()
                call()
        torch.cuda.synchronize()
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        profiler.export_chrome_trace(file.name)
        events = json.load(open(file.name))["traceEvents"]
    found = {}
    for e in events:
        if e.get("cat") == "kernel":
            found.setdefault(e["name"], []).append(e["dur"] * 1e3)
    return {name: statistics.median(ns) for name, ns in found.items()}


def same(kernels):
    import torch

    suite = json.loads((kernels.parent / "suite.json").read_text())
    for o in suite["operators"]:
        name = o["operator"]
        folder = kernels / name
        description = json.loads((folder / f"{name}.json").read_text())
        triton = next(i for i in description["implementations"] if i["name"] == "triton")
        kernel = torch.cuda._compile_kernel((folder / "same.cu").read_text(), f"{name}_cuda")
        for shape in suite["shapes"][o["shapes"]]:
            case, p = prepared(description, triton, folder, shape, "float32")
            inputs = [m.tensor() for m in case.inputs]
            out = torch.empty_like(inputs[0])
            n = out.numel()
            seen = durations([functools.partial(p.function, *p.args, **p.kwargs),
                              functools.partial(kernel, ((n + 1023) // 1024, 1, 1), (128, 1, 1),
                                                (*inputs, out, n))])
            torch.testing.assert_close(out, p.function(*p.args, **p.kwargs))
            yield {"operator": name, "shape": shape, "triton_ns": seen[f"{name}_triton"],
                   "cuda_ns": seen[f"{name}_cuda"]}


def main():
    what, where, answer, *rest = sys.argv[1:]
    found = list(do_bench(Path(where), rest) if what == "do_bench" else same(Path(where)))
    Path(answer).write_text(json.dumps(found, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
