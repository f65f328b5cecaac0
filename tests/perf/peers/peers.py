#!/usr/bin/env python3
"""Times the same kernels with bench and with other stopwatches, several times each in fresh
processes, and says how far their answers spread, how far they are off, and what they cost.

    peers.py plan SUITE --kernels DIR --out OUT [--arch sm_90 --sm-count 132]
    peers.py measure --out OUT --repetition K [--tools do_bench,do_bench_cudagraph,timer]
    peers.py bench SUITE --kernels DIR --bench BINARY --out OUT --repetition K
    peers.py nvbench --binary NVBENCH_PEERS --out OUT --repetition K [--timeout S] [--cases PATTERN…]
    peers.py summarize OUT

run-peers calls them in this order. `summarize` writes OUT/peers.json and prints a table.

peers.json
  suite, device, versions, notes
  repetitions   tool -> how many fresh processes answered
  cases         list of {case, operator, shape, params, size (elements written), roles,
                known_speedup: reference time / candidate time by construction, else null;
                gpu_speedup: the same with what a kernel takes besides its passes, see law}
  law           {own_ns, start_ns, step_ns} or null: GPU time is own_ns (an empty kernel's) + start_ns
                (before the first pass) + step_ns for each of passes * work; medians over bench's
                processes, from its kernel of no passes and its longest
  answers       list of {tool, repetition, case, ms: {role: time}, wall_s: {role: host time} or null,
                wall_case_s: host time of the whole case or null, speedup, relative: as the tool
                gives them (bench) or of its times, low, high, answer: bench only, else null}
  Times are what the tool itself would print. Host time is measured around the tool's call with the
  device idle before and after; for nvbench it is its own "walltime" of isolated measurements; for
  bench it is the time between the last journal lines of consecutive cases: everything that the case
  cost, verification included (null for the first case, which includes the start of the worker).
  bench_runs    list of {repetition, measuring_s, cases, status}: of each `bench run`
"""
import argparse
import ctypes
import fnmatch
import json
import os
import pathlib
import subprocess
import sys
import time

import summary
from operators import PeersError, read_json, read_suite

CUBINS = "cubins"


# ---- plan ----

def plan_command(args):
    """OUT/plan.json, OUT/plan.tsv (for nvbench_peers) and OUT/cubins."""
    from cuda import compile_cubin, load_nvrtc
    arch, sm_count = args.arch, args.sm_count
    if arch is None or sm_count is None:
        torch = import_torch()
        properties = torch.cuda.get_device_properties(0)
        arch = arch or f"sm_{properties.major}{properties.minor}"
        sm_count = sm_count or properties.multi_processor_count
    cases = read_suite(args.suite, args.kernels, sm_count)
    nvrtc, compiled, lines = load_nvrtc(), {}, []
    (args.out / CUBINS).mkdir(parents=True, exist_ok=True)
    for case in cases:
        for role, kernel in case["kernels"].items():
            key = (kernel["source"], kernel["entry"], tuple(kernel["options"]))
            if key not in compiled:
                cubin, name = compile_cubin(key[0], key[1], arch, list(key[2]), nvrtc)
                path = f"{CUBINS}/{case['operator']}-{len(compiled)}.cubin"
                (args.out / path).write_bytes(cubin)
                compiled[key] = (path, name)
            kernel["cubin"], kernel["name"] = compiled[key]
            lines.append("\t".join([label(case, role), kernel["cubin"], kernel["name"],
                                    ",".join(map(str, kernel["grid"])),
                                    ",".join(map(str, kernel["block"])), str(kernel["shared"]),
                                    *kernel["arguments"]]))
    (args.out / "plan.tsv").write_text("\n".join(lines) + "\n")
    write_json(args.out / "plan.json", {"suite": str(args.suite), "arch": arch, "cases": cases})
    print(f"{len(cases)} cases, {len(lines)} kernels, {len(compiled)} compiled for {arch}")


def label(case, role):
    return f"{case['case']}.{role}"


def case_name(case):
    params = "".join(f" {k}={v}" for k, v in case["params"].items())
    return f"{case['operator']} {'x'.join(map(str, case['shape']))}{params}"


def read_plan(out):
    return read_json(out / "plan.json")


def write_json(path, value):
    path.write_text(json.dumps(value, indent=1) + "\n")


def import_torch():
    try:
        import torch
    except ImportError as e:
        raise PeersError(f"no PyTorch for {sys.executable}: {e}") from e
    if not torch.cuda.is_available():
        raise PeersError("PyTorch sees no GPU")
    return torch


# ---- Python's stopwatches ----

