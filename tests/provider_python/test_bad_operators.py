"""Operators that misbehave: each gets its own verdict, and its neighbour stays right."""

import json
import os
import tempfile
import textwrap
import types
import unittest
from pathlib import Path

from support import Case, implementation, why_no_torch

GOOD = "import torch\ndef gelu(x):\n    return 0.5 * x * (1 + torch.erf(x * 0.7071067811865476))\n"


def body(statement):
    """A gelu that does something besides."""
    return GOOD.replace("    return", f"    {statement}\n    return")


# name -> (code, verdict of prepare or of collect)
BAD = {
    "syntax": ("def gelu(x)\n    return x\n", "syntax_error"),
    "import": ("import no_such_module\n" + GOOD, "import_failed"),
    "raises_at_import": ("raise ValueError('no')\n", "import_failed"),
    "exit_at_import": ("import sys\nsys.exit(0)\n", "exited"),
    "exit_builtin": ("exit()\n", "exited"),
    "no_callable": ("import torch\ndef silu(x):\n    return x\n", "no_callable"),
    "no_function": ("gelu = 3\n", "no_callable"),
    "a_class": ("class gelu:\n    pass\n", "no_callable"),
    "raises": (body("raise RuntimeError('never')"), "raised"),
    "exits": (body("import sys; sys.exit(3)"), "exited"),
    "swallows_nothing": (body("raise KeyboardInterrupt"), "raised"),
    "signature": ("def gelu():\n    return None\n", "raised"),
    "none": ("def gelu(x):\n    return None\n", "wrong_type"),
    "number": ("def gelu(x):\n    return 3.0\n", "wrong_type"),
    "numpy": ("def gelu(x):\n    return x.tolist()\n", "wrong_type"),
    "tuple": (GOOD + "_g = gelu\ndef gelu(x):\n    return (_g(x),)\n", "wrong_type"),
    "two": (GOOD + "_g = gelu\ndef gelu(x):\n    return _g(x), _g(x)\n", "wrong_type"),
    "shape": (GOOD.replace("return 0.5", "return (0.5").rstrip() + ").reshape(-1)\n",
              "wrong_shape"),
    "dtype": (GOOD.replace("return 0.5", "return (0.5").rstrip() + ").double()\n", "wrong_dtype"),
    "device": ("import torch\ndef gelu(x):\n    return torch.empty_like(x, device='meta')\n",
               "wrong_device"),
    "sparse": (GOOD.replace("return 0.5", "return (0.5").rstrip() + ").to_sparse()\n",
               "wrong_layout"),
    "expanded": ("import torch\ndef gelu(x):\n    return torch.zeros(1, 1).expand(64, 64)\n",
                 "wrong_layout"),
    "subclass": ("import torch\nclass Lazy(torch.Tensor):\n    pass\n" + GOOD.replace(
        "return 0.5", "return (0.5").rstrip() + ").as_subclass(Lazy)\n", "wrong_layout"),
    "returns_input": ("def gelu(x):\n    return x\n", "aliased"),
    "view_of_input": ("def gelu(x):\n    return x.t()\n", "aliased"),
    "cached": (GOOD + "_g = gelu\n_c = {}\ndef gelu(x):\n    if not _c:\n        _c[0] = _g(x)\n"
               "    return _c[0]\n", "aliased"),
    "prints": (body("print('y' * (1 << 20)); print('y' * (1 << 22))"), "too_much_output"),
    "prints_and_hides": (body("\n    try:\n        while True: print('y' * 65536)\n    except "
                              "BaseException: pass"), "too_much_output"),
    "default_dtype": ("import torch\ntorch.set_default_dtype(torch.float64)\n" + GOOD,
                      "changed_globals"),
    "default_dtype_in_call": (body("torch.set_default_dtype(torch.float64)"), "changed_globals"),
    "deterministic": ("import torch\ntorch.use_deterministic_algorithms(True)\n" + GOOD,
                      "changed_globals"),
    "threads": (body("torch.set_num_threads(torch.get_num_threads() + 1)"), "changed_globals"),
    "seed": (body("torch.manual_seed(3)"), "changed_globals"),
    "grad": ("import torch\ntorch.set_grad_enabled(False)\n" + GOOD, "changed_globals"),
    "tf32": ("import torch\ntorch.set_float32_matmul_precision('medium')\n" + GOOD,
             "changed_globals"),
    "patched_torch": ("import torch\ntorch.erf = torch.exp\n" + GOOD, "changed_globals"),
    "patched_tensor": ("import torch\ntorch.Tensor.copy_ = lambda a, b: a\n" + GOOD,
                       "changed_globals"),
    "patched_clock": ("import time\ntime.perf_counter_ns = lambda: 0\n" + GOOD, "changed_globals"),
    "patched_event": (body("torch.cuda.Event.elapsed_time = lambda a, b: 0.0"),
                      "changed_globals"),
    "dispatcher": ("import torch\nL = torch.library.Library('aten', 'IMPL')\n"
                   "L.impl('silu', lambda x: x, 'CPU')\n" + GOOD, "changed_globals"),
    "dispatch_mode": ("import torch\nfrom torch.utils._python_dispatch import TorchDispatchMode\n"
                      "class Mode(TorchDispatchMode):\n"
                      "    def __torch_dispatch__(self, func, types, args=(), kwargs=None):\n"
                      "        return func(*args, **(kwargs or {}))\n"
                      "Mode().__enter__()\n" + GOOD, "changed_globals"),
    "function_mode": ("import torch\nfrom torch.overrides import TorchFunctionMode\n"
                      "class Mode(TorchFunctionMode):\n"
                      "    def __torch_function__(self, func, types, args=(), kwargs=None):\n"
                      "        return func(*args, **(kwargs or {}))\n"
                      "Mode().__enter__()\n" + GOOD, "changed_globals"),
    "attention": (body("torch.backends.cuda.enable_math_sdp(False)"), "changed_globals"),
    "operator": (body("torch.ops.aten.gelu.default._op = torch.ops.aten.silu.default._op"),
                 "changed_globals"),
    "garbage": (body("import gc; gc.set_threshold(1, 1, 1)"), "changed_globals"),
    "garbage_callback": (body("import gc; gc.callbacks.append(print)"), "changed_globals"),
    "switching": (body("import sys; sys.setswitchinterval(1.0)"), "changed_globals"),
    "folder": ("import os\nos.chdir('/')\n" + GOOD, "changed_globals"),
    "environment": ("import os\nos.environ['CUDA_LAUNCH_BLOCKING'] = '1'\n" + GOOD,
                    "changed_globals"),
}


