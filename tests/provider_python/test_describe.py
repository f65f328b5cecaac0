"""Names, operator data, expressions, shapes, arguments, suites: what becomes of what people give."""

import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from support import PACKAGE, implementation, why_no_torch


class WithoutTorch(unittest.TestCase):
    """Works in any Python."""

    def test_the_package_does_not_import_torch(self):
        code = ("import sys; sys.modules['torch'] = None; import bench_python, bench_python.data, "
                "bench_python.names, bench_python.loader, bench_python.guard, bench_python.suite, "
                "bench_python.describe, bench_python.runtime, bench_python.hooks, "
                "bench_python.project, bench_python.coverage")
        subprocess.run([sys.executable, "-c", code], check=True, cwd=PACKAGE)

    def test_a_missing_torch_is_said(self):
        code = ("import sys; sys.modules['torch'] = None; import bench_python.__main__ as m; "
                "sys.exit(m.main(['describe', '--operators', '.', '--output', '/proc/nowhere']))")
        done = subprocess.run([sys.executable, "-c", code], cwd=PACKAGE, capture_output=True,
                              text=True)
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn("torch", done.stderr)

    def test_python_names(self):
        from bench_python import names
        from bench_python.problem import OperatorProblem

        self.assertEqual(names.python_name("aten::ge_.Scalar"), "ge__Scalar")
        self.assertEqual(names.python_name("torch.ops.aten.gelu"), "gelu")
        for bad in ("aten::../../x", "a b", "", "aten::", "x;y"):
            with self.assertRaises(OperatorProblem):
                names.python_name(bad)

    def test_operator_data(self):
        from bench_python import data

        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "x.json"
            file.write_bytes(b"\xef\xbb\xbf" + json.dumps(
                {"op_name": "aten::ge_.Scalar", "code": "x", "params": {"other": 3}}).encode())
            operator = data.read(file)
            self.assertEqual((operator.python_name, operator.params), ("ge__Scalar", {"other": 3}))
            module = Path(folder) / "copy_.py"
            module.write_text("def copy_(a, b):\n    return a\n")
            self.assertEqual(data.read(module).op_name, "copy_")
            self.assertEqual([p.name for p in data.find(folder)], ["copy_.py", "x.json"])

    def test_expressions(self):
        from bench_python.expressions import Scope

        scope = Scope([2, 3, 8], dims=["rows*", "cols"])
        for text, want in (("numel", 48), ("rows * cols", 48), ("size(-1) / 2", 4),
                           ("prod(0, ndim - 1)", 6), ("2 ^ ndim * numel", 384),
                           ("select(cols > 4 && rows == 6, 1, 0)", 1), ("ceildiv(7, 2)", 4),
                           ("pow2ceil(9)", 16), ("min(5, size(-1))", 5)):
            self.assertEqual(scope.evaluate(text), want, text)
        for text in ("nothing", "size(3)", "__import__('os')", "numel.real", "1 +"):
            with self.assertRaises(ValueError):
                scope.evaluate(text)

    def test_shapes_are_expressions_that_hold_for_all_cases(self):
        from bench_python import shapes

        dims = ["elements*"]
        self.assertEqual(shapes.derive([([4, 6], [4, 6]), ([7], [7])], dims), "case")
        self.assertEqual(shapes.derive([([4, 6], []), ([7, 9], [])], dims), [])
        reduced = shapes.derive([([4, 6], [4]), ([2, 3, 5], [2, 3])], dims)
        self.assertEqual(reduced, ["prod(0, ndim - 1)"])
        self.assertIsNone(shapes.derive([([4, 6], [11]), ([5, 7], [3]), ([9, 9], [1])], dims))

    def test_shapes_of_flaggems(self):
        from bench_python import suite

        record = {"op_name": "abs", "dtype": "torch.float16", "mode": "kernel", "level": "core",
                  "result": [{"legacy_shape": None, "shape_detail": [[64, 64]], "latency": 0.1},
                             {"shape_detail": [[4, 8], [4, 8]], "error_msg": "x"},
                             {"shape_detail": None}]}
        with tempfile.TemporaryDirectory() as folder:
            log = Path(folder) / "result.log"
            log.write_text("[INFO] something else\n[INFO] {\n  \"a\": 1\n}\n[INFO] "
                           + json.dumps(record) + "\n[INFO] " + json.dumps(
                               {**record, "dtype": "torch.complex64"}) + "\n")
            made = suite.make(str(log), [], {}, ["float32"], 1 << 20)
            self.assertEqual(made["shapes"], {"shapes0": [[64, 64], [4, 8]]})
            self.assertEqual(made["operators"], [
                {"operator": "abs", "shapes": "shapes0", "dtypes": ["float16"]}])
            self.assertIn("4 left out", made["description"])
            as_json = Path(folder) / "result.json"
            as_json.write_text(json.dumps([record]))
            self.assertEqual(suite.make(str(as_json), [], {}, ["float32"], 1 << 20)["shapes"],
                             made["shapes"])

    def test_core_shapes(self):
        from bench_python import suite
        from bench_python.problem import OperatorProblem

        text = ("one: &one\n  shapes:\n    - [64]\nvdot:\n  <<: *one\nBenchmark:\n  shapes:\n"
                "    - [1073741824]\n    - [64, 64]\nindex:\n  shapes:\n    - [[4], [[2]]]\n")
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "core_shapes.yaml"
            file.write_text(text)
            try:
                import yaml  # noqa: F401
            except ImportError:
                with self.assertRaisesRegex(OperatorProblem, "PyYAML"):
                    suite.make(str(file), ["vdot"], {}, ["float32"], 1 << 20)
                return
            made = suite.make(str(file), ["vdot", "gelu", "index"], {}, ["float32"], 1 << 20)
            self.assertEqual(made["shapes"], {"shapes0": [[64]], "shapes1": [[64, 64]]})

    def test_registrations_are_read_not_imported(self):
        from bench_python import flaggems

        with tempfile.TemporaryDirectory() as folder:
            package = Path(folder) / "src" / "flag_gems"
            package.mkdir(parents=True)
            (package / "__init__.py").write_text(
                "raise SystemExit\n_CONFIG = ((\"ge_.Scalar\", ge_scalar_), (\"gelu\", ops.gelu),\n"
                "  (\"abs\", abs, True))\n")
            found = flaggems.source_folder(folder)
            self.assertEqual(flaggems.registrations(found), [
                ("ge_.Scalar", "ge_scalar_"), ("gelu", "gelu"), ("abs", "abs")])
            self.assertEqual(flaggems.function_of(found, "ge_.Scalar"), "ge_scalar_")


