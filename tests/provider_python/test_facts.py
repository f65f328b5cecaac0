"""What is concluded from a profile: whose kernels ran, and whether that is what a role promises. The
profiles are written down as torch's profiler has them; no GPU and no torch are needed."""

import tempfile
import types
import unittest
from pathlib import Path

import support  # noqa: F401 - the path of the package

from bench_python import facts, origins, streams

TORCH = "void at::native::vectorized_elementwise_kernel<4, at::native::GeluCUDAKernelImpl>(int)"
GEMM = "sm90_xmma_gemm_f32f32_tf32f32_f32_tn_n_tilesize128x128x32_cutlass"


def event(name, cat="kernel", **args):
    return {"ph": "X", "cat": cat, "name": name, "dur": 1, "args": args}


def seen(*events, triton=(), aten=(), hook=True):
    kernels = facts._kernels(list(events), frozenset(triton))
    return {"kernels": kernels, "triton_seen": list(triton), "triton_hook": hook,
            "aten_ops": list(aten)}


class Kernels(unittest.TestCase):
    def test_launches_are_counted_by_name_and_grid(self):
        found = facts._kernels([
            event("gelu_kernel", grid=[8, 1, 1], block=[128, 1, 1]),
            event("gelu_kernel", grid=[8, 1, 1], block=[128, 1, 1]),
            event("gelu_kernel", grid=[9, 1, 1], block=[128, 1, 1]),
            event("Memcpy DtoD (Device -> Device)", "gpu_memcpy"),
            event("aten::gelu", "cpu_op")], frozenset())
        self.assertEqual([(k["name"][:6], k["kind"], k["grid"], k["count"]) for k in found],
                         [("gelu_k", "triton", [8, 1, 1], 2), ("gelu_k", "triton", [9, 1, 1], 1),
                          ("Memcpy", "copy", None, 1)])

    def test_kinds(self):
        for name, kind in (("gelu_kernel", "triton"), (TORCH, "torch"), (GEMM, "library"),
                           ("Memset (Device)", "copy"), ("nvjet_tst_128x8", "library"),
                           ("void cub::DeviceScan<int>()", "library"),
                           ("void mine<int>(int)", "other"),
                           ("void (anonymous namespace)::softmax_warp_backward<float, float, "
                            "float, 10, true, false>(float*, float const*)", "torch"),
                           ("void (anonymous namespace)::mine(int)", "other"),
                           ("erfinv_kernel_vectorized8_kernel", "torch")):
            self.assertEqual(facts.kind_of(name), kind, name)
        mine = "erf_vectorized4_kernel"
        self.assertEqual(facts.kind_of(mine, frozenset([mine])), "triton", "Triton's word counts")
        self.assertEqual(facts.kind_of("cutlass_like_name", frozenset(["cutlass_like_name"])),
                         "triton")


