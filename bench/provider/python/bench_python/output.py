"""What operators print: kept short, counted, and off bench's own streams.

sys.stdout and sys.stderr become a counter that keeps the first lines; descriptors 1 and 2 lead to
/dev/null meanwhile, for what libraries print past Python.
"""

from __future__ import annotations

import io
import os
import sys
from typing import Any, List, Optional

KEPT_CHARACTERS = 4096
# Autotuners and warnings print kilobytes; more than this is a fault.
LIMIT_CHARACTERS = 4 << 20


class TooMuchOutput(BaseException):
    """Raised in the operator's own print; no ``except Exception`` of it stops this."""


class Sink(io.TextIOBase):
    def __init__(self, limit: int = LIMIT_CHARACTERS) -> None:
        self.limit = limit
        self.count = 0
        self._kept: List[str] = []
        self._kept_count = 0

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return 1  # /dev/null meanwhile

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return "utf-8"

    def write(self, text: Any) -> int:
        text = str(text)
        room = KEPT_CHARACTERS - self._kept_count
        if room > 0:
            self._kept.append(text[:room])
            self._kept_count += min(room, len(text))
        self.count += len(text)
        if self.count > self.limit:
            raise TooMuchOutput(f"more than {self.limit} characters")
        return len(text)

    @property
    def kept(self) -> str:
        return "".join(self._kept)

    @property
    def exceeded(self) -> bool:
        return self.count > self.limit


class Quiet:
    """``with Quiet() as sink:`` user code prints into ``sink``."""

    def __init__(self, limit: int = LIMIT_CHARACTERS, descriptors: bool = True) -> None:
        self.sink = Sink(limit)
        self._descriptors = descriptors
        self._saved: List[Any] = []
        self._saved_fds: Optional[List[int]] = None

    def __enter__(self) -> Sink:
        self._saved = [sys.stdout, sys.stderr]
        for stream in self._saved:
            try:
                stream.flush()
            except (OSError, ValueError, AttributeError):
                pass
        sys.stdout = sys.stderr = self.sink
        if self._descriptors:
            null = os.open(os.devnull, os.O_WRONLY)
            self._saved_fds = [os.dup(1), os.dup(2)]
            os.dup2(null, 1)
            os.dup2(null, 2)
            os.close(null)
        return self.sink

    def __exit__(self, *_: Any) -> None:
        sys.stdout, sys.stderr = self._saved
        for fd, saved in zip((1, 2), self._saved_fds or []):
            os.dup2(saved, fd)
            os.close(saved)
