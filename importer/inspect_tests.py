"""Part of inspect.py: the tests of operators, as they were given or made here."""


def chain(node):
    """"The dotted name that an attribute expression spells; empty for others."""
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join(reversed(parts + [node.id])) if isinstance(node, ast.Name) else ""


def of_operator(node, item, exports, defined):
    """The names that an import statement takes from the operator's module."""
    if not isinstance(node, ast.ImportFrom):
        return []
    module = node.module or ""
    own = module.split(".")[-1] == item["name"]
    if own:
        return [a for a in node.names if a.name in defined or a.name in exports]
    if node.level > 0 or module.split(".")[0] == "flag_gems":
        return [a for a in node.names if a.name in exports]
    return []


def new_imports(node, mine, module, comment):
    """An import statement with the names `mine` taken from `module` and the rest as it was."""
    rest = [a for a in node.names if a not in mine]
    text = lambda a: a.name + (f" as {a.asname}" if a.asname else "")  # noqa: E731
    lines = [f"from {module} import {', '.join(text(a) for a in mine)}{comment}"]
    if rest:
        lines.append(
            f"from {'.' * node.level}{node.module or ''} import "
            f"{', '.join(text(a) for a in rest)}{comment}"
        )
    return lines


def move_imports(lines, tree, item, exports, defined):
    """Sets the imports of the operator to its place; the names by which the test knows it."""
    known = []
    nodes = [n for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)]
    for node in sorted(nodes, key=lambda n: -n.lineno):
        mine = of_operator(node, item, exports, defined)
        if not mine:
            continue
        known += [a.asname or a.name for a in mine]
        old = lines[node.lineno - 1 : node.end_lineno]
        note = re.search(r"#\s*noqa[^\n]*", "\n".join(old))
        comment = f"  {note.group(0).rstrip()}" if note else ""
        indent = " " * node.col_offset
        lines[node.lineno - 1 : node.end_lineno] = [
            indent + line for line in new_imports(node, mine, item["module"], comment)
        ]
    return known


def shorten_chains(lines, tree, exports):
    """flag_gems.experimental_ops.gelu becomes gelu; the names that must then be imported."""
    wanted = set()
    nodes = [
        n
        for n in ast.walk(tree)
        if isinstance(n, ast.Attribute)
        and n.attr in exports
        and n.lineno == n.end_lineno
        and re.fullmatch(
            r"flag_gems\.experimental(_ops|\.generated)(\.\w+)*", chain(n.value)
        )
    ]
    for node in sorted(nodes, key=lambda n: (-n.lineno, -n.col_offset)):
        line = lines[node.lineno - 1].encode()
        line = line[: node.col_offset] + node.attr.encode() + line[node.end_col_offset :]
        lines[node.lineno - 1] = line.decode()
        wanted.add(node.attr)
    return wanted


def insert_import(lines, tree, module, names):
    own = import_line(module, sorted(names, key=order)).split("\n")
    heads = leading(tree.body)
    at = heads[-1].end_lineno if heads else 0
    is_import = heads and isinstance(heads[-1], (ast.Import, ast.ImportFrom))
    begins = lines[at : at + 1] and lines[at].startswith(("def ", "class ", "@", "async "))
    after = [] if is_import else ["", ""] if begins else [""]
    lines[at:at] = ["", *own, *after]


