"""Reads the answers of all tools and repetitions, writes peers.json (peers.py has its schema) and
prints the table."""
import json
import math
import statistics

from operators import ROLES, PeersError, read_json

SMALL_MS = 0.010  # "kernels under 10 us"
THRESHOLD = 1.30  # speedup that a decision is about: that of bench's default settings
TOOLS = ("bench", "do_bench", "do_bench (median)", "do_bench_cudagraph", "torch.utils.benchmark",
         "nvbench")
LONG_NVBENCH = "nvbench (defaults)"


def answer(tool, repetition, case, ms, wall_s, wall_case_s=None, given=None):
    """One tool's answer for one case. Without `given` (bench's own ratios) ratios are of times."""
    def ratio(over, under):
        return ms[over] / ms[under] if over in ms and under in ms else None

    if wall_s is not None and wall_case_s is None:
        wall_case_s = sum(wall_s.values())
    own = {"speedup": ratio("reference", "candidate"), "relative": ratio("candidate", "baseline"),
           "low": None, "high": None, "answer": None}
    return {"tool": tool, "repetition": repetition, "case": case, "ms": ms, "wall_s": wall_s,
            "wall_case_s": wall_case_s, **own, **(given or {})}


def summarize_command(args):
    """OUT/peers.json from what is in OUT, and the table."""
    plan = read_json(args.out / "plan.json")
    peers = {"suite": plan["suite"], "device": None, "versions": {}, "notes": [], "repetitions": {},
             "cases": [describe(case) for case in plan["cases"]], "answers": [], "bench_runs": []}
    read_python(args.out, peers)
    read_bench(args.out, peers)
    settle_law(peers)
    read_nvbench(args.out, peers)
    if not peers["answers"]:
        raise PeersError(f"no tool's answers in {args.out}: run peers.py measure, bench or nvbench")
    for tool in (*TOOLS, LONG_NVBENCH):
        of_tool = {a["repetition"] for a in peers["answers"] if a["tool"] == tool}
        if of_tool:
            peers["repetitions"][tool] = len(of_tool)
        elif tool in TOOLS:
            peers["notes"].append(f"no answers of {tool}")
    (args.out / "peers.json").write_text(json.dumps(peers, indent=1) + "\n")
    print_table(peers)


def is_empty(case):
    """A kernel of no passes: there to show what it takes besides them, and in no statistic."""
    return case["operator"] == "passes" and case["params"]["candidate_passes"] == 0


def describe(case):
    params = case["params"]
    known = (params["reference_passes"] / params["candidate_passes"]
             if case["operator"] == "passes" and not is_empty(case) else None)
    out = next(a for a in case["kernels"]["candidate"]["arguments"] if a.startswith("out:"))
    return {"case": case["case"], "operator": case["operator"], "shape": case["shape"],
            "params": params, "size": int(out.split(":")[1]) // 4, "known_speedup": known,
            "roles": [r for r in ROLES if r in case["kernels"]]}


# ---- each tool's files ----

def numbered(out, name):
    """(repetition, path) of OUT/name-K.json"""
    found = [(p.stem.rsplit("-", 1)[1], p) for p in out.glob(f"{name}-*.json")]
    return sorted((int(k), p) for k, p in found if k.isdigit())


def read_python(out, peers):
    for _, path in numbered(out, "python"):
        data = read_json(path)
        same_device(peers, data["device"], path)
        peers["versions"].update(data["versions"])
        peers["answers"] += data["answers"]


def same_device(peers, name, path):
    if peers["device"] not in (None, name):
        raise PeersError(f"{path}: measured on {name}, the others on {peers['device']}")
    peers["device"] = name


def case_key(operator, shape, params):
    return operator, tuple(shape), json.dumps(params, sort_keys=True)


