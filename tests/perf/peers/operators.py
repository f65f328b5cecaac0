"""Reads a suite and the operators it names as bench does (docs/formats.md), so that other tools can
launch the same kernels with the same grids and arguments.

A subset: CUDA C implementations of one launch and without tunables, float32. What is not understood
is an error, never guessed at.
"""
import itertools
import json
import math
import pathlib
import re

ROLES = ("candidate", "reference", "baseline")


class PeersError(Exception):
    """What went wrong, for the user."""


def read_json(path):
    try:
        return json.loads(pathlib.Path(path).read_text(encoding="utf-8-sig"))
    except OSError as e:
        raise PeersError(f"cannot read {path}: {e.strerror}") from e
    except ValueError as e:
        raise PeersError(f"{path}: not JSON: {e}") from e


# ---- expressions (docs/formats.md, "Expressions") ----

FUNCTIONS = {
    "ceildiv": lambda a, b: float(math.ceil(a / b)),
    "floordiv": lambda a, b: float(math.floor(a / b)),
    "floor": lambda a: float(math.floor(a)),
    "ceil": lambda a: float(math.ceil(a)),
    "round": lambda a: float(math.floor(a + 0.5)),
    "abs": abs,
    "sqrt": math.sqrt,
    "log2": math.log2,
    "min": min,
    "max": max,
    "select": lambda condition, a, b: a if condition else b,
    "pow2ceil": lambda a: float(1 << max(0, math.ceil(a) - 1).bit_length()),
}


def evaluate(expression, names, where):
    if isinstance(expression, (int, float)):
        return float(expression)
    text = expression.replace("&&", " and ").replace("||", " or ").replace("^", "**")
    if not re.fullmatch(r"[\w\s.,()<>=!*/%+-]*", text) or "__" in text:
        raise PeersError(f"{where}: not an expression: {expression}")
    try:
        return float(eval(text, {"__builtins__": {}}, {**FUNCTIONS, **names}))
    except Exception as e:
        raise PeersError(f"{where}: cannot evaluate '{expression}': {e}") from e


def evaluate_int(expression, names, where):
    value = evaluate(expression, names, where)
    if value != math.floor(value):
        raise PeersError(f"{where}: '{expression}' is {value}, expected an integer")
    return int(value)


# ---- suites ----

def expand_axis(axis):
    if isinstance(axis, dict) and set(axis) == {"pow2"}:
        first, last, *step = axis["pow2"]
        return [2**k for k in range(first, last + 1, step[0] if step else 1)]
    if isinstance(axis, int):
        return [axis]
    return [value for part in axis for value in expand_axis(part)]


def expand_shapes(shapes, named):
    if isinstance(shapes, str):
        shapes = named[shapes]
    expanded = []
    for shape in shapes:
        if isinstance(shape, dict):
            expanded += [list(s) for s in itertools.product(*map(expand_axis, shape["product"]))]
        else:
            expanded.append(shape)
    return expanded


def read_suite(path, kernels_dir, sm_count):
    """Cases in the suite's order: {"case", "operator", "shape", "params", "kernels": {role: kernel}},
    a kernel as plan_kernel returns it."""
    suite = read_json(path)
    cases = []
    for entry in suite["operators"]:
        operator = Operator(pathlib.Path(kernels_dir), entry["operator"])
        if (entry.get("dtypes") or suite.get("dtypes")) != ["float32"]:
            raise PeersError(f"{path}: {operator.name}: the comparison is for float32 only")
        roles = {**suite.get("roles", {}), **entry.get("roles", {})}
        for shape in expand_shapes(entry["shapes"], suite.get("shapes", {})):
            for params in entry.get("params", [{}]):
                cases.append({"case": len(cases), "operator": operator.name, "shape": shape,
                              "params": operator.all_params(params),
                              "kernels": operator.plan(shape, params, roles, sm_count)})
    return cases


