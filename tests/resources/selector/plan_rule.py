"""The user's plan for selection, written down once more and independently: what `bench select
--policy per-config` must equal, field by field.

    plan_rule.py generate SEED FOLDER      random valid data: your.json, flaggems.json
    plan_rule.py compare BATCH FOLDER FILE the selection in FILE is what the plan says of the data
"""

import json
import random
import sys

FIELDS = ("shape", "dtype", "your_time", "cuda_time", "flaggems_time",
          "speedup_vs_flaggems", "relative_to_cuda")


def time(rng):
    """Times as people write them: few digits, so that ratios fall on thresholds too."""
    return rng.choice([rng.randint(1, 40) / 10, round(rng.lognormvariate(-2, 1), 4) + 1e-4,
                       rng.lognormvariate(-2, 2)])


def generate(seed, folder):
    rng = random.Random(seed)
    your, flaggems = {}, {}
    for n in range(rng.randint(1, 12)):
        name = f"op_{n}"
        cases = rng.sample([(s, d) for s in ([16], [4, 4], [1024, 7], [3, 5, 7], [])
                            for d in ("float32", "float16", "bfloat16")], rng.randint(1, 12))
        your[name] = {"configs": [dict(shape=s, dtype=d, your_time=time(rng), cuda_time=time(rng))
                                  for s, d in cases]}
        if rng.random() < 0.8:
            known = [c for c in cases if rng.random() < 0.8]
            rng.shuffle(known)
            flaggems[name] = {"configs": [dict(shape=s, dtype=d, flaggems_time=time(rng),
                                               cuda_time=1.0) for s, d in known]}
    for name, data in (("your", your), ("flaggems", flaggems)):
        with open(f"{folder}/{name}.json", "w") as f:
            json.dump(data, f)


def plan(batch, your, flaggems):
    """Any case that meets the threshold; means over those, of the rounded kind."""
    times = {}
    if batch == 1:
        times = {(op, tuple(c["shape"]), c["dtype"]): c["flaggems_time"]
                 for op, data in flaggems.items() for c in data["configs"]}
    operators = {}
    for op, data in your.items():
        kept = []
        for c in data["configs"]:
            reference = times.get((op, tuple(c["shape"]), c["dtype"]))
            speedup = reference / c["your_time"] if reference else None
            relative = c["your_time"] / c["cuda_time"]
            if (speedup or 0) >= 1.30 if batch == 1 else relative <= 1.25:
                kept.append(dict(zip(FIELDS, (c["shape"], c["dtype"], c["your_time"],
                                              c["cuda_time"], reference, speedup, relative))))
        if not kept:
            continue
        operators[op] = {"configs": kept}
        for field in FIELDS[-2:]:
            values = [k[field] for k in kept if k[field]]
            total = 0.0
            for v in values:
                total += v
            operators[op]["avg_" + field] = round(total / len(values), 3) if values else None
    return {"batch": batch, "threshold": 1.30 if batch == 1 else 1.25,
            "criterion": FIELDS[5] if batch == 1 else FIELDS[6],
            "total_operators": len(operators),
            "total_configs": sum(len(o["configs"]) for o in operators.values()),
            "operators": operators}


def differences(want, got, where=""):
    """Keys that the plan does not know are allowed; a mean that it rounds to 0 is not rounded."""
    if isinstance(want, dict):
        if isinstance(got, dict) and list(want) != [k for k in got if k in want] and where == "/operators":
            yield f"{where}: {list(got)}, expected {list(want)}"
        for key in want:
            yield from differences(want[key], got.get(key, "nothing"), f"{where}/{key}")
        if where == "/operators" and set(got) != set(want):
            yield f"{where}: {sorted(set(got) ^ set(want))}"
    elif isinstance(want, list):
        if not isinstance(got, list) or len(want) != len(got):
            yield f"{where}: {got}, expected {want}"
            return
        for i, (a, b) in enumerate(zip(want, got)):
            yield from differences(a, b, f"{where}/{i}")
    elif want == 0 and "/avg_" in where:
        if not 0 < got < 0.0005:
            yield f"{where}: {got}, expected the mean itself"
    elif want != got or (isinstance(want, bool) != isinstance(got, bool)):
        yield f"{where}: {got!r}, expected {want!r}"


def compare(batch, folder, path):
    with open(f"{folder}/your.json") as f:
        your = json.load(f)
    with open(f"{folder}/flaggems.json") as f:
        flaggems = json.load(f)
    with open(path) as f:
        got = json.load(f)
    found = list(differences(plan(batch, your, flaggems), got))
    for difference in found:
        print(difference)
    return 1 if found else 0


if __name__ == "__main__":
    if sys.argv[1] == "generate":
        sys.exit(generate(int(sys.argv[2]), sys.argv[3]))
    sys.exit(compare(int(sys.argv[2]), sys.argv[3], sys.argv[4]))
