"""What tests/run-python asks of torch and Triton themselves, in a process without bench:

    evidence.py do_bench DESCRIBED ANSWER OPERATOR...   Triton's do_bench on the calls of a run
    evidence.py same KERNELS ANSWER                     CUPTI's durations of Triton and CUDA C

ANSWER is a JSON list, of what was found so far: it is written anew after each answer.
"""

import functools
import json
import math
import os
import statistics
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from test_cuda import CudaCase  # noqa: E402

ROLES = ("candidate", "reference", "baseline")
LEAST_ELEMENTS = 1 << 24
REPETITIONS = 30


class LargeCase(CudaCase):
    """Its inputs are made where they are used."""

    def fill(self, memory, how, seed):
        from bench_python import values

        memory.tensor().copy_(values.fill(memory.shape, memory.dtype, how, self.scope, seed, "cuda:0"))


def bound(case, implementation, device="cuda:0"):
    """The call of an implementation on a case's inputs. ``device``: for tests without a GPU."""
    from bench_python.runtime import Prepared

    p = Prepared(case.request(implementation, case.outputs()), device)
    p.reset()
    return p


def cases(described, operators):
    """The large cases of a run: operator, dtype, shape, description, its implementations by role,
    folder. In such an order that a part says something of each operator: first a shape of each in
    one dtype, then in another, then other shapes."""
    suite = json.loads((described / "suite.json").read_text())
    found = []
    for place, o in enumerate(suite["operators"]):
        if o["operator"] not in operators:
            continue
        folder = described / "kernels" / o["operator"]
        description = json.loads((folder / f"{o['operator']}.json").read_text())
        have = {i["name"]: i for i in description["implementations"]}
        roles = {role: have[o["roles"][role]] for role in ROLES if role in o["roles"]}
        large = [s for s in suite["shapes"][o["shapes"]] if math.prod(s) >= LEAST_ELEMENTS]
        found += [((i, k, place), (o["operator"], dtype, shape, description, roles, folder))
                  for i, shape in enumerate(large) for k, dtype in enumerate(o["dtypes"])]
    return [case for _, case in sorted(found, key=lambda f: f[0])]


def do_bench(described, operators):
    import torch
    from triton.testing import do_bench as measure

    for operator, dtype, shape, description, roles, folder in cases(described, operators):
        case = LargeCase(description, shape, dtype, str(folder))
        for role, implementation in roles.items():
            line = {"operator": operator, "dtype": dtype, "shape": shape, "role": role}
            try:
                p = bound(case, implementation)
                with torch.no_grad():
                    ms = measure(functools.partial(p.function, *p.args, **p.kwargs),
                                 return_mode="median")
                yield {**line, "ns": ms * 1e6}
                del p
            except Exception as e:  # noqa: BLE001 - the other calls are to follow whatever it is
                yield {**line, "failed": f"{type(e).__name__}: {e}"[:300]}
        del case  # the memory of the next one


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
            case = LargeCase(description, shape, "float32", str(folder))
            p = bound(case, triton)
            inputs = [m.tensor() for m in case.inputs]
            out = torch.empty_like(inputs[0])
            n = out.numel()
            seen = durations([functools.partial(p.function, *p.args, **p.kwargs),
                              functools.partial(kernel, ((n + 1023) // 1024, 1, 1), (128, 1, 1),
                                                (*inputs, out, n))])
            torch.testing.assert_close(out, p.function(*p.args, **p.kwargs))
            yield {"operator": name, "shape": shape, "triton_ns": seen[f"{name}_triton"],
                   "cuda_ns": seen[f"{name}_cuda"]}


def keep(found, answer):
    new = answer.with_name(answer.name + ".new")
    new.write_text(json.dumps(found, indent=1) + "\n")
    os.replace(new, answer)


def main():
    what, where, answer, *rest = sys.argv[1:]
    found = []
    for line in do_bench(Path(where), rest) if what == "do_bench" else same(Path(where)):
        found.append(line)
        keep(found, Path(answer))
    keep(found, Path(answer))
    return 0


if __name__ == "__main__":
    sys.exit(main())