class Operator:
    def __init__(self, kernels_dir, name):
        self.name = name
        self.folder = kernels_dir / name
        self.description = read_json(self.folder / f"{name}.json")

    def all_params(self, given):
        return {name: given.get(name, p["default"])
                for name, p in self.description.get("params", {}).items()}

    def names(self, shape, params, sm_count):
        names = {"numel": float(math.prod(shape)), "ndim": float(len(shape)), "sizeof_T": 4.0,
                 "sm_count": float(sm_count)}
        names.update(self.dims(shape))
        for name, p in self.description.get("params", {}).items():
            value = self.all_params(params)[name]
            if p["type"] == "enum":
                names.update({v: float(i) for i, v in enumerate(p["values"])})
                value = p["values"].index(value)
            names[name] = float(value)
        self.add_let(names, self.description.get("let", {}))
        return names

    def dims(self, shape):
        dims = self.description["dims"]
        star = next((i for i, d in enumerate(dims) if d.endswith("*")), None)
        if star is None:
            if len(dims) != len(shape):
                raise PeersError(f"{self.name}: the shape {shape} does not have the dims {dims}")
            return {d: float(n) for d, n in zip(dims, shape)}
        after = len(dims) - star - 1
        values = (list(shape[:star]) + [math.prod(shape[star:len(shape) - after])]
                  + list(shape[len(shape) - after:]))
        return {d.rstrip("*"): float(n) for d, n in zip(dims, values)}

    def add_let(self, names, let):
        for name, expression in let.items():
            names[name] = evaluate(expression, names, f"{self.name}: let {name}")

    def plan(self, shape, params, roles, sm_count):
        kernels = {}
        for role in ROLES:
            choice = roles.get(role, [])
            for name in [choice] if isinstance(choice, str) else choice:
                found = [i for i in self.description["implementations"] if i["name"] == name]
                if found:
                    kernels[role] = self.plan_kernel(found[0], shape, params, sm_count)
                    break
            else:
                if choice:
                    raise PeersError(f"{self.name}: no implementation {choice} for the {role}")
        return kernels

    def plan_kernel(self, implementation, shape, params, sm_count):
        """{"implementation", "source", "entry", "options", "grid", "block", "shared", "arguments"};
        an argument is text, as in the plan of nvbench_peers.cu."""
        where = f"{self.name}/{implementation['name']}"
        for key in ("tune", "launches", "workspace"):
            if key in implementation:
                raise PeersError(f"{where}: '{key}' is not for the comparison: one launch of one "
                                 "variant is compared")
        if implementation["provider"] != "cuda":
            raise PeersError(f"{where}: provider {implementation['provider']}, expected cuda")
        names = self.names(shape, params, sm_count)
        self.add_let(names, implementation.get("let", {}))
        for condition, reason in implementation.get("requires", {}).items():
            if not evaluate(condition, names, where):
                raise PeersError(f"{where} cannot run {shape}: {reason}")

        def dim3(key):
            given = [evaluate_int(e, names, f"{where}: {key}") for e in implementation[key]]
            return given + [1] * (3 - len(given))

        return {"implementation": implementation["name"],
                "source": str((self.folder / implementation["source"]).resolve()),
                "entry": implementation["entry"], "options": implementation.get("options", []),
                "grid": dim3("grid"), "block": dim3("block"),
                "shared": evaluate_int(implementation.get("shared", 0), names, where),
                "arguments": [self.argument(a, names, shape, where) for a in implementation["args"]]}

    def argument(self, argument, names, shape, where):
        if isinstance(argument, dict):
            (kind, expression), = argument.items()
            if kind in ("int", "int64"):
                return f"{kind}:{evaluate_int(expression, names, where)}"
            return f"{kind}:{evaluate(expression, names, where)!r}"
        for tensor in self.description["outputs"]:
            if tensor["name"] == argument:
                return f"out:{4 * self.elements(tensor, names, shape)}"
        for tensor in self.description["inputs"]:
            if tensor["name"] == argument:
                return f"in:{self.elements(tensor, names, shape)}:{self.fill(tensor, where)}"
        raise PeersError(f"{where}: no tensor '{argument}'")

    def elements(self, tensor, names, shape):
        where = f"{self.name}: {tensor['name']}"
        if tensor.get("dtype", "T") not in ("T", "float32"):
            raise PeersError(f"{where}: dtype {tensor['dtype']}, expected float32")
        if tensor["shape"] == "case":
            return math.prod(shape)
        return math.prod(evaluate_int(e, names, where) for e in tensor["shape"])

    def fill(self, tensor, where):
        (kind, values), = tensor["fill"].items()
        if kind == "normal":
            return f"normal:{float(values['mean'])}:{float(values['std'])}"
        if kind == "uniform":
            return f"uniform:{float(values['low'])}:{float(values['high'])}"
        if kind == "constant":
            return f"constant:{float(values)}:0"
        raise PeersError(f"{where}: {tensor['name']}: the fill '{kind}' is not for the comparison")
