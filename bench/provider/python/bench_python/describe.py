"""One operator -> its description (docs/formats.md), with everything that torch can tell.

What cannot be described leaves as an OperatorProblem whose reason says what is missing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, List, Mapping, Optional, Sequence, Set, Tuple

from . import arguments, names, rules, schema as schemas, shapes, tensors
from .arguments import Call
from .expressions import Scope
from .problem import OperatorProblem
from .trial import Answer, Trial, fill_of, index_output

CANDIDATE, REFERENCE, BASELINE = "candidate", "flag_gems", "torch"
# Moments of fewer random numbers than this are too uncertain to tell a right generator by.
MIN_RANDOM_ELEMENTS = 1 << 14
MOMENTS = 4
_FALLBACK = ("int32", "int64", "bool", "float32")


@dataclass
class Wanted:
    """What to describe: cases, and who plays which role."""

    op_name: str
    case_shapes: Sequence[Sequence[int]]
    dtypes: Sequence[str]
    params: Mapping[str, Any] = field(default_factory=dict)
    override: Mapping[str, Any] = field(default_factory=dict)
    callable_name: Optional[str] = None  # of the candidate's function in `source`
    source: str = "candidate.py"
    reference: Optional[str] = None  # FlagGems' function
    reference_path: Optional[str] = None
    device: str = "cpu"
    path: Optional[str] = None  # folder that the candidate's imports are found in
    module: Optional[str] = None  # below it, where the candidate is part of a package


@dataclass
class Described:
    description: Dict[str, Any]
    shapes: List[List[int]]
    dtypes: List[str]
    notes: List[str]
    by: str  # "schema", "rule" or "override": what the arguments came from


def candidate(wanted: Wanted, call: Mapping[str, Any]) -> Dict[str, Any]:
    """The implementation; ``call`` holds arguments and returns."""
    where = {k: v for k, v in (("module", wanted.module), ("path", wanted.path)) if v}
    return {"name": CANDIDATE, "description": "The operator data's own code.",
            "provider": "python", "entry": wanted.callable_name,
            "python": {"kind": "code", "source": wanted.source, **where,
                       "callable": wanted.callable_name, **call}}


def reference(wanted: Wanted, call: Mapping[str, Any]) -> Dict[str, Any]:
    where = {"path": wanted.reference_path} if wanted.reference_path else {}
    return {"name": REFERENCE, "description": "FlagGems' function, called directly.",
            "provider": "python", "entry": f"flag_gems.{wanted.reference}",
            "python": {"kind": "module", "module": "flag_gems", **where,
                       "callable": wanted.reference, **call}}


def baseline(dotted: str, call: Mapping[str, Any]) -> Dict[str, Any]:
    return {"name": BASELINE, "description": "torch's own operator.",
            "provider": "python", "entry": f"torch.ops.{dotted}",
            "python": {"kind": "aten", "callable": dotted, **call}}


class _Describer:
    def __init__(self, wanted: Wanted) -> None:
        self.wanted = wanted
        self.aten = names.resolve(wanted.op_name)
        self.schema = schemas.read(self.aten)
        self.call = arguments.derive(self.schema, wanted.params, wanted.override)
        self.trial = Trial(self.schema, self.call, wanted.device)
        self.notes = list(self.call.notes)
        self.empty = [list(s) for s in wanted.case_shapes if 0 in s]
        self.base = self.aten.base.rstrip("_")

    # ---- which cases ------------------------------------------------------------------------

    def choose_dtypes(self, shape: Sequence[int], wanted: Sequence[str]) -> List[str]:
        good, why = [], ""
        for dtype in wanted:
            problem = self.trial.problem_with(shape, dtype)
            # torch's CPU kernels lack half precision that its CUDA kernels have.
            if problem and self.wanted.device != "cpu" and dtype in ("float16", "bfloat16") and (
                    "not implemented for" in problem):
                problem = self.trial.problem_with(shape, "float32")
            if problem is None:
                good.append(dtype)
            else:
                why = problem
                self.notes.append(f"left out dtype {dtype}: {problem[:300]}")
        if not good:
            raise OperatorProblem("no_arguments", f"torch refuses the call derived from "
                                  f"{self.schema.text} for a shape like {list(shape)}: {why}")
        return good

    def choose_cases(self) -> Tuple[List[List[int]], List[str]]:
        by_rank: Dict[int, List[List[int]]] = {}
        for s in self.wanted.case_shapes:
            if 0 in s:
                continue
            by_rank.setdefault(len(s), []).append(list(s))
        kept: List[List[int]] = []
        dtypes: List[str] = []
        error: Optional[OperatorProblem] = None
        fixed = [d for d in self.call.dims if not d.endswith("*")]
        for rank in sorted(by_rank, key=lambda r: -len(by_rank[r])):
            if len(fixed) == len(self.call.dims) != rank or len(fixed) > rank:
                error = error or OperatorProblem(
                    "no_arguments", f"a case of {self.aten.qualified} has the dimensions "
                    f"{', '.join(self.call.dims)}; no such shape was given")
                self.notes.append(f"left out shapes of {rank} dimensions: they are "
                                  f"{', '.join(self.call.dims)}")
                continue
            wanted = dtypes or [d for d in self.wanted.dtypes
                                if d in self.call.extras.get("dtypes", tensors.SIZES)]
            notes = len(self.notes)
            try:
                found = self.choose_dtypes(by_rank[rank][0], wanted)
            except OperatorProblem as e:
                try:  # bitwise operators and their like exist for integers only
                    if dtypes:
                        raise
                    found = self.choose_dtypes(by_rank[rank][0], _FALLBACK)[:2]
                    self.notes[notes:] = [f"measured in {', '.join(found)}: torch has none of the "
                                          f"dtypes asked for: {e.reason[:300]}"]
                except OperatorProblem:
                    del self.notes[notes:]
                    error = error or e
                    self.notes.append(f"left out shapes of {rank} dimensions: {e.reason[:300]}")
                    continue
            dtypes = dtypes or found
            kept += by_rank[rank]
        if not kept:
            raise error or OperatorProblem(
                "bad_data", "all shapes are empty; give one with elements, too: what is known of "
                "an operator comes from those" if self.empty else "no shapes were given")
        return kept, dtypes

    # ---- what comes out ---------------------------------------------------------------------

    def possible(self, kept: List[List[int]], dtype: str) -> List[List[int]]:
        """Without the shapes that torch itself refuses (an odd size to be halved)."""
        good, why = [], None
        for shape in kept:
            try:
                self.trial.answer(shape, dtype)
                good.append(shape)
            except OperatorProblem as e:
                why = why or e
                self.notes.append(f"left out the shape {shape}: {e.reason[:300]}")
        if not good and why is not None:
            raise why
        return good

    def ask(self, kept: List[List[int]], dtypes: List[str]) -> Tuple[
            List[List[int]], List[str], Dict[str, List[Answer]]]:
        """Answers per dtype, for those dtypes that agree on the kinds of outputs."""
        kept = self.possible(kept, dtypes[0])
        told: Dict[str, List[Answer]] = {}
        kinds = None
        # float32 first would not tell "as the case" from "always float32" (statistics of norms).
        for dtype in sorted(dtypes, key=lambda d: d == "float32"):
            answers = [self.trial.answer(s, dtype) for s in kept]
            kind = [d if d != dtype else "T" for d in answers[0].dtypes]
            if kinds is not None and [a if b == "T" else b for a, b in zip(
                    answers[0].dtypes, kinds)] == [dtype if b == "T" else b for b in kinds]:
                kind = kinds
            if kinds is None and all(k == "T" or k in tensors.SIZES for k in kind):
                kinds = kind
            if kind == kinds:
                told[dtype] = answers
            else:
                self.notes.append(f"left out dtype {dtype}: its answer is "
                                  f"{', '.join(answers[0].dtypes)}, which needs a description of "
                                  "its own")
        if not told:
            raise OperatorProblem("not_describable", "the answer's dtypes "
                                  f"({', '.join(answers[0].dtypes)}) are none that bench has: "
                                  f"{', '.join(tensors.SIZES)}")
        told = {d: told[d] for d in dtypes if d in told}
        self.kinds = kinds or []
        if any(0 in shape for a in next(iter(told.values())) for shape in a.shapes):
            raise OperatorProblem("not_describable", "an answer of it has no elements")
        return kept, list(told), told

    def output_shapes(self, kept: List[List[int]], dtype: str,
                      answers: List[Answer]) -> List[shapes.ShapeSpec]:
        examples = [(s, a.shapes) for s, a in zip(kept, answers)]
        for s in {len(s): s for s in kept}.values():
            for other in shapes.other_shapes(s):
                try:
                    examples.append((other, self.trial.answer(other, dtype).shapes))
                except (OperatorProblem, ValueError, ZeroDivisionError):
                    pass  # these sizes are not for this operator (pooling of tiny images)
        counts = sorted({len(a) for _, a in examples})
        if len(counts) > 1:
            raise OperatorProblem("not_describable", f"{self.schema.text} returns "
                                  f"{counts[0]} to {counts[-1]} tensors, by the case's shape")
        found = []
        for i in range(len(answers[0].shapes)):
            spec = shapes.derive([(s, a[i]) for s, a in examples], self.call.dims)
            if spec is None:
                told = "; ".join(f"{list(s)} gives {list(a[i])}" for s, a in examples[:4])
                raise OperatorProblem("not_describable", f"no expression was found for the shape "
                                      f"of output {i} of {self.schema.text}: {told}")
            found.append(spec)
        return found

    def shapes_of_some(self, kept: List[List[int]], dtype: str, answers: List[Answer]) -> Tuple[
            List[List[int]], List[shapes.ShapeSpec]]:
        """One expression for all cases; else for those of the rank that most of them have."""
        if self.schema.is_random:  # moments are compared, and these have one shape
            return kept, ["case"] * len(answers[0].shapes)
        try:
            return kept, self.output_shapes(kept, dtype, answers)
        except OperatorProblem:
            ranks = [len(s) for s in kept]
            rank = max(ranks, key=ranks.count)
            if ranks.count(rank) == len(ranks):
                raise
            some = [(s, a) for s, a in zip(kept, answers) if len(s) == rank]
            specs = self.output_shapes([s for s, _ in some], dtype, [a for _, a in some])
            self.notes.append(f"left out shapes of other than {rank} dimensions: no expression "
                              "gives the answer's shape for all of them")
            return [s for s, _ in some], specs

    def outputs(self, specs: List[shapes.ShapeSpec], dtype: str, answer: Answer) -> Tuple[
            List[Dict[str, Any]], List[Dict[str, Any]]]:
        """The description's outputs, and where the Python side finds each."""
        indices = index_output(self.schema)
        outputs, returns = [], []
        for i, spec in enumerate(specs):
            named = self.schema.return_names[i] if i < len(self.schema.return_names) else ""
            name = self.call.unique_name(named or ("out" if i == 0 else f"out{i}"))
            name = name + "_" if name in [o["name"] for o in outputs] else name
            kind = self.kinds[i]
            actual = kind
            where: Dict[str, Any] = {"output": name, "from": "return"}
            if len(specs) > 1:
                where["index"] = i
            if self.call.outs:
                where["from"] = "out"
            elif self.call.written and i < len(self.call.written):
                where = {"output": name, "from": "argument", "input": self.call.written[i]}
            if self.schema.is_random:
                where["as"] = "moments"
                spec, kind = [MOMENTS], "float64"
            elif indices == i:
                where["as"] = "values_at"
                where["input"] = self.call.inputs[0].name
                where["dim"] = self.dim_argument()
                where["permutation"] = self.base in rules.PERMUTATIONS
                kind = "T"
            where["dtype"] = actual
            outputs.append({"name": name, "shape": spec, "dtype": kind})
            returns.append(where)
        return outputs, returns

    def dim_argument(self) -> Optional[int]:
        position = [a.name for a in self.schema.arguments if not a.kwarg_only]
        if "dim" not in position or position.index("dim") >= len(self.call.args):
            default = [a.default for a in self.schema.arguments if a.name == "dim"]
            return default[0] if default else None
        return self.call.args[position.index("dim")].get("value")

    # ---- the description --------------------------------------------------------------------

    def category(self, outputs: List[Dict[str, Any]]) -> str:
        if "category" in self.call.extras:
            return str(self.call.extras["category"])
        if self.base in rules.REDUCTIONS:
            return "reduction"
        if all(t.shape in ("case", []) for t in self.call.inputs) and self.call.inputs:
            if all(o["shape"] == "case" for o in outputs) or self.schema.is_random:
                return "pointwise"
            if any(o["shape"] == [] for o in outputs):
                return "reduction"
        return "custom"

    def unread(self, shape: Sequence[int], dtype: str) -> Set[str]:
        try:
            return self.trial.unread(self.trial.small(shape), dtype)
        except Exception:  # noqa: BLE001 - torch has no CPU kernel for the dtype
            return self.trial.unread(self.trial.small(shape), "float32") if (
                dtype in ("float16", "bfloat16")) else set()

    def traffic(self, outputs: List[Dict[str, Any]], unread: Set[str]) -> str:
        """What must be read and written at least."""
        if self.call.extras.get("bytes", "outputs") != "outputs":
            return str(self.call.extras["bytes"])
        counted = [] if "bytes" in self.call.extras else [
            (t.shape, t.dtype) for t in self.call.inputs if t.name not in unread]
        counted += [(o["shape"], o["dtype"]) for o in outputs]
        terms = []
        for shape, kind in counted:
            size = "sizeof_T" if kind == "T" else str(tensors.SIZES[kind])
            count = shapes.elements(shape)
            count = f"({count})" if any(c in count for c in "+-/") else count
            terms.append(f"{count} * {size}")
        return " + ".join(terms)

    def special_values(self, outputs: List[Dict[str, Any]]) -> str:
        """How answers to special values are compared: "" if none are tried."""
        category = self.category(outputs)
        if (self.schema.is_random or self.base in rules.ASSERTS_ITS_INPUTS
                or not any(t.dtype == "T" for t in self.call.inputs)):
            return ""
        return {"pointwise": "values", "reduction": "classes"}.get(category, "")

    def implementations(self, returns: List[Dict[str, Any]], aliases: bool,
                        special: str) -> List[Dict[str, Any]]:
        common = {"args": self.call.args, "kwargs": self.call.kwargs,
                  "written": self.call.written, "returns": returns, "aten": self.aten.dotted,
                  "may_alias": aliases, "random": self.schema.is_random, "special": special}
        out = []
        if self.wanted.callable_name:
            out.append(candidate(self.wanted, common))
        if self.wanted.reference:
            out.append(reference(self.wanted, common))
        return out + [baseline(self.aten.dotted, common)]

    def with_empty(self, description: Dict[str, Any], kept: List[List[int]],
                   dtype: str) -> List[List[int]]:
        """The cases and, where the description holds for them as well, the empty ones that were
        asked for; names their dims in it. They say nothing of an answer's shape themselves: 0 fits
        nearly every expression."""
        outputs = [o["shape"] for o in description["outputs"]]
        added: List[List[int]] = []
        for shape in self.empty:
            try:
                if self.schema.is_random:
                    raise OperatorProblem("not_describable", "random numbers are compared by their "
                                          "moments, and none have none")
                answer = self.trial.answer(shape, dtype)
                if not shapes.fit(outputs, shape, answer.shapes, self.call.dims):
                    raise OperatorProblem("not_describable", "its answer has the shape "
                                          f"{[list(a) for a in answer.shapes]}, which the others' "
                                          "does not follow")
                added.append(shape)
            except (OperatorProblem, ValueError, ZeroDivisionError) as e:
                self.notes.append(f"left out the shape {shape}: {str(e)[:300]}")
        names = [d.rstrip("*") for d in self.call.dims]
        zero = [n for n in names if any(Scope(s, dims=self.call.dims).names[n] == 0 for s in added)]
        if zero:
            description["empty"] = zero
        return kept + added

    def build(self) -> Described:
        kept, dtypes = self.choose_cases()
        if self.schema.is_random:
            kept = self.large_enough(kept)
        kept, dtypes, told = self.ask(kept, dtypes)
        answers = told[dtypes[0]]
        if not answers[0].shapes:
            raise OperatorProblem("not_describable", f"{self.schema.text} returns no tensor")
        kept, specs = self.shapes_of_some(kept, dtypes[0], answers)
        outputs, returns = self.outputs(specs, dtypes[0], answers[0])
        try:
            aliases = self.trial.run(self.trial.small(kept[0]), dtypes[0], "cpu").aliases
        except Exception:  # noqa: BLE001 - half precision without a CPU kernel
            aliases = any(self.schema.return_aliases) and not self.call.written
        oracle = {"kind": "aten", "callable": self.aten.dotted, "args": self.call.args,
                  "kwargs": self.call.kwargs, "written": self.call.written, "returns": returns,
                  "aten": self.aten.dotted, "random": self.schema.is_random, "upcast": True}
        scaled = self.base in rules.SCALED and not self.schema.is_random and all(
            d in tensors.FLOATS for d in dtypes) and outputs[0]["dtype"] == "T"
        description = {
            "name": names.python_name(self.wanted.op_name), "aten": self.aten.qualified,
            "category": self.category(outputs),
            "description": f"Derived from torch's schema {self.schema.text}",
            "dtypes": dtypes, "dims": self.call.dims,
            "inputs": [{"name": t.name, "shape": t.shape, "dtype": t.dtype,
                        "fill": self.fill(t, dtypes)} for t in self.call.inputs],
            "outputs": outputs, "bytes": self.traffic(outputs, self.unread(kept[0], dtypes[0])),
            "flops": str(self.call.extras.get("flops", "numel")),
            **({"tolerance": {d: {"rtol": 0.1, "atol": 0.1} for d in dtypes}}
               if self.schema.is_random else {}),
            **({"tolerance": {d: t for d, t in self.call.extras["tolerance"].items()
                              if d in dtypes}} if "tolerance" in self.call.extras else {}),
            **({"roofline_exempt": "the answer is the input itself or a view of it"}
               if aliases else {}),
            "oracle": {"provider": "python", "entry": f"torch.ops.{self.aten.dotted} in float64",
                       **({"scale": True} if scaled else {}), "python": oracle},
            "implementations": self.implementations(
                returns, aliases, self.special_values(outputs))}
        kept = self.with_empty(description, kept, dtypes[0])
        return Described(description, kept, dtypes, self.notes, self.call.rule or "schema")

    def large_enough(self, kept: List[List[int]]) -> List[List[int]]:
        import math

        large = [s for s in kept if math.prod(s) >= MIN_RANDOM_ELEMENTS]
        if not large:
            raise OperatorProblem("not_describable", f"{self.aten.qualified} is random, so only "
                                  "moments can be compared; that needs a shape of at least "
                                  f"{MIN_RANDOM_ELEMENTS} elements")
        if len(large) < len(kept):
            self.notes.append(f"left out {len(kept) - len(large)} shapes of fewer than "
                              f"{MIN_RANDOM_ELEMENTS} elements: moments of so few random numbers "
                              "say nothing")
        return large

    def fill(self, tensor: arguments.Tensor, dtypes: List[str]) -> Dict[str, Any]:
        """One fill serves all dtypes of a description: whole numbers as soon as one needs them."""
        kinds = [fill_of(tensor, d) for d in dtypes]
        normal = next((k for k in kinds if "normal" not in k), kinds[0])
        return normal


def describe(wanted: Wanted) -> Described:
    """OperatorProblem if the operator cannot be described for any of the cases."""
    return _Describer(wanted).build()


def derived_call(op_name: str) -> Tuple[schemas.Schema, Call]:
    """Schema and call of an operator without any override; for coverage counts."""
    schema = schemas.read(names.resolve(op_name))
    return schema, arguments.derive(schema)
