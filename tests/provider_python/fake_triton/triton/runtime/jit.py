import inspect

from ..compiler.compiler import CompiledKernel
from .driver import driver


class JITFunction:
    def __init__(self, fn):
        self.fn = fn
        self.arg_names = list(inspect.signature(fn).parameters)

    def __getitem__(self, grid):
        return lambda *args, **kwargs: self.run(*args, grid=grid, warmup=False, **kwargs)

    def run(self, *args, grid, warmup, **kwargs):
        def kind(x):
            return f"*{x.dtype} {x.data_ptr() % 16 == 0}" if hasattr(x, "data_ptr") else repr(x)

        if kwargs.get("BLOCK") == "impossible":
            raise ValueError("no such block")
        target = driver.active.get_current_target()
        kernel = CompiledKernel(f"{self.fn.__name__} {[kind(x) for x in args]} {kwargs} "
                                f"{target.backend}:{target.arch}")
        if not warmup:
            raise RuntimeError("a kernel was launched")
        return kernel
