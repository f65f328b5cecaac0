#!/usr/bin/env python3
"""What batch 1 cost before: a reconstruction, for comparing speed only.

The Python tools that were first written for this plan are not in this repository. What they did is
known: load both files with json; look at the first configuration of the first operator; match by
looking through all configurations of the other file for each one (shape, then dtype); keep the
configurations at or above the threshold, average those, round to three decimals; write with indent
2. This does that and no more, in plain Python; the scan ends at the first match.

    earlier.py YOUR FLAGGEMS OUTPUT
"""
import json
import sys

THRESHOLD = 1.30


def load(path):
    with open(path) as file:
        return json.load(file)


def check_first(data, time_key):
    for operator in data.values():
        for key in ("shape", "dtype", time_key, "cuda_time"):
            if key not in operator["configs"][0]:
                raise SystemExit(f"missing field: {key}")
        return


def find_match(config, configs):
    for other in configs:
        if other["shape"] == config["shape"] and other["dtype"] == config["dtype"]:
            return other
    return None


def passing(configs, references):
    kept = []
    for config in configs:
        reference = find_match(config, references)
        if reference is None:
            continue
        speedup = reference["flaggems_time"] / config["your_time"]
        if speedup >= THRESHOLD:
            kept.append(dict(config, flaggems_time=reference["flaggems_time"],
                             speedup_vs_flaggems=speedup,
                             relative_to_cuda=config["your_time"] / config["cuda_time"]))
    return kept


def average(configs, key):
    return round(sum(c[key] for c in configs) / len(configs), 3)


def main():
    your_path, flaggems_path, output = sys.argv[1:]
    your = load(your_path)
    flaggems = load(flaggems_path)
    check_first(your, "your_time")
    check_first(flaggems, "flaggems_time")
    operators = {}
    for name, data in your.items():
        if name not in flaggems:
            continue
        kept = passing(data["configs"], flaggems[name]["configs"])
        if kept:
            operators[name] = {
                "avg_speedup_vs_flaggems": average(kept, "speedup_vs_flaggems"),
                "avg_relative_to_cuda": average(kept, "relative_to_cuda"), "configs": kept}
    result = {"batch": 1, "threshold": THRESHOLD, "criterion": "speedup_vs_flaggems",
              "total_operators": len(operators),
              "total_configs": sum(len(o["configs"]) for o in operators.values()),
              "operators": operators}
    with open(output, "w") as file:
        json.dump(result, file, indent=2)


if __name__ == "__main__":
    main()
