#!/usr/bin/env python3
"""Medians against trimmed means, on the samples of recorded runs.

    python3 docs/measurements/estimators.py JOURNAL [--resamples N] [--own NS | --floor NS]

JOURNAL is a journal.jsonl (or .gz) of a run, best with confirming processes. For candidate against
reference, by the candidate's time: the variance of the log of the ratio within a process (bootstrap
over rounds), as a share of that of the ratio of medians; and, where a case was measured by three
processes or more, how far processes differ, in ratios and in single times. Medians are those of
grouped data, as bench has them; trimmed means leave out a tenth, or a quarter, at either end.

Of each time the low floor that the journal has is taken off; with --own NS, what an empty kernel
took in that process (its high floor) less NS, its own part; with --floor NS, the same NS in every
process.
"""
import argparse
import gzip
import json

import numpy as np

BANDS = ((0, 5e3), (5e3, 20e3), (20e3, np.inf))


def read(path, own_ns, floor_ns):
    """{(case, process, role): net times in ns}, and the clock's step."""
    times, step = {}, 32.0
    with (gzip.open if path.endswith(".gz") else open)(path, "rt") as lines:
        for line in lines:
            r = json.loads(line)
            if r["status"] != "ok" or not r.get("elapsed_ns"):
                continue
            step = r.get("resolution_ns") or step
            floor = r["floor_low_ns"] if own_ns is None else r["floor_high_ns"] - own_ns
            floor = floor if floor_ns is None else floor_ns
            net = np.array(r["elapsed_ns"]) - floor
            for role in r["roles"]:
                times[r["case"], r.get("process", 0), role] = net
    return times, step


def median(rows, step):
    out = np.empty(len(rows))
    for i, row in enumerate(np.sort(rows, axis=1)):
        n = len(row)
        middle = row[(n - 1) // 2]
        before = np.sum(row < middle - step / 4)
        here = np.sum(np.abs(row - middle) < step / 4)
        inside = 2 * (n / 2 - before) / here - 1
        out[i] = middle + step / 2 * inside if 2 * (before + here) > n else (
            middle + row[before + here]) / 2
    return out


def trimmed(rows, share):
    rows = np.sort(rows, axis=1)
    k = int(rows.shape[1] * share)
    return rows[:, k:rows.shape[1] - k].mean(axis=1)


def estimators(step):
    return (("median", lambda x: median(x, step)), ("trimmed 10 %", lambda x: trimmed(x, 0.1)),
            ("trimmed 25 %", lambda x: trimmed(x, 0.25)), ("mean", lambda x: x.mean(axis=1)))


def log_of(estimate, rows):
    return np.log(np.maximum(estimate(rows), 1))


def within(times, step, resamples, rng):
    """Of each pair: the time, and the standard error of the log ratio by each estimator."""
    found = []
    for (case, process, role), b in times.items():
        a = times.get((case, process, "reference"))
        if role != "candidate" or a is None or min(len(a), len(b)) < 32:
            continue
        n = min(len(a), len(b))
        draws = rng.integers(0, n, (resamples, n))
        found.append([np.median(b)] + [(log_of(f, a[draws]) - log_of(f, b[draws])).std()
                                       for _, f in estimators(step)])
    return np.array(found)


def between(times, step, of):
    """Of each case with three processes: the time, and the deviation over them by each estimator."""
    cases = {}
    for (case, process, role), b in times.items():
        if role == "candidate":
            a = times.get((case, process, "reference"))
            if a is not None or of == "time":
                cases.setdefault(case, []).append((a, b))
    found = []
    for pairs in cases.values():
        if len(pairs) < 3:
            continue
        row = [np.median([np.median(b) for _, b in pairs])]
        for _, f in estimators(step):
            logs = [log_of(f, b[None])[0] - (log_of(f, a[None])[0] if of == "ratio" else 0)
                    for a, b in pairs]
            row.append(np.std(logs, ddof=1))
        found.append(row)
    return np.array(found)


def bands(found):
    for low, high in BANDS:
        rows = found[(found[:, 0] >= low) & (found[:, 0] < high)] if len(found) else found
        if len(rows):
            yield "%g to %g us" % (low / 1e3, high / 1e3), rows


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("journal")
    parser.add_argument("--resamples", type=int, default=300)
    parser.add_argument("--own", type=float, metavar="NS")
    parser.add_argument("--floor", type=float, metavar="NS")
    a = parser.parse_args()
    times, step = read(a.journal, a.own, a.floor)
    names = [name for name, _ in estimators(step)]
    print("%-34s %6s  " % ("", "number") + "  ".join("%12s" % n for n in names))
    for band, rows in bands(within(times, step, a.resamples, np.random.default_rng(1))):
        rows = rows[(rows[:, 1:] > 0).all(axis=1)]
        shares = np.exp(np.mean(2 * np.log(rows[:, 1:] / rows[:, 1:2]), axis=0))
        print("%-34s %6d  " % ("variance within, " + band, len(rows)) +
              "  ".join("%12.2f" % s for s in shares))
    for of in ("ratio", "time"):
        for band, rows in bands(between(times, step, of)):
            for what, value in (("median", np.median(rows[:, 1:], axis=0)),
                                ("rms", np.sqrt(np.mean(rows[:, 1:] ** 2, axis=0)))):
                print("%-34s %6d  " % ("%s over processes, %s" % (of, band) if what == "median"
                                       else "  (root mean square)", len(rows)) +
                      "  ".join("%10.2f %%" % (100 * v) for v in value))


if __name__ == "__main__":
    main()
