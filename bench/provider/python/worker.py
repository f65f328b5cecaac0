"""The worker process of operators in Python: python worker.py LIBRARY DEVICE JOB POSITION LINE.

Started by ``bench run`` (bench/run/python_worker.h) with the numbers of three inherited file
descriptors. Makes the callbacks, loads bench's worker as a shared library and leaves the rest to it.
"""

import ctypes
import json
import os
import platform
import sys


def _versions() -> str:
    found = ["Python " + platform.python_version()]
    for name, label in (("torch", "torch"), ("triton", "Triton"), ("flag_gems", "FlagGems")):
        version = getattr(sys.modules.get(name), "__version__", None)
        if version:
            found.append(f"{label} {version}")
    return ", ".join(found)


def _give_up(line_fd: int, message: str) -> None:
    """As bench_message_send_error: the supervisor shows it and ends the run."""
    line = json.dumps({"event": "fatal", "code": -1, "message": message}) + "\n"
    os.write(line_fd, line.encode())


def main() -> int:
    library, device = sys.argv[1:3]
    job_fd, position_fd, line_fd = map(int, sys.argv[3:6])
    del sys.argv[1:]  # nobody else's business
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    try:
        from bench_python.hooks import Bridge
        from bench_python.runtime import Runtime

        # Before the library: torch brings a libstdc++ that must be the first.
        bridge = Bridge(Runtime(device))
    except Exception as e:  # noqa: BLE001 - whatever it is, the run cannot go on
        _give_up(line_fd, f"{sys.executable}: {getattr(e, 'reason', '') or e}; "
                 "give an interpreter with what the operators need (--python)")
        return 1
    # PyDLL: the interpreter's lock is held while C measures, so no other Python thread runs then.
    worker = ctypes.PyDLL(library).bench_worker_library_main
    worker.argtypes = [ctypes.c_void_p, ctypes.c_char_p] + [ctypes.c_int] * 3
    worker.restype = ctypes.c_int
    return int(worker(ctypes.addressof(bridge.hooks), _versions().encode(), job_fd, position_fd,
                      line_fd))


if __name__ == "__main__":
    code = main()
    sys.stderr.flush()
    os._exit(code)  # torch's and Triton's own endings may hang or crash
