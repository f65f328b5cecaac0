"""What can be wrong with an operator: one named status and a reason that people can act on."""

from __future__ import annotations

import traceback
from typing import Dict

# Status -> code for C (0 is success). The numbers are part of the interface: never reuse one.
CODES: Dict[str, int] = {
    "bad_request": -1,  # the harness asked for nonsense: a fault of ours
    "bad_data": -2,  # operator data that is no such thing
    "syntax_error": -3,
    "import_failed": -4,  # raised while the module was imported
    "exited": -5,  # called exit() or sys.exit()
    "too_much_output": -6,
    "no_callable": -7,  # the module does not define the operator
    "changed_globals": -8,  # changed settings or functions of torch (they were put back)
    "no_schema": -9,  # torch knows no such operator
    "no_arguments": -10,  # the schema alone does not say what to call it with
    "not_describable": -11,  # the answer has no shape that the case's shape determines
    "raised": -12,  # raised when it was called
    "wrong_type": -13,  # returned something that is no tensor
    "wrong_count": -14,  # returned another number of tensors
    "wrong_shape": -15,
    "wrong_dtype": -16,
    "wrong_device": -17,
    "wrong_layout": -18,  # not a plain strided tensor, or lazy
    "aliased": -19,  # returned memory of an input, or of its own earlier answer
    "unavailable": -20,  # torch, FlagGems or Triton is missing, or the device is
    "out_of_memory": -21,
    "other_kernels": -22,  # the role ran something else than its name promises
    "died": -23,  # the process ended without an answer
    "timeout": -24,
    "oracle_failed": -25,
    "not_prepared": -26,  # no such handle
    "special_values": -27,  # NaN or infinity where torch has none, or the reverse
    "spoiled_globals": -28,  # as changed_globals, and could not be put back: the process must end
}


class OperatorProblem(Exception):
    """A verdict on one operator. ``status`` is a key of CODES, ``reason`` is for people."""

    def __init__(self, status: str, reason: str) -> None:
        assert status in CODES, status
        super().__init__(reason)
        self.status = status
        self.reason = reason

    def as_json(self) -> Dict[str, str]:
        return {"status": self.status, "reason": self.reason}


def one_line(error: BaseException) -> str:
    """``TypeError: missing argument``: the class and its first lines, bounded."""
    text = str(error).strip()
    return f"{type(error).__name__}: {text[:2000]}" if text else type(error).__name__


def with_place(error: BaseException, file: str) -> str:
    """one_line and, if the traceback passes through ``file``, the line there."""
    place = ""
    for frame in traceback.extract_tb(error.__traceback__):
        if frame.filename == file:
            place = f" (line {frame.lineno}: {(frame.line or '').strip()[:120]})"
    return one_line(error) + place


def from_exception(error: BaseException, file: str, doing: str, status: str) -> OperatorProblem:
    """The verdict for an exception that user code let out while ``doing`` something."""
    if isinstance(error, OperatorProblem):
        return error
    if isinstance(error, SystemExit):
        return OperatorProblem("exited", f"{doing}: it called exit({error.code!r})")
    if type(error).__name__ == "OutOfMemoryError" or isinstance(error, MemoryError):
        return OperatorProblem("out_of_memory", f"{doing}: {one_line(error)}")
    return OperatorProblem(status, f"{doing}: {with_place(error, file)}")
