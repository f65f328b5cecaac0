"""Imports and tests what `bench import` writes. Runs in the interpreter that the operators are for,
and does run their code: that is its purpose.

Reads one JSON request from standard input: `root` (folder of the tree), `reports` (an empty
folder), `scratch` (the same, for a copy of the tree; null: the tree itself is tested), `files` (list of {"path", "text"} that a copy of the tree gets),
`package`, `operators` (list of {"name", "module", "exports", "test"}), `timeout_s`.
Writes one JSON answer to standard output: `missing` (modules that this interpreter lacks), `error`
(null, or why the package cannot be imported), `operators` (list of {"total", "passed", "failure",
"seconds"}, in the request's order), `environment` (words about interpreter, libraries and device), `times` (words
about how long the tests took).
"""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time
import xml.etree.ElementTree

NEEDED = ("torch", "triton", "pytest")
# Part of pytest's process: notes every test that is collected, before anybody can deselect it. Line
# by line, so that it is there however the process ends.
COLLECTED = '''
import os

_file = open(os.environ["BENCH_COLLECTED"], "a", encoding="utf-8")


def pytest_itemcollected(item):
    path = item.nodeid.split("::")[0]
    _file.write(f"{path}\\t{item.nodeid!r}\\n")
    _file.flush()
'''
PLUGIN = "bench_collected"
SKIPPED_FOLDERS = shutil.ignore_patterns(".git", "__pycache__", ".pytest_cache", "*.pyc")


def copy_tree(request):
    """The tree as it will be, in the scratch folder."""
    root = os.path.join(request["scratch"], "tree")
    shutil.copytree(request["root"], root, symlinks=True, ignore=SKIPPED_FOLDERS)
    for file in request["files"]:
        path = os.path.join(root, file["path"])
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8", newline="") as out:
            out.write(file["text"])
    return root


def environment_of(root, more):
    """No bytecode is written, so that nothing stays behind in the tree."""
    paths = [os.path.join(root, "src"), root, os.environ.get("PYTHONPATH", "")]
    paths.append(os.path.dirname(more.get("BENCH_COLLECTED", "")))
    return dict(
        os.environ,
        PYTHONPATH=os.pathsep.join(p for p in paths if p),
        PYTHONDONTWRITEBYTECODE="1",
        **more,
    )


def run(arguments, root, timeout, **more):
    """Exit code (None: it was stopped) and the end of what it said. `more`: of its environment."""
    try:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=root,
            env=environment_of(root, more),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=timeout,
        )
    except subprocess.TimeoutExpired as late:
        return None, (late.output or b"").decode(errors="replace")[-2000:]
    return done.returncode, done.stdout.decode(errors="replace")[-4000:]


def import_error(request, root):
    """Why the package or an operator cannot be imported; None if all can. Code may end the process,
    with exit code 0 too: what counts is that it came to its last line."""
    done = os.path.join(request["reports"], "imported")
    lines = [
        "import importlib, os, sys",
        "import flag_gems",
        "here = os.path.realpath(flag_gems.__file__)",
        f"root = os.path.realpath({os.path.join(root, 'src')!r}) + os.sep",
        "if not here.startswith(root):",
        "    sys.exit(f'flag_gems is imported from {here}, not from {root}: is it installed '",
        "             'so that it goes before PYTHONPATH? Uninstall it in this interpreter')",
        f"importlib.import_module({request['package']!r})",
    ]
    for operator in request["operators"]:
        lines.append(f"m = importlib.import_module({operator['module']!r})")
        for name in operator["exports"]:
            lines.append(f"assert callable(m.{name}), {name!r}")
    lines.append(f"open({done!r}, 'w').close()")
    code, text = run(["-c", "\n".join(lines)], root, request["timeout_s"])
    if code == 0 and os.path.exists(done):
        return None
    if code == 0:
        text = "python ended before all was imported: does a module end it? " + text
    return text.strip() or f"python ended with {code} and said nothing"


def first_line(failure):
    """What a failure says, in a line; of a file that cannot be collected the error itself."""
    message = (failure.get("message") or "").strip()
    lines = [line for line in (failure.text or "").split("\n") if line.startswith("E ")]
    if message in ("", "collection failure") and lines:
        message = lines[-1][1:].strip()
    return message.split("\n")[0][:300] or "failed"


def collected_of(notes, paths):
    """How many tests of each file were collected."""
    counts = {path: 0 for path in paths}
    try:
        with open(notes, encoding="utf-8", errors="replace") as file:
            for line in set(file):
                path = line.split("\t")[0]
                if path in counts:
                    counts[path] += 1
    except OSError:
        pass  # pytest did not even start
    return counts


def seconds_of(case):
    try:
        return float(case.get("time") or 0)
    except ValueError:
        return 0.0


def words_of_times(request, results, wall):
    """Words such as "312 s; the longest, summed over processes: addmm 120 s, sort 31 s"."""
    seconds = [(r["seconds"], o["name"]) for r, o in zip(results, request["operators"])]
    longest = [f"{name} {s:.0f} s" for s, name in sorted(seconds, reverse=True)[:3] if s >= 1]
    words = f"{wall:.0f} s"
    if longest:
        words += "; the longest, summed over processes: " + ", ".join(longest)
    return words


