"""Where the Triton kernels that run here are defined: the proof of whose kernels a call launched.

Triton calls a hook whenever a kernel was compiled or read from its cache, with the function that it
was made of. Without it (Triton before 3.4) nothing is known, and names alone must do.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Dict, Optional, Set

# Kernel's name -> files that define one of this name.
_files: Dict[str, Set[str]] = {}


def _note(**call: Any) -> None:
    try:
        function = call["fn"].jit_function
        _files.setdefault(function.fn.__name__, set()).add(
            os.path.realpath(function.fn.__code__.co_filename))
    except Exception:  # noqa: BLE001 - another Triton's form of it: then nothing is known
        pass


def install() -> bool:
    """Before the first kernel is compiled. False where there is no such hook, or another has it."""
    try:
        from triton import knobs
    except ImportError:
        return False
    if getattr(knobs.runtime, "jit_post_compile_hook", _note) is None:
        knobs.runtime.jit_post_compile_hook = _note
    return getattr(knobs.runtime, "jit_post_compile_hook", None) is _note


def files_of(kernel: str) -> Set[str]:
    """Empty: not known."""
    return _files.get(kernel, set())


def generated_by_flaggems(file: str) -> bool:
    """FlagGems writes the kernels of its pointwise operators to files of its own cache."""
    cache = Path(os.environ.get("FLAGGEMS_CACHE_DIR") or Path.home() / ".flaggems").resolve()
    return cache in Path(file).parents


def is_of(file: str, folder: Optional[str]) -> bool:
    return bool(folder) and Path(str(folder)).resolve() in Path(file).parents
