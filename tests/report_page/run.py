#!/usr/bin/env python3
"""bench report, seen from outside: the page in headless Chromium (clicked, filtered, sorted, by mouse
and by keyboard, on a phone, in the dark, on paper, without JavaScript), and CSV and JUnit by parsers
that know nothing of bench.

  run.py BENCH RECORDED [--screenshots DIR]

RECORDED is docs/measurements, whose runs of an H100 are the data. Without a browser the part that
needs one is left out and the exit code is 77 (skipped), after the other parts."""

import argparse
import csv
import gzip
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
import xml.etree.ElementTree as xml

import browser
from page_checks import PAGE_CHECKS

HERE = os.path.dirname(os.path.abspath(__file__))
SCHEMA = os.path.join(HERE, "..", "resources", "junit-10.xsd")
HOSTILE = "</script><script>window.hacked = 1</script><img src=x onerror='window.hacked = 2'>\u2028\"'&"


class Material:
    """Recorded runs, and what `bench report` makes of them."""

    def __init__(self, bench, recorded, folder):
        self.bench, self.folder = bench, folder
        self.core = self.unpack(os.path.join(recorded, "2026-11-22-h100-truth", "core"), "core")
        self.python = self.unpack(os.path.join(recorded, "2026-11-23-h100-python"), "python")
        self.same = self.unpack(os.path.join(recorded, "2026-11-23-h100-python", "same"), "same")
        self.hostile = self.write_hostile()
        self.night = self.write_night(os.path.join(recorded, "2026-11-23-h100-night", "night-2.json"), "night")
        self.good_night = self.write_night(os.path.join(recorded, "2026-11-23-h100-night", "night-2.json"), "good", [],
                                           ["add: other code, " + HOSTILE])

    def unpack(self, source, name):
        target = os.path.join(self.folder, name)
        os.mkdir(target)
        for file in os.listdir(source):
            path = os.path.join(source, file)
            if file.endswith(".gz"):
                with gzip.open(path) as packed, open(os.path.join(target, file[:-3]), "wb") as out:
                    shutil.copyfileobj(packed, out)
            elif file.endswith((".json", ".jsonl")):
                shutil.copy(path, target)
        return target

    def write_hostile(self):
        path = os.path.join(self.folder, "hostile.json")
        config = {"shape": [2, 3], "dtype": "float32", "your_time": 0.5, "cuda_time": 1.0, "params": {"a": HOSTILE},
                  "implementation": HOSTILE, "baseline_implementation": HOSTILE}
        failed = {"shape": [4], "dtype": "float32", "role": "candidate", "implementation": HOSTILE, "status": "wrong", "reason": HOSTILE}
        with open(path, "w") as f:
            json.dump({"gelu": {"device": HOSTILE, "run": HOSTILE, "configs": [config], "failed": [failed]}}, f)
        return path

    def write_night(self, recorded, name, alarms=None, unsure=()):
        """A night's folder, with a finding more that would be markup if it could."""
        with open(recorded) as f:
            night = json.load(f)
        night["alarms"] = night["alarms"] + [{"kind": "data", "text": HOSTILE}] if alarms is None else alarms
        night["unsure"] = list(unsure)
        os.mkdir(os.path.join(self.folder, name))
        with open(os.path.join(self.folder, name, "night.json"), "w") as f:
            json.dump(night, f)
        return os.path.join(self.folder, name)

    def report(self, *arguments):
        done = subprocess.run([self.bench, "report", *arguments], capture_output=True, timeout=300)
        if done.returncode != 0:
            raise AssertionError("bench report %s: exit code %d: %s" % (" ".join(arguments), done.returncode, done.stderr.decode()))
        return done.stdout.decode()

    def page(self, name, *runs):
        path = os.path.join(self.folder, name + ".html")
        self.report(*runs, "-o", path)
        return path


def with_change(page, path):
    """The page as it would be if somebody had looked for changes and found one."""
    with open(page) as f:
        text = f.read()
    none = '"changes_known":false,\n"changes":[]'
    assert text.count(none) == 1
    with open(path, "w") as f:
        f.write(text.replace(none, '"changes_known":true,"changes":[{"operator":"softmax","rule":0,"run":1,"before":2.9,"after":2.61,"text":"driver 570 to 580"}]'))
    return path


