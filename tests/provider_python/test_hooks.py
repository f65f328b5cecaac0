"""The callbacks as C sees them: compiled C code drives the runtime through the structure."""

import ctypes
import json
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from support import Case, implementation, why_no_torch


def why_not():
    if why_no_torch():
        return why_no_torch()
    return None if shutil.which("cc") else "there is no C compiler (cc)"


@unittest.skipIf(why_not(), why_not() or "")
class FromC(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        from bench_python.describe import Wanted, describe
        from bench_python.hooks import Bridge
        from bench_python.runtime import Runtime

        cls.folder = tempfile.TemporaryDirectory()
        library = Path(cls.folder.name) / "c_side.so"
        subprocess.run(["cc", "-std=c17", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o",
                        str(library), str(Path(__file__).with_name("c_side.c"))], check=True)
        cls.c = ctypes.CDLL(str(library))
        cls.c.c_side_run.restype = ctypes.c_int64
        cls.runtime = Runtime("cpu")
        cls.bridge = Bridge(cls.runtime)
        cls.description = describe(Wanted("ge__Scalar", [[64, 64]], ["float32"],
                                          callable_name="ge__Scalar")).description
        cls.case = Case(cls.description, [64, 64], "float32", cls.folder.name)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def run_c(self, request, size=1 << 16):
        text = ctypes.create_string_buffer(size)
        rc = self.c.c_side_run(self.bridge.pointer, request.encode(), 5, text,
                               ctypes.c_size_t(size))
        return rc, text.value.decode()

    def request(self, code):
        Path(self.folder.name, "candidate.py").write_text(code)
        self.outputs = self.case.outputs()
        return json.dumps(self.case.request(implementation(self.description, "candidate"),
                                            self.outputs))

    def test_an_operator_in_place(self):
        rc, text = self.run_c(self.request("def ge__Scalar(a, b):\n    return a.ge_(b)\n"))
        self.assertEqual(rc, 0, text)
        self.assertIn("verdict", json.loads(text))
        want, scale = self.case.oracle(self.runtime)
        self.assertLessEqual(self.case.worst(self.outputs, want, scale), 1.0)

    def test_errors_are_codes_and_texts(self):
        from bench_python.problem import CODES

        for code, status in (("def f(a):\n    return a\n", "no_callable"),
                             ("exit(1)\n", "exited"),
                             ("n = [0]\ndef ge__Scalar(a, b):\n    n[0] += 1\n"
                              "    if n[0] > 4: raise ValueError('late')\n    return a.ge_(b)\n",
                              "raised")):
            rc, text = self.run_c(self.request(code))
            self.assertEqual(rc, CODES[status], text)
            self.assertEqual(json.loads(text)["status"], status)
        rc, text = self.run_c("{ no json")
        self.assertEqual(rc, CODES["bad_request"], text)
        rc, text = self.run_c("{}")
        self.assertEqual(rc, CODES["bad_request"], text)

    def test_a_small_buffer_is_never_overrun(self):
        request = self.request("def ge__Scalar(a, b):\n    return a.ge_(b)\n")
        for size in (1, 2, 16, 64, 256):
            text = ctypes.create_string_buffer(b"\x7f" * (size + 8), size + 8)
            rc = self.c.c_side_run(self.bridge.pointer, request.encode(), 1, text,
                                   ctypes.c_size_t(size))
            self.assertEqual(rc, 0)
            self.assertEqual(text.raw[size:], b"\x7f" * 8)

    def test_a_handle_that_is_none(self):
        from bench_python.problem import CODES

        for name in ("reset", "call", "collect", "poison"):
            self.assertEqual(getattr(self.bridge.hooks, name)(999), CODES["not_prepared"], name)


if __name__ == "__main__":
    unittest.main()
