#!/usr/bin/env python3
"""The figures of a page about the stopwatch itself, computed from the files in its folder.

    python3 docs/measurements/truth.py FOLDER

FOLDER holds selftest.json, itself-1.json and itself-2.json (of bench selftest --json), known and
known-2us (runs of the suite of known ratios) and peers (what tests/perf/peers/run-peers leaves: peers.json, bench-K).
Each may be compressed. Exits with 1 where a goal for kernels against themselves or for known ratios
is not reached.
"""
import json
import math
import pathlib
import statistics
import sys

from truth_data import InputError, read_itself, read_json, read_peers, read_run, read_text

THRESHOLD_AA = 1.05
NEAR = 0.055  # of the threshold, as selftest has it (bench/selftest/known_lines.c)
SHORTEST_US = 2.2  # known ratios are asked for from 2 µs up
# (from µs, to µs, what two runs must agree within)
BANDS = ((0, 5, None), (5, 20, 0.015), (20, math.inf, 0.005))


def holds(s, value, low="low", high="high"):
    """An end that is None is open."""
    return ((s[low] is None or s[low] <= value) and (s[high] is None or s[high] >= value))


def share(count, of):
    return f"{count} of {of} ({100 * count / of:.1f} %)" if of else "none"


def quantile(values, q):
    values = sorted(values)
    return values[min(len(values) - 1, math.ceil(q * len(values)) - 1)]


def value(selftest, line, key):
    return next(l["values"] for l in selftest["lines"] if l["name"] == line)[key]


# ---- kernels against themselves ----

def itself(folder):
    first, second = (read_itself(folder / f"itself-{k}.json")[1] for k in (1, 2))
    ok = True
    for number, cases in enumerate((first, second), 1):
        times = [c["time_us"] for c in cases]
        told = [c for c in cases if c["speedup"]["low"] and c["speedup"]["low"] > THRESHOLD_AA or
                c["speedup"]["high"] and c["speedup"]["high"] < 1 / THRESHOLD_AA]
        passed = [c for c in cases if c["speedup"]["answer"] == "pass"]
        inside = sum(holds(c["speedup"], 1) for c in cases)
        ok &= not told and not passed and inside >= 0.95 * len(cases)
        print(f"itself-{number}: {len(cases)} cases of {min(times):.2f} µs to {max(times) / 1e3:.2f} ms; "
              f"told apart by {THRESHOLD_AA}: {len(told)}; pass: {len(passed)}; intervals hold 1: "
              f"{share(inside, len(cases))}, of sampling alone "
              f"{share(sum(holds(c['speedup'], 1, 'stat_low', 'stat_high') for c in cases), len(cases))}")
    other = {c["key"]: c for c in second}
    kinds = sorted({c["key"].split()[0] for c in first})
    for start, end, goal in BANDS:
        for kind in kinds:
            mine = [c for c in first if c["key"].split()[0] == kind and start <= c["time_us"] < end]
            if not mine:
                continue
            theirs = [other[c["key"]] for c in mine]
            apart = [abs(a["speedup"]["estimate"] / b["speedup"]["estimate"] - 1)
                     for a, b in zip(mine, theirs)]
            within = "" if goal is None else (f"; within {100 * goal:g} %: "
                                              + share(sum(a <= goal for a in apart), len(apart)))
            print(f"  {start:g} to {end:g} µs, {kind}: {len(mine)} cases, intervals hold 1: "
                  + " and ".join(share(sum(holds(c["speedup"], 1) for c in cs), len(cs))
                                 for cs in (mine, theirs))
                  + f"; two runs apart: 95 % of the cases {100 * quantile(apart, 0.95):.2f} %, worst "
                  f"{100 * max(apart):.2f} %{within}")
    for start, end, goal in BANDS:
        if goal is None:
            continue
        apart = [abs(c["speedup"]["estimate"] / other[c["key"]]["speedup"]["estimate"] - 1)
                 for c in first if start <= c["time_us"] < end]
        ok &= all(a <= goal for a in apart)
        print(f"  {start:g} to {end:g} µs: within {100 * goal:g} %: "
              f"{share(sum(a <= goal for a in apart), len(apart))}")
    return ok