def python_tools(torch):
    """name -> function(callable) -> {answer's name: ms}. All with their defaults."""
    import torch.utils.benchmark
    import triton.testing

    def do_bench(fn):
        # The procedure does not depend on return_mode, which only says how to sum up: the times
        # are taken once, for the default (the mean) and for the median.
        times = sorted(triton.testing.do_bench(fn, return_mode="all"))
        half = len(times) // 2
        median = times[half] if len(times) % 2 else (times[half - 1] + times[half]) / 2
        return {"do_bench": sum(times) / len(times), "do_bench (median)": median}

    def do_bench_cudagraph(fn):
        return {"do_bench_cudagraph": triton.testing.do_bench_cudagraph(fn)}

    def timer(fn):
        measurement = torch.utils.benchmark.Timer("fn()", globals={"fn": fn}).blocked_autorange()
        return {"torch.utils.benchmark": measurement.median * 1e3}

    return {"do_bench": do_bench, "do_bench_cudagraph": do_bench_cudagraph, "timer": timer}


class Arguments:
    """The kernels of one case with their memory: inputs are shared, as in bench."""

    def __init__(self, torch, driver, out, case, seed):
        self.torch, self.driver, self.inputs = torch, driver, {}
        self.generator = torch.Generator("cuda").manual_seed(seed)
        self.kept, self.calls = [], {}
        device = torch.cuda.current_device()
        for role, kernel in case["kernels"].items():
            function = driver.load((out / kernel["cubin"]).read_bytes(), kernel["name"],
                                   kernel["shared"])
            values = [self.value(text) for text in kernel["arguments"]]
            self.calls[role] = driver.launcher(
                function, kernel, values, lambda: torch._C._cuda_getCurrentRawStream(device))
        torch.cuda.synchronize()

    def value(self, text):
        kind, *fields = text.split(":")
        if kind == "in":
            if text not in self.inputs:
                self.inputs[text] = self.filled(int(fields[0]), fields[1], *map(float, fields[2:]))
            return ctypes.c_void_p(self.inputs[text].data_ptr())
        if kind == "out":
            self.kept.append(self.torch.empty(int(fields[0]), dtype=self.torch.uint8, device="cuda"))
            return ctypes.c_void_p(self.kept[-1].data_ptr())
        types = {"int": (ctypes.c_int, int), "int64": (ctypes.c_int64, int),
                 "float": (ctypes.c_float, float), "double": (ctypes.c_double, float)}
        c_type, parse = types[kind]
        return c_type(parse(fields[0]))

    def filled(self, count, kind, a, b):
        x = self.torch.empty(count, dtype=self.torch.float32, device="cuda")
        if kind == "normal":
            return x.normal_(a, b, generator=self.generator)
        if kind == "uniform":
            return x.uniform_(a, b, generator=self.generator)
        return x.fill_(a)


def measure_command(args):
    """OUT/python-K.json: this process is repetition K of the tools that Python has."""
    torch = import_torch()
    import triton
    from cuda import Driver
    plan, tools, driver = read_plan(args.out), python_tools(torch), Driver()
    chosen = args.tools.split(",")
    for name in chosen:
        if name not in tools:
            raise PeersError(f"--tools: no tool '{name}', there are {', '.join(tools)}")
    warm = torch.zeros(1 << 20, device="cuda")
    for name in chosen:  # their own first-call costs are not of any case
        tools[name](lambda: warm.add_(1))
    answers = []
    for case in plan["cases"]:
        arguments = Arguments(torch, driver, args.out, case, seed=args.repetition)
        for name in chosen:
            answers += time_case(torch, tools[name], case, arguments.calls, args.repetition)
        del arguments
        torch.cuda.empty_cache()
    write_json(args.out / f"python-{args.repetition}.json", {
        "device": torch.cuda.get_device_name(0),
        "versions": {"torch": torch.__version__, "triton": triton.__version__,
                     "python": sys.version.split()[0]},
        "answers": answers})
    print(f"repetition {args.repetition}: {len(answers)} answers of {args.tools}")


def time_case(torch, tool, case, calls, repetition):
    """One answer for each of the tool's names."""
    ms, wall_s = {}, {}
    for role, call in calls.items():
        torch.cuda.synchronize()
        start = time.perf_counter()
        given = tool(call)
        torch.cuda.synchronize()
        wall_s[role] = time.perf_counter() - start
        for name, value in given.items():
            ms.setdefault(name, {})[role] = value
    return [summary.answer(name, repetition, case["case"], times, wall_s)
            for name, times in ms.items()]


# ---- bench ----

