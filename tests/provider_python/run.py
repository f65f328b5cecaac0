"""Runs these tests with the interpreter that runs this file: ``python3 run.py [unittest options]``.

Exit status 0: all passed; 1: some failed; 77 (CTest's SKIP_RETURN_CODE): those that need no torch
passed and torch is missing, with the reason printed.
"""

import sys
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import support  # noqa: E402


def main() -> int:
    suite = unittest.defaultTestLoader.discover(str(HERE), "test_*.py")
    result = unittest.TextTestRunner(verbosity=1).run(suite)
    for test, why in result.skipped[:20]:
        print(f"skipped {test}: {why}")
    if not result.wasSuccessful():
        return 1
    missing = support.why_no_torch()
    if missing:
        print(f"skipped: {missing}")
        return support.SKIPPED
    return 0


if __name__ == "__main__":
    sys.exit(main())
