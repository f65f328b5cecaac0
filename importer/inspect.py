"""Looks at Python code for `bench import` without ever executing it.

Reads one JSON request from standard input, writes one JSON answer to standard output. Requests:
  {"what": "operators", "operators": [{"name", "module", "code", "test_func"}]}
  {"what": "inits", "inits": [{"path", "text", "packages", "names", "docstring"}]}
  {"what": "diffs", "diffs": [{"path", "old", "new"}]}
`text`, `old`, `test_func` are null where there is none. Answers are lists in the same order.
"""

import ast
import difflib
import json
import sys


def normal(text):
    """Unix line ends, no byte-order mark, one newline at the end."""
    text = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    return text.rstrip() + "\n"


def parse(text, errors):
    try:
        return ast.parse(text)
    except SyntaxError as error:
        errors.append(f"line {error.lineno}: {error.msg}: {(error.text or '').strip()}")
    except (ValueError, RecursionError, MemoryError) as error:
        errors.append(f"cannot be parsed: {error}")
    return None


def statements(body):
    """Statements that run when the module is imported, also inside if, try, with and loops."""
    for node in body:
        yield node
        for field in ("body", "orelse", "finalbody", "handlers"):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                break
            for child in getattr(node, field, []):
                if isinstance(child, ast.ExceptHandler):
                    yield from statements(child.body)
                elif isinstance(child, ast.stmt):
                    yield from statements([child])


def bound_names(tree):
    """Names that the module has after its import."""
    names = {}
    for node in statements(tree.body):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names[node.name] = node
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                names[alias.asname or alias.name.split(".")[0]] = node
        else:
            for child in ast.walk(node):
                if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Store):
                    names[child.id] = node
    return names


def is_docstring(node):
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def leading(body):
    """The docstring and imports that a module begins with."""
    heads = []
    for node in body:
        if not is_docstring(node) and not isinstance(
            node, (ast.Import, ast.ImportFrom)
        ):
            break
        heads.append(node)
    return heads


def is_placeholder(node):
    """A function that does nothing (docstring, pass, ..., return None) or is not implemented."""
    if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return False
    for statement in node.body:
        if isinstance(statement, ast.Pass):
            continue
        if isinstance(statement, ast.Expr) and isinstance(
            statement.value, ast.Constant
        ):
            continue
        if isinstance(statement, ast.Return) and (
            statement.value is None
            or isinstance(statement.value, ast.Constant)
            and statement.value.value is None
        ):
            continue
        if isinstance(statement, ast.Raise) and "NotImplementedError" in ast.dump(
            statement
        ):
            continue
        return False
    return True


def split(text, tree, errors):
    """The module's docstring, its __future__ imports, and the rest of its text: our own docstring
    goes in front, and Python wants these two before everything else."""
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
    drop = {n for node in taken for n in range(node.lineno, node.end_lineno + 1)}
    body = "\n".join(line for i, line in enumerate(lines, 1) if i not in drop)
    return {
        "docstring": docstring.strip(),
        "future": [f"from __future__ import {', '.join(future)}"] if future else [],
        "body": body.strip("\n") + "\n",
    }


def check_code(name, text, errors):
    tree = parse(text, errors)
    if tree is None:
        return None
    names = bound_names(tree)
    functions = [n for n, node in names.items() if isinstance(node, ast.FunctionDef)]
    if name not in names:
        listed = ", ".join(sorted(functions)) or "no function"
        errors.append(
            f"it defines {listed}, but not '{name}', by which it would be imported"
        )
    elif is_placeholder(names[name]):
        errors.append(
            f"line {names[name].lineno}: '{name}' is a placeholder: it does nothing"
        )
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level > 0:
            errors.append(
                f"line {node.lineno}: a relative import means something else in the tree"
            )
    return split(text, tree, errors)


