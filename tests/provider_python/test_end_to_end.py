"""Real operators of torch from name to verdict on the CPU: describe, prepare, call, collect, and
compare with the oracle in float64."""

import unittest

from support import Case, implementation, why_no_torch

SHAPES = [[64, 64], [33, 17], [4, 8, 16]]
OPERATORS = """
abs add.Tensor add_.Tensor addcdiv addcmul amax amin angle argmax argmin atan bitwise_and.Tensor
bitwise_not cat ceil celu clamp clamp.Tensor clamp_min copy_ cos cosh cummax cumsum div.Tensor
div.Tensor_mode elu eq.Scalar eq.Tensor erf exp exp2 exp_ fill_.Scalar flip floor fmod.Tensor
full_like gather ge.Scalar ge_.Scalar ge_.Tensor gelu gelu_ gelu_backward glu gt.Tensor index_select
isfinite isinf isnan le.Tensor leaky_relu lerp.Scalar lerp.Tensor log log1p log_sigmoid logical_and
logical_not lt.Scalar masked_fill.Scalar max max.dim maximum mean mean.dim min.dim minimum mse_loss
mul.Tensor nan_to_num native_layer_norm ne.Tensor neg pow.Tensor_Scalar pow.Tensor_Tensor prod
reciprocal relu relu_ remainder.Tensor rsqrt scatter.src sigmoid sigmoid_ silu silu_ sin softmax
softplus sort sqrt stack std.correction sub.Tensor sum sum.dim_IntList sum.IntList_out tanh tanh_
threshold topk triu where.self zeros_like _softmax _log_softmax hardtanh hardswish rsub.Tensor
""".split()
MATRIX = {"mm": [[32, 24, 40]], "mm.out": [[32, 24, 40]], "bmm": [[3, 16, 24, 8]],
          "addmm": [[16, 16, 64]], "mv": [[32, 48]], "dot": [[1000]], "embedding": [[50, 16]]}
RANDOM = ("rand_like", "uniform_", "native_dropout", "normal_")


