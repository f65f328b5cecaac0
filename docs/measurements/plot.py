#!/usr/bin/env python3
"""Draws a selection of `bench select` as a picture: every case a dot, every operator's geometric mean
a line, the threshold dashed.

    python3 docs/measurements/plot.py RUN_FOLDER -o picture.svg      (needs matplotlib)
"""
import argparse
import json
import math
import pathlib

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt

plt.rcParams["svg.fonttype"] = "none"  # text stays text
plt.rcParams["svg.hashsalt"] = "bench"  # the same data give the same file

DTYPE_COLOURS = {"float32": "#1f77b4", "float16": "#ff7f0e", "bfloat16": "#2ca02c"}


def load(run):
    """operator -> list of (dtype, speedup over the reference, speedup over the baseline or None)"""
    yours = json.loads((run / "your_perf_data.json").read_text())
    theirs = json.loads((run / "flaggems_perf_data.json").read_text())
    key = lambda c: (tuple(c["shape"]), c["dtype"], json.dumps(c.get("params", {}), sort_keys=True))
    cases = {}
    for name, entry in yours.items():
        reference = {key(c): c["flaggems_time"] for c in theirs.get(name, {}).get("configs", [])}
        cases[name] = [
            (c["dtype"], reference[key(c)] / c["your_time"],
             c["cuda_time"] / c["your_time"] if c.get("cuda_time") else None)
            for c in entry["configs"] if key(c) in reference
        ]
    return {name: rows for name, rows in cases.items() if rows}


def geomean(values):
    return math.exp(sum(map(math.log, values)) / len(values))


def panel(axis, cases, names, column, title, threshold):
    for y, name in enumerate(names):
        rows = [r for r in cases[name] if r[column] is not None]
        for i, row in enumerate(rows):
            offset = (i / max(1, len(rows) - 1) - 0.5) * 0.5
            axis.plot(row[column], y + offset, "o", ms=3, alpha=0.7,
                      color=DTYPE_COLOURS.get(row[0], "grey"))
        if rows:
            mean = geomean([r[column] for r in rows])
            axis.plot([mean, mean], [y - 0.38, y + 0.38], color="black", lw=2)
            axis.annotate(f"{mean:.2f}x", (mean, y + 0.42), ha="center", va="bottom", fontsize=8)
    axis.axvline(threshold, color="#d62728", ls="--", lw=1)
    axis.axvline(1, color="grey", lw=0.5)
    axis.set_xscale("log")
    ticks = [2.0**k for k in range(-6, 14)
             if axis.get_xlim()[0] <= 2.0**k <= axis.get_xlim()[1]]
    axis.set_xticks(ticks, [f"{t:g}x" for t in ticks])
    axis.minorticks_off()
    axis.set_title(title, fontsize=10)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=pathlib.Path)
    parser.add_argument("-o", "--output", type=pathlib.Path, required=True)
    args = parser.parse_args()

    cases = load(args.run)
    device = json.loads((args.run / "run.json").read_text())["device"]["name"]
    names = sorted(cases, key=lambda n: geomean([r[1] for r in cases[n]]))
    figure, axes = plt.subplots(1, 2, figsize=(10, 0.6 * len(names) + 1.6), sharey=True)
    panel(axes[0], cases, names, 1, "speedup over the reference (batch 1: 1.30x)", 1.3)
    panel(axes[1], cases, names, 2, "speed relative to the baseline (batch 2: 0.80x)", 0.8)
    axes[0].set_yticks(range(len(names)), names)
    axes[0].set_ylim(-0.6, len(names) - 0.2)
    for dtype in sorted({r[0] for rows in cases.values() for r in rows}):
        axes[1].plot([], [], "o", ms=4, color=DTYPE_COLOURS.get(dtype, "grey"), label=dtype)
    axes[1].legend(loc="lower right", fontsize=8)
    figure.suptitle(f"{device}: every dot a case, every black line an operator's geometric mean",
                    fontsize=10)
    figure.tight_layout()
    figure.savefig(args.output, metadata={"Date": None})


if __name__ == "__main__":
    main()