def read_bench(out, peers):
    keys = {case_key(c["operator"], c["shape"], c["params"]): c for c in peers["cases"]}
    for repetition, path in numbered(out, "bench"):
        folder, arrivals = out / f"bench-{repetition}", read_json(path)["arrivals_s"]
        run = read_json(folder / "run.json")
        same_device(peers, run["device"]["name"], folder / "run.json")
        peers["versions"]["bench"] = f"{run['bench_version']} {run.get('git_commit') or ''}".strip()
        peers["bench_runs"].append({"repetition": repetition, "measuring_s": run["measuring_s"],
                                    "cases": run["totals"]["cases_done"], "status": run["status"]})
        times = bench_times(folder, peers)
        peers["bench_runs"][-1]["law"] = find_law(folder)
        for operator, entry in read_json(folder / "your_perf_data.json").items():
            for config in entry["configs"]:
                case = keys.get(case_key(operator, config["shape"], config.get("params", {})))
                if case is None:
                    raise PeersError(f"{folder}: its case {operator} {config['shape']} is not in "
                                     "the plan: other suites were run")
                if case["case"] not in times:  # nothing of it was timed: a note says why
                    continue
                peers["answers"].append(answer("bench", repetition, case["case"],
                                               times[case["case"]], None,
                                               wall_of(arrivals, case["case"]),
                                               bench_ratios(config["stats"])))


def find_law(folder):
    """What passes of one run take, see peers.py; None if it has no kernel of none. As selftest has it
    (bench/selftest/known_lines.c), but for the launch, which is GPU time too."""
    start, longest = None, None
    for line in (folder / "journal.jsonl").read_text().splitlines():
        r = json.loads(line)
        if r["operator"] != "passes" or "candidate" not in r["roles"] or r["status"] != "ok":
            continue
        taken = r.get("floor_taken_ns", r["floor_low_ns"])
        beyond = r["time_ns"] + taken - r["floor_ns"] - r["own_ns"]
        steps = r["params"]["candidate_passes"] * r["shape"][1]
        if steps == 0:
            start, own = max(0, beyond), r["own_ns"]
        elif longest is None or steps > longest[0]:
            longest = steps, beyond
    if start is None or longest is None:
        return None
    return {"own_ns": own, "start_ns": start, "step_ns": (longest[1] - start) / longest[0]}


def settle_law(peers):
    """Over all processes of bench, and what it makes of the known ratios."""
    laws = [r["law"] for r in peers["bench_runs"] if r["law"]]
    law = {k: statistics.median(l[k] for l in laws) for k in laws[0]} if laws else None
    peers["law"] = law
    for case in peers["cases"]:
        case["gpu_speedup"] = ratio_of(case, law, law["own_ns"]) if law else None


def ratio_of(case, law, own_ns):
    """A known ratio with own_ns and the start counted."""
    if not case["known_speedup"]:
        return None
    besides = own_ns + law["start_ns"]
    passes = law["step_ns"] * case["params"]["candidate_passes"] * case["shape"][1]
    return (besides + passes * case["known_speedup"]) / (besides + passes)


def bench_times(folder, peers):
    """case -> {role: ms} of a run's journal; what failed becomes a note."""
    times = {}
    try:
        lines = (folder / "journal.jsonl").read_text().splitlines()
    except OSError as e:
        raise PeersError(f"cannot read {folder}/journal.jsonl: {e.strerror}") from e
    records = [r for r in map(json.loads, lines) if r.get("process", 0) == 0]
    # Of a case that was measured again after the run was resumed, the last lines count.
    last = {}
    for record in records:
        last[record["case"]] = max(last.get(record["case"], 0), record.get("session", 0))
    for record in records:
        if record.get("session", 0) < last[record["case"]]:
            continue
        if record["status"] == "ok":
            for role in record["roles"]:
                times.setdefault(record["case"], {})[role] = record["time_ns"] * 1e-6
        elif record["status"] != "unavailable":
            peers["notes"].append(f"{folder.name}: case {record['case']}: {record['implementation']}"
                                  f" is {record['status']}: {record['reason'][:200]}")
    return times


def wall_of(arrivals, case):
    """Host seconds of a case: since the last line of the one before."""
    if case == 0 or str(case - 1) not in arrivals:
        return None
    return arrivals[str(case)] - arrivals[str(case - 1)]


def bench_ratios(stats):
    speedup, relative = stats.get("speedup_vs_flaggems"), stats.get("relative_to_cuda")
    given = {"relative": relative["estimate"] if relative else None}
    if speedup:
        given.update(speedup=speedup["estimate"], low=speedup["low"], high=speedup["high"],
                     answer=speedup.get("answer"))
    return given


