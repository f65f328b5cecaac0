# What follows is the same in every exported operator. Names of Python's that are also names of
# operators (max, sum, ...) are taken from `builtins`, since this module may define its own.


def _exact(a):
    """Whole numbers as int, so that divisions of large ones do not round."""
    return int(a) if isinstance(a, float) and a.is_integer() else a


def _floordiv(a, b):
    return _exact(a) // _exact(b)


def _ceildiv(a, b):
    return -(-_exact(a) // _exact(b))


def _select(condition, a, b):
    return a if condition else b


def _pow2ceil(a):
    return 1 if a <= 1 else 1 << (math.ceil(a) - 1).bit_length()


def _product(numbers):
    return math.prod(numbers)


def _shape_functions(shape):
    """size(i) and prod(i, j) of one case's shape."""

    def size(i):
        return shape[_whole(i)]

    def prod(i, j):
        i, j = (_whole(k) + (len(shape) if k < 0 else 0) for k in (i, j))
        return _product(shape[i:j])

    return size, prod


def _dims(shape, count, star):
    """A case's shape as `count` numbers; number `star` takes as many dimensions as remain."""
    spare = len(shape) - count
    if spare != 0 and (star is None or spare < -1):
        expected = count if star is None else f"at least {count - 1}"
        raise NotImplementedError(f"{len(shape)} dimensions, expected {expected}")
    if star is None:
        return shape
    end = star + 1 + spare
    return (*shape[:star], _product(shape[star:end]), *shape[end:])


def _whole(number, low=-(2**53), high=2**53):
    """An integer of the range that a kernel's argument has."""
    if number != number or number in (math.inf, -math.inf) or int(number) != number:
        raise NotImplementedError(f"{number} where a whole number is needed")
    if not low <= number <= high:
        raise NotImplementedError(f"{number} where {low} to {high} is possible")
    return int(number)


def _int32(number):
    return ctypes.c_int32(_whole(number, -(2**31), 2**31 - 1))


def _int64(number):
    return ctypes.c_int64(_whole(number))


_float32 = ctypes.c_float
_float64 = ctypes.c_double


def _extents(*numbers):
    return tuple(_whole(n, 1, 2**31 - 1) for n in numbers)


def _distance(row, shape, params):
    """How far a measured case is from this one: other parameters, size, dimensions."""
    _, measured, measured_params, _, _ = row
    if measured is None:
        return (0, 0.0, 0.0)
    ratio = math.log(
        builtins.max(_product(measured), 1) / builtins.max(_product(shape), 1)
    )
    dims = [
        math.fabs(math.log(builtins.max(a, 1) / builtins.max(b, 1)))
        for a, b in zip(reversed(measured), reversed(shape))
    ]
    return (
        int(measured_params != params),
        math.fabs(ratio),
        math.fsum(dims) + math.fabs(len(measured) - len(shape)),
    )


def _numbers(params):
    """Parameters as expressions see them: a value of an enum is its number."""
    return {k: _ENUMS[k].index(v) if k in _ENUMS else v for k, v in params.items()}


_ARCHITECTURE = ("--gpu-architecture=sm_", "-arch=sm_")


def _architecture(name):
    """Of which GPU an implementation uses what others do not have ("90a"), or None."""
    for option in _IMPLEMENTATIONS[name]["options"]:
        if option.startswith(_ARCHITECTURE):
            return option.partition("=sm_")[2]
    return None


def _variants(rows):
    """What to try: the rows' variants, then every variant of their implementations, of which a
    measured one need not suit every shape."""
    for _, _, _, name, variant in rows:
        yield name, variant
    for name in dict.fromkeys(row[3] for row in rows):
        tunables = _IMPLEMENTATIONS[name]["tunables"]
        for values in itertools.product(*tunables.values()) if tunables else ():
            yield name, dict(zip(tunables, values))


def _choose(dtype, shape, params, sm_count, capability):
    """Implementation, variant and launches for a case: those of the nearest measured case of this
    dtype whose conditions hold here; if there is none, the first other variant that suits.
    `capability` is the GPU's, such as "90"."""
    rows = [row for row in _MEASURED if row[0] == dtype]
    if not rows:
        known = ", ".join(sorted({row[0] for row in _MEASURED}))
        raise NotImplementedError(f"dtype {dtype}; there is {known}")
    rows.sort(key=lambda row: _distance(row, shape, params))
    numbers = _numbers(params)
    reason = None
    for name, variant in _variants(rows):
        plan = _IMPLEMENTATIONS[name]["plan"]
        own = _architecture(name)
        if own is not None and own.rstrip("af") != capability:
            reason = reason or NotImplementedError(
                f"{name} is for sm_{own}, and this GPU is sm_{capability}"
            )
            continue
        try:
            return (
                name,
                variant,
                plan(shape, _SIZES[dtype], sm_count, **numbers, **variant),
            )
        except NotImplementedError as error:
            reason = reason or error
        except (ArithmeticError, LookupError, ValueError) as error:
            reason = reason or NotImplementedError(
                f"no launch for shape {shape}: {error}"
            )
    raise reason


@functools.lru_cache(maxsize=None)
def _driver():
    library = torch.cuda._utils._get_gpu_runtime_library()
    number, pointer = ctypes.c_uint, ctypes.c_void_p
    library.cuLaunchKernel.argtypes = [pointer] + [number] * 7 + [pointer] * 3
    library.cuFuncSetAttribute.argtypes = [pointer, ctypes.c_int, ctypes.c_int]
    return library


def _check(result, what):
    if result != 0:
        text = ctypes.c_char_p()
        _driver().cuGetErrorString(result, ctypes.byref(text))
        reason = text.value.decode() if text.value else "unknown error"
        raise RuntimeError(f"{what}: CUDA error {result}: {reason}")


@functools.lru_cache(maxsize=None)
def _include_dirs():
    """Folders with CUDA's headers: the toolkit's, or those of the wheels that came with torch."""
    from torch.utils import cpp_extension

    roots = [
        cpp_extension.CUDA_HOME,
        os.environ.get("CUDA_HOME"),
        os.environ.get("CUDA_PATH"),
    ]
    dirs = [os.path.join(root, "include") for root in roots if root]
    try:
        import nvidia

        for base in nvidia.__path__:
            dirs += sorted(glob.glob(os.path.join(base, "*", "include")))
    except ImportError:
        pass
    dirs.append("/usr/local/cuda/include")
    dirs = [d for d in dirs if os.path.isfile(os.path.join(d, "cuda_fp16.h"))]
    if not dirs:
        raise RuntimeError(
            "cuda_fp16.h was not found: set CUDA_HOME to the CUDA toolkit's folder"
        )
    if cpp_extension.CUDA_HOME is None:
        # torch's NVRTC facility asks for this even where the headers come from wheels.
        cpp_extension.CUDA_HOME = os.path.dirname(dirs[0])
    return dirs


@functools.lru_cache(maxsize=None)
def _compile(device, dtype, name, defines, launch):
    """One kernel of an implementation, loaded on the current device (number `device`)."""
    implementation = _IMPLEMENTATIONS[name]
    options = [f"-DBENCH_T={_C_TYPES[dtype]}", f"-DBENCH_T_IS_{dtype.upper()}=1"]
    options += [f"-D{macro}={value}" for macro, value in defines]
    # torch names an architecture to the compiler itself, which takes no second one.
    own = [o for o in implementation["options"] if not o.startswith(_ARCHITECTURE)]
    return torch.cuda._compile_kernel(
        _SOURCES[implementation["source"]],
        implementation["entries"][launch],
        compute_capability=_architecture(name),
        cuda_include_dirs=_include_dirs(),
        nvcc_options=options + own,
    )


class _Launch:
    """One launch of a prepared case: everything but the stream and the tensors' addresses."""

    def __init__(self, entry, kernel, grid, block, shared, args):
        if shared > 48 * 1024:  # what a kernel may have without asking
            kernel.set_shared_memory_config(shared)
        values = [ctypes.c_void_p() if isinstance(a, str) else a for a in args]
        addresses = [ctypes.addressof(value) for value in values]
        self.entry, self.kernel, self.values = entry, kernel, values
        self.tensors = [(v, a) for v, a in zip(values, args) if isinstance(a, str)]
        self.arguments = (ctypes.c_void_p * len(values))(*addresses)
        self.config = (kernel.func, *grid, *block, shared)

    def __call__(self, tensors, stream):
        for value, name in self.tensors:
            value.value = tensors[name].data_ptr()
        call = (*self.config, stream, self.arguments, None)
        result = _driver().cuLaunchKernel(*call)
        if result == 201:
            # A thread that has not used CUDA yet has no context: this gives it one.
            torch.cuda.synchronize()
            result = _driver().cuLaunchKernel(*call)
        _check(result, self.entry)


class _Prepared(threading.local):
    """The cases that this thread has prepared; other threads have their own, since the launches in
    them hold the addresses of the call that is being made."""

    def __init__(self):
        self.cases = {}


_prepared = _Prepared()


def _prepare(device, torch_dtype, shape, params):
    """Everything about a case that does not depend on addresses: elements of its inputs, shapes of
    its outputs, bytes of workspaces, launches. `device` is the number of the current one."""
    dtype = str(torch_dtype)[len("torch.") :]
    if dtype not in _SIZES:
        raise NotImplementedError(f"dtype {dtype}; there is {', '.join(_SIZES)}")
    inputs, outputs = _shapes(shape, _SIZES[dtype], **_numbers(dict(params)))
    elements = {name: _product(s) for name, s in inputs.items()}
    if builtins.all(_product(s) == 0 for s in outputs.values()):
        return elements, outputs, {}, []  # nothing to write: nothing is launched
    gpu = torch.cuda.get_device_properties(device)
    name, variant, plan = _choose(
        dtype,
        shape,
        dict(params),
        gpu.multi_processor_count,
        f"{gpu.major}{gpu.minor}",
    )
    launches = []
    for i, launch in enumerate(plan["launches"]):
        kernel = _compile(device, dtype, name, tuple(variant.items()), i)
        entry = _IMPLEMENTATIONS[name]["entries"][i]
        launches.append(_Launch(entry, kernel, *launch))
    return elements, outputs, plan["workspaces"], launches


def _case(*key):
    cases = _prepared.cases
    case = cases.get(key)
    if case is None:
        if len(cases) >= 4096:
            cases.clear()
        try:
            case = cases[key] = _prepare(*key)
        except NotImplementedError as error:
            raise NotImplementedError(f"{_NAME}: {error}") from None
    return case


def _run(shape, params, tensors, outputs):
    """Launches a case. `tensors` maps names to inputs, the first of the case's dtype; `outputs`
    names to dtypes (None: the case's) and shapes (None: the description's). Returns `tensors` with
    the outputs in it."""
    first = next(iter(tensors.values()))
    dtype, device = first.dtype, first.device
    if torch.cuda.current_device() != device.index:
        with torch.cuda.device(device):
            return _run(shape, params, tensors, outputs)
    case = _case(device.index, dtype, tuple(shape), params)
    elements, described, workspaces, launches = case
    for name, tensor in tensors.items():
        if tensor.numel() != elements[name]:
            raise NotImplementedError(
                f"{_NAME}: {name} has {tensor.numel()} elements, expected {elements[name]}"
            )
    for name, (own_dtype, own_shape) in outputs.items():
        size = described[name]
        if own_shape is not None and _product(own_shape) != _product(size):
            raise RuntimeError(
                f"{_NAME}: {name} of shape {own_shape}, expected {size}"
            )
        size = size if own_shape is None else own_shape
        tensors[name] = torch.empty(size, dtype=own_dtype or dtype, device=device)
    for name, size in workspaces.items():
        tensors[name] = torch.empty(size, dtype=torch.uint8, device=device)
    stream = torch._C._cuda_getCurrentRawStream(device.index)
    for launch in launches:
        launch(tensors, stream)
    return tensors


def _input(name, value, dtype=None, device=None):
    """A tensor as the kernels want it: on a GPU (this one), contiguous, of this dtype, and with
    vectors that can be read."""
    if not isinstance(value, torch.Tensor):
        raise NotImplementedError(
            f"{_NAME}: {name} must be a tensor, not {type(value).__name__}"
        )
    if not value.is_cuda or device not in (None, value.device):
        wanted = "a CUDA device" if device is None else device
        raise NotImplementedError(
            f"{_NAME}: {name} must be on {wanted}, not {value.device}"
        )
    if dtype not in (None, value.dtype):
        raise NotImplementedError(f"{_NAME}: {name} must be {dtype}, not {value.dtype}")
    value = value.contiguous()
    # Kernels read 16 bytes at once, and a view may begin anywhere.
    return value if value.data_ptr() % 16 == 0 else value.clone()


def _option(name, value, values):
    if value not in values:
        raise NotImplementedError(
            f"{_NAME}: {name} must be one of {values}, not {value!r}"
        )
    return value
