#!/usr/bin/env python3
"""How far medians of event times lie from the line that kernels of n equal steps lie on, and what
that means for intervals: five processes that timed the suite of known ratios.

    python3 docs/measurements/heaps.py FOLDER

FOLDER is docs/measurements/2026-11-23-h100-truth: the runs known and known-2us, the journals of three
more in steps, and in rejudged what `bench merge` made of the same samples later.
"""
import json
import math
import pathlib
import re
import statistics
import sys

import truth
from truth_data import InputError, read_json, read_text

PROCESSES = {"selftest": "steps/selftest.jsonl", "itself-1": "steps/itself-1.jsonl",
             "itself-2": "steps/itself-2.jsonl", "known": "known/journal.jsonl",
             "known-2us": "known-2us/journal.jsonl"}
LONG = 50000  # steps, from which on they tell what a step takes …
SHORT = 20000  # … and up to which (283 µs) a median's distance from the line is told
THRESHOLD = 1.3


def records(path):
    """-> of each record: steps of a kernel, the record."""
    found = []
    for line in read_text(path).splitlines():
        r = json.loads(line)
        if r["status"] == "ok" and r.get("process", 0) == 0:
            passes = r["params"]["candidate_passes" if "candidate" in r["roles"]
                                 else "reference_passes"]
            found.append((passes * r["shape"][1], r))
    return found


def per_call(r):
    """Of one call in the graphs, their start taken off."""
    return ((statistics.median(r["graph_elapsed_ns"]) - r["graph_floor_low_ns"])
            / r["graph_launches"])


def line(found):
    """What a step takes, and what a kernel of none would, from elapsed times."""
    times = [(n, truth.elapsed(r)) for n, r in found]
    step, none = 14, 0
    for _ in range(20):
        none = statistics.fmean(t - step * n for n, t in times if n <= SHORT)
        step = statistics.fmean((t - none) / n for n, t in times if n >= LONG)
    return step, none


def quantile(values, q):
    values = sorted(values)
    return values[min(len(values) - 1, int(q * len(values)))]


def distances(name, found):
    """-> of each number of steps, the mean distance of its medians from the line."""
    step, none = line(found)
    off = {}
    for n, r in found:
        if 0 < n <= SHORT:
            off.setdefault(n, []).append(truth.elapsed(r) - none - step * n)
    all_off = [abs(x) for xs in off.values() for x in xs]
    r = found[0][1]
    cases = {}
    for n, r in found:
        cases.setdefault(r["case"], []).append((n, truth.elapsed(r)))
    apart = [abs(a[1] - b[1] - step * (a[0] - b[0])) for a, b in
             (c for c in cases.values() if len(c) == 2) if 0 < min(a[0], b[0]) and
             max(a[0], b[0]) <= SHORT]
    print(f"{name}: floor {r['floor_ns']:.0f} ns; {len(all_off)} medians of 80 to {SHORT} steps of "
          f"{step:.3f} ns: 95 % within {quantile(all_off, 0.95):.0f} ns of the line, the farthest "
          f"{max(all_off):.0f}; {len(apart)} differences: 95 % within {quantile(apart, 0.95):.0f} "
          f"ns, the farthest {max(apart):.0f}; what is taken for a kernel of no steps: "
          f"{none - r['floor_ns']:.0f} ns of GPU time")
    return {n: statistics.fmean(xs) for n, xs in off.items()}


def graphs(name, found):
    """-> of 200 passes, one call of the graphs."""
    taken = [(n, per_call(r)) for n, r in found if r.get("graph_elapsed_ns")]
    none = statistics.fmean(t for n, t in taken if n == 0) if any(n == 0 for n, _ in taken) else None
    steps = [(n, t) for n, t in taken if n > 0]
    mean_n, mean_t = (statistics.fmean(x[i] for x in steps) for i in (0, 1))
    step = (sum((n - mean_n) * (t - mean_t) for n, t in steps)
            / sum((n - mean_n) ** 2 for n, _ in steps))
    start = mean_t - step * mean_n
    print(f"  graphs, {name}: {len(steps)} medians lie within "
          f"{max(abs(t - start - step * n) for n, t in steps):.1f} ns of a line of {step:.3f} ns a "
          f"step and {start:.0f} ns" + (f"; a kernel of no steps takes {none:.0f}" if none else ""))
    events = [r["time_ns"] for n, r in found if n == 200]
    graph = [t for n, t in steps if n == 200]
    print(f"  200 steps, {name}: by events {statistics.fmean(events):.0f} ns, by graphs "
          f"{statistics.fmean(graph):.0f}")
    return start, step


