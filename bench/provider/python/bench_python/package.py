"""Files inside packages: ``src/flag_gems/ops/ge.py`` of a checkout is ``flag_gems.ops.ge``.

Such a file's relative imports work only as part of its package, and it may define operators under
names of its own, which the package's list of registered operators tells. All is read from the
files; nothing is imported.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path
from typing import List, Optional, Tuple

from . import flaggems
from .problem import OperatorProblem


@dataclass(frozen=True)
class Package:
    """Where a file belongs."""

    path: str  # the folder to import from
    module: str  # the file's name below it: "flag_gems.ops.ge"

    @property
    def top(self) -> Path:
        return Path(self.path) / self.module.split(".")[0]


def of(file: Path) -> Optional[Package]:
    """None for a file whose folder is no package."""
    folder = file.resolve().parent
    parts = [file.stem]
    while (folder / "__init__.py").is_file():
        parts.insert(0, folder.name)
        folder = folder.parent
    return Package(str(folder), ".".join(parts)) if len(parts) > 1 else None


def _is_kernel(node: ast.AST) -> bool:
    """``@triton.jit``, ``@jit(…)``: to be launched, not called. The outermost decorator decides:
    ``@pointwise_dynamic`` around it makes a function again."""
    decorators = getattr(node, "decorator_list", [])
    outer = decorators[0] if decorators else None
    outer = outer.func if isinstance(outer, ast.Call) else outer
    return getattr(outer, "attr", getattr(outer, "id", "")) == "jit"


def defined_functions(code: str) -> List[str]:
    """What a module defines at its top level to be called, in order; under ``if`` and ``try``, too."""
    found: List[str] = []

    def visit(nodes: List[ast.stmt]) -> None:
        for node in nodes:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                if not _is_kernel(node):
                    found.append(node.name)
            elif isinstance(node, ast.Assign) and isinstance(node.value, (ast.Name, ast.Call,
                                                                          ast.Lambda)):
                # not `tanh = libdevice.tanh`: other people's functions under a short name
                found.extend(t.id for t in node.targets if isinstance(t, ast.Name))
            elif isinstance(node, (ast.If, ast.Try)):
                visit(node.body)
                visit(node.orelse)

    try:
        visit(ast.parse(code).body)
    except (SyntaxError, ValueError) as e:
        raise OperatorProblem("syntax_error", str(e)) from None
    return list(dict.fromkeys(found))


def registered(package: Package, code: str) -> List[Tuple[str, str]]:
    """(ATen name, function) of the operators that the package registers and the file defines."""
    try:
        pairs = flaggems.registrations(package.top)
    except (OperatorProblem, OSError, SyntaxError, ValueError):
        return []  # a package without such a list
    here = set(defined_functions(code))
    return [(aten, function) for aten, function in dict.fromkeys(pairs) if function in here]
