"""Part of inspect.py: the code of operators.

An item of the request "operators": `tree` (folder), `layout` ("experimental" or "experimental_ops"),
`name` (Python name), `aten` (its operator's name in ATen, null if it has none), `overload` (the one
that the name is of, or ""), `overloads` (that operator's, as in aten_operators.txt), `batch`, `category`, `module` (where it will be), `code`,
`test_func` (may be null), `cases` (list of {"shape", "dtype", "params"}).

An answer: `errors`, `warnings`; and where there are no errors: `exports` (names that the package can
export), `defined` (all that the code defines), `code`, `test` (each as split() has it), `generated`
(whether the test was made here), `performance` (text, null if none can be made; only for
experimental_ops), `public` (whether its names may become names of flag_gems), `inventory_names` (what
ATen calls what is exported)."""

JIT_HELPERS = {
    "jit",
    "autotune",
    "heuristics",
    "libentry",
    "libtuner",
    "constexpr_function",
}


def split(text, tree, errors):
    """The module's docstring, its __future__ imports, and the rest of its text: our own docstring
    goes in front, and Python wants these two before everything else. `comments` are those that the
    file begins with."""
    lines = text.split("\n")
    taken, docstring, future = [], "", []
    if tree.body and is_docstring(tree.body[0]):
        docstring = ast.get_docstring(tree) or ""
        taken.append(tree.body[0])
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            future += [alias.name for alias in node.names]
            taken.append(node)
    for node in taken:
        for other in tree.body:
            if other is not node and node.lineno <= other.lineno <= node.end_lineno:
                errors.append(f"line {node.lineno}: two statements on one line")
    count = 0
    while count < len(lines) and (
        lines[count].startswith("#") or not lines[count].strip()
    ):
        count += 1
    while count > 0 and not lines[count - 1].strip():
        count -= 1
    drop = {n for node in taken for n in range(node.lineno, node.end_lineno + 1)}
    body = "\n".join(line for i, line in enumerate(lines, 1) if i not in drop)
    rest = "\n".join(line for i, line in enumerate(lines, 1) if i > count)
    return {
        "docstring": docstring.strip(),
        "future": [f"from __future__ import {', '.join(future)}"] if future else [],
        "body": body.strip("\n") + "\n",
        "comments": "\n".join(lines[:count]).strip("\n"),
        "rest": rest.strip("\n") + "\n",
    }


def decorator_name(node):
    while isinstance(node, ast.Call):
        node = node.func
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def is_kernel(node):
    """A Triton kernel, which only a launch can call. A decorator that is not Triton's (as FlagGems'
    pointwise_dynamic) makes a function of it."""
    names = [decorator_name(d) for d in getattr(node, "decorator_list", [])]
    return "jit" in names and set(names) <= JIT_HELPERS


def is_callable_definition(node):
    if isinstance(node, ast.FunctionDef):
        return not is_kernel(node)
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return True
    # name = other_function, = functools.partial(...), = lambda ...
    return isinstance(node, ast.Assign) and isinstance(
        node.value, (ast.Name, ast.Attribute, ast.Call, ast.Lambda)
    )


def overload_names(overloads):
    return [o.split(":")[0] for o in overloads.split()]


def find_exports(item, names):
    """The operator's function and those of its overloads: ge__Scalar of ge_."""
    name = item["name"]
    known = {o.lower() for o in overload_names(item["overloads"])} | {"out"}
    found = []
    for candidate, node in names.items():
        if not is_callable_definition(node):
            continue
        is_overload = (
            candidate.startswith(name + "_")
            and candidate[len(name) + 1 :].lower() in known
        )
        if candidate == name or (is_overload and isinstance(node, ast.FunctionDef)):
            found.append(candidate)
    return sorted(found, key=lambda n: (n != name, order(n)))


