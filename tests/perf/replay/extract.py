#!/usr/bin/env python3
"""The samples of recorded runs, as replay.c reads them.

    extract.py RUN [RUN…] > SAMPLES

RUN is a folder of `bench run`, its journal compressed or not. A case of which somebody failed, or
with one role only, is left out.
"""
import gzip
import json
import pathlib
import sys


def lines(folder):
    packed = folder / "journal.jsonl.gz"
    if packed.exists():
        return gzip.open(packed, "rt")
    return open(folder / "journal.jsonl")


def questions(records, settings):
    """above, below, threshold, whether at least: as bench_measure_questions asks them."""
    arm = {role: i for i, r in enumerate(records) for role in r["roles"]}
    asked = []
    if "candidate" in arm and "reference" in arm:
        asked.append((arm["reference"], arm["candidate"], settings["speedup_threshold"], 1))
    if "candidate" in arm and "baseline" in arm:
        asked.append((arm["candidate"], arm["baseline"], settings["relative_threshold"], 0))
    return asked


def write(folder, out):
    settings = json.loads((folder / "run.json").read_text())["settings"]
    cases = {}
    with lines(folder) as journal:
        for record in map(json.loads, journal):
            if record["status"] == "ok" and record.get("process", 0) == 0 and record["rounds"]:
                cases.setdefault(record["case"], []).append(record)
    for number, records in sorted(cases.items()):
        asked = questions(records, settings)
        if not asked:
            continue
        rounds = min(len(r["elapsed_ns"]) for r in records)
        r = records[0]
        label = json.dumps(r["shape"] + list(r.get("params", {}).values()), separators=(",", ":"))
        print(f"{folder.name}:{number}:{r['operator']}{label}:{r['time_ns'] * 1e-3:.2f}us".replace(
            " ", ""), len(records), rounds, len(asked), file=out)
        for r in records:
            print(r["floor_low_ns"], r["floor_ns"], r["floor_high_ns"], r["own_ns"], file=out)
        for question in asked:
            print(*question, file=out)
        for r in records:
            print(*r["elapsed_ns"][:rounds], file=out)


def main():
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    for folder in sys.argv[1:]:
        write(pathlib.Path(folder), sys.stdout)


if __name__ == "__main__":
    main()