def run_tests(request, root, paths, report):
    """The test cases of some files: path -> list of (name, None or what failed or "skipped",
    seconds), or None if there is no report; pytest's exit code (None: it was stopped); what it said; how many
    tests were collected, path -> number."""
    notes = report + ".collected"
    with open(os.path.join(os.path.dirname(report), PLUGIN + ".py"), "w") as file:
        file.write(COLLECTED)
    code, text = run(
        [
            "-m",
            "pytest",
            "-q",
            "-p",
            PLUGIN,
            "-p",
            "no:cacheprovider",
            "-o",
            "junit_family=xunit1",
            f"--junitxml={report}",
            f"--rootdir={root}",
            *paths,
        ],
        root,
        request["timeout_s"],
        BENCH_COLLECTED=notes,
    )
    found = {path: [] for path in paths}
    collected = collected_of(notes, paths)
    try:
        cases = xml.etree.ElementTree.parse(report).getroot().iter("testcase")
    except (OSError, xml.etree.ElementTree.ParseError):
        why = "it took too long" if code is None else f"pytest died ({code})"
        return None, code, f"{why}: {text.strip()[-600:]}", collected
    for case in cases:
        path = (case.get("file") or "").replace(os.sep, "/")
        if path not in found:
            # Of a file that could not be collected pytest tells the module only.
            module = (case.get("classname") or case.get("name") or "").replace(".", "/")
            path = next((p for p in paths if p.startswith(module + ".py")), None)
        outcome = None
        for child in case:
            if child.tag in ("failure", "error"):
                outcome = first_line(child)
            elif child.tag == "skipped" and outcome is None:
                outcome = "skipped"
        if path is not None:
            found[path].append((case.get("name"), outcome, seconds_of(case)))
    return found, code, text, collected


def outcome_of(cases, collected):
    """What the cases of one operator's test say, of as many as were collected."""
    failures = [(n, o) for n, o, _ in cases if o not in (None, "skipped")]
    passed = sum(o is None for _, o, _ in cases)
    seconds = sum(s for _, _, s in cases)
    failure = None
    if failures:
        name, why = failures[0]
        failure = f"{len(failures)} of {len(cases)} tests fail, the first is {name}: {why}"
    elif len(cases) < collected:
        failure = (
            f"{collected - len(cases)} of {collected} tests were collected and did not run "
            "(deselected, or pytest was ended before)"
        )
    elif passed == 0:
        failure = f"none of its {len(cases)} tests ran (all were skipped)"
    return {
        "total": max(len(cases), collected),
        "passed": passed,
        "failure": failure,
        "seconds": seconds,
    }


def alone(request, root, path, report):
    """What one operator's tests say, in a process of their own."""
    found, code, text, collected = run_tests(request, root, [path], report)
    if found is None:
        return {"total": collected[path], "passed": 0, "failure": text, "seconds": 0.0}
    result = outcome_of(found[path], collected[path])
    if not found[path] and collected[path] == 0:
        result["failure"] = f"no test was collected: {text.strip()[-600:]}"
    elif code != 0 and result["failure"] is None:
        # Stopped before its end (pytest.exit, an error of pytest's own): not all of it ran.
        result["failure"] = f"pytest ended with {code}: {text.strip()[-600:]}"
    return result


def test_operators(request, root, folder):
    """All tests in one process. If that does not come to its end (it dies, a file cannot be
    collected, a test stops pytest), each file in its own: what ends one is no word on the others.
    """
    paths = [o["test"] for o in request["operators"]]
    if not paths:
        return []  # pytest without a path would run every test of the tree
    found, code, _, collected = run_tests(request, root, paths, os.path.join(folder, "all.xml"))
    whole = found is not None and code in (0, 1)
    whole = whole and all(found[p] and len(found[p]) >= collected[p] > 0 for p in paths)
    results = [outcome_of(found[p], collected[p]) for p in paths] if whole else []
    if not whole or (code == 1 and all(r["failure"] is None for r in results)):
        results = [
            alone(request, root, path, os.path.join(folder, f"{i}.xml"))
            for i, path in enumerate(paths)
        ]
    return results


def describe():
    """Versions and device: what a reader needs to do the same."""
    lines = [
        "import platform, sys, torch, triton",
        "words = ['Python ' + platform.python_version(), 'torch ' + torch.__version__,",
        "         'Triton ' + getattr(triton, '__version__', 'unknown')]",
        "if torch.cuda.is_available():",
        "    words.append(torch.cuda.get_device_name(0))",
        "    words.append('CUDA ' + str(torch.version.cuda))",
        "else:",
        "    words.append('no CUDA device')",
        "print(', '.join(words))",
    ]
    code, text = run(["-c", "\n".join(lines)], os.getcwd(), 120)
    return text.strip().split("\n")[-1] if code == 0 else "unknown"


def main():
    request = json.load(sys.stdin)
    answer = {"missing": [], "error": None, "operators": [], "environment": "", "times": ""}
    answer["missing"] = [n for n in NEEDED if importlib.util.find_spec(n) is None]
    if not answer["missing"]:
        root = copy_tree(request) if request["scratch"] else request["root"]
        answer["environment"] = describe()
        answer["error"] = import_error(request, root)
        if answer["error"] is None:
            started = time.monotonic()
            answer["operators"] = test_operators(request, root, request["reports"])
            wall = time.monotonic() - started
            answer["times"] = words_of_times(request, answer["operators"], wall)
    json.dump(answer, sys.stdout)


main()
