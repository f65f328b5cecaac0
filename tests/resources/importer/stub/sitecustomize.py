"""A stand-in for the package flag_gems, for hosts without Triton and a GPU: what is on trial
(experimental, experimental_ops) is imported from the tree that PYTHONPATH has; the rest, which looks
for devices and registers operators, is not run, and everything in it is a stand-in. Python imports
this file when it starts."""

import os
import sys
import types


def stand_in(path):
    import triton

    def missing(name):
        if name.startswith(("__", "pytest", "setup", "setUp", "teardown", "tearDown")):
            raise AttributeError(name)  # pytest asks every package for these
        return triton.Anything(f"flag_gems.{name}")

    class Finder(triton.Finder):
        def find_spec(self, name, path=None, target=None):
            if name.startswith("flag_gems.") and not name.startswith(
                "flag_gems.experimental"
            ):
                return self.spec(name)
            return None

    module = types.ModuleType("flag_gems")
    module.__path__ = [path]
    module.__file__ = os.path.join(path, "__init__.py")
    module.__getattr__ = missing
    module.device = "cpu"
    sys.modules["flag_gems"] = module
    sys.meta_path.insert(0, Finder())


for folder in sys.path:
    if os.path.isfile(os.path.join(folder, "flag_gems", "__init__.py")):
        stand_in(os.path.join(folder, "flag_gems"))
        break
