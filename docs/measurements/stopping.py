#!/usr/bin/env python3
"""What other rules of stopping would have cost, from recorded runs given to the sampler again.

    stopping.py cost REPLAYED RUN [RUN…]      milliseconds a case: as recorded, and after the rounds
                                              that REPLAYED names
    stopping.py agreement REPLAYED REPLAYED   how far two runs of kernels against themselves differ

REPLAYED is what tests/perf/replay wrote of those runs (NAME.gz: compressed).
"""
import gzip
import json
import pathlib
import statistics
import sys

from truth_data import read_text


def replayed(path):
    """(run, case) or the case's label -> (rounds, how it ended, first question's estimate, µs)"""
    text = gzip.decompress(path.read_bytes()).decode() if path.suffix == ".gz" else path.read_text()
    for line in text.splitlines():
        name, rounds, stopped, _, _, estimate = line.split()[:6]
        run, case, label, time = name.rsplit(":", 3)
        yield run, int(case), label, float(time[:-2]), int(rounds), stopped, float(estimate)


def cost(path, folders):
    """A case's cost besides its rounds is as recorded, and a round costs what the recorded ones did;
    three warm-up rounds are among them."""
    rounds = {(run, case): n for run, case, _, _, n, _, _ in replayed(path)}
    then, now, counts = {}, {}, {}
    for folder in folders:
        cases = {}
        for line in read_text(folder / "journal.jsonl").splitlines():
            r = json.loads(line)
            if r["status"] == "ok":
                cases.setdefault(r["case"], []).append(r)
        for case, records in cases.items():
            if (folder.name, case) not in rounds:
                continue
            r, n = records[0], rounds[folder.name, case]
            each = r["rounds_host_ns"] / (r["rounds"] + 3)
            then.setdefault(len(records), []).append(r["case_host_ns"] * 1e-6)
            now.setdefault(len(records), []).append(
                (r["case_host_ns"] - (r["rounds"] - n) * each) * 1e-6)
            counts.setdefault(len(records), []).append((r["rounds"], n))
    for arms in sorted(then):
        print(f"cases of {arms} implementations, {len(then[arms])}: recorded median "
              f"{statistics.median(then[arms]):.1f} ms, mean {statistics.fmean(then[arms]):.1f}, "
              f"rounds {sum(c[0] for c in counts[arms])}; replayed median "
              f"{statistics.median(now[arms]):.1f} ms, mean {statistics.fmean(now[arms]):.1f}, rounds "
              f"{sum(c[1] for c in counts[arms])}")


def agreement(first, second):
    one, two = ({label: (us, n, estimate) for _, _, label, us, n, _, estimate in replayed(p)}
                for p in (first, second))
    for low, high, goal in ((0, 5, None), (5, 20, 0.015), (20, float("inf"), 0.005)):
        chosen = [k for k in one if k in two and low <= one[k][0] < high]
        apart = sorted(abs(one[k][2] / two[k][2] - 1) for k in chosen)
        inside = "" if goal is None else f", within {100 * goal:g} %: {sum(a <= goal for a in apart)}"
        print(f"{low:g} to {high:g} us: {len(chosen)} cases, 95 % within "
              f"{100 * apart[int(0.95 * len(apart))]:.2f} %, worst {100 * apart[-1]:.2f} %{inside}; "
              f"rounds, mean {statistics.fmean(one[k][1] for k in chosen):.0f}")


def main():
    paths = [pathlib.Path(a) for a in sys.argv[2:]]
    if len(paths) > 1 and sys.argv[1] == "cost":
        cost(paths[0], paths[1:])
    elif len(paths) == 2 and sys.argv[1] == "agreement":
        agreement(*paths)
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
