"""Part of inspect.py: __init__.py files, edited as text so that everything else in them stays.

An item of the request "inits": `path`, `text` (null if there is no file), `docstring` of a new one,
`package` (its dotted name), `tree` (folder), `packages` (true: sub-packages are imported, by name),
`absolute` (whether modules have their full names where no import of the file shows it),
`modules`, an object: each module of the package (or sub-package) that the import writes with the
names to export from it, and `defined`: the same with all names that it defines.
An answer: `text` (null where there are errors) and `errors`."""


def order(name):
    return (name.lower(), name)


def listing(names):
    """__all__ as black writes it."""
    line = "__all__ = [" + ", ".join(f'"{n}"' for n in names) + "]"
    if len(line) <= 88:
        return [line]
    return ["__all__ = [", *(f'    "{n}",' for n in names), "]"]


def exported(item):
    """All names that the file must export."""
    if item["packages"]:
        return list(item["modules"])
    return [n for names in item["modules"].values() for n in names]


def statement(item, module, names, absolute_style):
    if item["packages"]:
        return f"from . import {module}"
    place = f"{item['package']}.{module}" if absolute_style else f".{module}"
    return import_line(place, sorted(names, key=order))


def new_init(item):
    modules = sorted(item["modules"], key=order)
    names = sorted(exported(item), key=order)
    if item["packages"] and names:
        imports = [f"from . import {', '.join(names)}"]
    else:
        imports = [statement(item, m, item["modules"][m], item["absolute"]) for m in modules]
    parts = [f'"""{item["docstring"]}"""', "\n".join(imports), "\n".join(listing(names))]
    return "\n\n".join(part for part in parts if part) + "\n"


def own_module(node, package):
    """The package's module that an import statement is of; "" for the package itself, None for
    others."""
    if not isinstance(node, ast.ImportFrom):
        return None
    if node.level == 1:
        return node.module or ""
    if node.level == 0 and (node.module or "").startswith(package + "."):
        return node.module[len(package) + 1 :]
    return "" if node.level == 0 and node.module == package else None


def own_imports(tree, item):
    """The statements that import the package's own names, by these names."""
    found = {}
    for node in tree.body:
        module = own_module(node, item["package"])
        if module is None:
            continue
        if item["packages"] and module:
            found[module.split(".")[0]] = node
        else:
            found.update({a.asname or a.name: node for a in node.names})
    return found


def first_line(tree, lines):
    """Where the first statement is, or the end."""
    return tree.body[0].lineno - 1 if tree.body else len(lines)


def insert_imports(lines, tree, item):
    """Adds the imports that are missing, each before those that come after it in order."""
    found = own_imports(tree, item)
    style = any(n.level == 0 for n in found.values()) if found else item["absolute"]
    missing = []
    for module, names in item["modules"].items():
        names = [module] if item["packages"] else names
        names = [n for n in names if n not in found]
        if names:
            missing.append((module, names))
    missing.sort(key=lambda m: order(m[0]), reverse=True)
    if missing and not found:
        heads = leading(tree.body)
        at = heads[-1].end_lineno if heads else first_line(tree, lines)
        if heads and isinstance(heads[-1], ast.Expr):  # a docstring, and a blank line after it
            lines[at:at] = [] if lines[at : at + 1] == [""] else [""]
            at += 1
        after = lines[at : at + 1]
        lines[at:at] = [""] if after and after[0].strip() else []
    for module, names in missing:
        text = statement(item, module, names, style).split("\n")
        before = [n for f, n in found.items() if order(f) < order(names[0])]
        if before:
            at = max(n.end_lineno for n in before)
        elif found:
            at = min(n.lineno for n in found.values()) - 1
        lines[at:at] = text


def listed_names(tree):
    """The last __all__ statement, or None."""
    found = [
        n
        for n in tree.body
        if isinstance(n, ast.Assign)
        and any(isinstance(t, ast.Name) and t.id == "__all__" for t in n.targets)
    ]
    return found[-1] if found else None


def literal_names(node):
    """The names of a literal __all__, or None."""
    value = node.value
    if not isinstance(value, (ast.List, ast.Tuple)) or not all(
        isinstance(e, ast.Constant) and isinstance(e.value, str) for e in value.elts
    ):
        return None
    return [e.value for e in value.elts]


def insert_all(lines, node, names, errors):
    """Adds names to the literal list of an __all__ statement, in place."""
    old = literal_names(node)
    if old is None:
        errors.append(
            f"line {node.lineno}: __all__ is no literal list of names, so it cannot be edited"
        )
        return
    value = node.value
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


def check_exports(item, tree, errors):
    """Whatever the file (as it is, so that lines are those that people see) imports from its own
    package must be there, or the package breaks."""
    tree_of = Tree(item["tree"])
    package = item["package"]
    for module in item["modules"]:
        tree_of.planned[f"{package}.{module}"] = set(item["defined"][module])
    for node in tree.body:
        module = own_module(node, package)
        if module is None:
            continue
        full = f"{package}.{module}" if module else package
        path = tree_of.path(full)
        if module and full not in tree_of.planned and path is None:
            errors.append(
                f"line {node.lineno}: imports from '.{module}', which is not there, so the package "
                "cannot be imported"
            )
            continue
        has = tree_of.names(full) if module else set()
        for alias in node.names:
            if has is not None and alias.name not in has | {"*"} and not (
                tree_of.submodule(full, alias.name)
            ):
                errors.append(
                    f"line {node.lineno}: imports '{alias.name}' from '.{module}', which does not "
                    "define it, so the package cannot be imported"
                )
    bound = set(bound_names(tree)) | set(exported(item))
    node = listed_names(tree)
    for name in (literal_names(node) or []) if node and "*" not in bound else []:
        if name not in bound and not tree_of.submodule(package, name):
            errors.append(
                f"line {node.lineno}: __all__ lists '{name}', which is not there, so `import *` of "
                "the package fails"
            )


def edit_init(item):
    errors = []
    if item["text"] is None or not item["text"].strip():
        return {"text": new_init(item), "errors": []}
    mark = "\ufeff" if item["text"].startswith("\ufeff") else ""
    text = item["text"][len(mark) :]
    end = "\r\n" if "\r\n" in text else "\n"
    text = text.replace("\r\n", "\n")
    tree = parse(text, errors)
    if tree is None:
        return {"text": None, "errors": errors}
    check_exports(item, tree, errors)
    lines = text.split("\n")
    while lines and not lines[-1]:
        lines.pop()
    names = exported(item)
    node = listed_names(tree)
    if node:
        insert_all(lines, node, names, errors)
    elif names:
        lines += ["", *listing(sorted(names, key=order))]
    tree = parse("\n".join(lines) + "\n", errors)
    if tree is not None:
        insert_imports(lines, tree, item)
    if lines == text.rstrip("\n").split("\n"):
        new = text
    else:
        new = "\n".join(lines) + "\n"
    parse(new, errors)
    return {"text": mark + new.replace("\n", end), "errors": errors}