@unittest.skipIf(why_no_torch(), why_no_torch() or "")
class WithTorch(unittest.TestCase):
    def test_overloads(self):
        from bench_python import names

        for given, want in (("aten::ge_.Scalar", "aten::ge_.Scalar"), ("ge__Scalar",
                            "aten::ge_.Scalar"), ("ge__Tensor", "aten::ge_.Tensor"),
                            ("add_Tensor", "aten::add.Tensor"), ("add", "aten::add.Tensor"),
                            ("copy_", "aten::copy_"), ("clamp_max", "aten::clamp_max"),
                            ("softmax", "aten::softmax.int"), ("ge_scalar", "aten::ge.Scalar"),
                            ("sum_dim_IntList", "aten::sum.dim_IntList"),
                            ("where_self_out", "aten::where.self_out")):
            self.assertEqual(names.resolve(given).qualified, want, given)

    def derive(self, name, **more):
        from bench_python import arguments, names, schema

        return arguments.derive(schema.read(names.resolve(name)), **more)

    def test_arguments(self):
        self.assertEqual(self.derive("gelu").args, [{"input": "self"}])
        clamp = self.derive("clamp")
        self.assertEqual(clamp.args, [{"input": "self"}, {"value": -0.5}, {"value": 0.5}])
        names = [t.name for t in self.derive("clamp.Tensor").inputs]
        self.assertEqual(names, ["self", "min_", "max_"], "min and max are functions")
        where = self.derive("where.self")
        self.assertEqual([t.dtype for t in where.inputs], ["bool", "T", "T"])
        self.assertEqual(self.derive("ge_.Scalar").written, ["self"])
        self.assertEqual(self.derive("mm.out").outs, ["out"])
        self.assertEqual(self.derive("cat").args, [{"inputs": ["tensors", "tensors_"]}])

    def test_the_users_words_win(self):
        call = self.derive("softmax", params={"dim": 0})
        self.assertEqual(call.args[1], {"value": 0})
        call = self.derive("softmax", params={"dim": 0}, override={"args": {"dim": 1}})
        self.assertEqual(call.args[1], {"value": 1})
        self.assertTrue(self.derive("gelu", params={"colour": 1}).notes)
        from bench_python.problem import OperatorProblem

        with self.assertRaisesRegex(OperatorProblem, "it|has"):
            self.derive("gelu", override={"args": {"dimm": 1}})

    def test_what_cannot_be_derived_is_said_with_an_example(self):
        from bench_python.problem import OperatorProblem

        with self.assertRaises(OperatorProblem) as caught:
            self.derive("index_reduce")
        self.assertEqual(caught.exception.status, "no_arguments")
        self.assertIn("aten::index_reduce(", caught.exception.reason)
        self.assertIn('"args"', caught.exception.reason)

    def test_what_cannot_be_described(self):
        from bench_python.describe import Wanted, describe
        from bench_python.problem import OperatorProblem

        for name, why in (("allclose", "bool"), ("rand_like", "16384")):
            with self.assertRaises(OperatorProblem) as caught:
                describe(Wanted(name, [[64, 64]], ["float32"]))
            self.assertEqual(caught.exception.status, "not_describable")
            self.assertIn(why, caught.exception.reason)

    def test_what_is_written_and_not_read_is_no_traffic(self):
        from bench_python.describe import Wanted, describe

        for name, bytes_ in (("copy_", 2), ("add_.Tensor", 3), ("relu_", 2), ("fill_.Scalar", 1),
                             ("exp", 2), ("uniform_", 0)):
            with self.subTest(name):
                told = describe(Wanted(name, [[256, 128]], ["float32"])).description["bytes"]
                self.assertEqual(told.count("numel * sizeof_T"), bytes_, told)

    def test_numbers_at_which_an_operator_jumps_are_exact_in_all_dtypes(self):
        import torch
        from bench_python import rules

        for name in ("threshold", "lambd", "min", "max", "min_val", "max_val", "other", "value",
                     "fill_value", "test_element", "element"):
            number = rules.BY_NAME[name]
            for dtype in (torch.float16, torch.bfloat16):
                self.assertEqual(torch.tensor(number, dtype=dtype).item(), number, name)

    def test_integers_where_torch_has_nothing_else(self):
        from bench_python.describe import Wanted, describe

        told = describe(Wanted("bitwise_and.Tensor", [[64, 64]], ["float32"]))
        self.assertEqual(told.dtypes[0], "int32")
        self.assertTrue(any("int32" in n for n in told.notes), told.notes)

    def test_a_folder(self):
        """Overloads in the operator data, FlagGems' functions found, the files that C reads."""
        from bench_python import project

        codes = {"ge__Scalar.json": ("aten::ge_.Scalar", "def ge__Scalar(a, b):\n    return a\n"),
                 "ge__Tensor.json": ("ge__Tensor", "def ge__Tensor(a, b):\n    return a\n"),
                 "add.json": ("aten::add.Tensor", "def add_Tensor(a, b):\n    return a + b\n")}
        with tempfile.TemporaryDirectory() as folder:
            home = Path(folder)
            (home / "data").mkdir()
            for name, (op, code) in codes.items():
                (home / "data" / name).write_text(json.dumps({"op_name": op, "code": code}))
            (home / "data" / "copy_.py").write_text("def copy_(a, b):\n    return a\n")
            package = home / "gems" / "src" / "flag_gems"
            package.mkdir(parents=True)
            (package / "__init__.py").write_text("enable((('ge_.Scalar', ge_scalar_),))\n")
            result = project.describe_folder(str(home / "data"), project.Settings(
                {"": [[64, 64], [33]]}, ["float32", "bfloat16"], home / "out",
                reference=str(home / "gems"), jobs=2))
            self.assertEqual(result["described"], 4, result)
            suite = json.loads((home / "out" / "suite.json").read_text())
            self.assertEqual(sorted(o["operator"] for o in suite["operators"]),
                             ["add_Tensor", "copy_", "ge__Scalar", "ge__Tensor"])
            path = home / "out" / "kernels" / "ge__Scalar"
            description = json.loads((path / "ge__Scalar.json").read_text())
            self.assertTrue((path / "candidate.py").is_file())
            self.assertEqual([i["name"] for i in description["implementations"]],
                             ["candidate", "flag_gems", "torch"])
            gems = implementation(description, "flag_gems")["python"]
            self.assertEqual((gems["module"], gems["callable"], gems["written"]),
                             ("flag_gems", "ge_scalar_", ["self"]))


    def test_a_file_of_a_checkout_is_part_of_its_package(self):
        """Relative imports, several operators in a file, kernels that are no operators; the
        package is not imported to describe it, and is imported to run it."""
        import os

        from bench_python import project
        from bench_python.problem import OperatorProblem
        from bench_python.runtime import Runtime
        from support import Case

        with tempfile.TemporaryDirectory() as folder:
            home = Path(folder)
            top = home / "src" / "gems_of_tests"
            (top / "ops").mkdir(parents=True)
            (top / "__init__.py").write_text(
                f"import os\nopen({str(home / 'imported')!r}, 'w').close()\n"
                "os.environ['OMP_NUM_THREADS'] = '3'\n"
                "from .ops.ge import ge, ge_scalar\nLIST = (('ge.Tensor', ge), "
                "('ge.Scalar', ge_scalar), ('tanh', None))\n")
            (top / "ops" / "__init__.py").write_text("")
            (top / "helpers.py").write_text("import torch\ndef compare(a, b):\n"
                                            "    return torch.greater_equal(a, b)\n")
            (top / "ops" / "ge.py").write_text(
                "from ..helpers import compare\nlibdevice = compare\n"
                "try:\n    tanh = libdevice.tanh\nexcept AttributeError:\n    pass\n"
                "def jit(f):\n    return 5\n@jit\ndef tanh(x):\n    return x\n"
                "def ge(a, b):\n    return compare(a, b)\n"
                "def ge_scalar(a, b):\n    return compare(a, b)\n")
            (top / "ops" / "neg.py").write_text("from . import ge\ndef neg(x):\n    return -x\n")
            (top / "ops" / "help_neg.py").write_text("def neg(x):\n    return -x\n")
            result = project.describe_folder(str(top / "ops"), project.Settings(
                {"": [[16, 8]]}, ["float32"], home / "out", reference="none"))
            found = {o["op_name"]: o for o in result["operators"]}
            self.assertEqual({k: o["status"] for k, o in found.items()}, {
                "ge.Tensor": "described", "ge.Scalar": "described", "neg": "described",
                "help_neg": "no_schema"})
            self.assertIn("registers none of the functions of gems_of_tests.ops.help_neg: neg",
                          found["help_neg"]["reason"])
            self.assertFalse((home / "imported").exists())

            before, threads = list(sys.path), os.environ.get("OMP_NUM_THREADS")
            try:
                runtime = Runtime("cpu")
                for name in ("ge_Scalar", "ge_Tensor", "neg"):
                    place = home / "out" / "kernels" / name
                    description = json.loads((place / f"{name}.json").read_text())
                    case = Case(description, [16, 8], "float32", str(place))
                    want, scale = case.oracle(runtime)
                    got = case.run(runtime, implementation(description, "candidate"))
                    self.assertLessEqual(case.worst(got, want, scale), 1.0, name)
                # What the package itself does as it is imported is put back, not a verdict.
                self.assertEqual(os.environ.get("OMP_NUM_THREADS"), threads)
                (top / "ops" / "neg.py").write_text("def neg(x):\n    return x\n")
                with self.assertRaisesRegex(OperatorProblem, "changed since it was described"):
                    case.run(runtime, implementation(description, "candidate"))
            finally:
                sys.path[:] = before
                for name in [n for n in sys.modules if n.split(".")[0] == "gems_of_tests"]:
                    del sys.modules[name]

    def test_a_library_that_cannot_be_imported_fails_for_the_same_reason_each_time(self):
        from bench_python import loader
        from bench_python.problem import OperatorProblem

        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "library_of_tests.py").write_text(
                "import sys\nif hasattr(sys, 'bench_test_seen'):\n    raise KeyError('remains')\n"
                "sys.bench_test_seen = 1\nraise RuntimeError('no device')\n")
            file = Path(folder) / "operator.py"
            file.write_text("import library_of_tests\ndef neg(x):\n    return -x\n")
            before = list(sys.path)
            try:
                for _ in range(2):
                    with self.assertRaisesRegex(OperatorProblem, "importing library_of_tests: "
                                                "RuntimeError: no device") as caught:
                        loader.load_file(str(file), folder)
                    self.assertEqual(caught.exception.status, "import_failed")
            finally:
                sys.path[:] = before
                del sys.bench_test_seen

    def test_a_description_by_hand_wins(self):
        """Its cases, inputs, oracle and implementations; the candidate is the operator data's,
        called as the description's "torch" says."""
        from bench_python import project
        from bench_python.runtime import Runtime
        from support import Case

        by_hand = {
            "name": "mine", "aten": "aten::sum", "dtypes": ["float32"], "dims": ["rows", "cols"],
            "params": {"dim": {"type": "int", "default": -1}},
            "inputs": [{"name": "x", "shape": "case", "dtype": "T",
                        "fill": {"constant": 3}}],
            "outputs": [{"name": "out", "shape": ["rows", "1"], "dtype": "T"}],
            "oracle": {"source": "oracle.cu", "entry": "oracle"},
            "implementations": [{"name": "candidate", "provider": "cuda", "source": "c.cu"},
                                {"name": "reference", "provider": "cuda", "source": "c.cu"}],
            "torch": {"signature": "input, dim, keepdim", "tensors": {"x": "input"},
                      "example_call": "x.abs(), [dim], keepdim=True"}}
        with tempfile.TemporaryDirectory() as folder:
            home = Path(folder)
            (home / "kernels" / "mine").mkdir(parents=True)
            (home / "kernels" / "mine" / "mine.json").write_text(json.dumps(by_hand))
            (home / "data").mkdir()
            (home / "data" / "sum.py").write_text(
                "def sum(x, dim, keepdim):\n    return x.sum(dim, keepdim)\n")
            settings = project.Settings({"": [[6, 8], [33]]}, ["float32", "float16"],
                                        home / "out", kernels=home / "kernels", reference="none")
            result = project.describe_folder(str(home / "data"), settings)
            self.assertEqual(result["described"], 1, result)
            told = result["operators"][0]
            self.assertEqual((told["by"], told["shapes"], told["dtypes"]),
                             ("kernels", [[6, 8]], ["float32"]))
            place = home / "out" / "kernels" / "sum"
            description = json.loads((place / "sum.json").read_text())
            self.assertEqual(description["oracle"]["source"],
                             str((home / "kernels" / "mine").resolve() / "oracle.cu"))
            self.assertEqual([i["name"] for i in description["implementations"]],
                             ["operator_data", "torch", "candidate", "reference"])
            suite = json.loads((home / "out" / "suite.json").read_text())
            self.assertEqual(suite["operators"][0]["roles"], {
                "candidate": "operator_data", "reference": "reference", "baseline": "torch"})
            python = implementation(description, "operator_data")["python"]
            self.assertEqual(python["args"], [{"python": "x.abs()"}, {"python": "[dim]"}])
            self.assertEqual(python["kwargs"], {"keepdim": {"value": True}})
            case = Case(description, [6, 8], "float32", str(place), params={"dim": -1})
            for name in ("operator_data", "torch"):
                out = case.run(Runtime("cpu"), implementation(description, name))
                self.assertEqual(out[0].tensor().tolist(), [[24.0]] * 6)

            settings.shapes = {"": [[4, 4, 4]]}
            refused = project.describe_folder(str(home / "data"), settings)["operators"][0]
            self.assertEqual(refused["status"], "no_arguments")
            self.assertIn("rows, cols", refused["reason"])

    def test_operators_that_import_a_checkout(self):
        """Operator data find what they import in the checkout that is given as the reference."""
        from bench_python import project

        with tempfile.TemporaryDirectory() as folder:
            home = Path(folder)
            package = home / "gems" / "src" / "flag_gems"
            package.mkdir(parents=True)
            (package / "__init__.py").write_text(
                "def neg(x):\n    return -x\nLIST = (('neg', neg),)\n")
            (home / "data").mkdir()
            (home / "data" / "neg.json").write_text(json.dumps(
                {"op_name": "aten::neg", "code": "from flag_gems import neg as theirs\n"
                 "def neg(x):\n    return theirs(x)\n"}))
            result = project.describe_folder(str(home / "data"), project.Settings(
                {"": [[16, 8]]}, ["float32"], home / "out", reference=str(home / "gems")))
            self.assertEqual(result["described"], 1, result)
            description = json.loads((home / "out/kernels/neg/neg.json").read_text())
            self.assertEqual(implementation(description, "candidate")["python"]["path"],
                             str(home / "gems" / "src"))