def correlation(a, b):
    both = [n for n in a if n in b]
    return statistics.correlation([a[n] for n in both], [b[n] for n in both])


def shape_of(case):
    """work, passes of candidate and reference, of a case as selftest writes it."""
    found = re.fullmatch(r"passes float32 \[64, (\d+)\] candidate_passes=(\d+) "
                         r"reference_passes=(\d+)", case)
    return tuple(int(x) for x in found.groups())


def of_perf_data(path):
    found = {}
    for entry in read_json(path).values():
        for c in entry["configs"]:
            p = c["params"]
            key = c["shape"][1], p["candidate_passes"], p["reference_passes"]
            found[key] = c["stats"]["speedup_vs_flaggems"]
    return found


def judged_then(folder, name):
    if name.startswith("known"):
        return of_perf_data(folder / name / "your_perf_data.json")
    return {shape_of(m["case"]): m for m in truth.known_of_selftest(folder / f"{name}.json")}


def coverage(when, name, judged, found, law):
    """How many intervals hold the ratio of GPU times and that beyond an empty kernel, by the graphs'
    own law; and what is decided."""
    start, step = law
    own = found[0][1]["own_ns"]
    cases = []
    for (work, candidate, reference), s in judged.items():
        if candidate == 0:
            continue
        truths = [(start - less + reference * work * step) / (start - less + candidate * work * step)
                  for less in (0, own)]
        ratio = reference / candidate
        at, decided = abs(ratio / THRESHOLD - 1) < 0.001, s["answer"] != "undetermined"
        long_enough = start + candidate * work * step >= 5000
        cases.append({"holds": all(truth.holds(s, t) for t in truths), "decided": decided, "at": at,
                      "near": abs(ratio / THRESHOLD - 1) < truth.NEAR and not at and long_enough,
                      "wrong": decided and not at and (s["answer"] == "pass") != (ratio >= 1.3)})
    near = [c for c in cases if c["near"]]
    held, decided = sum(c["holds"] for c in cases), sum(c["decided"] for c in near)
    print(f"  {when}, {name}: intervals hold both ratios in {truth.share(held, len(cases))}; wrong "
          f"{sum(c['wrong'] for c in cases)}; within 5 % of the threshold, of 5 µs and more, decided "
          f"{truth.share(decided, len(near))}; at the threshold "
          f"{sum(c['decided'] and c['at'] for c in cases)} of {sum(c['at'] for c in cases)}; "
          f"undetermined elsewhere {sum(not c['decided'] and not c['at'] for c in cases)}")
    return held, len(cases), decided, len(near)


def main():
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        print(__doc__, file=sys.stderr)
        return 2
    folder = pathlib.Path(sys.argv[1])
    try:
        found = {name: records(folder / path) for name, path in PROCESSES.items()}
        off = {name: distances(name, some) for name, some in found.items()}
        names = list(PROCESSES)
        pairs = [correlation(off[a], off[b]) for i, a in enumerate(names) for b in names[:i]]
        print(f"of the same kernels in two processes, distances correlate by {min(pairs):.2f} to "
              f"{max(pairs):.2f}")
        laws = {name: graphs(name, some) for name, some in found.items()}
        sums = {when: [coverage(when, n, judge(n), found[n], laws[n]) for n in names]
                for when, judge in (
                    ("then", lambda n: judged_then(folder, n)),
                    ("later", lambda n: of_perf_data(folder / "rejudged" / f"{n}.json")))}
    except InputError as e:
        print(f"heaps.py: {e}", file=sys.stderr)
        return 2
    for when, of_all in sums.items():
        held, cases, decided, near = (sum(s[i] for s in of_all) for i in range(4))
        print(f"all five, {when}: hold both {truth.share(held, cases)}; near the threshold decided "
              f"{truth.share(decided, near)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
