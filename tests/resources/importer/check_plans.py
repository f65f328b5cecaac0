"""Do exported modules launch what bench itself would launch?

Reads from standard input, one JSON a line, first {"name", "category", "code", "test_func"} of an
operator, then any number of its calls: {"dtype", "shape", "params", "implementation", "variant",
"inputs", "outputs", "workspaces", "launches"}. Every call goes through the exported function, on
tensors without memory; what it hands to cuLaunchKernel is compared. Prints one line a difference,
then "<n> calls".
"""

import ctypes
import json
import sys

import fake_torch

torch = fake_torch.install()
TYPES = {
    "tensor": ctypes.c_void_p,
    "int": ctypes.c_int32,
    "int64": ctypes.c_int64,
    "float": ctypes.c_float,
    "double": ctypes.c_double,
}


def load(operator):
    module = fake_torch.load(operator["name"], operator["code"])
    module._include_dirs = lambda: ["/include"]
    function = getattr(module, operator["name"])
    test = fake_torch.load_test(
        operator["test_func"], operator["category"], operator["name"], function
    )
    return module, function, test


def expected(call, addresses):
    launches = []
    for launch in call["launches"]:
        args = [addresses[v] if kind == "tensor" else v for kind, v in launch["args"]]
        launches.append(
            (launch["entry"], launch["grid"], launch["block"], launch["shared"], args)
        )
    return launches


def check(module, function, test, call):
    """What is wrong, or None."""
    row = [call[k] for k in ("dtype", "shape", "params", "implementation", "variant")]
    module._MEASURED[:] = [(row[0], tuple(row[1]), *row[2:])]
    module._prepared.cases.clear()
    module._compile.cache_clear()
    fake_torch.COMPILED.clear()
    fake_torch.KINDS.clear()
    for launch in call["launches"]:
        fake_torch.KINDS[launch["entry"]] = [TYPES[kind] for kind, _ in launch["args"]]
    # The second call finds the case prepared, and has other addresses.
    problem = check_call(module, function, test, call)
    problem = problem or check_call(module, function, test, call)
    if problem:
        return problem
    if len(fake_torch.COMPILED) > len(call["launches"]):
        return f"{len(fake_torch.COMPILED)} kernels were compiled"
    problem = check_other_variant(module, function, test, call)
    if problem:
        return f"where the measured variant does not suit: {problem}"
    for compiled in fake_torch.COMPILED:
        options = compiled["nvcc_options"]
        wanted = [f"-D{k}={v}" for k, v in call["variant"].items()]
        wanted += [
            f"-DBENCH_T={call['c_type']}",
            f"-DBENCH_T_IS_{call['dtype'].upper()}=1",
        ]
        if not set(wanted) <= set(options):
            return f"options {options}, expected {wanted}"
        if compiled["compute_capability"]:
            return check_other_gpu(module, function, test, call, options)
    return None


CHECKED = set()


def check_other_variant(module, function, test, call):
    """Where the measured variant does not suit a shape, the one that does is found."""
    key = (module.__name__, call["implementation"])
    if key in CHECKED or not call["variant"]:
        return None
    CHECKED.add(key)
    implementation = module._IMPLEMENTATIONS[call["implementation"]]
    plan, tunables = implementation["plan"], implementation["tunables"]

    def picky(*args, **kwargs):
        if not call["variant"].items() <= kwargs.items():
            raise NotImplementedError("not this one")
        return plan(*args, **kwargs)

    row = module._MEASURED[0]
    module._MEASURED[:] = [(*row[:4], {k: v + 1 for k, v in row[4].items()})]
    implementation["plan"] = picky
    implementation["tunables"] = {k: [v + 1, v] for k, v in row[4].items()}
    module._prepared.cases.clear()
    try:
        return check_call(module, function, test, call)
    finally:
        implementation.update(plan=plan, tunables=tunables)
        module._MEASURED[:] = [row]


def check_other_gpu(module, function, test, call, options):
    """Of an implementation for one architecture only torch is told; others refuse it."""
    if any("arch" in option for option in options):
        return f"options {options} name a second architecture"
    gpu, torch.GPU = torch.GPU, {**torch.GPU, "major": 8}
    module._prepared.cases.clear()
    try:
        check_call(module, function, test, call)
    except NotImplementedError as error:
        return None if "sm_80" in str(error) else f"refused elsewhere with: {error}"
    finally:
        torch.GPU = gpu
    return "launched on sm_80, too"


def check_call(module, function, test, call):
    fake_torch.LAUNCHES.clear()
    tensors = {
        name: fake_torch.Tensor(shape, getattr(torch, dtype))
        for name, (shape, dtype) in call["inputs"].items()
    }
    addresses = {name: tensor.address for name, tensor in tensors.items()}
    module.torch.empty = lambda shape, dtype, device: allocated(
        shape, dtype, addresses, call, sizes
    )
    sizes = []
    test.call(function, **tensors, **call["params"])
    want = expected(call, addresses)
    if fake_torch.LAUNCHES != want:
        return f"launches {fake_torch.LAUNCHES}, expected {want}"
    if sizes != call["outputs"] + call["workspaces"]:
        return f"allocated {sizes}, expected {call['outputs'] + call['workspaces']}"
    return None


def float32(*shape):
    return fake_torch.Tensor(shape, torch.float32)


# Calls that would read or write beyond a tensor's end, and reductions over nothing.
REFUSED = {
    "max": [lambda f: f(float32(4, 0), -1)],
    "scaled_dot_product_attention": [
        lambda f: f(float32(2, 4, 5, 64), *[float32(2, 2, 7, 64)] * 2),
        lambda f: f(float32(2, 4, 5, 64), *[float32(2, 3, 7, 64)] * 2, enable_gqa=True),
        lambda f: f(float32(2, 4, 5, 64), *[float32(2, 0, 7, 64)] * 2, enable_gqa=True),
    ],
    "mm": [lambda f: f(float32(4, 0), float32(0, 8))],
    "layer_norm": [
        lambda f: f(float32(4, 64), [64], float32(63), float32(64)),
        lambda f: f(float32(4, 64), [64], float32(64), float32(1)),
    ],
    "cumsum": [lambda f: f(float32(4, 64), -3), lambda f: f(float32(4, 64), 2)],
    "sum": [lambda f: f(float32(4, 64), -3), lambda f: f(float32(4, 64), [2])],
}


def check_refusals(name, function):
    for i, call in enumerate(REFUSED.pop(name, [])):
        fake_torch.LAUNCHES.clear()
        try:
            call(function)
        except NotImplementedError:
            pass
        else:
            print(f"{name}: call {i} was not refused")
        if fake_torch.LAUNCHES:
            print(f"{name}: call {i} was launched")


def allocated(shape, dtype, addresses, call, sizes):
    """torch.empty: outputs and workspaces come in the order of the description."""
    tensor = fake_torch.Tensor([shape] if isinstance(shape, int) else shape, dtype)
    names = call["output_names"] + call["workspace_names"]
    addresses[names[len(sizes)]] = tensor.address
    sizes.append(tensor.numel() * dtype.size)
    return tensor


def main():
    loaded, calls = None, 0
    for line in sys.stdin:
        item = json.loads(line)
        if "code" in item:
            loaded, name = load(item), item["name"]
            check_refusals(name, loaded[1])
            continue
        calls += 1
        problem = check(*loaded, item)
        if problem:
            keys = ("dtype", "shape", "params", "implementation", "variant")
            print(f"{name} {[item[k] for k in keys]}: {problem}")
    for name in REFUSED:
        print(f"{name} was not exported")
    print(f"{calls} calls")


main()
