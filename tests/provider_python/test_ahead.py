"""Compiling ahead: kernels are compiled for a GPU that is not there, none is launched, and what goes
wrong costs its own operator only. With this folder's stand-in for Triton; with the real one if it
is installed."""

import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from support import PACKAGE, Case, implementation, why_no_torch

FAKE = str(Path(__file__).resolve().parent / "fake_triton")
TARGET = {"arch": "sm_90", "name": "NVIDIA H100", "index": 0, "sm_count": 132,
          "memory_bytes": 80 << 30, "l2_bytes": 50 << 20, "max_shared_bytes": 232448}
HEAD = '''
import os
import torch
import triton
'''
KERNEL = HEAD + '''
@triton.jit
def gelu_kernel(x, out, n, BLOCK):
    pass

def gelu(x):
    out = torch.empty_like(x)
    %s
    gelu_kernel[(1,)](x, out, x.numel(), BLOCK=128)
    return out
'''
TUNED = HEAD + '''
@triton.autotune([triton.Config({"BLOCK": 64}), triton.Config({"BLOCK": 128}),
                  triton.Config({"BLOCK": "impossible"})], key=["n"])
@triton.jit
def tuned_kernel(x, out, n, BLOCK):
    pass

def gelu(x):
    out = torch.empty_like(x)
    tuned_kernel[(1,)](x, out, x.numel())
    return out
'''
# As FlagGems' libentry: the kernel of the first call is launched again.
KEPT = HEAD + '''
@triton.jit
def kept_kernel(x, out, n, BLOCK):
    pass

def gelu(x):
    out = torch.empty_like(x)
    kernel = kept_kernel.run(x, out, 5, grid=(1,), warmup=False, BLOCK=1)
    kernel[(1, 1, 1)](x, out, 5)
    return out
'''
REAL = '''
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
    sizes = torch.tensor(x.shape, device=x.device)
    assert sizes.is_cuda and x.is_cuda
    with torch.cuda.device(x.device):
        gelu_kernel[(triton.cdiv(x.numel(), 128),)](x, out, x.numel(), BLOCK=128)
    return out
'''


def why_no_triton():
    if why_no_torch():
        return why_no_torch()
    try:
        import triton
    except Exception as e:  # noqa: BLE001
        return f"{sys.executable} cannot import triton: {type(e).__name__}: {e}"
    return None if triton.__version__ >= "3" else f"Triton {triton.__version__} is too old"


class Plans(unittest.TestCase):
    def test_torchs_own_operators_need_no_compiler(self):
        from bench_python import ahead

        def line(operator, kind, **more):
            return json.dumps({"operator": operator, "python": {"kind": kind, **more}})

        plan = ahead.read_plan([line("a", "code"), line("a", "aten"), "", line("a", "module"),
                                line("b", "code", upcast=True), line("c", "code")])
        self.assertEqual([[r["python"]["kind"] for r in g] for g in plan],
                         [["code", "module"], ["code"]])

    def test_architectures(self):
        from bench_python import fake_gpu
        from bench_python.problem import OperatorProblem

        self.assertEqual(fake_gpu.capability_of("sm_90"), 90)
        self.assertEqual(fake_gpu.capability_of("sm_90a"), 90)
        self.assertEqual(fake_gpu.capability_of("sm_120"), 120)
        for arch in ("x86-64", "sm_", ""):
            with self.assertRaises(OperatorProblem):
                fake_gpu.capability_of(arch)


