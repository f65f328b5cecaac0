"""What evidence.py reads, as far as it goes without a GPU: descriptions by hand, which leave out what
has a default, and those of a run."""

import json
import tempfile
import unittest
from pathlib import Path

from support import Case, implementation, why_no_torch

SAME = Path(__file__).resolve().parents[1] / "resources" / "python" / "same"


@unittest.skipIf(why_no_torch(), why_no_torch() or "")
class Evidence(unittest.TestCase):
    def called(self, description, spec, folder, shape, dtype):
        import evidence

        case = Case(description, shape, dtype, str(folder))
        p = evidence.bound(case, spec, "cpu")
        return case, p.function(*p.args, **p.kwargs)

    def test_one_algorithm_in_triton_and_cuda(self):
        suite = json.loads((SAME / "suite.json").read_text())
        for o in suite["operators"]:
            folder = SAME / "kernels" / o["operator"]
            description = json.loads((folder / f"{o['operator']}.json").read_text())
            for shape in ([64, 32], [4, 8, 16]):
                case, got = self.called(description, implementation(description, "torch"), folder,
                                        shape, "float32")
                self.assertEqual((list(got.shape), len(case.inputs)),
                                 (shape, len(description["inputs"])))
                spec = implementation(description, "triton")  # the request, without Triton
                self.assertEqual(case.request(spec, case.outputs())["python"]["callable"],
                                 o["operator"])
            self.assertIn(f"{o['operator']}_cuda(", (folder / "same.cu").read_text())
            self.assertIn(f"def {o['operator']}_triton(", (folder / "same.py").read_text())

    def test_the_large_calls_of_a_run(self):
        import evidence
        from bench_python.describe import Wanted, describe

        small, large = [[8, 8]], [[4, 4], [4096, 4096]]
        with tempfile.TemporaryDirectory() as root:
            for name in ("gelu", "silu"):
                folder = Path(root, "kernels", name)
                folder.mkdir(parents=True)
                told = describe(Wanted(name, small, ["float32"])).description
                (folder / f"{name}.json").write_text(json.dumps(told))
            Path(root, "suite.json").write_text(json.dumps({
                "shapes": {"few": small, "many": large}, "operators": [
                    {"operator": name, "shapes": shapes, "dtypes": ["float32"],
                     "roles": {"baseline": "torch"}}
                    for name, shapes in (("gelu", "many"), ("silu", "few"))]}))
            found = evidence.cases(Path(root), ["gelu", "silu"])
            self.assertEqual([(*c[:3], list(c[4])) for c in found],
                             [("gelu", "float32", [4096, 4096], ["baseline"])])
            *_, description, roles, folder = found[0]
            _, got = self.called(description, roles["baseline"], folder, [8, 8], "float32")
            self.assertEqual(list(got.shape), [8, 8])
            self.assertEqual(evidence.cases(Path(root), ["tanh"]), [])

    def test_a_part_of_the_calls_has_each_operator(self):
        import evidence

        with tempfile.TemporaryDirectory() as root:
            for name in ("a", "b"):
                folder = Path(root, "kernels", name)
                folder.mkdir(parents=True)
                (folder / f"{name}.json").write_text(json.dumps({"implementations": [
                    {"name": "torch"}]}))
            shapes = [[4096, 4096], [64, 512, 512]]
            Path(root, "suite.json").write_text(json.dumps({
                "shapes": {"": shapes}, "operators": [
                    {"operator": name, "shapes": "", "dtypes": ["float32", "float16"],
                     "roles": {"baseline": "torch"}} for name in ("a", "b")]}))
            order = [c[:3] for c in evidence.cases(Path(root), ["a", "b"])]
            self.assertEqual(order, [(name, dtype, shape) for shape in shapes
                                     for dtype in ("float32", "float16") for name in ("a", "b")])

    def test_what_was_found_is_kept_at_once(self):
        import evidence

        with tempfile.TemporaryDirectory() as root:
            answer = Path(root, "answer.json")
            for found in ([{"ns": 1}], [{"ns": 1}, {"ns": 2}]):
                evidence.keep(found, answer)
                self.assertEqual(json.loads(answer.read_text()), found)
            self.assertEqual([f.name for f in Path(root).iterdir()], ["answer.json"])


if __name__ == "__main__":
    unittest.main()