# ---- known ratios ----

def known_of_selftest(path):
    selftest = read_json(path)
    return [{"time_us": m["time_ns"] * 1e-3, "ratio": m["passes"], "true": m["true"], **m}
            for m in value(selftest, "known sides", "cases_measured")]


def grouped_median(samples, step):
    """As bench_grouped_median has it: interpolated within the median's step."""
    s = sorted(samples)
    middle = statistics.median(s)
    if middle not in s:
        return middle
    below, at = sum(x < middle for x in s), s.count(middle)
    return middle - step / 2 + step * (len(s) / 2 - below) / at


def elapsed(record):
    return grouped_median(record["elapsed_ns"], record["resolution_ns"])


def empty(record):
    """What an empty kernel took in that process."""
    return record["floor_ns"] + record["own_ns"]


def known_of_run(folder):
    _, cases = read_run(folder)
    rows, law = [], None
    for c in cases:
        params = json.loads(c["key"][3])
        candidate = next(r for r in c["records"] if "candidate" in r["roles"])
        work = c["key"][2][1]
        if params["candidate_passes"] == 0:
            law = [elapsed(candidate) - empty(candidate), 0]
            continue
        rows.append({"time_us": c["time_us"], "ratio": params["reference_passes"] /
                     params["candidate_passes"], "passes": (params["reference_passes"] * work,
                                                            params["candidate_passes"] * work),
                     "beyond": elapsed(candidate) - empty(candidate), **c["speedup"]})
    longest = max(rows, key=lambda r: r["passes"][1])
    law[1] = (longest["beyond"] - law[0]) / longest["passes"][1]
    for r in rows:
        above, below = r["passes"]
        r["true"] = (law[0] + above * law[1]) / (law[0] + below * law[1])
    return rows, law


def known(folder):
    """-> whether the goals are reached, the law of the run `known`."""
    runs = {"selftest": known_of_selftest(folder / "selftest.json"),
            "itself-1": known_of_selftest(folder / "itself-1.json"),
            "itself-2": known_of_selftest(folder / "itself-2.json")}
    runs["known"], law = known_of_run(folder / "known")
    runs["known-2us"], _ = known_of_run(folder / "known-2us")
    ok, held, all_cases = True, 0, 0
    for name, rows in runs.items():
        threshold = 1.3
        beside = [r for r in rows if abs(r["ratio"] / threshold - 1) > 0.001]
        wrong = [r for r in beside if r["answer"] in ("pass", "fail")
                 and (r["answer"] == "pass") != (r["true"] >= threshold)]
        near = [r for r in beside if abs(r["ratio"] / threshold - 1) < NEAR and r["time_us"] >= 5]
        at = [r for r in rows if abs(r["ratio"] / threshold - 1) <= 0.001]
        decided = [r for r in near if r["answer"] != "undetermined"]
        ok &= not wrong and len(decided) >= 0.9 * len(near)
        held, all_cases = held + sum(holds(r, r["true"]) for r in rows), all_cases + len(rows)
        print(f"known, {name}: {len(rows)} cases from {min(r['time_us'] for r in rows):.2f} µs, wrong "
              f"{len(wrong)} of {len(beside)} beside the threshold; within 5 %, of 5 µs and more: "
              f"decided {share(len(decided), len(near))}; at 1.30 itself decided "
              f"{sum(r['answer'] != 'undetermined' for r in at)} of {len(at)} "
              f"(pass {sum(r['answer'] == 'pass' for r in at)}); intervals hold the ratio with a "
              f"kernel's start {share(sum(holds(r, r['true']) for r in rows), len(rows))}, of passes "
              f"alone {share(sum(holds(r, r['ratio']) for r in rows), len(rows))}")
    print(f"  all five runs: intervals hold the ratio with a kernel's start {share(held, all_cases)}")
    shortest = min(r["time_us"] for rows in runs.values() for r in rows)
    return ok and shortest <= SHORTEST_US, law


