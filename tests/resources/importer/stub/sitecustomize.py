"""A stand-in for the package flag_gems itself, for hosts without Triton and a GPU: its sub-packages
are imported from the tree that PYTHONPATH has, its own __init__.py (which asks for devices and
registers operators) is not run. Python imports this file when it starts."""

import os
import sys
import types


def stand_in():
    for folder in sys.path:
        path = os.path.join(folder, "flag_gems")
        if os.path.isfile(os.path.join(path, "__init__.py")):
            module = types.ModuleType("flag_gems")
            module.__path__ = [path]
            module.__file__ = os.path.join(path, "__init__.py")
            module.device = "cpu"
            sys.modules["flag_gems"] = module
            return


stand_in()