def check_test(item, exports, text, tree_of, errors):
    """The test's parts, importing the operator from where it will be."""
    tree = parse(text, errors)
    if tree is None:
        return None
    bound = bound_names(tree)
    if not [n for n in bound if n.startswith(("test", "Test"))]:
        errors.append("it has no test: nothing named test_... or Test...")
    lines = text.split("\n")
    defined = tree_of.planned[item["module"]]
    wanted = shorten_chains(lines, tree, exports)
    loaded = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
    wanted |= {n for n in exports if n in loaded and n not in bound}
    tree = parse("\n".join(lines), errors) or tree
    known = move_imports(lines, tree, item, exports, defined)
    tree = parse("\n".join(lines), errors) or tree
    wanted -= set(bound_names(tree))
    if wanted:
        insert_import(lines, tree, item["module"], wanted)
    tree = parse("\n".join(lines), errors)
    if tree is None:
        return None
    used = {
        n.id
        for n in ast.walk(tree)
        if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)
    }
    if not used & (set(known) | set(exports)):
        errors.append(
            f"it never calls the imported {' or '.join(exports)}, so it tests something else (under "
            "use_gems() that is what FlagGems registers); call the function itself, or leave "
            "test_func out and a test is made"
        )
    allowed = ALWAYS | IN_TESTS | tree_of.dependencies()
    check_imports(tree, (tree_of, allowed), errors)
    return split("\n".join(lines), tree, errors)


GENERATED = '''
# Each dtype's rounding, and the absolute error: as FlagGems' gems_assert_close has them. Errors of
# sums grow with the root of the number of summands.
RTOL = {
    torch.float16: 1e-3,
    torch.bfloat16: 0.016,
    torch.float32: 1.3e-6,
    torch.float64: 1e-7,
}
ATOL = 1e-4


def tensor(shape, dtype):
    if dtype == torch.bool:
        return torch.rand(shape, device=flag_gems.device) < 0.5
    if not (dtype.is_floating_point or dtype.is_complex):
        return torch.randint(-8, 8, shape, device=flag_gems.device).to(dtype)
    return torch.randn(shape, device=flag_gems.device).to(dtype)


def scalar(kind, dtype):
    if kind == "bool":
        return True
    return 0.5 if dtype.is_floating_point and kind != "int" else 2


def arguments(schema, shape, dtype, params):
    """What ATen's operator needs: tensors of the measured shape, what was measured with, and a
    value for each other argument that has no default. Without output tensors."""
    positional, named, gap = [], {}, False
    for argument in schema.arguments:
        kind = str(argument.type)
        if argument.is_out:
            continue
        if argument.name in params:
            value = params[argument.name]
        elif argument.has_default_value():
            gap = True
            continue
        else:
            value = tensor(shape, dtype) if kind == "Tensor" else scalar(kind, dtype)
        if gap or argument.kwarg_only:
            named[argument.name] = value
        else:
            positional.append(value)
    return positional, named


def copied(value, exact=False):
    if not isinstance(value, torch.Tensor):
        return value
    if exact and value.is_floating_point():
        return value.to(torch.float64, copy=True)
    return value.clone()


def as_tuple(results):
    return tuple(results) if isinstance(results, (tuple, list)) else (results,)


def compare(results, wanted, inputs, dtypes):
    assert len(results) == len(wanted)
    for result, want, dtype in zip(results, wanted, dtypes):
        assert result.shape == want.shape
        assert result.dtype == dtype
        summands = max(1, inputs // max(1, want.numel()))
        rtol = RTOL.get(dtype, 0)
        atol = ATOL * math.sqrt(summands) if dtype in RTOL else 0
        torch.testing.assert_close(
            result, want.to(dtype), rtol=rtol, atol=atol, equal_nan=True
        )


@pytest.mark.MARK
@pytest.mark.parametrize("overload, function", FUNCTIONS)
@pytest.mark.parametrize("shape, dtype, params", CASES)
def test_NAME(overload, function, shape, dtype, params):
    aten = getattr(getattr(torch.ops.aten, OPERATOR), overload)
    dtype = getattr(torch, dtype)
    outputs = [a.name for a in aten._schema.arguments if a.is_out]
    given = {a.name for a in aten._schema.arguments}
    unknown = sorted(set(params) - given)
    assert not unknown, f"measured with {unknown}, which aten::{OPERATOR} does not have"
    positional, named = arguments(aten._schema, shape, dtype, params)
    inputs = max([v.numel() for v in positional if isinstance(v, torch.Tensor)] or [1])

    def plain(exact):
        values = [copied(v, exact) for v in positional]
        options = {k: copied(v, exact) for k, v in named.items()}
        reference = getattr(torch.ops.aten, OPERATOR)
        return as_tuple(reference(*values, **options))

    dtypes = [result.dtype for result in plain(exact=False)]
    wanted = plain(exact=True)

    values = [copied(v) for v in positional]
    options = {k: copied(v) for k, v in named.items()}
    for name, want, kind in zip(outputs, wanted, dtypes):
        options[name] = torch.empty(want.shape, dtype=kind, device=want.device)
    results = as_tuple(function(*values, **options))
    compare(results, wanted, inputs, dtypes)
    for name, result in zip(outputs, results):
        assert result.data_ptr() == options[name].data_ptr()
    if OPERATOR.endswith("_") and not OPERATOR.endswith("__"):
        assert results[0].data_ptr() == values[0].data_ptr()
        compare([values[0]], wanted[:1], inputs, dtypes[:1])
    elif not outputs:
        for value, original in zip(values, positional):
            if isinstance(value, torch.Tensor):
                torch.testing.assert_close(
                    value, original, rtol=0, atol=0, equal_nan=True
                )
'''