@unittest.skipIf(why_no_torch(), why_no_torch() or "")
class BadOperators(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        from bench_python.describe import Wanted, describe
        from bench_python.runtime import Runtime

        cls.runtime = Runtime("cpu")
        cls.folder = tempfile.TemporaryDirectory()
        cls.description = describe(Wanted("gelu", [[64, 64]], ["float32"], callable_name="gelu",
                                          )).description
        cls.case = Case(cls.description, [64, 64], "float32", cls.folder.name)
        cls.want, cls.scale = cls.case.oracle(cls.runtime)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def candidate(self, name, code):
        Path(self.folder.name, f"{name}.py").write_text(code)
        spec = dict(implementation(self.description, "candidate"))
        spec["python"] = {**spec["python"], "source": f"{name}.py"}
        return spec

    def run_code(self, name, code):
        """The verdict: a status, or the largest error."""
        from bench_python.problem import OperatorProblem

        try:
            got = self.case.run(self.runtime, self.candidate(name, code))
        except OperatorProblem as e:
            return e
        return self.case.worst(got, self.want, self.scale)

    def test_a_good_one_is_right(self):
        self.assertLessEqual(self.run_code("good", GOOD), 1.0)

    def test_each_fault_has_its_verdict_and_neighbours_stay_right(self):
        from bench_python.problem import OperatorProblem

        for name, (code, status) in BAD.items():
            with self.subTest(fault=name):
                verdict = self.run_code(name, code)
                self.assertIsInstance(verdict, OperatorProblem, f"{name}: error {verdict}")
                self.assertEqual(verdict.status, status, verdict.reason)
                self.assertTrue(verdict.reason)
            with self.subTest(neighbour_of=name):
                self.assertLessEqual(self.run_code(f"good_after_{name}", GOOD), 1.0)

    def test_reasons_help(self):
        reason = self.run_code("names", BAD["no_callable"][0]).reason
        self.assertIn("silu", reason)
        reason = self.run_code("line", BAD["raises"][0]).reason
        self.assertIn("line 3", reason)
        reason = self.run_code("tells_dtype", BAD["dtype"][0]).reason
        self.assertIn("torch.float32", reason)

    def test_memory_never_written_is_wrong(self):
        """What freed memory held was the right answer; poisoning takes it away."""
        code = "import torch\ndef gelu(x):\n    return torch.empty_like(x)\n"
        self.assertGreater(self.run_code("unwritten", code), 1.0)

    def test_an_operator_that_changes_its_input_is_seen(self):
        before = bytes(self.case.inputs[0].raw)
        self.run_code("writes", "import torch\ndef gelu(x):\n    x.mul_(2)\n    return x * 1\n")
        changed = bytes(self.case.inputs[0].raw) != before
        self.case.inputs[0].raw[:] = before
        self.assertTrue(changed, "it works on the harness's own memory, which the C code compares")

    def test_a_library_that_a_candidate_rewrites_is_put_back(self):
        from bench_python.problem import OperatorProblem

        library = Path(self.folder.name, "a_library.py")
        library.write_text(GOOD.replace("def gelu", "def helper(x):\n    return x\n\ndef gelu"))
        spec = self.candidate("unused", GOOD)
        told = {"kind": "module", "module": "a_library", "path": self.folder.name}
        spec = {"name": "library", "python": {**spec["python"], **told, "callable": "gelu"}}
        handle, _ = self.runtime.prepare(self.case.request(spec, self.case.outputs()))
        import a_library

        code, helper = a_library.gelu.__code__, a_library.helper
        for name, change in (("code", "gelu.__code__ = (lambda x: x * 0).__code__"),
                             ("default", "gelu.__defaults__ = (1,)"),
                             ("of_helper", "helper.__code__ = (lambda x: 0).__code__"),
                             ("name", "helper = print")):
            with self.subTest(name):
                rewriting = body(f"import a_library; a_library.{change}")
                verdict = self.run_code(f"rewrites_{name}", rewriting)
                self.assertIsInstance(verdict, OperatorProblem, f"error {verdict}")
                self.assertEqual(verdict.status, "changed_globals", verdict.reason)
                self.assertIn("a_library.", verdict.reason)
        self.assertIs(a_library.gelu.__code__, code)
        self.assertIs(a_library.helper, helper)
        self.assertLessEqual(self.case.worst(self.case.run(self.runtime, spec), self.want,
                                             self.scale), 1.0)
        self.runtime.release(handle)

    def test_the_functions_of_a_library_are_walked_to_an_end(self):
        from bench_python import partners

        library = types.ModuleType("circular")
        exec("def helper(x):\n    return x\n\ndef gelu(x):\n    return helper(x)\n", vars(library))
        library.helper.__module__ = None  # as of functions that are made without a module
        partners.watch(-1, library.gelu, "module", None)
        try:
            straight = partners.parts()
            library.gelu.__wrapped__ = library.gelu
            self.assertEqual(partners.parts(), straight)
        finally:
            partners.forget(-1)
        self.assertIn(library.helper, [p.value for p in straight])

    def test_settings_changed_while_timing(self):
        import torch

        from bench_python.problem import OperatorProblem

        code = GOOD + ("_g, _n = gelu, [0]\ndef gelu(x):\n    _n[0] += 1\n    if _n[0] == 5:\n"
                       "        torch.set_default_dtype(torch.float64)\n    return _g(x)\n")
        spec = self.candidate("later", code)
        handle, _ = self.runtime.prepare(self.case.request(spec, self.case.outputs()))
        self.runtime.timing(True)
        for _ in range(5):
            self.runtime.reset(handle)
            self.runtime.call(handle)
        with self.assertRaises(OperatorProblem) as caught:
            self.runtime.timing(False)
        self.assertEqual(caught.exception.status, "changed_globals")
        self.assertEqual(torch.get_default_dtype(), torch.float32)
        self.runtime.release(handle)

    def prepare_pair(self, code):
        """A candidate, and torch's own beside it, which says what it sets up: handles."""
        spec = self.candidate("watched", code)
        torchs = implementation(self.description, "torch")
        handles = [self.runtime.prepare(self.case.request(s, self.case.outputs()))[0]
                   for s in (torchs, spec)]
        partner = self.runtime._handles[handles[0]]
        function = partner.function

        def sets_up(*args, **kwargs):
            os.environ["SET_UP_BY_A_LIBRARY"] = "1"
            return function(*args, **kwargs)

        partner.function = sets_up
        self.addCleanup(os.environ.pop, "SET_UP_BY_A_LIBRARY", None)
        self.addCleanup(self.runtime.release, handles[0])
        self.addCleanup(self.runtime.release, handles[1])
        return handles

    def test_what_a_partner_sets_up_is_no_candidates_doing(self):
        partner, candidate = self.prepare_pair(GOOD)
        for handle in (candidate, partner, candidate):
            self.runtime.reset(handle)
            self.runtime.call(handle)
        self.assertEqual(os.environ.get("SET_UP_BY_A_LIBRARY"), "1")
        self.runtime.timing(True)
        self.runtime.timing(False)

    def test_a_partners_later_calls_are_nothing_but_calls(self):
        partner, candidate = self.prepare_pair(GOOD)
        looks, look = [], self.runtime._look

        def counted():
            looks.append(1)
            return look()

        self.runtime._look = counted
        for handle in (candidate, partner, candidate, partner, partner):
            self.runtime.reset(handle)
            self.runtime.call(handle)
        self.assertEqual(len(looks), 1)

    def test_what_a_candidate_changes_before_a_partners_call_is_found(self):
        import torch

        from bench_python.problem import OperatorProblem

        code = GOOD + ("_g, _n = gelu, [0]\ndef gelu(x):\n    _n[0] += 1\n    if _n[0] == 3:\n"
                       "        torch.set_default_dtype(torch.float64)\n    return _g(x)\n")
        partner, candidate = self.prepare_pair(code)
        for handle in (candidate, partner, candidate):
            self.runtime.reset(handle)
            self.runtime.call(handle)
        self.assertEqual(torch.get_default_dtype(), torch.float32)
        with self.assertRaises(OperatorProblem) as caught:
            self.runtime.timing(True)
        self.runtime.timing(False)
        self.assertEqual(caught.exception.status, "changed_globals")

    def test_garbage_collection_is_off_only_while_timing(self):
        import gc

        self.runtime.timing(True)
        self.assertFalse(gc.isenabled())
        self.runtime.timing(False)
        self.assertTrue(gc.isenabled())

    def test_what_stays_is_set_aside_and_garbage_is_still_found(self):
        import gc
        import weakref

        class Node:
            pass

        self.runtime.timing(True)
        self.runtime.timing(False)
        self.assertGreater(gc.get_freeze_count(), 10000, "torch's objects")
        node = Node()
        node.itself = node
        gone = weakref.ref(node)
        del node
        self.runtime.timing(True)
        self.assertIsNone(gone())
        self.runtime.timing(False)

    def test_a_library_that_was_set_aside_is_found_by_the_guard(self):
        import torch
        from bench_python.guard import Guard

        if not hasattr(torch.library, "_impls"):
            self.skipTest(f"torch {torch.__version__} keeps no list of implementations")
        library = torch.library.Library("aten", "IMPL")
        self.runtime.timing(True)
        self.runtime.timing(False)
        with Guard() as guard:
            library.impl("gelu", lambda x, approximate="none": x, "CPU")
        self.assertIn("kernels were registered", " ".join(guard.changes))
        ones = torch.ones(4)
        self.assertFalse(torch.equal(torch.nn.functional.gelu(ones), ones), "torch's own is back")

    def test_the_profilers_first_start_is_nobodys_change(self):
        """As it starts first, torch's profiler imports modules that replace functions."""
        import torch
        from bench_python import facts

        observe, erfc, calls = facts.observe, torch.erfc, []

        def first_replaces(call, *more):
            if not calls:
                torch.erfc = lambda x: erfc(x)
            calls.append(call)
            return observe(call, *more)

        handle, _ = self.runtime.prepare(self.case.request(self.candidate("seen", GOOD),
                                                           self.case.outputs()))
        facts.observe = first_replaces
        try:
            self.runtime._profiled = False
            self.runtime.facts(handle)
            self.runtime.facts(handle)
        finally:
            facts.observe, torch.erfc = observe, erfc
            self.runtime.release(handle)
        self.assertEqual(len(calls), 3, "once on nothing, then once for each time")

    def test_calling_what_it_is_compared_with(self):
        code = "import torch\ndef gelu(x):\n    return torch.nn.functional.gelu(x)\n"
        handle, _ = self.runtime.prepare(self.case.request(self.candidate("disguise", code),
                                                           self.case.outputs()))
        seen = self.runtime.facts(handle)
        self.assertEqual(seen["verdict"], "other_kernels", seen)
        self.runtime.release(handle)

    def test_a_missing_reference_is_unavailable(self):
        from bench_python.problem import OperatorProblem

        spec = implementation(self.description, "candidate")
        gems = {**spec, "python": {**spec["python"], "kind": "module",
                                   "module": "no_such_flag_gems", "callable": "gelu"}}
        with self.assertRaises(OperatorProblem) as caught:
            self.runtime.prepare(self.case.request(gems, self.case.outputs()))
        self.assertEqual(caught.exception.status, "unavailable")

    def test_of_shapes_that_torch_does_not_tell_the_elements_count(self):
        from bench_python.problem import OperatorProblem

        def flat(kwargs):
            python = {**implementation(self.description, "candidate")["python"], "kind": "module",
                      "module": "torch", "callable": "flatten", "may_alias": True,
                      "aten": "aten.gelu.default", "kwargs": kwargs}
            return self.case.run(self.runtime, {"name": "flat", "python": python})

        flat({"start_dim": {"value": 0}})  # which gelu does not take, so nobody tells the shape
        with self.assertRaises(OperatorProblem) as caught:
            flat({})
        self.assertEqual(caught.exception.status, "wrong_shape")


@unittest.skipIf(why_no_torch(), why_no_torch() or "")
class DescribingBadOperators(unittest.TestCase):
    """The same while describing, where a process is lost and not the description of others."""

    def describe(self, files, timeout_s=120.0):
        from bench_python import project

        with tempfile.TemporaryDirectory() as folder:
            data = Path(folder) / "data"
            data.mkdir()
            for name, content in files.items():
                text = content if isinstance(content, str) else json.dumps(content)
                (data / name).write_text(textwrap.dedent(text))
            result = project.describe_folder(str(data), project.Settings(
                {"": [[64, 64]]}, ["float32"], Path(folder) / "out", reference="none",
                timeout_s=timeout_s, jobs=2))
            kernels = Path(folder) / "out" / "kernels"
            written = sorted(os.listdir(kernels)) if kernels.exists() else []
        return {Path(o["file"]).name: o for o in result["operators"]}, written

    def test_deaths_and_floods_cost_only_themselves(self):
        good = {"op_name": "aten::gelu", "code": GOOD}
        silu = GOOD.replace("gelu", "silu")
        told, written = self.describe({
            "a_gelu.json": good,
            "relu.py": "import os\nos._exit(0)\n",
            "silu.py": "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n",
            "tanh.py": "while True: pass\n",
            "sin.py": "import os\nwhile True: os.write(1, b'y' * 65536)\n",
            "cos.py": "import sys\nsys.exit('bye')\n",
            "z_silu.json": {"op_name": "silu", "code": silu},
        }, timeout_s=25.0)  # which the good ones have, too
        self.assertEqual({n: o["status"] for n, o in told.items()}, {
            "a_gelu.json": "described", "relu.py": "died", "silu.py": "died", "tanh.py": "timeout",
            "sin.py": told["sin.py"]["status"], "cos.py": "exited", "z_silu.json": "described"})
        self.assertIn(told["sin.py"]["status"], ("timeout", "too_much_output"))
        self.assertEqual(written, ["gelu", "silu"])

    def test_bad_files_are_named(self):
        told, _ = self.describe({
            "no_code.json": {"op_name": "aten::gelu"},
            "list.json": "[]", "broken.json": "{", "twice.json": '{"op_name": "a", "op_name": "b"}',
            "evil.json": {"op_name": "aten::../../x", "code": GOOD},
            "no_such_operator.py": "def no_such_operator(x):\n    return x\n",
            "gelu.py": GOOD, "gelu_again.json": {"op_name": "gelu", "code": GOOD}})
        self.assertEqual({n: o["status"] for n, o in told.items()}, {
            "no_code.json": "bad_data", "list.json": "bad_data", "broken.json": "bad_data",
            "twice.json": "bad_data", "evil.json": "bad_data", "gelu.py": "described",
            "no_such_operator.py": "no_schema", "gelu_again.json": "bad_data"})


if __name__ == "__main__":
    unittest.main()
