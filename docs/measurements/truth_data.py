"""Reads what the measurements of the stopwatch itself left behind: run folders, what `bench selftest
--json` writes, and the peers.json of tests/perf/peers. Files may be compressed (NAME.gz)."""
import gzip
import json


class InputError(Exception):
    """An input is missing or not what it should be."""


def read_text(path):
    """Of the file, or else of what it was compressed to: path.gz."""
    packed = path if path.suffix == ".gz" else path.with_name(path.name + ".gz")
    try:
        if path.suffix == ".gz" or (not path.exists() and packed.exists()):
            return gzip.decompress(packed.read_bytes()).decode()
        return path.read_text()
    except (OSError, EOFError) as e:
        raise InputError(f"cannot read {path}: {getattr(e, 'strerror', None) or e}") from e


def read_json(path):
    try:
        return json.loads(read_text(path))
    except ValueError as e:
        raise InputError(f"{path}: not JSON: {e}") from e


def read_peers(path):
    peers = read_json(path)
    if not peers.get("answers") or not peers.get("cases"):
        raise InputError(f"{path} holds no answers: is it the peers.json of run-peers?")
    return peers


def read_run(folder):
    """-> (run.json, list of {"key", "time_us", "speedup": …, "records": [journal lines]}), cases of
    the main run that have a speedup."""
    run = read_json(folder / "run.json")
    if run.get("status") != "finished":
        raise InputError(f"{folder}: the run's status is {run.get('status')}, expected finished")
    records = {}
    for line in read_text(folder / "journal.jsonl").splitlines():
        record = json.loads(line)
        if record.get("process", 0) == 0 and record["status"] == "ok":
            records.setdefault(case_key(record["operator"], record), []).append(record)
    cases = []
    for operator, entry in read_json(folder / "your_perf_data.json").items():
        for config in entry["configs"]:
            speedup = config["stats"].get("speedup_vs_flaggems")
            key = case_key(operator, config)
            if speedup and key in records:
                cases.append({"key": key, "time_us": config["your_time"] * 1e3, "speedup": speedup,
                              "records": records[key]})
    if not cases:
        raise InputError(f"{folder}: no case has a candidate and a reference")
    return run, cases


def read_itself(path):
    """-> (name of the device, list of {"key", "time_us", "speedup"}) of a run folder's cases, or of
    the line "A/A decisions" of a selftest."""
    if path.is_dir():
        run, cases = read_run(path)
        return run["device"]["name"], cases
    selftest = read_json(path)
    line = next((l for l in selftest.get("lines", []) if l["name"] == "A/A decisions"), None)
    measured = ((line or {}).get("values") or {}).get("cases_measured")
    if not measured:
        raise InputError(f"{path}: no kernels against themselves: is it what bench selftest --json "
                         "wrote?")
    threshold = line["values"]["threshold"]
    return selftest["device"]["name"], [
        {"key": m["case"], "time_us": m["time_ns"] * 1e-3, "speedup": {**m, "threshold": threshold}}
        for m in measured]


def case_key(operator, case):
    return (operator, case["dtype"], tuple(case["shape"]),
            json.dumps(case.get("params", {}), sort_keys=True))
