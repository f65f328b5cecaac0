"""On a GPU: real operators, a Triton candidate, proof of who ran, the stream, poisoned memory."""

import tempfile
import unittest
from pathlib import Path

import support
from support import Case, implementation, why_no_torch

TRITON_GELU = '''
import torch
import triton
import triton.language as tl


@triton.jit
def gelu_kernel(x, out, n, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    v = tl.load(x + at, mask=at < n, other=0.0).to(tl.float32)
    y = 0.5 * v * (1 + tl.math.erf(v * 0.7071067811865476))
    tl.store(out + at, y.to(out.dtype.element_ty), mask=at < n)


def gelu(x):
    out = torch.empty_like(x)
    n = x.numel()
    gelu_kernel[(triton.cdiv(n, 1024),)](x, out, n, BLOCK=1024)
    return out
'''
OPERATORS = """abs add.Tensor add_.Tensor amax argmax clamp copy_ cumsum div.Tensor eq.Scalar exp
gather ge_.Scalar gelu gelu_ index_select isnan log_sigmoid masked_fill.Scalar max.dim mean.dim mm
mm.out native_layer_norm pow.Tensor_Scalar relu_ rsqrt scatter.src sigmoid silu softmax sort
std.correction sub.Tensor sum.dim_IntList tanh topk where.self""".split()
SHAPES = [[64, 64], [257, 1023], [16, 128, 64]]


def why_no_cuda():
    why = why_no_torch()
    if why is None:
        import torch

        why = None if torch.cuda.is_available() else "torch sees no CUDA device"
    return why


class CudaMemory(support.Memory):
    """Memory of a uint8 tensor, which stands for C's own allocation."""

    def __init__(self, name, shape, dtype):
        import math

        import torch
        from bench_python import tensors

        self.name, self.shape, self.dtype = name, list(shape), dtype
        self.raw = torch.full((max(1, math.prod(shape)) * tensors.SIZES[dtype] + 512,), 0xFF,
                              dtype=torch.uint8, device="cuda:0")

    def request(self):
        return {"name": self.name, "shape": self.shape, "dtype": self.dtype,
                "data": hex(self.raw.data_ptr())}

    def tensor(self):
        from bench_python import tensors

        return tensors.wrap(self.raw.data_ptr(), self.shape, self.dtype, "cuda:0")


class CudaCase(Case):
    memory = CudaMemory


@unittest.skipIf(why_no_cuda(), why_no_cuda() or "")
class OnCuda(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        import torch
        from bench_python.runtime import Runtime

        cls.stream = torch.cuda.Stream()
        cls.runtime = Runtime("cuda:0", cls.stream.cuda_stream)

    def describe(self, name, shapes=SHAPES, dtypes=("float32", "float16", "bfloat16"), **more):
        from bench_python.describe import Wanted, describe

        return describe(Wanted(name, shapes, list(dtypes), device="cuda", **more))

    def test_the_stream_is_the_one_that_was_given(self):
        import torch

        self.assertEqual(torch.cuda.current_stream().cuda_stream, self.stream.cuda_stream)

    def test_operators(self):
        for name in OPERATORS:
            shapes = [[128, 96, 64]] if name.startswith("mm") else SHAPES
            described = self.describe(name, shapes)
            self.assertEqual(len(described.dtypes), 3, f"{name}: {described.notes}")
            for dtype in described.dtypes:
                for shape in described.shapes:
                    with self.subTest(operator=name, dtype=dtype, shape=shape):
                        case = CudaCase(described.description, shape, dtype)
                        want, scale = case.oracle(self.runtime)
                        spec = implementation(described.description, "torch")
                        got = case.run(self.runtime, spec)
                        self.assertLessEqual(case.worst(got, want, scale), 1.0)

    def gelu(self, code):
        described = self.describe("gelu", dtypes=["float32"], callable_name="gelu")
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        Path(folder.name, "candidate.py").write_text(code)
        case = CudaCase(described.description, [257, 1023], "float32", folder.name)
        return case, implementation(described.description, "candidate"), described

    def facts(self, case, spec):
        handle, answer = self.runtime.prepare(case.request(spec, case.outputs()))
        try:
            return self.runtime.facts(handle), answer
        finally:
            self.runtime.release(handle)

    def test_a_triton_candidate(self):
        case, spec, described = self.gelu(TRITON_GELU)
        want, scale = case.oracle(self.runtime)
        self.assertLessEqual(case.worst(case.run(self.runtime, spec), want, scale), 1.0)
        seen, answer = self.facts(case, spec)
        self.assertEqual(seen["verdict"], "ok", seen)
        self.assertEqual([(k["name"], k["kind"], k["grid"], k["count"]) for k in seen["kernels"]],
                         [("gelu_kernel", "triton", [257, 1, 1], 1)])
        from bench_python import origins

        if origins.install():  # Triton 3.4 and newer
            candidate = str(Path(case.folder, "candidate.py").resolve())
            self.assertEqual(seen["kernels"][0]["defined_in"], [candidate])
        self.assertGreaterEqual(seen["memory"]["allocated_bytes"], 257 * 1023 * 4)
        self.assertGreater(answer["first_call_ns"], answer["second_call_ns"])

    def test_the_baseline_is_native(self):
        case, _, described = self.gelu(TRITON_GELU)
        seen, _ = self.facts(case, implementation(described.description, "torch"))
        self.assertEqual(seen["verdict"], "ok", seen)
        self.assertTrue(all(k["kind"] != "triton" for k in seen["kernels"]), seen)

    def test_disguises(self):
        case, spec, _ = self.gelu("import torch\ndef gelu(x):\n"
                                  "    return torch.nn.functional.gelu(x)\n")
        self.assertEqual(self.facts(case, spec)[0]["verdict"], "other_kernels")
        case, spec, _ = self.gelu("import torch\ndef gelu(x):\n    return torch.empty_like(x)\n")
        self.assertEqual(self.facts(case, spec)[0]["verdict"], "no_kernels")

    def test_memory_never_written(self):
        case, spec, described = self.gelu("import torch\ndef gelu(x):\n"
                                          "    return torch.empty_like(x)\n")
        want, scale = case.oracle(self.runtime)
        case.run(self.runtime, implementation(described.description, "torch"))
        got = case.run(self.runtime, spec)
        self.assertTrue(bool(got[0].tensor().isnan().all()), "poison, not the baseline's answer")

    def test_a_tensor_on_the_cpu(self):
        from bench_python.problem import OperatorProblem

        case, spec, _ = self.gelu("import torch\ndef gelu(x):\n    return torch.erf(x).cpu()\n")
        with self.assertRaises(OperatorProblem) as caught:
            case.run(self.runtime, spec)
        self.assertEqual(caught.exception.status, "wrong_device")


if __name__ == "__main__":
    unittest.main()
