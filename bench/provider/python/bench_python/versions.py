"""What an interpreter would run, without importing any of it: a run that is resumed must be the same.

torch's own word on its version is read from its files, since the package's metadata lack the build
(+cu130); FlagGems is mostly a checkout, whose version is what its files are.
"""

from __future__ import annotations

import hashlib
import importlib.util
import platform
import re
from importlib import metadata
from pathlib import Path
from typing import Dict, Optional

from . import flaggems


def _folder(module: str) -> Optional[Path]:
    try:
        spec = importlib.util.find_spec(module)
    except (ImportError, ValueError):
        return None
    return Path(spec.origin).parent if spec is not None and spec.origin else None


def _version_in(file: Path) -> Optional[str]:
    try:
        found = re.search(r"^__version__\s*(?::\s*\w+\s*)?=\s*['\"]([^'\"]+)['\"]",
                          file.read_text(encoding="utf-8"), re.MULTILINE)
    except OSError:
        return None
    return found.group(1) if found else None


def _version_of(module: str) -> Optional[str]:
    folder = _folder(module)
    if folder is None:
        return None
    told = _version_in(folder / "version.py") or _version_in(folder / "__init__.py")
    if told:
        return told
    try:
        return metadata.version(module)
    except metadata.PackageNotFoundError:
        return "?"


def hash_of(folder: Path) -> str:
    """Of the names and contents of its code and configurations."""
    total = hashlib.sha256()
    for file in sorted(p for p in folder.rglob("*") if p.suffix in (".py", ".yaml", ".json")):
        content = hashlib.sha256(file.read_bytes()).hexdigest()
        total.update(f"{file.relative_to(folder)} {content}\n".encode())
    return total.hexdigest()[:16]


def read(path: Optional[str] = None) -> Dict[str, Optional[str]]:
    """``path``: a folder in which FlagGems is looked for first."""
    own = Path(path) / flaggems.MODULE if path else None
    gems = own if own is not None and own.is_dir() else flaggems.source_folder()
    return {"python": platform.python_version(), "torch": _version_of("torch"),
            "triton": _version_of("triton"),
            "flag_gems": f"files {hash_of(gems)}" if gems else None}
