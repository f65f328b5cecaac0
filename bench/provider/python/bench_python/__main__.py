"""``python -m bench_python <command>``: describe, suite, coverage, ahead, versions, doctor.

Exit codes: 0 fine; 1 some operators cannot be described (all are in answer.json); 2 bad usage or bad
input; 3 torch or FlagGems is missing.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any, Dict, List, Optional

from . import flaggems
from .problem import OperatorProblem
from .tensors import dtype_name

# A few shapes, of each rank that operators ask for; enough to see one run.
DEFAULT_SHAPES = [[1048576], [64, 64], [1024, 1024], [64, 512, 512], [8, 64, 56, 56]]


def _json_or_file(text: str, what: str) -> Any:
    try:
        if not text.lstrip().startswith(("[", "{")):
            text = Path(text).read_text(encoding="utf-8-sig")
        return json.loads(text)
    except (OSError, ValueError) as e:
        raise OperatorProblem("bad_data", f"{what}: {e}") from None


def _dtypes(text: str) -> List[str]:
    found = []
    for part in text.split(","):
        name = dtype_name(part)
        if name is None:
            raise OperatorProblem("bad_data", f"'{part}' is no dtype of bench")
        found.append(name)
    return found


def _shapes(args: argparse.Namespace) -> Dict[str, List[List[int]]]:
    """--shapes is a list of shapes, or an object operator -> shapes ("" for all others)."""
    if args.from_flaggems:
        from . import suite

        read = suite.shapes_of_file(args.from_flaggems)
        shapes = dict(read["shapes"])
        shapes[""] = shapes.get("Benchmark", [])
        if args.max_elements:
            import math

            shapes = {k: [s for s in v if math.prod(s) <= args.max_elements]
                      for k, v in shapes.items()}
        return shapes
    value = _json_or_file(args.shapes, "--shapes") if args.shapes else DEFAULT_SHAPES
    table = value if isinstance(value, dict) else {"": value}
    for name, shapes in table.items():
        if not isinstance(shapes, list) or not shapes or not all(
                flaggems.is_shape(s, least=0) for s in shapes):
            raise OperatorProblem("bad_data", f"--shapes{' of ' + name if name else ''}: expected "
                                  "a list of shapes such as [[64, 64], [1024]]")
    return table


def _describe(args: argparse.Namespace) -> int:
    from . import project

    overrides = _json_or_file(args.override, "--override") if args.override else {}
    if not isinstance(overrides, dict):
        raise OperatorProblem("bad_data", "--override: expected an object of operators")
    result = project.describe_folder(args.operators, project.Settings(
        _shapes(args), _dtypes(args.dtypes), Path(args.output), args.device, overrides,
        Path(args.kernels) if args.kernels else None, args.reference, args.timeout, args.jobs))
    for o in result["operators"]:
        if o["status"] != "described":
            print(f"{o['op_name']}: {o['status']}: {o['reason']}", file=sys.stderr)
    print(f"{result['described']} of {result['total']} operators described in {args.output}")
    return 0 if result["described"] == result["total"] else 1


def _suite(args: argparse.Namespace) -> int:
    from . import project, suite

    categories = dict(c.split("=", 1) for c in args.category)
    made = suite.make(args.from_flaggems, args.only.split(",") if args.only else [], categories,
                      _dtypes(args.dtypes), args.max_elements)
    text = json.dumps(made, indent=2) + "\n"
    if args.output == "-":
        sys.stdout.write(text)
    else:
        project.write_atomically(Path(args.output), text)
    return 0


def _coverage(args: argparse.Namespace) -> int:
    from . import coverage

    rows, totals = coverage.count(args.flaggems, args.jobs)
    if args.json:
        print(json.dumps({"totals": totals, "operators": rows}, indent=2))
    else:
        coverage.print_report(rows, totals)
    return 0 if totals["pointwise and reduction"]["percent"] >= args.at_least else 1


def _ahead(args: argparse.Namespace) -> int:
    from . import ahead

    return ahead.main(args.plan_fd, args.target, args.jobs, args.log)


def _version_of(module: str, folder: str) -> str:
    """Without importing it: FlagGems starts the GPU as it is imported."""
    from importlib import metadata

    try:
        return f"{metadata.version(module)} in {folder}"
    except metadata.PackageNotFoundError:
        return folder


def _versions(args: argparse.Namespace) -> int:
    from . import versions

    print(json.dumps(versions.read(args.path)))
    return 0


def _doctor(_: argparse.Namespace) -> int:
    """One JSON line: what this interpreter has."""
    facts: Dict[str, Any] = {"python": sys.version.split()[0], "executable": sys.executable}
    for module in ("torch", "triton", "yaml"):
        try:
            facts[module] = getattr(__import__(module), "__version__", "?")
        except Exception as e:  # noqa: BLE001 - a broken install raises anything
            facts[module] = None
            facts[f"{module}_why"] = f"{type(e).__name__}: {e}"
    if facts["torch"]:
        import torch

        facts["cuda"] = torch.version.cuda
        facts["cuda_available"] = torch.cuda.is_available()
    folder = flaggems.source_folder()
    facts["flag_gems"] = _version_of("flag_gems", str(folder)) if folder else None
    if not folder:
        facts["flag_gems_why"] = "no module of this name is found"
    print(json.dumps(facts))
    return 0 if facts["torch"] else 3


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bench_python", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    d = commands.add_parser("describe", help="operator data -> descriptions and a suite")
    d.add_argument("--operators", required=True, help="folder or file of operator data")
    d.add_argument("--output", required=True, help="folder to write")
    d.add_argument("--shapes", help="JSON or a file with it: a list, or operator -> list")
    d.add_argument("--from-flaggems", help="take shapes from core_shapes.yaml or a record")
    d.add_argument("--max-elements", type=int, default=1 << 26)
    d.add_argument("--dtypes", default="float32,float16,bfloat16")
    d.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    d.add_argument("--override", help="JSON or a file with it: operator -> override")
    d.add_argument("--kernels", help="folder of descriptions by hand, which win: <op>/<op>.json")
    d.add_argument("--reference", default="auto", help="auto, none, or a FlagGems checkout")
    d.add_argument("--timeout", type=float, default=120.0, help="seconds for one operator")
    d.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    d.set_defaults(run=_describe)
    s = commands.add_parser("suite", help="FlagGems' shapes -> a suite")
    s.add_argument("--from-flaggems", required=True)
    s.add_argument("--output", default="-")
    s.add_argument("--only", help="operators, separated by commas")
    s.add_argument("--category", action="append", default=[], metavar="OPERATOR=CATEGORY")
    s.add_argument("--dtypes", default="float32,float16,bfloat16")
    s.add_argument("--max-elements", type=int, default=1 << 28)
    s.set_defaults(run=_suite)
    c = commands.add_parser("coverage", help="for how many operators arguments are derived")
    c.add_argument("flaggems", nargs="?", help="a FlagGems checkout; default: the installed one")
    c.add_argument("--json", action="store_true")
    c.add_argument("--at-least", type=float, default=90.0, help="percent")
    c.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    c.set_defaults(run=_coverage)
    a = commands.add_parser("ahead", help="compiles Triton kernels for a GPU without touching it")
    a.add_argument("plan_fd", type=int, help="inherited file: a request of prepare a line")
    a.add_argument("--target", required=True, help='JSON: {"arch": "sm_90", "sm_count": 132, ...}')
    a.add_argument("--log", required=True, help="file that a line for each operator is added to")
    a.add_argument("--jobs", type=int, default=1)
    a.set_defaults(run=_ahead)
    v = commands.add_parser("versions", help="of Python, torch, Triton and FlagGems, as one line")
    v.add_argument("--path", help="folder in which FlagGems is looked for first")
    v.set_defaults(run=_versions)
    commands.add_parser("doctor", help="what this interpreter has").set_defaults(run=_doctor)
    return parser


def main(argv: Optional[List[str]] = None) -> int:
    args = _parser().parse_args(argv)
    try:
        return int(args.run(args))
    except OperatorProblem as e:
        print(f"bench_python: {e.reason}", file=sys.stderr)
        return 3 if e.status == "unavailable" else 2
    except ImportError as e:
        print(f"bench_python: {sys.executable}: {e}; give an interpreter with torch (--python)",
              file=sys.stderr)
        return 3


if __name__ == "__main__":
    sys.exit(main())