def records(folder):
    """Lines of the main run."""
    with open(os.path.join(folder, "journal.jsonl")) as f:
        return [line for line in map(json.loads, f) if line["process"] == 0]


def rows_of(m, run):
    rows = list(csv.DictReader(io.StringIO(m.report(run, "--format", "csv"), newline=""), strict=True))
    assert all(None not in row and None not in row.values() for row in rows), "every line has as many fields as there are names"
    return rows


def check_csv(m):
    with open(os.path.join(m.python, "your_perf_data.json")) as f:
        failed = sorted((f["role"], f["status"], f["reason"]) for operator in json.load(f).values() for f in operator["failed"])
    told = sorted((row["role"], row["status"], row["reason"]) for row in rows_of(m, m.python) if row["status"] not in ("ok", "unsupported", "unavailable"))
    assert len(failed) > 40 and told == failed, "what failed comes through, with its reason as it is: %d of %d" % (len(told), len(failed))
    timed = {(line["operator"], line["dtype"], " ".join(map(str, line["shape"])), role): line["time_ns"]
             for line in records(m.core) if line["status"] == "ok" and not line["params"] for role in line["roles"]}
    compared = 0
    for row in rows_of(m, m.core):
        key = (row["operator"], row["dtype"], row["shape"], row["role"])
        if row["time_ms"] and key in timed and not row["params"]:
            compared += 1
            assert abs(float(row["time_ms"]) * 1e6 / timed[key] - 1) < 1e-9, (key, row["time_ms"], timed[key])
    assert compared > 150, compared
    both = m.report(m.same, m.core, "--format", "csv")
    assert both.count("run,started,") == 1 and "core-confirm," in both, "several runs are one table"


def check_junit(m):
    path = os.path.join(m.folder, "junit.xml")
    for source in (m.python, m.core, m.hostile):
        m.report(source, "--format", "junit", "-o", path)
        root = xml.parse(path).getroot()
        for suite in root:
            assert int(suite.get("tests")) == len(suite.findall("testcase"))
            assert int(suite.get("failures")) == len(suite.findall("testcase/failure"))
            assert int(suite.get("skipped")) == len(suite.findall("testcase/skipped"))
        assert int(root.get("tests")) == sum(int(suite.get("tests")) for suite in root)
        if shutil.which("xmllint"):
            subprocess.run(["xmllint", "--nonet", "--noout", "--schema", SCHEMA, path], check=True, capture_output=True)
        else:
            print("   left out: junit-10.xsd, for there is no xmllint (libxml2-utils)")
    reason = root.find("testsuite/testcase/failure").text
    assert reason == HOSTILE, reason


def check_markdown(m):
    text = m.report(m.python, "--format", "markdown", "--limit", "65536")
    assert len(text.encode()) <= 65536 and "are left out" in text
    assert text.count("<details") == text.count("</details>")
    assert "<img" not in m.report(m.hostile, "--format", "markdown")


def samples_of(page):
    with open(page, encoding="utf-8") as f:
        text = f.read()
    block = text.split('<script type="text/plain" id="samples">', 1)[1].split("</script>", 1)[0]
    data = json.loads(text.split('id="data">', 1)[1].split("</script>", 1)[0])
    return data, [json.loads(line) for line in block.splitlines()]


