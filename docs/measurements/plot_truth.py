#!/usr/bin/env python3
"""Draws what the measurements of the stopwatch itself show (needs matplotlib). Output is SVG.

    plot_truth.py spread PEERS_JSON -o FILE       run-to-run spread against size, for each tool
    plot_truth.py bias PEERS_JSON -o FILE         how far ratios are from those known by construction
    plot_truth.py wall PEERS_JSON -o FILE         host time of a three-way case against size
    plot_truth.py cost RUN [RUN…] [--arrivals FILE…] -o FILE
                                                  what a case cost against its distance from the threshold
    plot_truth.py aa ITSELF -o FILE               a kernel against itself: ratios with their intervals
    plot_truth.py agreement ITSELF ITSELF -o FILE the ratios of two runs of the same suite

PEERS_JSON is what tests/perf/peers/run-peers writes; RUN is a folder of `bench run`; ITSELF is one,
or what `bench selftest --json` writes. Files may be compressed (NAME.gz).
"""
import argparse
import math
import pathlib
import statistics
import sys

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt
from matplotlib.ticker import FuncFormatter, LogLocator

from truth_data import InputError, read_itself, read_json, read_peers, read_run

plt.rcParams.update({
    "svg.fonttype": "none",  # text stays text
    "svg.hashsalt": "bench",  # the same data give the same file
    "path.simplify": False,
    "figure.facecolor": "white", "axes.facecolor": "white", "savefig.facecolor": "white",
    "font.size": 10, "axes.titlesize": 10, "legend.fontsize": 9, "legend.frameon": False,
    "axes.spines.top": False, "axes.spines.right": False,
    "axes.grid": True, "grid.color": "#e4e4e4", "grid.linewidth": 0.6,
})

# Okabe and Ito's colours, which colour-blind readers can tell apart; markers differ too.
BLUE, ORANGE, GREEN, RED, PINK, SKY, BLACK = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7",
                                              "#56B4E9", "#000000")
TOOLS = {
    "bench": (BLUE, "o", 2.2), "do_bench": (RED, "s", 1.3), "do_bench (median)": (ORANGE, "D", 1.3),
    "do_bench_cudagraph": (GREEN, "^", 1.3), "torch.utils.benchmark": (PINK, "v", 1.3),
    "nvbench": (BLACK, "P", 1.3), "nvbench (defaults)": (SKY, "X", 1.3),
}
ANSWERS = {"pass": (BLUE, "o"), "fail": (ORANGE, "s"), "undetermined": (BLACK, "x")}
LEAST_SPREAD = 1e-5  # what is drawn for answers that do not differ at all: the axis is logarithmic


# ---- reading ----

def by_tool(peers, wanted):
    """tool -> case -> answers, for the cases that `wanted` takes, in TOOLS' order."""
    cases = {c["case"] for c in peers["cases"] if wanted(c)}
    grouped = {}
    for a in peers["answers"]:
        if a["case"] in cases:
            grouped.setdefault(a["tool"], {}).setdefault(a["case"], []).append(a)
    if not grouped:
        raise InputError("no tool has answers for the cases of this picture")
    return {t: grouped[t] for t in TOOLS if t in grouped}


# ---- drawing ----

def percent(value, _=None):
    return f"{100 * value:.4g} %"


def microseconds(value, _=None):
    return f"{value:g} µs"


def power_of_two(value, _=None):
    return f"$2^{{{round(math.log2(value))}}}$" if value > 0 else ""


def size_axis(axis, sizes):
    axis.set_xscale("log", base=2)
    axis.set_xticks(sorted(sizes))
    axis.xaxis.set_major_formatter(FuncFormatter(power_of_two))
    axis.set_xlabel("float32 elements")


def log_axis(axis, which, formatter):
    getattr(axis, f"set_{which}scale")("log")
    target = getattr(axis, f"{which}axis")
    low, high = getattr(axis, f"get_{which}lim")()
    if high < 200 * low:  # one label a decade would be too few
        target.set_major_locator(LogLocator(subs=(1, 2, 5)))
    target.set_major_formatter(FuncFormatter(formatter))
    target.set_minor_formatter(FuncFormatter(lambda *_: ""))


def tool_line(axis, tool, x, y):
    colour, marker, width = TOOLS[tool]
    axis.plot(x, y, color=colour, marker=marker, ms=5, lw=width, label=tool,
              zorder=3 if tool == "bench" else 2)


def dots(axis, x, y, colour, size, label=None):
    """Many points as one path: an SVG of a thousand markers would be large."""
    xs, ys = [], []
    for a, b in zip(x, y):
        xs += [a, a * (1 + 1e-9), math.nan]
        ys += [b, b, math.nan]
    axis.plot(xs, ys, color=colour, lw=size, solid_capstyle="round", label=label, zorder=3)