def complain_of_exports(item, names, errors):
    name = item["name"]
    if name in names and is_kernel(names[name]):
        errors.append(
            f"line {names[name].lineno}: '{name}' is a Triton kernel, which cannot be called as the "
            "operator; the function that launches it must have this name"
        )
        return
    functions = [
        n
        for n, node in names.items()
        if isinstance(node, ast.FunctionDef) and not is_kernel(node)
    ]
    overloads = [
        f"{name}_{o}" for o in overload_names(item["overloads"]) if o != "default"
    ]
    expected = f"'{name}'" + (
        f" or its overloads ({', '.join(overloads)})" if overloads else ""
    )
    listed = ", ".join(sorted(functions)) or "no function"
    errors.append(
        f"it defines {listed}, but not {expected}, by which it would be imported"
    )


def check_code(item, text, tree_of, errors):
    """The parsed code and what it exports."""
    tree = parse(text, errors)
    if tree is None:
        return None, []
    names = bound_names(tree)
    exports = find_exports(item, names)
    if not exports:
        complain_of_exports(item, names, errors)
    for name in exports:
        if is_placeholder(names[name]):
            errors.append(
                f"line {names[name].lineno}: '{name}' is a placeholder: it does nothing"
            )
    check_imports(tree, (tree_of, ALWAYS | tree_of.dependencies()), errors)
    return tree, exports


def inventory_names(item, exports):
    """As native_functions.yaml writes them: ge_.Scalar."""
    if not item["aten"]:
        return []
    names = {o.lower(): o for o in overload_names(item["overloads"])}
    found = []
    for name in exports:
        suffix = name[len(item["name"]) + 1 :].lower()
        suffix = names.get(suffix, suffix)  # many `out` overloads are not listed
        overload = item["overload"] if name == item["name"] else suffix
        found.append(item["aten"] + (f".{overload}" if overload else ""))
    return list(dict.fromkeys(found))


def check_collisions(item, tree_of, errors):
    """Batch 2 is of operators that are new to FlagGems."""
    names = [item["name"]]
    if item["aten"]:
        names += [item["aten"]]
    found = tree_of.registered()
    for name in names:
        if item["batch"] == 2 and name in found:
            errors.append(
                f"batch 2 is of operators that are new to FlagGems, but the tree registers this one "
                f"already ({found[name]}); select it in batch 1, by its speedup over what is there"
            )
            return


def check_operator(item, tree_of):
    errors, warnings = [], []
    text = normal(item["code"])
    tree, exports = check_code(item, text, tree_of, errors)
    code = split(text, tree, errors) if tree else None
    errors = [f"code: {e}" for e in errors]
    if tree:
        check_collisions(item, tree_of, errors)
    tree_of.planned[item["module"]] = set(bound_names(tree)) if tree else set()
    answer = {"errors": errors, "warnings": warnings, "exports": exports, "code": code}
    answer["defined"] = sorted(tree_of.planned[item["module"]])
    answer["inventory_names"] = inventory_names(item, exports)
    public = tree_of.public() if item["layout"] == "experimental_ops" else {}
    answer["public"] = not any(n in public for n in exports)
    return answer


def finish_operator(item, answer, tree_of):
    """The tests, once it is known what all operators of the import define."""
    if answer["errors"]:
        return
    errors, warnings, test = [], answer["warnings"], None
    exports = answer["exports"]
    answer["generated"] = False
    if item["test_func"] and item["test_func"].strip():
        test = check_test(item, exports, normal(item["test_func"]), tree_of, errors)
        errors = [f"test_func: {e}" for e in errors]
    else:
        text = generate_test(item, exports, errors, warnings)
        answer["generated"] = text is not None
        test = split(text, ast.parse(text), errors) if text is not None else None
    answer["test"] = test
    answer["performance"] = None
    if item["layout"] == "experimental_ops" and not errors:
        answer["performance"] = generate_performance(item, exports, tree_of, warnings)
    answer["errors"] += errors


def check_operators(items):
    trees = {}
    answers = []
    for item in items:
        tree_of = trees.setdefault(item["tree"], Tree(item["tree"]))
        tree_of.planned.setdefault(item["module"], set())
    for item in items:
        answers.append(check_operator(item, trees[item["tree"]]))
    for item, answer in zip(items, answers):
        finish_operator(item, answer, trees[item["tree"]])
    return answers