# ---- the cost of a decision ----

DISTANCES = (0, 0.005, 0.02, 0.06, 0.2, math.inf)


def cost(folder):
    """Time on the GPU against the distance from the threshold, of known and of bench's runs beside
    the other tools; the first case of a run pays for what all share."""
    folders = [folder / "known", *sorted(p for p in (folder / "peers").glob("bench-*") if p.is_dir())]
    rows = []
    for f in folders:
        for c in read_run(f)[1]:
            s = c["speedup"]
            rows.append((abs(s["estimate"] / s["threshold"] - 1), s["answer"] != "undetermined",
                         c["records"][0]["case_host_ns"] * 1e-9, c["records"][0]["rounds"]))
    for low, high in zip(DISTANCES, DISTANCES[1:]):
        chosen = [r for r in rows if low <= r[0] < high]
        decided = sum(r[1] for r in chosen)
        if not chosen:
            continue
        print(f"  cost, {100 * low:g} to {100 * high:g} % from the threshold: {len(chosen)} cases, "
              f"decided {decided}; GPU seconds a case median "
              f"{statistics.median(r[2] for r in chosen):.3f}, mean "
              f"{statistics.fmean(r[2] for r in chosen):.3f}"
              + (f", for each decided one {sum(r[2] for r in chosen) / decided:.3f}" if decided else "")
              + f"; rounds median {statistics.median(r[3] for r in chosen):g}")


# ---- beside other tools ----

def peers_runs(folder):
    runs = []
    for k in range(len(list(folder.glob("bench-*.json")))):
        records = {}
        for line in read_text(folder / f"bench-{k}" / "journal.jsonl").splitlines():
            r = json.loads(line)
            if r["status"] == "ok":
                for role in r["roles"]:
                    records[r["case"], role] = r
        runs.append(records)
    return runs


def counted(peers):
    """Cases but for the kernel of no passes, which only shows what it takes besides them."""
    return [c for c in peers["cases"] if c["params"].get("candidate_passes") != 0]


def start_counts(peers, runs, law):
    """What is known by construction is passes: a kernel has a start besides (its first fetches, from
    the suite of known ratios), and GPU time also holds an empty kernel's own part."""
    cases = {c["case"]: c for c in peers["cases"] if c["known_speedup"]}
    truth = {}
    for case, c in cases.items():
        own = runs[0][case, "candidate"]["own_ns"]
        passes = c["params"]["candidate_passes"] * c["shape"][1] * law[1]
        truth[case] = [(start + passes * c["known_speedup"]) / (start + passes)
                       for start in (0, law[0], law[0] + own)]
    tools = {}
    for a in peers["answers"]:
        if a["case"] in cases and a["speedup"]:
            tools.setdefault(a["tool"], []).append(a)
    for tool, answers in tools.items():
        small = [a for a in answers if a["ms"]["candidate"] < 0.010]
        row = [statistics.median(abs(a["speedup"] / truth[a["case"]][i] - 1) for a in some)
               if some else math.nan for some in (small, answers) for i in range(3)]
        print(f"  {tool}: median |bias| under 10 µs / of all, against passes "
              f"{100 * row[0]:.2f} / {100 * row[3]:.2f} %, with the start {100 * row[1]:.2f} / "
              f"{100 * row[4]:.2f} %, with the start and an empty kernel's own part "
              f"{100 * row[2]:.2f} / {100 * row[5]:.2f} %")
    ours = tools["bench"]
    print("  bench's intervals hold the ratio of passes "
          f"{share(sum(holds(a, truth[a['case']][0]) for a in ours), len(ours))}, with the start "
          f"{share(sum(holds(a, truth[a['case']][1]) for a in ours), len(ours))}, with the own part "
          f"too {share(sum(holds(a, truth[a['case']][2]) for a in ours), len(ours))}")