def bars(axis, x, low, high, colour, width, label=None):
    xs, ys = [], []
    for a, b, c in zip(x, low, high):
        xs += [a, a, math.nan]
        ys += [b, c, math.nan]
    axis.plot(xs, ys, color=colour, lw=width, solid_capstyle="butt", label=label, zorder=2)


def legend_below(figure, axis, columns):
    handles, labels = axis.get_legend_handles_labels()
    figure.legend(handles, labels, loc="lower center", ncol=columns)


def spread(values):
    values = [v for v in values if v is not None]
    if len(values) < 2:
        return None
    return max(LEAST_SPREAD, (max(values) - min(values)) / statistics.median(values))


# ---- the pictures ----

def draw_spread(args):
    peers = read_peers(args.peers)
    sizes = {c["case"]: c["size"] for c in peers["cases"] if c["operator"] == "stream"}
    tools = by_tool(peers, lambda c: c["case"] in sizes)
    figure, axes = plt.subplots(1, 2, figsize=(11, 4.6), sharey=True)
    pick = (("time of one kernel", lambda a: a["ms"].get("candidate")),
            ("ratio of two kernels", lambda a: a["speedup"]))
    for axis, (title, value) in zip(axes, pick):
        for tool, cases in tools.items():
            points = [(sizes[c], spread([value(a) for a in cases[c]])) for c in sorted(cases)]
            points = [p for p in points if p[1] is not None]
            if points:
                tool_line(axis, tool, *zip(*points))
        size_axis(axis, sizes.values())
        log_axis(axis, "y", percent)
        axis.set_title(title)
    axes[0].set_ylabel("(max − min) / median over runs")
    runs = sorted({n for n in peers["repetitions"].values() if n > 1})
    figure.suptitle(f"Spread over {' to '.join(str(n) for n in (runs[0], runs[-1])[:len(runs)])} "
                    f"fresh processes a tool, {peers['device']}", fontsize=10)
    legend_below(figure, axes[0], 4)
    return figure, (0, 0.12, 1, 1)


def times_us(peers):
    """case -> median time of its candidate, by the first tool that has it: bench where it ran."""
    times = {}
    for tool in TOOLS:
        for a in peers["answers"]:
            if a["tool"] == tool and "candidate" in a["ms"]:
                times.setdefault(a["case"], {}).setdefault(tool, []).append(
                    a["ms"]["candidate"] * 1e3)
    return {c: statistics.median(next(iter(t.values()))) for c, t in times.items()}


def draw_bias(args):
    peers = read_peers(args.peers)
    known = {c["case"]: c["known_speedup"] for c in peers["cases"] if c["known_speedup"]}
    if not known:
        raise InputError(f"{args.peers}: no case has a known ratio")
    tools, times = by_tool(peers, lambda c: c["case"] in known), times_us(peers)
    ratios = sorted(set(known.values()))
    figure, axes = plt.subplots(1, len(ratios), figsize=(3.1 * len(ratios), 4.6), sharey=True,
                                squeeze=False)
    for axis, ratio in zip(axes[0], ratios):
        for tool, cases in tools.items():
            points = sorted((times[c], statistics.median(a["speedup"] for a in cases[c]) / ratio - 1)
                            for c in cases if known[c] == ratio)
            if points:
                tool_line(axis, tool, *zip(*points))
        draw_intervals(axis, tools.get("bench", {}), known, ratio, times)
        axis.axhline(0, color="#555555", lw=0.8, zorder=1)
        log_axis(axis, "x", microseconds)
        axis.set_title(f"known ratio {ratio:g}")
        axis.set_xlabel("candidate's time")
    axes[0][0].yaxis.set_major_formatter(FuncFormatter(percent))
    axes[0][0].set_ylabel("measured ratio / known ratio − 1")
    figure.suptitle("Bias against ratios known by construction (bars: bench's interval, first run), "
                    f"{peers['device']}", fontsize=10)
    legend_below(figure, axes[0][0], 4)
    return figure, (0, 0.12, 1, 1)


def draw_intervals(axis, cases, known, ratio, times):
    first = [answers[0] for c, answers in cases.items() if known[c] == ratio]
    first = [a for a in first if a["low"] is not None and a["high"] is not None]
    bars(axis, [times[a["case"]] for a in first], [a["low"] / ratio - 1 for a in first],
         [a["high"] / ratio - 1 for a in first], BLUE, 1.2)


