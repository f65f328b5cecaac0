"""Compiles CUDA C with NVRTC as bench does, and launches it through the driver, so that a call costs
the host little more than cuLaunchKernel itself (ctypes; no package needed)."""
import ctypes
import glob
import os
import sys

from operators import PeersError

# ---- NVRTC ----


def load_nvrtc():
    """The system's libnvrtc, else the one that came with PyTorch."""
    candidates = [f"libnvrtc.so.{major}" for major in (13, 12)]
    for folder in sys.path:
        candidates += sorted(glob.glob(os.path.join(folder, "nvidia", "*", "lib", "libnvrtc.so.*")))
    for name in candidates:
        try:
            return ctypes.CDLL(name)
        except OSError:
            continue
    raise PeersError("no libnvrtc: set LD_LIBRARY_PATH to a CUDA toolkit's lib folder, or run the "
                     "Python whose PyTorch brings it")


def compile_cubin(source, entry, arch, options, nvrtc):
    """-> (cubin, the entry's mangled name). The options that bench passes."""
    with open(source, "rb") as f:
        text = f.read()
    arguments = [f"--gpu-architecture={arch}", "-std=c++17", "-lineinfo",
                 f"--include-path={os.path.dirname(source)}", "-DBENCH_T=float",
                 "-DBENCH_T_IS_FLOAT32=1", *options]
    program = ctypes.c_void_p()
    check_nvrtc(nvrtc, nvrtc.nvrtcCreateProgram(ctypes.byref(program), text, source.encode(), 0,
                                                None, None))
    try:
        check_nvrtc(nvrtc, nvrtc.nvrtcAddNameExpression(program, entry.encode()))
        c_arguments = (ctypes.c_char_p * len(arguments))(*[a.encode() for a in arguments])
        result = nvrtc.nvrtcCompileProgram(program, len(arguments), c_arguments)
        if result:
            size = ctypes.c_size_t()
            nvrtc.nvrtcGetProgramLogSize(program, ctypes.byref(size))
            log = ctypes.create_string_buffer(size.value)
            nvrtc.nvrtcGetProgramLog(program, log)
            raise PeersError(f"{source} does not compile:\n{log.value.decode(errors='replace')}")
        name = ctypes.c_char_p()
        check_nvrtc(nvrtc, nvrtc.nvrtcGetLoweredName(program, entry.encode(), ctypes.byref(name)))
        size = ctypes.c_size_t()
        check_nvrtc(nvrtc, nvrtc.nvrtcGetCUBINSize(program, ctypes.byref(size)))
        cubin = ctypes.create_string_buffer(size.value)
        check_nvrtc(nvrtc, nvrtc.nvrtcGetCUBIN(program, cubin))
        return cubin.raw, name.value.decode()
    finally:
        nvrtc.nvrtcDestroyProgram(ctypes.byref(program))


def check_nvrtc(nvrtc, result):
    if result:
        nvrtc.nvrtcGetErrorString.restype = ctypes.c_char_p
        raise PeersError(f"NVRTC: {nvrtc.nvrtcGetErrorString(result).decode()}")


# ---- driver ----

MAX_DYNAMIC_SHARED_SIZE_BYTES = 8  # CU_FUNC_ATTRIBUTE_…


class Driver:
    def __init__(self):
        try:
            self.lib = ctypes.CDLL("libcuda.so.1")
        except OSError as e:
            raise PeersError(f"no CUDA driver: {e}") from e
        self.launch = self.lib.cuLaunchKernel
        self.launch.argtypes = [ctypes.c_void_p] + [ctypes.c_uint] * 7 + [ctypes.c_void_p] * 3

    def check(self, result, what):
        if result:
            text = ctypes.c_char_p()
            self.lib.cuGetErrorString(result, ctypes.byref(text))
            raise PeersError(f"{what}: {(text.value or b'unknown error').decode()} ({result})")

    def load(self, cubin, name, shared):
        """A function of the current context."""
        module, function = ctypes.c_void_p(), ctypes.c_void_p()
        self.check(self.lib.cuModuleLoadData(ctypes.byref(module), cubin), f"loading {name}")
        self.check(self.lib.cuModuleGetFunction(ctypes.byref(function), module, name.encode()),
                   f"finding {name}")
        if shared > 48 * 1024:
            self.check(self.lib.cuFuncSetAttribute(function, MAX_DYNAMIC_SHARED_SIZE_BYTES, shared),
                       f"{name}: {shared} bytes of shared memory")
        return function

    def launcher(self, function, kernel, values, current_stream):
        """A callable that launches on the stream that current_stream() gives. `values` are ctypes
        objects, one an argument; the caller keeps the memory that they point to."""
        pointers = (ctypes.c_void_p * len(values))(
            *[ctypes.cast(ctypes.byref(v), ctypes.c_void_p) for v in values])
        launch, (gx, gy, gz), (bx, by, bz) = self.launch, kernel["grid"], kernel["block"]
        shared, handle = kernel["shared"], function.value

        def call(_keep=values):
            result = launch(handle, gx, gy, gz, bx, by, bz, shared, current_stream(), pointers, None)
            if result:
                self.check(result, f"launching {kernel['implementation']}")

        return call
