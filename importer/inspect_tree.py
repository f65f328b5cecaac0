"""Part of inspect.py: what the FlagGems tree has, read from its files, none of them executed."""


def once(method):
    """Keeps what a method without arguments returns."""

    def kept(self):
        if method.__name__ not in self.found:
            self.found[method.__name__] = method(self)
        return self.found[method.__name__]

    return kept


class Tree:
    """Modules, names and registered operators of a tree. Modules that the import itself brings are
    told by `planned`: dotted name -> names that it defines."""

    def __init__(self, root):
        self.root = root
        self.planned = {}
        self.cache = {}
        self.found = {}  # what registered(), public() and dependencies() found

    def path(self, module):
        """The file or folder of a module, relative to the tree; None if it has none."""
        parts = module.split(".")
        for base in ("src", ""):
            at = os.path.join(base, *parts)
            for candidate in (at + ".py", os.path.join(at, "__init__.py"), at):
                if os.path.exists(os.path.join(self.root, candidate)):
                    return candidate
        return None

    def parsed(self, path):
        """A file of the tree as ast; None if it is missing or no Python."""
        if path not in self.cache:
            try:
                with open(os.path.join(self.root, path), encoding="utf-8") as file:
                    self.cache[path] = ast.parse(file.read())
            except (OSError, ValueError, SyntaxError, RecursionError, MemoryError):
                self.cache[path] = None
        return self.cache[path]

    def names(self, module, depth=0):
        """Names that a module has after its import; None if reading does not tell (a package
        without __init__.py, __getattr__, globals(), `*` from elsewhere)."""
        if module in self.planned:
            return set(self.planned[module])
        path = self.path(module)
        tree = self.parsed(path) if path and path.endswith(".py") else None
        if tree is None or depth > 8:
            return None
        found = bound_names(tree)
        if "__getattr__" in found or any(
            isinstance(n, ast.Name) and n.id == "globals" for n in ast.walk(tree)
        ):
            return None
        result = set(found) - {"*"}
        for node in statements(tree.body):
            if isinstance(node, ast.ImportFrom) and any(
                a.name == "*" for a in node.names
            ):
                star = self.names(absolute(node, module, path), depth + 1)
                if star is None:
                    return None
                result |= {n for n in star if not n.startswith("_")}
        return result

    def submodule(self, module, name):
        full = f"{module}.{name}"
        return full in self.planned or self.path(full) is not None

    @once
    def registered(self):
        """Operators that flag_gems registers with ATen, by their Python names: where."""
        path = "src/flag_gems/__init__.py"
        found = {}
        for node in ast.walk(self.parsed(path) or ast.Module([], [])):
            if (
                isinstance(node, ast.Tuple)
                and len(node.elts) >= 2
                and isinstance(node.elts[0], ast.Constant)
                and isinstance(node.elts[0].value, str)
                and isinstance(node.elts[1], (ast.Name, ast.Attribute))
            ):
                aten = node.elts[0].value
                found.setdefault(
                    aten.replace(".", "_"), f"{path}:{node.lineno}: '{aten}'"
                )
        return found

    @once
    def public(self):
        """Names that `import flag_gems` binds otherwise than through experimental_ops: where."""
        path = "src/flag_gems/__init__.py"
        tree = self.parsed(path) or ast.Module([], [])
        found = {n: path for n in bound_names(tree)}
        for node in tree.body:
            if (
                isinstance(node, ast.ImportFrom)
                and any(a.name == "*" for a in node.names)
                and not (node.module or "").endswith("experimental_ops")
            ):
                module = absolute(node, "flag_gems", path)
                for name in self.names(module) or ():
                    found.setdefault(name, self.path(module))
        return found

    @once
    def dependencies(self):
        """Names of the distributions that the tree's pyproject.toml names, as modules."""
        try:
            with open(
                os.path.join(self.root, "pyproject.toml"), encoding="utf-8"
            ) as file:
                text = file.read()
        except (OSError, ValueError):
            return set()
        names = re.findall(
            r"^\s*\"([A-Za-z0-9_.-]+)\s*(?:\[[^\"]*\])?\s*(?:[<>=!~;][^\"]*)?\"",
            text,
            re.M,
        )
        modules = {"pyyaml": "yaml", "scikit-learn": "sklearn"}
        return {modules.get(n.lower(), n.lower().replace("-", "_")) for n in names}


def absolute(node, module, path):
    """The module that an import statement of `module` names."""
    if not node.level:
        return node.module or ""
    parts = module.split(".")
    drop = node.level - (1 if path.endswith("__init__.py") else 0)
    parts = parts[: len(parts) - drop] if drop else parts
    return ".".join(parts + ([node.module] if node.module else []))


def is_standard(name):
    if hasattr(sys, "stdlib_module_names"):
        return name in sys.stdlib_module_names
    import importlib.util

    return importlib.util.find_spec(name) is not None


def optional_nodes(tree):
    """Statements inside a `try` that goes on where an import fails."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Try) and any(
            h.type is None
            or any(
                isinstance(n, ast.Name)
                and n.id
                in ("ImportError", "ModuleNotFoundError", "Exception", "BaseException")
                for n in ast.walk(h.type)
            )
            for h in node.handlers
        ):
            found.update(id(n) for s in node.body for n in ast.walk(s))
    return found


ALWAYS = {"torch", "triton", "flag_gems"}
IN_TESTS = {"pytest", "numpy"}


def check_module(node, module, names, where, errors):
    """One module that is imported, and the names taken from it (None: only the module)."""
    tree, allowed = where
    top = module.split(".")[0]
    in_tree = top == "flag_gems" or (
        top not in allowed and not is_standard(top) and tree.path(top) is not None
    )
    if not in_tree:
        if top not in allowed and not is_standard(top):
            errors.append(
                f"line {node.lineno}: imports '{module}', which is in neither the tree nor Python's "
                "standard library nor what the tree depends on (pyproject.toml); import what is "
                "there"
            )
        return
    if module not in tree.planned and tree.path(module) is None:
        place = module.replace(".", "/")
        errors.append(
            f"line {node.lineno}: imports '{module}', which the tree does not have (no "
            f"{'src/' if top == 'flag_gems' else ''}{place}.py); import what is there"
        )
        return
    has = tree.names(module) if names else None
    for name in names or ():
        if (
            has is not None
            and name not in has
            and name != "*"
            and not tree.submodule(module, name)
        ):
            errors.append(
                f"line {node.lineno}: imports '{name}' from '{module}', which has no such name; "
                "import what is there"
            )


def check_imports(tree, where, errors):
    """Every import must find its module, but for those whose failure the code provides for."""
    optional = optional_nodes(tree)
    for node in ast.walk(tree):
        if id(node) in optional:
            continue
        if isinstance(node, ast.Import):
            for alias in node.names:
                check_module(node, alias.name, None, where, errors)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names = [a.name for a in node.names]
            check_module(node, node.module, names, where, errors)
        elif isinstance(node, ast.ImportFrom):
            errors.append(
                f"line {node.lineno}: a relative import means something else in the tree; write "
                "the module's full name, as flag_gems.utils"
            )


