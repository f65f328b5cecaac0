#!/usr/bin/env python3
"""Writes tests/resources/compare/recorded.json: the times of a confirmed run, every role of every
case in each of its processes, for simulations of `bench compare` (see simulate.h).

    extract.py docs/measurements/2026-11-22-h100-truth/core/journal.jsonl.gz OUT
"""
import gzip
import json
import sys

ROLES = ("candidate", "reference", "baseline")


def main(journal, out):
    times = {}
    for line in gzip.open(journal, "rt"):
        record = json.loads(line)
        if record["status"] != "ok":
            continue
        case = times.setdefault((record["operator"], record["case"]), {})
        for role in record["roles"]:
            case.setdefault(role, {})[record["process"]] = record["time_ns"]
    processes = 1 + max(p for case in times.values() for role in case.values() for p in role)
    operators = {}
    for (operator, _), case in sorted(times.items()):
        if all(len(case.get(role, {})) == processes for role in ROLES):
            operators.setdefault(operator, []).append(
                [[round(case[role][p], 1) for p in range(processes)] for role in ROLES])
    with open(out, "w") as file:
        file.write("{\n")
        for i, (name, cases) in enumerate(operators.items()):
            rows = ",\n    ".join(json.dumps(case) for case in cases)
            file.write(f'  "{name}": [\n    {rows}\n  ]{"," if i + 1 < len(operators) else ""}\n')
        file.write("}\n")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2])