def draw_wall(args):
    peers = read_peers(args.peers)
    sizes = {c["case"]: c["size"] for c in peers["cases"]
             if len(c["roles"]) == 3 and c["operator"] == "stream"}
    tools = by_tool(peers, lambda c: c["case"] in sizes)
    figure, axis = plt.subplots(figsize=(7, 4.6))
    for tool, cases in tools.items():
        if tool == "do_bench (median)":
            continue  # the same calls as do_bench
        points = [(sizes[c], statistics.median(w)) for c in sorted(cases)
                  if (w := [a["wall_case_s"] * 1e3 for a in cases[c]
                            if a["wall_case_s"] is not None])]
        if points:
            tool_line(axis, tool, *zip(*points))
            if tool == "do_bench":
                axis.plot([p[0] for p in points], [p[1] / 3 for p in points], color=RED, ls=":",
                          lw=1.2, label="a third of do_bench (the goal)")
    size_axis(axis, sizes.values())
    log_axis(axis, "y", lambda v, _: f"{v:g} ms")
    axis.set_ylabel("host time of one three-way case")
    axis.set_title(f"What three kernels' times cost, {peers['device']}\n"
                   "(bench: verification included)")
    legend_below(figure, axis, 3)
    return figure, (0, 0.16, 1, 1)


def arrivals_cost(path):
    """case number -> host ms, from the file that peers.py bench writes beside a run."""
    arrivals = {int(c): s for c, s in read_json(path).get("arrivals_s", {}).items()}
    if not arrivals:
        raise InputError(f"{path}: no 'arrivals_s': is it the bench-K.json of peers.py bench?")
    return {c: 1e3 * (s - arrivals[c - 1]) for c, s in arrivals.items() if c - 1 in arrivals}


def case_ms(records):
    """What the case kept the GPU for: tuning, verification, flushes, rounds and graphs of all arms,
    from the worker's clock (every record of a case says the same)."""
    return records[0]["case_host_ns"] * 1e-6


def draw_cost(args):
    if args.arrivals and len(args.arrivals) != len(args.runs):
        raise InputError(f"{len(args.runs)} runs and {len(args.arrivals)} files of arrivals: "
                         "expected one for each")
    figure, axes = plt.subplots(1, 2, figsize=(11, 4.6))
    counts = dict.fromkeys(ANSWERS, 0)
    host = False
    for i, folder in enumerate(args.runs):
        _, cases = read_run(folder)
        wall = arrivals_cost(args.arrivals[i]) if args.arrivals else None
        host = host or wall is not None
        for answer, (colour, marker) in ANSWERS.items():
            chosen = [c for c in cases if c["speedup"].get("answer") == answer]
            counts[answer] += len(chosen)
            distance = [abs(c["speedup"]["estimate"] / c["speedup"]["threshold"] - 1)
                        for c in chosen]
            rounds = [c["records"][0]["rounds"] for c in chosen]
            cost = [wall.get(c["records"][0]["case"]) if wall else case_ms(c["records"])
                    for c in chosen]
            for axis, values in zip(axes, (rounds, cost)):
                points = [(d, v) for d, v in zip(distance, values) if v is not None]
                if points:
                    axis.plot(*zip(*points), marker, color=colour, ms=4, mew=1, alpha=0.75,
                              ls="none")
    if not sum(counts.values()):
        raise InputError("no case has an answer: the runs are of a bench that does not decide")
    for answer, (colour, marker) in ANSWERS.items():
        axes[0].plot([], [], marker, color=colour, ls="none", label=f"{answer} ({counts[answer]})")
    finish_cost(axes, host)
    legend_below(figure, axes[0], 3)
    return figure, (0, 0.08, 1, 1)


def finish_cost(axes, host):
    for axis in axes:
        axis.set_xlabel("distance of the ratio from the threshold")
        # Linear up to half a percent, since a case may lie on the threshold itself.
        axis.set_xscale("symlog", linthresh=0.005, linscale=0.4)
        axis.set_xticks([0, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5])
        axis.xaxis.set_major_formatter(FuncFormatter(percent))
        axis.minorticks_off()
        axis.set_xlim(left=-0.0005)
    axes[0].set_yscale("log", base=2)
    axes[0].yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:g}"))
    axes[0].set_title("rounds")
    log_axis(axes[1], "y", lambda v, _: f"{v:g} ms")
    axes[1].set_title("host time of the case, verification included" if host
                      else "time of the case on the GPU: verification, flushes, rounds, graphs")