@unittest.skipIf(why_no_torch(), why_no_torch() or "")
class EmptyTensors(unittest.TestCase):
    """Shapes with a 0 in them: cases where torch has an answer."""

    def described(self, name, shapes):
        from bench_python.describe import Wanted, describe

        return describe(Wanted(name, shapes, ["float32"]))

    def test_they_are_cases_where_torch_answers(self):
        for name, shapes, empty in (
                ("relu", [[4, 6], [0, 6], [4, 0]], ["elements"]),
                ("sum", [[4, 6], [0, 6]], ["elements"]),
                ("softmax", [[4, 6], [4, 0]], ["elements"]),
                ("mm", [[4, 6, 8], [0, 6, 8], [4, 6, 0]], None)):
            described = self.described(name, shapes)
            self.assertEqual(described.shapes, shapes, name)
            dims = [d.rstrip("*") for d in described.description["dims"]]
            if empty is None:
                empty = [dims[0], dims[2]]
            self.assertEqual(described.description["empty"], empty, name)
            # They change nothing else of what is known of the operator.
            alone = self.described(name, shapes[:1]).description
            self.assertEqual({**alone, "empty": empty}, described.description, name)

    def test_what_torch_refuses_is_left_out_and_said(self):
        described = self.described("amax", [[4, 6], [0, 6]])
        self.assertEqual(described.shapes, [[4, 6]])
        self.assertNotIn("empty", described.description)
        self.assertIn("left out the shape [0, 6]", " ".join(described.notes))

    def test_random_numbers_of_none_have_no_moments(self):
        described = self.described("rand_like", [[256, 256], [0, 6]])
        self.assertEqual(described.shapes, [[256, 256]])
        self.assertIn("none have none", " ".join(described.notes))

    def test_empty_ones_alone_tell_nothing(self):
        from bench_python.problem import OperatorProblem

        with self.assertRaisesRegex(OperatorProblem, "all shapes are empty; give one"):
            self.described("relu", [[0, 6], [4, 0]])

    def test_the_answer_is_checked(self):
        """Operators are called; another shape, or a copy that is none, is found."""
        from bench_python.problem import OperatorProblem
        from bench_python.runtime import Runtime
        from support import Case

        runtime = Runtime("cpu")
        described = self.described("relu", [[4, 6], [4, 0]])
        case = Case(described.description, [4, 0], "float32")
        case.oracle(runtime)
        torch_s = implementation(described.description, "torch")
        self.assertEqual([m.bytes for m in case.run(runtime, torch_s)], [0])
        other = {**torch_s, "python": {**torch_s["python"], "callable": "aten.t.default"}}
        with self.assertRaises(OperatorProblem) as caught:
            case.run(runtime, other)
        self.assertEqual(caught.exception.status, "wrong_shape")


if __name__ == "__main__":
    unittest.main()