class InAProcess(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.cache = self.folder / "cache"
        self.cache.mkdir()

    def requests(self, name, code, dtypes=("float32",)):
        from bench_python.describe import Wanted, describe

        (self.folder / f"{name}.py").write_text(code)
        described = describe(Wanted("gelu", [[64, 64]], list(dtypes), callable_name="gelu",
                                    source=f"{name}.py")).description
        for dtype in dtypes:
            case = Case(described, [64, 64], dtype, str(self.folder))
            for role in ("candidate", "torch"):
                spec = implementation(described, role)
                yield {**case.request(spec, case.outputs()), "operator": name}

    def ahead(self, operators, fake=True):
        plan, log = self.folder / "plan", self.folder / "log"
        log.unlink(missing_ok=True)
        plan.write_text("".join(json.dumps(r) + "\n" for name, code in operators
                                for r in self.requests(name, code)))
        path = [str(PACKAGE)] + ([FAKE] if fake else [])
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path),
                       "TRITON_CACHE_DIR": str(self.cache)}
        with open(plan) as file:
            done = subprocess.run(
                [sys.executable, "-m", "bench_python", "ahead", str(file.fileno()), "--target",
                 json.dumps(TARGET), "--jobs", "2", "--log", str(log)], env=environment,
                pass_fds=[file.fileno()], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        lines = [json.loads(line) for line in log.read_text().splitlines()]
        return {line["operator"]: line for line in lines[:-1]}, lines[-1]


@unittest.skipIf(why_no_torch(), why_no_torch() or "")
class Ahead(InAProcess):
    def compiled(self):
        return sorted(f.read_text() for f in self.cache.iterdir())

    def test_it_compiles_and_launches_nothing(self):
        by_name, totals = self.ahead([("plain", KERNEL % "pass"), ("kept", KEPT)])
        self.assertEqual(by_name["plain"]["failed"], {})
        self.assertEqual(by_name["kept"]["failed"], {})
        self.assertEqual((totals["operators"], totals["whole"], totals["kernels"]), (2, 2, 2))
        pointers = "['*torch.float32 True', '*torch.float32 True', "
        self.assertEqual(self.compiled(), [
            f"gelu_kernel {pointers}'4096'] {{'BLOCK': 128}} cuda:90",
            f"kept_kernel {pointers}'5'] {{'BLOCK': 1}} cuda:90"])

    def test_all_configurations_and_no_times(self):
        by_name, _ = self.ahead([("tuned", TUNED)])
        self.assertEqual(by_name["tuned"]["failed"], {})
        self.assertEqual([k.split("{")[1].split("}")[0] for k in self.compiled()],
                         ["'BLOCK': 128", "'BLOCK': 64"])

    def test_the_gpu_is_the_plans_and_cuda_is_not_touched(self):
        check = ("assert os.environ['CUDA_VISIBLE_DEVICES'] == ''; p = torch.cuda."
                 "get_device_properties(0); assert p.multi_processor_count == 132; assert x.is_cuda;"
                 " assert 'memory' in os.environ['FLAGGEMS_DB_URL']; torch.cuda.synchronize();"
                 " torch.__version__ < '2' or torch.tensor([1, 2], device=x.device)")
        by_name, _ = self.ahead([("looks", KERNEL % check)])
        self.assertEqual(by_name["looks"]["failed"], {})

    def test_faults_cost_their_own_operator(self):
        faults = {"raises": "raise ValueError('no')", "exits": "exit(3)", "dies": "os._exit(7)",
                  "reads": "x.sum().item()", "prints": "print('y' * (1 << 22))"}
        operators = []
        for name, statement in faults.items():
            operators += [(name, KERNEL % statement), (f"after_{name}", KERNEL % "pass")]
        by_name, totals = self.ahead(operators)
        for name in faults:
            self.assertEqual(by_name[f"after_{name}"]["failed"], {}, name)
        self.assertIn("ValueError: no", by_name["raises"]["failed"]["candidate float32"])
        self.assertIn("SystemExit", by_name["exits"]["failed"]["candidate float32"])
        self.assertEqual(by_name["dies"]["status"], "died")
        self.assertTrue(by_name["reads"]["failed"])
        self.assertEqual((totals["operators"], totals["whole"]), (10, 5))


@unittest.skipIf(why_no_triton(), why_no_triton() or "")
class RealTriton(InAProcess):
    def binaries(self):
        return sorted(self.cache.glob("*/*.cubin"))

    def test_a_cubin_lies_in_tritons_cache_and_serves_the_next_process(self):
        by_name, totals = self.ahead([("gelu", REAL)], fake=False)
        self.assertEqual(by_name["gelu"]["failed"], {}, totals)
        first = [(f, f.stat().st_mtime_ns) for f in self.binaries()]
        self.assertEqual([f.name for f, _ in first], ["gelu_kernel.cubin"])
        self.ahead([("gelu", REAL)], fake=False)
        self.assertEqual([(f, f.stat().st_mtime_ns) for f in self.binaries()], first)


if __name__ == "__main__":
    unittest.main()