PERFORMANCE = '''
@pytest.mark.MARK
def test_perf_NAME():
    def input_fn(shape, dtype, device):
        yield ARGUMENTS

    bench = GenericBenchmark(
        input_fn=input_fn,
        op_name="NAME",
        torch_op=torch.ops.aten.TORCH,
        dtypes=DTYPES,
    )
    bench.set_gems(FUNCTION)
    bench.run()
'''

# Larger tensors are left to the measurements: a test of all sizes takes minutes.
MOST_ELEMENTS = 1 << 24
FLOATS = ("float64", "float32", "float16", "bfloat16")
# Of others (complex, quantised, of eight bits) it is not known how far rounding may go.
COMPARABLE = FLOATS + ("int64", "int32", "int16", "int8", "uint8", "bool")


def signatures(item):
    return dict(o.split(":") for o in item["overloads"].split())


def why_not(letters, category):
    """Why no test can be made for an overload; None if one can."""
    if letters.startswith("~"):
        return "its results are random or uninitialised"
    if set(letters) - set("TSFBo"):
        return "the values of its arguments are not known"
    tensors = letters.count("T")
    if tensors == 0:
        return "it takes no tensor of the measured shape"
    if tensors > 1 and category != "pointwise" and category != "reduction":
        return "one measured shape does not tell those of its tensors"
    return None


def testable(item, exports):
    """Pairs of overload and function that a made test can call, and why others cannot."""
    known = signatures(item)
    found, reasons = [], {}
    for name in exports:
        suffix = name[len(item["name"]) + 1 :].lower()
        if name == item["name"]:
            told = [item["overload"]] if item["overload"] else list(known)
            candidates = [o for o in told if "o" not in known[o]]
            candidates.sort(key=lambda o: (o != "default", o != "Tensor"))
        else:
            candidates = [o for o in known if o.lower() == suffix]
        for overload in candidates:
            reason = why_not(known[overload], item["category"])
            if reason is None:
                found.append((overload, name))
                break
            reasons.setdefault(name, reason)
        else:
            reasons.setdefault(name, "ATen has no such operator")
    return found, {n: r for n, r in reasons.items() if n not in [f for _, f in found]}


def measured_cases(item):
    """The measured cases, each once, without the largest tensors and what cannot be compared."""
    found = []
    for case in item["cases"]:
        count = 1
        for size in case["shape"]:
            count *= size
        entry = (tuple(case["shape"]), case["dtype"], case["params"] or {})
        comparable = case["dtype"] in COMPARABLE
        if count <= MOST_ELEMENTS and comparable and entry not in found:
            found.append(entry)
    return found


def mark(name):
    """pytest's marks cannot begin with an underscore; FlagGems puts a word before it."""
    return "underscore" + name if name.startswith("_") else name


def fill(template, words):
    return re.sub("|".join(words), lambda m: words[m.group(0)], template)