class Verdicts(unittest.TestCase):
    def verdict(self, kind, profile, may_alias=False, device="cuda:0", **more):
        found = facts.verdict(kind, "aten.gelu.default", profile, device, may_alias, **more)
        return found["verdict"], found["why"]

    def test_roles_that_ran_what_they_promise(self):
        triton = seen(event("gelu_kernel"), triton=["gelu_kernel"])
        self.assertEqual(self.verdict("code", triton), ("ok", "Triton kernels ran: gelu_kernel"))
        self.assertEqual(self.verdict("module", triton)[0], "ok")
        self.assertEqual(self.verdict("aten", seen(event(TORCH), aten=["aten::gelu"])),
                         ("ok", "native kernels only"))
        self.assertEqual(self.verdict("aten", seen(event(GEMM)))[0], "ok")

    def test_a_baseline_with_a_triton_kernel(self):
        kind, why = self.verdict("aten", seen(event("gelu_kernel"), triton=["gelu_kernel"]))
        self.assertEqual((kind, "gelu_kernel" in why), ("other_kernels", True))
        # Without Triton's word the name must do; with it, a library's plain name is one.
        plain = [event("softmax_warp_forward")]
        self.assertEqual(self.verdict("aten", seen(*plain, hook=False))[0], "other_kernels")
        self.assertEqual(self.verdict("aten", seen(*plain))[0], "ok")

    def test_the_same_library_call_in_disguise(self):
        kind, why = self.verdict("code", seen(event(TORCH), aten=["aten::gelu"]))
        self.assertEqual((kind, "no Triton kernel ran" in why), ("other_kernels", True))
        kind, why = self.verdict("module", seen(event(GEMM)))
        self.assertEqual((kind, GEMM in why), ("other_kernels", True))
        # Nor does a Triton kernel beside it help.
        both = seen(event(TORCH), event("nothing"), triton=["nothing"], aten=["aten::gelu"])
        kind, why = self.verdict("code", both)
        self.assertEqual((kind, "it calls aten::gelu" in why), ("other_kernels", True))
        self.assertIn(GEMM, self.verdict("code", seen(event("mine"), event(GEMM)))[1])

    def test_no_kernel_at_all(self):
        for kind in ("code", "module", "aten"):
            self.assertEqual(self.verdict(kind, seen())[0], "no_kernels")
            self.assertEqual(self.verdict(kind, seen(), may_alias=True),
                             ("ok", facts.NOTHING_RAN))
            copied = seen(event("Memcpy DtoD (Device -> Device)", "gpu_memcpy"))
            self.assertEqual(self.verdict(kind, copied), ("ok", "copies only"))

    def test_the_cpu_device_proves_what_it_can(self):
        self.assertEqual(self.verdict("aten", seen(aten=["aten::gelu"]), device="cpu")[0], "ok")
        self.assertEqual(self.verdict("aten", seen(), device="cpu")[0], "other_kernels")
        self.assertEqual(self.verdict("code", seen(aten=["aten::gelu"]), device="cpu")[0],
                         "other_kernels")
        self.assertEqual(self.verdict("code", seen(), device="cpu")[0], "unproven")


class Streams(unittest.TestCase):
    """The stream that is timed is 7; a call lies between two spinning kernels of ours there."""

    HELD = ("at::cuda::spin_kernel(long)", 7, 0.0, 10000.0)
    MARK = ("at::cuda::spin_kernel(long)", 7, 10100.0, 2.0)

    def profile(self, *kernels, held=HELD, mark=MARK):
        return [{"ph": "X", "cat": cat[0] if cat else "kernel", "name": name, "ts": ts, "dur": dur,
                 "args": {"stream": stream, "correlation": number}}
                for number, (name, stream, ts, dur, *cat) in enumerate([held, *kernels, mark])]

    def said(self, *kernels, **more):
        return streams.elsewhere(self.profile(*kernels, **more))

    def test_one_stream_is_its_own(self):
        self.assertEqual(self.said(("gelu", 7, 10001.0, 50.0), ("gelu", 7, 10051.0, 40.0)), "")

    def test_a_stream_that_is_joined_is_nobodys_fault(self):
        self.assertEqual(self.said(("gelu", 7, 10001.0, 10.0), ("side", 13, 10012.0, 80.0),
                                   ("end", 7, 10093.0, 5.0)), "")
        self.assertEqual(self.said(("side", 13, 9999.5, 101.0)), "", "the clock is rounded")

    def test_what_does_not_wait_for_the_held_stream(self):
        said = self.said(("gelu", 13, 40.0, 50.0))
        self.assertIn("gelu ran on stream 13, not on 7", said)
        self.assertIn("began while that was held", said)

    def test_what_nobody_waits_for(self):
        said = self.said(("gelu", 13, 10050.0, 900.0))
        self.assertIn("did not wait for its end", said)

    def test_its_own_spinning_kernels_do_not_stand_in_for_ours(self):
        mine = "at::cuda::spin_kernel(long)"
        said = self.said((mine, 13, -5.0, 20000.0), ("gelu", 13, 20000.0, 9.0))
        self.assertIn("spin_kernel(long) ran on stream 13", said)
        self.assertIn("ran on stream 13", self.said((mine, 7, 10001.0, 5.0), ("gelu", 13, 40.0, 9.0)))

    def test_copies_are_not_looked_at_and_a_profile_without_streams_says_nothing(self):
        self.assertEqual(self.said(("Memcpy HtoD", 13, 40.0, 5.0, "gpu_memcpy")), "")
        events = self.profile(("gelu", 13, 40.0, 50.0))
        for e in events:
            del e["args"]["stream"]
        self.assertEqual(streams.elsewhere(events), "")
        self.assertEqual(streams.elsewhere(events[1:2]), "")
        self.assertEqual(streams.elsewhere([]), "")

    def test_ours_are_not_the_operators(self):
        held, mark, others = streams.split(self.profile(("gelu", 7, 10001.0, 50.0)))
        self.assertEqual([e["name"] for e in others], ["gelu"])
        self.assertEqual((held["ts"], mark["ts"]), (0.0, 10100.0))
        kernels = facts._kernels(others, frozenset())
        self.assertEqual([k["name"] for k in kernels], ["gelu"])
        alone = [event("gelu")]
        self.assertEqual(streams.split(alone), (None, None, alone))