def walls(peers, runs):
    """What a case's wall time goes into, three-way cases."""
    three = [c["case"] for c in counted(peers) if len(c["roles"]) == 3]
    for name, chosen in (("three-way", three),
                         ("two-way", [c["case"] for c in counted(peers) if c["case"] not in three])):
        rows = [(r["rounds_host_ns"] * 1e-6, (r["case_host_ns"] - r["rounds_host_ns"]) * 1e-6,
                 r["rounds"]) for records in runs for c in chosen for r in [records[c, "candidate"]]]
        print(f"  {name} cases, {len(rows)}: rounds median {statistics.median(r[0] for r in rows):.1f} "
              f"(mean {statistics.fmean(r[0] for r in rows):.1f}) ms, all else "
              f"{statistics.median(r[1] for r in rows):.1f} ({statistics.fmean(r[1] for r in rows):.1f}) "
              f"ms; rounds {statistics.median(r[2] for r in rows):g} "
              f"({statistics.fmean(r[2] for r in rows):.0f})")


def spreads(peers, runs, limit_us=10):
    """Of the candidates' times over the processes, by what is taken off of them."""
    cases = [c["case"] for c in counted(peers)
             if statistics.median(r[c["case"], "candidate"]["time_ns"] for r in runs) < 1e3 * limit_us]
    pooled = statistics.median(r[cases[0], "candidate"]["floor_ns"] for r in runs)
    ways = {"the low end of the process's floor, as recorded": lambda r: r["floor_low_ns"],
            "the process's floor itself": lambda r: r["floor_ns"],
            "one floor for all processes": lambda r: pooled}
    for k, records in enumerate(runs):
        r = records[cases[0], "candidate"]
        print(f"  process {k}: floor {r['floor_ns']:.0f} ns, from {r['floor_low_ns']:.0f}; candidates "
              "under 10 µs, elapsed, from the mean of the processes: "
              + f"{statistics.fmean(elapsed(records[c, 'candidate']) - statistics.fmean(elapsed(o[c, 'candidate']) for o in runs) for c in cases):+.0f} ns")
    for name, off in ways.items():
        times, ratios = [], []
        for c in cases:
            t = [elapsed(r[c, "candidate"]) - off(r[c, "candidate"]) for r in runs]
            q = [(elapsed(r[c, "reference"]) - off(r[c, "reference"])) / x for r, x in zip(runs, t)]
            times.append((max(t) - min(t)) / statistics.median(t))
            ratios.append((max(q) - min(q)) / statistics.median(q))
        print(f"  spread of {len(cases)} candidates under {limit_us} µs, taking off {name}: times "
              f"{100 * statistics.median(times):.2f} %, ratios {100 * statistics.median(ratios):.2f} %")


def main():
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        print(__doc__, file=sys.stderr)
        return 2
    folder = pathlib.Path(sys.argv[1])
    try:
        ok = itself(folder)
        well, law = known(folder)
        peers, runs = read_peers(folder / "peers" / "peers.json"), peers_runs(folder / "peers")
        print(f"law: a kernel's start {law[0]:.0f} ns, a step {law[1]:.3f} ns")
        start_counts(peers, runs, law)
        cost(folder)
        walls(peers, runs)
        spreads(peers, runs)
    except InputError as e:
        print(f"truth.py: {e}", file=sys.stderr)
        return 2
    print("goals for kernels against themselves: " + ("reached" if ok else "NOT reached"))
    print("goals for known ratios: " + ("reached" if well else "NOT reached"))
    return 0 if ok and well else 1


if __name__ == "__main__":
    sys.exit(main())