def import_line(module, names):
    line = f"from {module} import {', '.join(names)}"
    if len(line) <= 88:
        return line
    return "\n".join([f"from {module} import (", *(f"    {n}," for n in names), ")"])


def literal_list(name, values):
    return "\n".join([f"{name} = [", *(f"    {v}," for v in values), "]"])


def quoted(text):
    return json.dumps(text)


def generate_test(item, exports, errors, warnings):
    """The text of a test of what the operator exports; None, with an error, if none can be made."""
    found, reasons = testable(item, exports)
    cases = measured_cases(item)
    if not found or not cases:
        why = "; ".join(f"{n}: {r}" for n, r in reasons.items()) or (
            f"every measured tensor has more than {MOST_ELEMENTS} elements, or a dtype whose "
            "rounding is not known"
        )
        errors.append(f"it has no test_func, and none can be made ({why}); add test_func")
        return None
    warnings += [f"the made test leaves out {n}: {r}" for n, r in reasons.items()]
    others = sorted({c["dtype"] for c in item["cases"]} - set(COMPARABLE))
    warnings += [f"the made test leaves out {d}" for d in others]
    names = sorted({f for _, f in found}, key=order)
    head = [
        "import math",
        "",
        "import pytest",
        "import torch",
        "",
        "import flag_gems",
        *(import_line(item["module"], [f"{n} as gems_{n}"]) for n in names),
        "",
        "# The operator in torch.ops.aten, its overloads with the functions under test, and what was",
        "# measured: shape, dtype, parameters.",
        f"OPERATOR = {quoted(item['aten'])}",
        literal_list("FUNCTIONS", [f"({quoted(o)}, gems_{f})" for o, f in found]),
        literal_list("CASES", [f"({s}, {quoted(d)}, {p})" for s, d, p in cases]),
    ]
    words = {"MARK": mark(item["name"]), "NAME": item["name"]}
    return "\n".join(head) + "\n" + fill(GENERATED, words)


def listed(values):
    """A tuple as black writes it."""
    if len(values) == 1:
        return values[0] + ","
    return "(\n" + "".join(f"            {v},\n" for v in values) + "        )"


LETTERS = {"T": "torch.randn(shape, dtype=dtype, device=device)", "B": "True"}


def generate_performance(item, exports, tree_of, warnings):
    """A benchmark in the style of FlagGems' that calls the function itself."""
    found, reasons = testable(item, exports)
    found = [(o, f) for o, f in found if "o" not in signatures(item)[o]]
    module = next(
        (m for m in ("benchmark.base", "benchmark.performance_utils") if tree_of.path(m)),
        None,
    )
    dtypes = sorted({c["dtype"] for c in item["cases"]})
    if not found or module is None or not all(d in FLOATS for d in dtypes):
        why = (
            "the tree has no benchmark/base.py"
            if found and module is None
            else "; ".join(sorted(set(reasons.values()))) or "it was measured on other dtypes than floating-point ones"
        )
        warnings.append(f"no performance test can be made for it ({why}); write one")
        return None
    # The form that reads most memory: Tensor before Scalar.
    overload, function = max(found, key=lambda f: signatures(item)[f[0]].count("T"))
    letters = signatures(item)[overload]
    values = [LETTERS.get(c, "0.5") for c in letters]
    words = {
        "MARK": mark(item["name"]),
        "NAME": item["name"],
        "TORCH": item["aten"],
        "ARGUMENTS": listed(values),
        "DTYPES": "[" + ", ".join(f"torch.{d}" for d in dtypes) + "]",
        "FUNCTION": f"gems_{function}",
    }
    head = [
        "import os",
        "import sys",
        "",
        "import pytest",
        "import torch",
        "",
        import_line(item["module"], [f"{function} as gems_{function}"]),
        "",
        'sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../.."))',
        f"from {module} import GenericBenchmark  # noqa: E402",
        "",
    ]
    return "\n".join(head) + "\n" + fill(PERFORMANCE, words)