def bench_command(args):
    """OUT/bench-K (the run's folder) and OUT/bench-K.json (when each journal line came)."""
    folder = args.out / f"bench-{args.repetition}"
    command = [str(args.bench), "run", str(args.suite), "--kernels", str(args.kernels), "--device",
               "cuda", "--output", str(folder), "--seed", str(args.repetition + 1), "--quiet"]
    start = time.perf_counter()
    try:
        process = subprocess.Popen(command)
    except OSError as e:
        raise PeersError(f"cannot run {args.bench}: {e.strerror}") from e
    arrivals, last = follow(process, folder / "journal.jsonl", start)
    # 1: some implementation failed; summarize says which.
    if process.returncode not in (0, 1):
        raise PeersError(f"'{' '.join(command)}' exited with {process.returncode}")
    write_json(args.out / f"bench-{args.repetition}.json",
               {"command": command, "wall_s": last, "arrivals_s": arrivals})
    print(f"repetition {args.repetition}: bench run took {last:.1f} s")


def follow(process, journal, start):
    """-> (case -> when its last line was in the journal, when the process had ended), in seconds."""
    arrivals, offset, running = {}, 0, True
    while running:
        running = process.poll() is None
        now = time.perf_counter() - start
        text = b""
        if journal.exists():
            with open(journal, "rb") as f:
                f.seek(offset)
                text = f.read()
        complete = text[:text.rfind(b"\n") + 1]
        offset += len(complete)
        for line in complete.splitlines():
            record = json.loads(line)
            if record.get("process", 0) == 0:
                arrivals[record["case"]] = now
        if running and not complete:
            time.sleep(0.001)
    return arrivals, time.perf_counter() - start


# ---- nvbench ----

def nvbench_command(args):
    """OUT/nvbench-K.json: nvbench's own output. Its batched (hot) measurement is left out: bench
    answers for a cold cache."""
    plan = read_plan(args.out)
    labels = [label(case, role) for case in plan["cases"] for role in case["kernels"]
              if not args.cases or any(fnmatch.fnmatch(case_name(case), p) for p in args.cases)]
    if not labels:
        names = ", ".join(case_name(c) for c in plan["cases"])
        raise PeersError(f"--cases matches none of: {names}")
    output = args.out / f"nvbench-{args.repetition}.json"
    command = [str(args.binary), "--devices", "0", "--no-batch", "--axis",
               f"kernel=[{','.join(labels)}]", "--json", str(output), "--quiet"]
    if args.timeout:
        command += ["--timeout", str(args.timeout)]
    environment = {"PEERS_PLAN": str(args.out / "plan.tsv")}
    try:
        subprocess.run(command, check=True, env={**os.environ, **environment})
    except OSError as e:
        raise PeersError(f"cannot run {args.binary}: {e.strerror}") from e
    except subprocess.CalledProcessError as e:
        raise PeersError(f"'{' '.join(command)}' exited with {e.returncode}") from e
    print(f"repetition {args.repetition}: nvbench timed {len(labels)} kernels")


# ---- command line ----

def parse(argv):
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name, function, repetition=True):
        command = commands.add_parser(name, description=function.__doc__)
        command.set_defaults(function=function)
        command.add_argument("--out", type=pathlib.Path, required=True)
        if repetition:
            command.add_argument("--repetition", type=int, required=True)
        return command

    plan = add("plan", plan_command, repetition=False)
    plan.add_argument("--arch", help="default: that of PyTorch's GPU 0")
    plan.add_argument("--sm-count", type=int, help="default: that of PyTorch's GPU 0")
    bench = add("bench", bench_command)
    bench.add_argument("--bench", type=pathlib.Path, required=True)
    for command in (plan, bench):
        command.add_argument("suite", type=pathlib.Path)
        command.add_argument("--kernels", type=pathlib.Path, required=True)
    measure = add("measure", measure_command)
    measure.add_argument("--tools", default="do_bench,do_bench_cudagraph,timer")
    nvbench = add("nvbench", nvbench_command)
    nvbench.add_argument("--binary", type=pathlib.Path, required=True)
    nvbench.add_argument("--timeout", type=float, help="seconds a kernel (default: nvbench's own)")
    nvbench.add_argument("--cases", nargs="*", help="only cases whose name matches one of these")
    summarize = commands.add_parser("summarize", description=summary.summarize_command.__doc__)
    summarize.add_argument("out", type=pathlib.Path)
    summarize.set_defaults(function=summary.summarize_command)
    return parser.parse_args(argv)


def main(argv):
    args = parse(argv)
    try:
        args.function(args)
    except PeersError as e:
        print(f"peers.py: {e}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