def draw_aa(args):
    device, cases = read_itself(args.run)
    cases.sort(key=lambda c: c["time_us"])
    x = [c["time_us"] for c in cases]
    estimates = [c["speedup"]["estimate"] for c in cases]
    top = args.limit or max(0.01, 1.5 * max(abs(e - 1) for e in estimates))
    clip = lambda v, unbounded: min(1 + top, max(1 - top, unbounded if v is None else v))
    low = [clip(c["speedup"]["low"], -math.inf) for c in cases]
    high = [clip(c["speedup"]["high"], math.inf) for c in cases]
    holds = sum((c["speedup"]["low"] is None or c["speedup"]["low"] <= 1) and
                (c["speedup"]["high"] is None or c["speedup"]["high"] >= 1) for c in cases)
    reached = sum(c["speedup"].get("answer") == "pass" for c in cases)
    figure, axis = plt.subplots(figsize=(9, 4.8))
    bars(axis, x, low, high, "#9cc8e6", 0.8, "95 % interval")
    dots(axis, x, estimates, BLUE, 2.2, "ratio of medians")
    axis.axhline(1, color="#555555", lw=0.8, zorder=1)
    log_axis(axis, "x", microseconds)
    axis.set_xlabel("kernel's time")
    axis.set_ylabel("measured ratio of a kernel to itself")
    axis.set_ylim(1 - top, 1 + top)
    axis.set_title(f"{len(cases)} kernels against themselves, {device}: {holds} "
                   f"intervals ({100 * holds / len(cases):.1f} %) hold 1; {reached} pass "
                   f"{cases[0]['speedup'].get('threshold', '?')}")
    axis.legend(loc="upper right")
    return figure, (0, 0, 1, 1)


# What two fresh runs must agree within: (from µs, to µs, relative).
AGREEMENT_GOALS = ((5, 20, 0.015), (20, math.inf, 0.005))


def draw_agreement(args):
    (device, first), (_, second) = read_itself(args.first), read_itself(args.second)
    other = {c["key"]: c for c in second}
    pairs = [(c["time_us"], max(LEAST_SPREAD, abs(c["speedup"]["estimate"] /
                                                  other[c["key"]]["speedup"]["estimate"] - 1)))
             for c in first if c["key"] in other]
    if not pairs:
        raise InputError(f"{args.first} and {args.second} have no case in common")
    figure, axis = plt.subplots(figsize=(9, 4.8))
    dots(axis, *zip(*pairs), BLUE, 2.4)
    words = []
    for start, end, goal in AGREEMENT_GOALS:
        inside = [d for t, d in pairs if start <= t < end]
        if not inside:
            continue
        edge = min(end, max(t for t, _ in pairs))
        axis.plot([start, edge], [goal, goal], color=RED, lw=1.4)
        axis.annotate(f"goal {percent(goal)}", (start, goal), xytext=(2, 4),
                      textcoords="offset points", color=RED)
        range_name = f"from {start:g} µs" if end == math.inf else f"{start:g}–{end:g} µs"
        words.append(f"{range_name}: {sum(d <= goal for d in inside)} of {len(inside)} within "
                     f"{percent(goal)}")
    log_axis(axis, "x", microseconds)
    log_axis(axis, "y", percent)
    axis.set_xlabel("kernel's time")
    axis.set_ylabel("difference of the two runs' ratios")
    axis.set_title(f"Two fresh runs of the same {len(pairs)} cases, {device}\n"
                   + "; ".join(words))
    return figure, (0, 0, 1, 1)


# ---- command line ----

def parse():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True, metavar="PICTURE")

    def add(name, draw):
        command = commands.add_parser(name)
        command.set_defaults(draw=draw)
        command.add_argument("-o", "--output", type=pathlib.Path, required=True)
        return command

    for name, draw in (("spread", draw_spread), ("bias", draw_bias), ("wall", draw_wall)):
        add(name, draw).add_argument("peers", type=pathlib.Path)
    cost = add("cost", draw_cost)
    cost.add_argument("runs", type=pathlib.Path, nargs="+")
    cost.add_argument("--arrivals", type=pathlib.Path, nargs="+", help="bench-K.json of peers.py "
                      "bench, one a run: host time instead of GPU time")
    aa = add("aa", draw_aa)
    aa.add_argument("run", type=pathlib.Path)
    aa.add_argument("--limit", type=float, help="half height of the picture (0.05: 0.95 to 1.05)")
    agreement = add("agreement", draw_agreement)
    agreement.add_argument("first", type=pathlib.Path)
    agreement.add_argument("second", type=pathlib.Path)
    return parser.parse_args()


def main():
    args = parse()
    try:
        figure, rect = args.draw(args)
    except InputError as e:
        print(f"plot_truth.py: {e}", file=sys.stderr)
        return 2
    figure.tight_layout(rect=rect)
    figure.savefig(args.output, metadata={"Date": None})
    return 0


if __name__ == "__main__":
    sys.exit(main())