def check_samples(m):
    lines = records(m.core)
    _, shown = samples_of(m.page("samples", m.core))
    assert len(shown) == len({line["case"] for line in lines}), "every case has samples"
    roles = ("candidate", "reference", "baseline")
    for place, rounds, stride, arms in shown[:40]:
        for role, arm in zip(roles, arms):
            # The core suite's operators are in order, so a case's place is its number.
            line = next(x for x in lines if x["case"] == place and role in x["roles"])
            net = [max(e - line.get("floor_taken_ns", line["floor_low_ns"]), line["own_ns"], 1) for e in line["elapsed_ns"]][::stride]
            assert rounds == line["rounds"] and len(net) == len(arm["s"]) <= 240, (place, role)
            off = max(abs(arm["b"] + k * arm["u"] - e) for k, e in zip(arm["s"], net))
            assert off <= 0.51 * arm["u"] + 1e-3, (place, role, off)
    data, few = samples_of(m.page("few", m.core, "--samples", "5000"))
    drawn = sum(len(arm["s"]) for line in few for arm in line[3] if arm)
    assert 4000 < drawn <= 5000, drawn
    assert "samples of %d of its 219 cases" % len(few) in data["samples"]["why"], data["samples"]
    answers = data["cases"]["speedup"]["answer"], data["cases"]["relative"]["answer"]
    undetermined = {i for column in answers for i, answer in enumerate(column) if answer == 0}
    assert {line[0] for line in few} & undetermined, "open cases come first"
    data, none = samples_of(m.page("none", m.core, "--samples", "0"))
    assert none == [] and "--samples 0" in data["samples"]["why"]


def check_usage(m):
    def refused(*arguments):
        done = subprocess.run([m.bench, "report", *arguments], capture_output=True, cwd=m.folder, timeout=300)
        assert done.returncode == 2, (arguments, done.returncode)
        return done.stderr.decode()
    assert "no results/latest" in refused()
    assert "expected html, markdown, csv, junit or kernels" in refused(m.core, "--format", "htlm")
    assert "of one run" in refused(m.core, m.same, "--format", "junit")
    assert "-o is missing" in refused(m.hostile)
    assert "nothing: no such file or folder" in refused(m.core, "nothing")
    assert not os.path.exists(os.path.join(m.folder, "nothing"))
    shutil.copytree(m.same, os.path.join(m.folder, "cut"))
    path = os.path.join(m.folder, "cut", "run.json")
    with open(path) as f:
        run = json.load(f)
    run["status"], run["exit_code"] = "interrupted", 130
    with open(path, "w") as f:
        json.dump(run, f)
    assert "--resume" in refused(os.path.join(m.folder, "cut"))
    assert "not finished" in m.report(os.path.join(m.folder, "cut"), "--unfinished", "--format", "markdown")
    page = os.path.join(m.core, "report.html")
    assert m.report(m.core).strip() == page and os.path.getsize(page) < 1 << 20
    os.remove(page)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("bench")
    parser.add_argument("recorded")
    parser.add_argument("--screenshots", metavar="DIR", help="keep pictures of the page there")
    options = parser.parse_args()
    failed = 0

    def attempt(name, check, *arguments):
        nonlocal failed
        try:
            began = time.monotonic()
            check(*arguments)
            print("ok  %s (%.1f s)" % (name, time.monotonic() - began))
        except Exception as e:  # whatever it is, the other checks go on
            failed += 1
            place = traceback.extract_tb(e.__traceback__)[-1]
            print("FAILED  %s: %s: %s, at %s:%d: %s" % (name, type(e).__name__, e, os.path.basename(place.filename),
                                                      place.lineno, place.line))

    with tempfile.TemporaryDirectory(prefix="bench-report-") as folder:
        material = Material(os.path.abspath(options.bench), options.recorded, folder)
        for check in (check_csv, check_junit, check_markdown, check_samples, check_usage):
            attempt(check.__name__[len("check_"):], check, material)
        path = browser.find()
        if not path:
            print("left out: the page itself, for there is no Chromium here (Debian: chromium-headless-shell; or name one in $BENCH_CHROMIUM)")
            return 1 if failed else 77
        pages = {"core": material.page("core", material.core), "python": material.page("python", material.python),
                 "runs": material.page("runs", material.same, material.core), "hostile": material.page("hostile", material.hostile)}
        pages["night"] = material.page("night", material.core, "--night", material.night)
        pages["good"] = material.page("good", material.core, "--night", material.good_night)
        pages["changed"] = with_change(pages["runs"], os.path.join(folder, "changed.html"))
        if options.screenshots:
            os.makedirs(options.screenshots, exist_ok=True)
        with browser.Browser(path) as b:
            for check in PAGE_CHECKS:
                attempt("page: " + check.__doc__.split("\n")[0], check, b, pages, material, options.screenshots)
    print("%d checks failed" % failed if failed else "all checks passed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