def read_nvbench(out, peers):
    for repetition, path in numbered(out, "nvbench"):
        data = read_json(path)
        peers["versions"]["nvbench"] = data["meta"]["version"]["nvbench"]["git_sha"]
        timeout = float(data["benchmarks"][0]["timeout"])
        times, walls = {}, {}
        for state in data["benchmarks"][0]["states"]:
            label = next(v["value"] for v in state["axis_values"] if v["name"] == "kernel")
            if state.get("is_skipped"):
                peers["notes"].append(f"{path.name}: {label}: skipped: {state.get('skip_reason')}")
                continue
            case, role = label.split(".")
            values = {s["tag"]: float(v["value"]) for s in state["summaries"]
                      for v in s.get("data", []) if v["name"] == "value" and v["type"] != "string"}
            times.setdefault(int(case), {})[role] = values["nv/cold/time/gpu/mean"] * 1e3
            walls.setdefault(int(case), {})[role] = values["nv/cold/walltime"]
        # A shorter time limit than its own gives earlier answers than nvbench would: not its cost.
        tool = "nvbench" if timeout < DEFAULT_NVBENCH_TIMEOUT_S else LONG_NVBENCH
        peers["notes"].append(f"{path.name}: at most {timeout:g} s a kernel")
        peers["answers"] += [answer(tool, repetition, c, times[c], walls[c]) for c in times]


DEFAULT_NVBENCH_TIMEOUT_S = 15  # nvbench's --timeout


# ---- the table ----

def by_case(peers, tool):
    """case -> the tool's answers, one a repetition"""
    cases = {}
    for a in peers["answers"]:
        if a["tool"] == tool:
            cases.setdefault(a["case"], []).append(a)
    return cases


def spread(values):
    """(max - min) / median of the repetitions' answers; None for fewer than two"""
    values = [v for v in values if v is not None]
    if len(values) < 2:
        return None
    return (max(values) - min(values)) / statistics.median(values)


def deviation(values):
    """standard deviation / mean"""
    values = [v for v in values if v is not None]
    return statistics.stdev(values) / statistics.mean(values) if len(values) > 1 else None


def small_cases(peers):
    """Cases whose candidate takes less than 10 us: by bench, else by the first tool that timed it."""
    small = set()
    for case in peers["cases"]:
        if is_empty(case):
            continue
        for tool in TOOLS:
            times = [a["ms"]["candidate"] for a in by_case(peers, tool).get(case["case"], [])
                     if "candidate" in a["ms"]]
            if times:
                if statistics.median(times) < SMALL_MS:
                    small.add(case["case"])
                break
    return small


def median(values):
    values = [v for v in values if v is not None]
    return statistics.median(values) if values else None


def wrong_side(known, a):
    """Whether an answer decides wrongly about THRESHOLD; None if it does not decide."""
    if a["tool"] == "bench":
        if a["answer"] not in ("pass", "fail"):
            return None
        return (a["answer"] == "pass") != (known >= THRESHOLD)
    return (a["speedup"] >= THRESHOLD) != (known >= THRESHOLD)


def row(peers, tool, small):
    """The table's line of one tool, by column."""
    cases = by_case(peers, tool)
    described = {c["case"]: c for c in peers["cases"]}
    three = [c for c in cases if len(described[c]["roles"]) == 3]
    known = [(described[c]["known_speedup"], a) for c in cases for a in cases[c]
             if described[c]["known_speedup"] and a["speedup"]]
    sides = [wrong_side(k, a) for k, a in known]
    small_known = [abs(a["speedup"] / k - 1) for k, a in known if a["case"] in small]
    gpu = [(abs(a["speedup"] / described[a["case"]]["gpu_speedup"] - 1), a["case"] in small)
           for _, a in known if described[a["case"]]["gpu_speedup"]]
    walls = [a["wall_case_s"] * 1e3 for c in three for a in cases[c] if a["wall_case_s"] is not None]
    return {
        "repetitions": max(len({a["repetition"] for a in answers}) for answers in cases.values()),
        "cases": len(cases),
        "time_spread": median([spread([a["ms"].get("candidate") for a in cases[c]])
                               for c in cases if c in small]),
        "time_deviation": median([deviation([a["ms"].get("candidate") for a in cases[c]])
                                  for c in cases if c in small]),
        "ratio_spread": median([spread([a["speedup"] for a in cases[c]]) for c in cases if c in small]),
        "bias_small": median(small_known),
        "bias": median([abs(a["speedup"] / k - 1) for k, a in known]),
        "gpu_bias_small": median([off for off, is_small in gpu if is_small]),
        "gpu_bias": median([off for off, _ in gpu]),
        "wrong": sum(s is True for s in sides), "undecided": sum(s is None for s in sides),
        "decisions": len(sides),
        "wall_ms": median(walls),
        "wall_mean_ms": statistics.fmean(walls) if walls else None,
    }