def new_imports(node, name, module):
    """An import statement with `name` taken from `module` and the rest as it was."""
    mine = [a for a in node.names if a.name == name]
    rest = [a for a in node.names if a.name != name]
    text = lambda a: a.name + (f" as {a.asname}" if a.asname else "")  # noqa: E731
    lines = [f"from {module} import {', '.join(text(a) for a in mine)}"]
    if rest:
        lines.append(
            f"from {'.' * node.level}{node.module or ''} import "
            f"{', '.join(text(a) for a in rest)}"
        )
    return lines


def is_import_of(node, name):
    if not isinstance(node, ast.ImportFrom) or all(a.name != name for a in node.names):
        return False
    module = node.module or ""
    return (
        node.level > 0
        or module.split(".")[-1] == name
        or module.split(".")[0] == "flag_gems"
    )


def check_test(name, module, text, errors, warnings):
    """The test's parts, importing the operator from where it will be."""
    tree = parse(text, errors)
    if tree is None:
        return None
    tests = [n for n in bound_names(tree) if n.startswith(("test", "Test"))]
    if not tests:
        errors.append("it has no test: nothing named test_... or Test...")
    lines = text.split("\n")
    imports = [node for node in ast.walk(tree) if is_import_of(node, name)]
    for node in sorted(imports, key=lambda n: -n.lineno):
        indent = " " * node.col_offset
        lines[node.lineno - 1 : node.end_lineno] = [
            indent + line for line in new_imports(node, name, module)
        ]
    used = any(isinstance(n, ast.Name) and n.id == name for n in ast.walk(tree))
    if not imports and used and name not in bound_names(tree):
        line = f"from {module} import {name}"
        heads = leading(tree.body)
        if heads and isinstance(heads[-1], (ast.Import, ast.ImportFrom)):
            at = heads[-1].end_lineno
            lines[at:at] = ["", line]
        else:
            at = heads[-1].end_lineno if heads else 0
            lines[at:at] = ["", line, ""]
    elif not imports:
        warnings.append(
            f"its test never calls the imported '{name}', so it tests something else"
        )
    text = "\n".join(lines)
    tree = parse(text, errors)
    return split(text, tree, errors) if tree else None


def check_operator(request):
    errors, warnings, test = [], [], None
    name = request["name"]
    code = check_code(name, normal(request["code"]), errors)
    code_errors = [f"code: {e}" for e in errors]
    errors = []
    if request["test_func"] and request["test_func"].strip():
        test = check_test(
            name, request["module"], normal(request["test_func"]), errors, warnings
        )
    else:
        warnings.append("it has no test")
    return {
        "errors": code_errors + [f"test_func: {e}" for e in errors],
        "warnings": warnings,
        "code": code,
        "test": test,
    }


def order(name):
    return (name.lower(), name)


def listing(names):
    """__all__ as black writes it."""
    line = "__all__ = [" + ", ".join(f'"{n}"' for n in names) + "]"
    if len(line) <= 88:
        return [line]
    return ["__all__ = [", *(f'    "{n}",' for n in names), "]"]


