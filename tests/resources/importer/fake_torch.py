"""As much of torch as an exported module touches, with no device: launches are recorded.

install() puts `torch`, `pytest` and the packages that generated tests import into sys.modules.
"""

import ctypes
import sys
import types

LAUNCHES = []  # (compiled kernel, grid, block, shared bytes, values of arguments)
COMPILED = []  # keyword arguments of every compilation


class dtype:
    def __init__(self, name, size):
        self.name, self.size = name, size

    def __repr__(self):
        return "torch." + self.name


class Device:
    def __init__(self, kind="cuda"):
        self.type, self.index = kind, 0

    def __str__(self):
        return self.type + ":0"

    def __eq__(self, other):
        return isinstance(other, Device) and self.type == other.type


class Size(tuple):
    def numel(self):
        count = 1
        for n in self:
            count *= n
        return count


class Tensor:
    next_address = 1 << 20

    requires_grad = False

    def __init__(self, shape, dtype, device=None, address=None):
        self.shape, self.dtype, self.device = Size(shape), dtype, device or Device()
        if address is None:
            address = Tensor.next_address
            Tensor.next_address += (self.numel() * dtype.size + 511) // 512 * 512 + 512
        self.address = address

    @property
    def is_cuda(self):
        return self.device.type == "cuda"

    def numel(self):
        return self.shape.numel()

    def dim(self):
        return len(self.shape)

    def data_ptr(self):
        return self.address

    def contiguous(self):
        return self

    def clone(self):
        return Tensor(self.shape, self.dtype)

    def reshape(self, *shape):
        shape = list(
            shape[0]
            if len(shape) == 1 and isinstance(shape[0], (tuple, list))
            else shape
        )
        if -1 in shape:
            rest = Size(n for n in shape if n != -1).numel()
            shape[shape.index(-1)] = self.numel() // rest
        assert Size(shape).numel() == self.numel(), (self.shape, shape)
        return Tensor(shape, self.dtype, self.device, self.address)

    view = reshape

    def flatten(self, start=0):
        start %= max(self.dim(), 1)
        return self.reshape([*self.shape[:start], Size(self.shape[start:]).numel()])

    def size(self, i=None):
        return self.shape if i is None else self.shape[i]


class Kernel:
    def __init__(self, entry):
        self.entry, self.func, self.shared = (
            entry,
            ctypes.c_void_p(len(COMPILED)),
            48 * 1024,
        )

    def set_shared_memory_config(self, size):
        self.shared = size


class Launcher:
    """cuLaunchKernel: reads the arguments through their pointers, as the driver does."""

    argtypes = None

    def __call__(self, func, gx, gy, gz, bx, by, bz, shared, stream, pointers, extra):
        assert stream == 77 and extra is None
        kernel, kinds = (
            COMPILED[func.value - 1]["kernel"],
            COMPILED[func.value - 1]["kinds"],
        )
        assert shared <= kernel.shared
        values = [ctypes.cast(p, ctypes.POINTER(k))[0] for p, k in zip(pointers, kinds)]
        LAUNCHES.append((kernel.entry, [gx, gy, gz], [bx, by, bz], shared, values))
        return 0


class Anything:
    """What tests mention at import time and never use here."""

    def __getattr__(self, name):
        return Anything()

    def __call__(self, *args, **kwargs):
        return args[0] if len(args) == 1 and callable(args[0]) else Anything()


KINDS = {}  # entry -> ctypes of its arguments, set by whoever expects launches of it


def compile_kernel(source, entry, **keywords):
    kernel = Kernel(entry)
    COMPILED.append(
        {"kernel": kernel, "source": source, "kinds": KINDS.get(entry), **keywords}
    )
    kernel.func = ctypes.c_void_p(len(COMPILED))
    return kernel


class Current:
    def __init__(self, device=None):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return False


def make(shape, dtype=None, device=None):
    shape = [shape] if isinstance(shape, int) else shape
    return Tensor(shape, dtype, device if isinstance(device, Device) else Device())


def install():
    torch = types.ModuleType("torch")
    sizes = {
        "float64": 8,
        "float32": 4,
        "float16": 2,
        "bfloat16": 2,
        "int64": 8,
        "int32": 4,
    }
    sizes.update({"int16": 2, "int8": 1, "uint8": 1, "bool": 1})
    for name, size in sizes.items():
        setattr(torch, name, dtype(name, size))
    torch.Tensor, torch.empty, torch.ones, torch.zeros = Tensor, make, make, make
    library = types.SimpleNamespace(
        cuLaunchKernel=Launcher(),
        cuFuncSetAttribute=types.SimpleNamespace(argtypes=None),
    )
    torch.GPU = {"multi_processor_count": 132, "major": 9, "minor": 0}
    torch.cuda = types.SimpleNamespace(
        device=Current,
        current_device=lambda: 0,
        get_device_properties=lambda d: types.SimpleNamespace(**torch.GPU),
        is_available=lambda: False,
        _compile_kernel=compile_kernel,
        _utils=types.SimpleNamespace(_get_gpu_runtime_library=lambda: library),
    )
    torch._C = types.SimpleNamespace(_cuda_getCurrentRawStream=lambda device: 77)
    torch.testing = Anything()
    torch.nn = Anything()
    utils = types.ModuleType("torch.utils")
    utils.cpp_extension = types.SimpleNamespace(CUDA_HOME=None)
    torch.utils = utils
    sys.modules["torch"] = torch
    sys.modules["torch.utils"] = utils
    pytest = types.ModuleType("pytest")
    pytest.mark = Anything()
    pytest.raises = Anything()
    sys.modules["pytest"] = pytest
    return torch


def load(name, text):
    module = types.ModuleType(name)
    exec(compile(text, name + ".py", "exec"), module.__dict__)
    return module


def load_test(text, package, operator, function):
    """Executes a generated test file with `operator` standing for the imported function."""
    parts = ("flag_gems.experimental.generated." + package + "." + operator).split(".")
    for i in range(1, len(parts) + 1):
        sys.modules[".".join(parts[:i])] = types.ModuleType(".".join(parts[:i]))
    setattr(sys.modules[".".join(parts)], operator, function)
    return load("test_" + operator, text)