@unittest.skipIf(why_no_torch(), why_no_torch() or "")
class EndToEnd(unittest.TestCase):
    def described(self, name, shapes, dtypes):
        from bench_python.describe import Wanted, describe
        from bench_python.problem import OperatorProblem

        try:
            return describe(Wanted(name, shapes, dtypes))
        except OperatorProblem as e:
            import torch

            # An older torch lacks a few operators; none that it has may fail.
            if e.status == "no_schema" and torch.__version__ < "2":
                self.skipTest(f"torch {torch.__version__} has no {name}")
            raise

    def verify(self, name, shapes, dtypes=("float32",)):
        from bench_python.runtime import Runtime

        runtime = Runtime("cpu")
        described = self.described(name, shapes, list(dtypes))
        for dtype in described.dtypes:
            for shape in described.shapes:
                case = Case(described.description, shape, dtype)
                before = [bytes(m.raw) for m in case.inputs]
                want, scale = case.oracle(runtime)
                got = case.run(runtime, implementation(described.description, "torch"))
                ratio = case.worst(got, want, scale)
                self.assertLessEqual(ratio, 1.0, f"{name} {dtype} {shape}")
                self.assertEqual(before, [bytes(m.raw) for m in case.inputs],
                                 f"{name} changed the harness's inputs")
        return described

    def test_operators(self):
        for name in OPERATORS:
            with self.subTest(operator=name):
                self.verify(name, SHAPES)

    def test_half_precision(self):
        for name in ("add.Tensor", "relu", "mul.Tensor", "neg", "maximum", "threshold"):
            with self.subTest(operator=name):
                described = self.verify(name, [*SHAPES, [512, 512]], ("bfloat16", "float64"))
                self.assertIn("bfloat16", described.dtypes)

    def test_integers(self):
        for name in ("add.Tensor", "mul.Tensor", "maximum", "bitwise_and.Tensor", "eq.Tensor"):
            with self.subTest(operator=name):
                self.verify(name, SHAPES, ("int32", "int64"))

    def test_matrices_and_tables(self):
        for name, shapes in MATRIX.items():
            with self.subTest(operator=name):
                self.verify(name, shapes)

    def test_random_operators_by_moments(self):
        for name in RANDOM:
            with self.subTest(operator=name):
                described = self.verify(name, [[256, 256]])
                self.assertTrue(described.description["oracle"]["python"]["random"])
                self.assertTrue(all(o["shape"] == [4] for o in described.description["outputs"]))

    def test_a_random_operator_of_the_wrong_distribution_is_wrong(self):
        from bench_python.runtime import Runtime

        described = self.described("rand_like", [[256, 256]], ["float32"])
        case = Case(described.description, [256, 256], "float32")
        runtime = Runtime("cpu")
        want, scale = case.oracle(runtime)
        normal = dict(implementation(described.description, "torch"))
        normal["python"] = {**normal["python"], "callable": "aten.randn_like.default"}
        self.assertGreater(case.worst(case.run(runtime, normal), want, scale), 1.0)

    def test_a_wrong_operator_is_wrong(self):
        from bench_python.runtime import Runtime

        described = self.described("gelu", SHAPES, ["float32"])
        case = Case(described.description, [64, 64], "float32")
        runtime = Runtime("cpu")
        want, scale = case.oracle(runtime)
        wrong = dict(implementation(described.description, "torch"))
        wrong["python"] = {**wrong["python"], "callable": "aten.silu.default"}
        self.assertGreater(case.worst(case.run(runtime, wrong), want, scale), 1.0)

    def test_ties_and_wrong_indices(self):
        """Equal values may be taken from anywhere; an index twice in a sort is wrong."""
        import torch

        from bench_python import checks

        source = torch.tensor([[3.0, 1.0, 3.0, 2.0]])
        where = {"dim": -1, "permutation": False}
        a = checks.values_at(torch.tensor([[0, 3]]), source, where)
        b = checks.values_at(torch.tensor([[2, 3]]), source, where)
        self.assertTrue(torch.equal(a, b))
        twice = checks.values_at(torch.tensor([[0, 0, 3, 1]]), source, {**where,
                                                                        "permutation": True})
        self.assertTrue(bool(twice.isnan().all()))
        outside = checks.values_at(torch.tensor([[0, 4]]), source, where)
        self.assertTrue(bool(outside.isnan().all()))

    def candidate_of(self, name, code, folder):
        import json
        from pathlib import Path

        from bench_python.describe import Wanted, describe

        description = describe(Wanted(name, SHAPES, ["float32"], callable_name="f",
                                      source="f.py")).description
        (Path(folder) / "f.py").write_text("import torch\n" + code)
        return json.loads(json.dumps(description))

    def test_special_values_are_tried_on_candidates(self):
        """NaN and infinity must be where torch has them, though no input of the case has any."""
        import tempfile

        from bench_python.problem import OperatorProblem
        from bench_python.runtime import Runtime

        good = {"relu": "def f(x):\n    return x.clamp(min=0)\n",
                "sum.dim_IntList": "def f(x, dim, keepdim=False, *, dtype=None):\n"
                "    return torch.sum(x, dim, keepdim, dtype=dtype)\n",
                "mul_.Tensor": "def f(x, y):\n    return x.copy_(x * y)\n",
                "sqrt": "def f(x):\n    return torch.sqrt(torch.where(x.abs() < 1.2e-38, 0 * x, x))\n",
                "exp": "def f(x):\n    return torch.exp(x)\n"}
        bad = {"relu": ("def f(x):\n    return torch.where(x > 0, x, 0.0)\n", "with NaN"),
               "tanh": ("def f(x):\n    e = torch.exp(2 * x)\n    return (e - 1) / (e + 1)\n",
                        "with infinities"),
               "reciprocal": ("def f(x):\n    return torch.where(x.abs() < 1e-38, x * 0 + 7.0, "
                              "1 / x).where(x != 0, 1 / x)\n", "with denormal numbers"),
               "isnan": ("def f(x):\n    return torch.zeros_like(x, dtype=torch.bool)\n",
                         "is False, torch's True"),
               "neg": ("def f(x):\n    if x.isnan().any():\n        raise ValueError('no')\n"
                       "    return -x\n", "calling it with special values: ValueError: no")}
        for name, code in [*good.items(), *bad.items()]:
            code, why = code if isinstance(code, tuple) else (code, None)
            with self.subTest(operator=name, wrong=why), tempfile.TemporaryDirectory() as folder:
                described = self.candidate_of(name, code, folder)
                case = Case(described, [64, 64], "float32", folder)
                runtime = Runtime("cpu")
                want, scale = case.oracle(runtime)
                candidate = implementation(described, "candidate")
                self.assertLessEqual(case.worst(case.run(runtime, candidate), want, scale), 1.0)
                handle, _ = runtime.prepare(case.request(candidate, case.outputs()))
                if why is None:
                    self.assertEqual(runtime.special_values(handle), [])
                    continue
                with self.assertRaises(OperatorProblem) as caught:
                    runtime.special_values(handle)
                self.assertEqual(caught.exception.status,
                                 "raised" if name == "neg" else "special_values")
                self.assertIn(why, caught.exception.reason)

    def test_torch_passes_its_own_special_values(self):
        """No operator of torch's own is refused: the check knows torch's own habits."""
        from bench_python import special
        from bench_python.runtime import Prepared, _resolve_aten

        tried = 0
        for name in OPERATORS:
            with self.subTest(operator=name):
                described = self.described(name, SHAPES, ["float32"])
                case = Case(described.description, described.shapes[0], "float32")
                torch_ = implementation(described.description, "torch")
                if not torch_["python"]["special"]:
                    continue
                prepared = Prepared(case.request(torch_, case.outputs()), "cpu")
                special.check(prepared, _resolve_aten(torch_["python"]["aten"]))
                tried += 1
        self.assertGreater(tried, 60)

    def test_facts_say_what_ran(self):
        from bench_python.runtime import Runtime

        runtime = Runtime("cpu")
        described = self.described("gelu", SHAPES, ["float32"])
        case = Case(described.description, [64, 64], "float32")
        spec = implementation(described.description, "torch")
        handle, answer = runtime.prepare(case.request(spec, case.outputs()))
        self.assertGreater(answer["first_call_ns"], 0)
        seen = runtime.facts(handle)
        self.assertEqual(seen["kernels"], [])
        self.assertEqual(seen["verdict"], "ok", seen)
        self.assertIn("aten::gelu", seen["aten_ops"])


if __name__ == "__main__":
    unittest.main()