def new_init(request):
    names = sorted(request["names"], key=order)
    if request["packages"] and names:
        imports = [f"from . import {', '.join(names)}"]
    else:
        imports = [f"from .{n} import {n}" for n in names]
    parts = [
        f'"""{request["docstring"]}"""',
        "\n".join(imports),
        "\n".join(listing(names)),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def own_imports(tree, packages):
    """Line numbers of `from .x import x` (or `from . import x`) statements, by the names of x."""
    found = {}
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.level == 1:
            if node.module:
                names = [node.module.split(".")[0]]
                if not packages:
                    names = [a.asname or a.name for a in node.names]
            else:
                names = [a.name for a in node.names]
            found.update({n: node for n in names})
    return found


def insert_imports(lines, tree, request):
    """Adds the imports that are missing, each before those that come after it in order."""
    found = own_imports(tree, request["packages"])
    missing = sorted(set(request["names"]) - set(found), key=order, reverse=True)
    if missing and not found:
        heads = leading(tree.body)
        at = heads[-1].end_lineno if heads else first_line(tree, lines)
        after = lines[at : at + 1]
        lines[at:at] = [""] if after and after[0].strip() else []
    for name in missing:
        text = (
            f"from . import {name}"
            if request["packages"]
            else f"from .{name} import {name}"
        )
        before = [n for f, n in found.items() if order(f) < order(name)]
        if before:
            at = max(n.end_lineno for n in before)
        elif found:
            at = min(n.lineno for n in found.values()) - 1
        lines[at:at] = [text]


def first_line(tree, lines):
    """Where the first statement is, or the end."""
    return tree.body[0].lineno - 1 if tree.body else len(lines)


def listed_names(tree):
    """The last __all__ statement, or None."""
    found = [
        n
        for n in tree.body
        if isinstance(n, ast.Assign)
        and any(isinstance(t, ast.Name) and t.id == "__all__" for t in n.targets)
    ]
    return found[-1] if found else None


def insert_all(lines, node, names, errors):
    """Adds names to the literal list of an __all__ statement, in place."""
    value = node.value
    if not isinstance(value, (ast.List, ast.Tuple)) or not all(
        isinstance(e, ast.Constant) and isinstance(e.value, str) for e in value.elts
    ):
        errors.append(
            f"line {node.lineno}: __all__ is no literal list of names, so it cannot be edited"
        )
        return
    old = [e.value for e in value.elts]
    missing = sorted(set(names) - set(old), key=order, reverse=True)
    places = [e.lineno for e in value.elts]
    one_a_line = len(set(places)) == len(places) and places[:1] > [value.lineno]
    if missing and one_a_line and value.end_lineno > places[-1]:
        last = value.elts[-1]
        line = lines[last.end_lineno - 1]
        if not line[last.end_col_offset :].lstrip().startswith(","):
            line = line[: last.end_col_offset] + "," + line[last.end_col_offset :]
            lines[last.end_lineno - 1] = line
        for name in missing:
            later = [p for o, p in zip(old, places) if order(o) > order(name)]
            at = later[0] - 1 if later else value.end_lineno - 1
            lines[at:at] = [f'    "{name}",']
    elif missing:
        names = sorted(set(old) | set(names), key=order)
        lines[node.lineno - 1 : node.end_lineno] = listing(names)


def edit_init(request):
    errors = []
    if request["text"] is None or not request["text"].strip():
        return {"text": new_init(request), "errors": []}
    mark = "\ufeff" if request["text"].startswith("\ufeff") else ""
    text = request["text"][len(mark) :]
    end = "\r\n" if "\r\n" in text else "\n"
    text = text.replace("\r\n", "\n")
    tree = parse(text, errors)
    if tree is None:
        return {"text": None, "errors": errors}
    lines = text.rstrip("\n").split("\n")
    node = listed_names(tree)
    if node:
        insert_all(lines, node, request["names"], errors)
    else:
        lines += ["", *listing(sorted(request["names"], key=order))]
    tree = parse("\n".join(lines) + "\n", errors)
    if tree is not None:
        insert_imports(lines, tree, request)
    text = "\n".join(lines) + "\n"
    parse(text, errors)
    return {"text": mark + text.replace("\n", end), "errors": errors}


def diff(request):
    old = (request["old"] or "").splitlines(keepends=True)
    new = (request["new"] or "").splitlines(keepends=True)
    source = "a/" + request["path"] if request["old"] is not None else "/dev/null"
    return "".join(difflib.unified_diff(old, new, source, "b/" + request["path"]))


def main():
    request = json.load(sys.stdin)
    work = {"operators": check_operator, "inits": edit_init, "diffs": diff}[
        request["what"]
    ]
    json.dump([work(item) for item in request[request["what"]]], sys.stdout)


main()
