#!/usr/bin/env python3
"""A run of very many cases on the null device: memory over the run, and the start of --resume.

    tests/perf/many_cases/run.py BENCH [--cases N] [--json FILE]

The run is killed shortly before its end, and resumed. Printed are, for every tenth of the run, the
resident memory of the supervisor and of its worker; then how long `--resume` takes until it says
how many cases are done (with opening the device and reading the suite), the whole time of a case
early and late in the run, what judging and writing everything takes, and the peak of memory then.
"""
import argparse
import json
import os
import resource as rusage
import signal
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
KERNELS = os.path.join(ROOT, "tests", "resources", "kernels")
LEFT_OVER = 50  # cases that are not done when it is killed


def write_suite(folder, cases):
    path = os.path.join(folder, "scale.json")
    columns = 500
    rows = -(-cases // (2 * columns))
    with open(path, "w") as file:
        json.dump({"name": "scale", "description": "Many cases with scripted times.",
                   "dtypes": ["float32", "float16"], "settings": {"seed": 7},
                   "roles": {"candidate": "fast", "reference": "slow"},
                   "operators": [{"operator": "ticker", "shapes": [
                       {"product": [list(range(1, rows + 1)), list(range(1, columns + 1))]}]}]},
                  file)
    return path


def resident_mb(pid):
    try:
        with open(f"/proc/{pid}/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE") / 2**20
    except (OSError, IndexError, ValueError):
        return 0.0


def worker_of(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            return [int(word) for word in file.read().split()]
    except OSError:
        return []


def start(bench, words, folder):
    return subprocess.Popen([os.path.abspath(bench)] + words, cwd=folder,
                            env=dict(os.environ, BENCH_HISTORY="",
                                     BENCH_CACHE=os.path.join(folder, "cache")),
                            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def follow(process, cases):
    """Until shortly before the end: memory at every tenth, and seconds since the start."""
    began, samples, wanted = time.monotonic(), [], 1
    for line in process.stderr:
        if not line.startswith("["):
            continue
        done = int(line[1:line.index("/")])
        if done * 10 >= cases * wanted and wanted <= 9 or done == 1:
            samples.append({"cases": done, "seconds": round(time.monotonic() - began, 1),
                            "supervisor_mib": round(resident_mb(process.pid), 1),
                            "worker_mib": round(max([resident_mb(p) for p in
                                                     worker_of(process.pid)] or [0]), 1)})
            print("{cases:>8} cases  {seconds:>7} s  supervisor {supervisor_mib:>7} MiB  "
                  "worker {worker_mib:>7} MiB".format(**samples[-1]), flush=True)
            wanted = done * 10 // cases + 1
        if done >= cases - LEFT_OVER:
            break
    process.send_signal(signal.SIGKILL)
    process.communicate()
    return samples


def resume(bench, folder):
    began, said = time.monotonic(), None
    process = start(bench, ["run", "--resume", "r"], folder)
    measured = peak = 0.0
    for line in process.stderr:
        if line.startswith("resuming"):
            said = time.monotonic() - began
        if line.startswith("["):
            measured = time.monotonic() - began
    # Its standard error stays open until its end, and so the peak is asked for by rusage.
    process.wait()
    ended = time.monotonic() - began
    usage = rusage.getrusage(rusage.RUSAGE_CHILDREN)
    peak = usage.ru_maxrss / 1024
    if process.returncode != 0 or said is None:
        sys.exit("the run was not resumed")
    return {"resume_start_s": round(said, 2), "report_s": round(ended - measured, 1),
            "peak_mib": round(peak, 1)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("bench")
    parser.add_argument("--cases", type=int, default=100000)
    parser.add_argument("--json")
    a = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-scale-") as folder:
        suite = write_suite(folder, a.cases)
        run = start(a.bench, ["run", suite, "--kernels", KERNELS, "--device", "null", "--output",
                              "r"], folder)
        samples = follow(run, a.cases)
        journal = os.path.join(folder, "r", "journal.jsonl")
        result = {"cases": a.cases, "samples": samples,
                  "journal_mib": round(os.path.getsize(journal) / 2**20, 1)}
        result.update(resume(a.bench, folder))
        with open(journal) as file:
            result["lines"] = sum(1 for line in file if json.loads(line))
    print(json.dumps({k: v for k, v in result.items() if k != "samples"}))
    if a.json:
        with open(a.json, "w") as file:
            json.dump(result, file, indent=1)
            file.write("\n")


main()