class Origins(unittest.TestCase):
    """Kernels are told apart by the files that define them."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name).resolve()
        self.gems = self.root / "src" / "flag_gems"
        kept = dict(origins._files)
        self.addCleanup(lambda: (origins._files.clear(), origins._files.update(kept)))

    def compiled(self, name, file):
        """As Triton's hook says it."""
        code = types.SimpleNamespace(co_filename=str(file))
        function = types.SimpleNamespace(fn=types.SimpleNamespace(__name__=name, __code__=code))
        origins._note(fn=types.SimpleNamespace(jit_function=function), key="", repr="")

    def verdict(self, kind, own="", name="gelu_kernel"):
        profile = seen(event(name), triton=[name])
        return facts.verdict(kind, "aten.gelu.default", profile, "cuda:0", False, str(own),
                             str(self.gems))["verdict"]

    def test_a_reference_runs_kernels_of_flaggems(self):
        self.compiled("gelu_kernel", self.gems / "ops" / "gelu.py")
        self.assertEqual(self.verdict("module"), "ok")
        self.compiled("others_kernel", self.root / "elsewhere" / "gelu.py")
        self.assertEqual(self.verdict("module", name="others_kernel"), "other_kernels")
        self.assertEqual(self.verdict("module", name="of_unknown_origin"), "ok")

    def test_generated_kernels_are_flaggems_own(self):
        from unittest import mock

        with mock.patch.dict("os.environ", FLAGGEMS_CACHE_DIR=str(self.root / "cache")):
            self.compiled("gelu_kernel", self.root / "cache" / "code_cache" / "x.py")
            self.assertEqual(self.verdict("module"), "ok")
            self.assertEqual(self.verdict("code", self.root / "mine.py"), "ok")

    def test_a_candidate_that_runs_flaggems_kernels(self):
        self.compiled("gelu_kernel", self.gems / "ops" / "gelu.py")
        self.assertEqual(self.verdict("code", self.root / "mine.py"), "other_kernels")
        self.assertEqual(self.verdict("code", self.gems / "experimental_ops" / "gelu.py"),
                         "other_kernels")
        self.assertEqual(self.verdict("code", self.gems / "ops" / "gelu.py"), "ok")

    def test_what_is_known_is_in_the_record(self):
        self.compiled("gelu_kernel", self.gems / "ops" / "gelu.py")
        kernel = seen(event("gelu_kernel"))["kernels"][0]
        self.assertEqual(kernel["defined_in"], [str(self.gems / "ops" / "gelu.py")])

    def test_a_hook_of_another_form_does_no_harm(self):
        origins._note(fn=None)
        origins._note()
        self.assertEqual(origins.files_of("nobody"), set())


if __name__ == "__main__":
    unittest.main()