def text(value, form):
    return "-" if value is None or (isinstance(value, float) and math.isnan(value)) else form(value)


def percent(value):
    return text(value, lambda v: f"{100 * v:.2f} %")


def print_table(peers):
    small = small_cases(peers)
    rows = {t: row(peers, t, small) for t in (*TOOLS, LONG_NVBENCH) if by_case(peers, t)}
    print(f"\n{peers['device']}; {len(peers['cases'])} cases, {len(small)} of them under 10 us. "
          "Spread: (max - min) / median over fresh processes, median over the small cases.")
    head = ("tool", "runs", "cases", "time spread", "std dev", "ratio spread", "|bias| <10us", "|bias|",
            "of GPU time <10us", "of GPU time", f"wrong of {THRESHOLD:g}x", "undecided",
            "wall a 3-way case", "its mean")
    lines = [head] + [
        (tool, str(r["repetitions"]), str(r["cases"]), percent(r["time_spread"]),
         percent(r["time_deviation"]), percent(r["ratio_spread"]), percent(r["bias_small"]),
         percent(r["bias"]), percent(r["gpu_bias_small"]), percent(r["gpu_bias"]),
         f"{r['wrong']} of {r['decisions']}", str(r["undecided"]),
         text(r["wall_ms"], lambda v: f"{v:.1f} ms"),
         text(r["wall_mean_ms"], lambda v: f"{v:.1f} ms")) for tool, r in rows.items()]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    for line in lines:
        print("  ".join(cell.ljust(w) if i == 0 else cell.rjust(w)
                        for i, (cell, w) in enumerate(zip(line, widths))).rstrip())
    print_goals(rows)
    print_intervals(peers)
    for run in peers["bench_runs"]:
        print(f"bench run {run['repetition']}: {run['status']}, {run['measuring_s']:.2f} s for "
              f"{run['cases']} cases from the worker's start, "
              f"{1e3 * run['measuring_s'] / max(1, run['cases']):.1f} ms a case")
    for note in peers["notes"]:
        print(f"note: {note}")


def print_intervals(peers):
    """Of passes alone, and with what a kernel takes before its first, as selftest counts: bench's
    intervals hold from GPU time to what a kernel takes beyond an empty one."""
    cases = {c["case"]: c for c in peers["cases"] if c["known_speedup"]}
    given = [(cases[a["case"]], a) for a in peers["answers"]
             if a["tool"] == "bench" and a["case"] in cases and a["speedup"]]
    laws = {r["repetition"]: r["law"] for r in peers["bench_runs"]}

    def count(truth):
        return sum((a["low"] is None or a["low"] <= truth(c, a)) and
                   (a["high"] is None or a["high"] >= truth(c, a)) for c, a in given)

    if not given:
        return
    print(f"bench: {count(lambda c, a: c['known_speedup'])} of {len(given)} intervals hold the known "
          "ratio of passes", end="")
    if all(laws.values()):
        held = count(lambda c, a: ratio_of(c, laws[a["repetition"]], 0))
        print(f", {held} with a kernel's start counted ({peers['law']['start_ns']:.0f} ns)", end="")
    print()


def print_goals(rows):
    """The goals that the comparison was made for, as measured."""
    if "bench" not in rows or "do_bench" not in rows:
        print("goals: not known, for want of answers of bench or of do_bench")
        return
    ours, theirs = rows["bench"], rows["do_bench"]
    for key, name, goal in (("wall_ms", "wall time of a three-way case, median", 1 / 3),
                            ("wall_mean_ms", "wall time of a three-way case, mean", 1 / 3),
                            ("time_spread", "spread of times under 10 us", 1 / 10),
                            ("ratio_spread", "spread of ratios under 10 us", 1 / 10)):
        if ours[key] is None or not theirs[key]:
            print(f"goal: {name}: not known")
            continue
        share = ours[key] / theirs[key]
        print(f"goal: {name}, bench / do_bench: {share:.3f}, at most {goal:.3f}: "
              f"{'reached' if share <= goal else 'NOT reached'}")
