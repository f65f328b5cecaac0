"""tests/run-python itself, as far as it goes without a GPU."""

import importlib.machinery
import importlib.util
import io
import json
import signal
import subprocess
import sys
import tempfile
import unittest
from contextlib import redirect_stdout
from pathlib import Path
from unittest import mock

SCRIPT = str(Path(__file__).resolve().parents[1] / "run-python")


def load():
    loader = importlib.machinery.SourceFileLoader("run_python", SCRIPT)
    spec = importlib.util.spec_from_loader("run_python", loader)
    module = importlib.util.module_from_spec(spec)
    written, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        loader.exec_module(module)
    finally:
        sys.dont_write_bytecode = written
    return module


class RunPython(unittest.TestCase):
    def setUp(self):
        self.script = load()
        self.folder = tempfile.TemporaryDirectory()
        self.out = Path(self.folder.name, "out")

    def tearDown(self):
        self.folder.cleanup()

    def run_parts(self, *parts):
        """The exit code, and what was printed."""
        text = io.StringIO()
        arguments = ["run-python", str(self.out), *parts, "--flaggems", self.folder.name,
                     "--python", sys.executable]
        with mock.patch.object(sys, "argv", arguments), redirect_stdout(text):
            return self.script.main(), text.getvalue()

    def host(self):
        code, _ = self.run_parts("held")
        self.assertEqual(code, 0)
        return self.last

    def with_parts(self):
        def held(host, limit_s):
            self.last = host
            return "all is well"

        def failing(host, limit_s):
            raise self.script.Failed("not today")

        parts = {"held": held, "failing": failing}
        return (mock.patch.object(self.script, "PARTS", parts),
                mock.patch.object(self.script, "LIMITS_S", {name: 60 for name in parts}))

    def test_the_exit_code_is_that_of_the_parts_asked_for(self):
        parts, limits = self.with_parts()
        with parts, limits:
            code, text = self.run_parts("failing")
            self.assertEqual(code, 1)
            self.assertIn("not today", text)
            code, text = self.run_parts("held")
            self.assertEqual(code, 0, "what failed before is told, and no failure of this call")
            self.assertIn("not today", text)
            self.assertEqual(self.run_parts()[0], 1)

    def test_what_a_late_part_has_written_counts(self):
        answer = Path(self.folder.name, "answer.json")

        def late():
            raise self.script.Late("not done")

        def dead():
            raise self.script.Failed("exit code 1")

        for call, why in ((late, "not done"), (dead, "exit code 1")):
            answer.unlink(missing_ok=True)
            with self.assertRaises(self.script.Failed):
                self.script.as_far_as_it_came(answer, call)
            answer.write_text("[1]")
            self.assertEqual(self.script.as_far_as_it_came(answer, call)[1], why)
        self.assertEqual(self.script.as_far_as_it_came(answer, lambda: 7), (7, None))

    def test_a_late_program_is_asked_as_it_wants_to_be(self):
        code = ("import time\ntry:\n    print('ready', flush=True)\n    time.sleep(3600)\n"
                "except KeyboardInterrupt:\n    print('in order', flush=True)\n")
        process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True,
                                   start_new_session=True,
                                   preexec_fn=self.script.can_be_interrupted)
        with process.stdout:
            self.assertEqual(process.stdout.readline(), "ready\n")
            with mock.patch.object(self.script, "PATIENCE_S", 3600):
                self.script.end(process, signal.SIGINT)
            self.assertEqual(process.stdout.read(), "in order\n")

    def test_caches_of_a_part_serve_the_next_on_the_same_host(self):
        parts, limits = self.with_parts()
        with parts, limits:
            host = self.host()
            self.assertEqual(host.warm("operators"), {}, "it did not run")
            caches = host.cold()
            (self.out / "operators.json").write_text(json.dumps(host.details))
            self.assertEqual(host.warm("operators"), {}, "nothing was compiled")
            for folder in caches.values():
                Path(folder).mkdir()
            self.assertEqual(host.warm("operators"), caches)
            for folder in caches.values():
                Path(folder).rmdir()
            Path(next(iter(caches.values()))).parent.rmdir()

    def test_candidates_become_operator_data_and_what_is_missing_is_told(self):
        today = Path(self.folder.name, "src/flag_gems/experimental_ops")
        today.mkdir(parents=True)
        (today / "arctanh.py").write_text("def arctanh(x): ...\n")
        parts, limits = self.with_parts()
        with parts, limits:
            host = self.host()
            for _ in range(2):  # a second time replaces the first
                folder, missing = self.script.candidates(host)
        self.assertEqual(sorted(f.name for f in folder.iterdir()),
                         ["arctanh.json", "arctanh.out.json"])
        self.assertEqual(json.loads((folder / "arctanh.out.json").read_text()),
                         {"op_name": "arctanh.out", "code": "def arctanh(x): ...\n"})
        self.assertIn("earlier/abs_.py", missing)
        self.assertIn("experimental_ops/cos_.py", missing)
        names = self.script.OPERATORS + self.script.EARLIER
        self.assertEqual(len(names), len(set(names)))
        self.assertEqual(len(missing), len(names) - 2)

    def a_run(self, described, timed):
        """What a run leaves behind of operators of two cases, all described, some run."""
        run = self.out / "large"
        (run / "operators").mkdir(parents=True, exist_ok=True)
        (run / "operators/answer.json").write_text(json.dumps({"operators": [
            {"op_name": name, "name": name, "status": "described", "shapes": [[8], [9]],
             "dtypes": ["float32"]} for name in described]}))
        lines = [{"case": 2 * i + k, "roles": [role], "operator": name, "dtype": "float32",
                  "shape": [8 + k], "status": "ok", "time_ns": 1000 + len(role), "proof": "ok"}
                 for i, name in enumerate(timed) for k in range(2) for role in self.script.ROLES]
        (run / "journal.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
        return run

    def test_only_operators_that_were_to_be_run_can_be_missing(self):
        run = self.a_run(["abs_", "silu", "trunc"], ["silu"])
        rows, lost, whole = self.script.verdicts(run, ["silu"])
        self.assertEqual(([r[0] for r in rows[1:]], lost, whole), (["silu"], [], 1))
        rows, lost, whole = self.script.verdicts(run, ["silu", "trunc", "celu"])
        self.assertEqual((len(rows) - 1, sorted(lost), whole), (2, ["celu", "trunc"], 1))
        rows, lost, whole = self.script.verdicts(run)
        self.assertEqual((len(rows) - 1, lost, whole), (3, ["abs_", "trunc"], 1))

    def test_the_part_large_looks_at_what_it_runs(self):
        compared = self.script.COMPARED
        parts, limits = self.with_parts()
        with parts, limits:
            host = self.host()
        host.args.run_options = []
        with mock.patch.object(self.script, "run_operators", return_value=7):
            self.a_run(["abs_", *compared], compared)
            self.assertIn(f"{len(compared)} of {len(compared)} operators",
                          self.script.large(host, 60))
            self.a_run(["abs_", *compared], compared[1:])
            with self.assertRaisesRegex(self.script.Failed, f"missing of {compared[0]}$"):
                self.script.large(host, 60)


if __name__ == "__main__":
    unittest.main()
