"""A stand-in for Triton, for hosts that have none: modules that use it can be imported and their
tests collected. No kernel runs."""

import importlib.abc
import importlib.machinery
import sys

__version__ = "0 (stand-in for tests)"


class Anything:
    """Whatever a module asks of Triton while it is imported: a decorator, a type, a number."""

    def __init__(self, name):
        self._name = name

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Anything(f"{self._name}.{name}")

    def __call__(self, *args, **kwargs):
        if len(args) == 1 and callable(args[0]) and not kwargs:
            return args[0]
        return self

    def __getitem__(self, key):
        return self

    def __or__(self, other):
        return self

    __ror__ = __or__

    def __repr__(self):
        return self._name


def jit(function=None, **kwargs):
    return function if function is not None else lambda f: f


def cdiv(a, b):
    return -(-a // b)


def next_power_of_2(n):
    return 1 << max(0, n - 1).bit_length()


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)
    return Anything(f"triton.{name}")


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """triton.language and every other submodule."""

    def spec(self, name):
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def find_spec(self, name, path=None, target=None):
        return self.spec(name) if name.startswith("triton.") else None

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        name = module.__name__

        def get(attribute):
            if attribute.startswith("__"):
                raise AttributeError(attribute)
            return Anything(f"{name}.{attribute}")

        module.__getattr__ = get


sys.meta_path.append(Finder())
