"""As much of Triton as compiling ahead touches, for hosts without it: a kernel that is compiled is a
file in TRITON_CACHE_DIR, and a launch is an error, since there is no GPU to launch on."""

__version__ = "0.fake"

from . import language
from .runtime.autotuner import Autotuner, Config
from .runtime.jit import JITFunction


def jit(fn):
    return JITFunction(fn)


def autotune(configs, key):
    return lambda fn: Autotuner(fn, fn.arg_names, configs, key)
