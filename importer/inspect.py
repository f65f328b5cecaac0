"""Looks at Python code for `bench import` without ever executing it.

Reads one JSON request from standard input, writes one JSON answer to standard output. Requests:
  {"what": "operators", "operators": [item]}   what an item has: inspect_code.py
  {"what": "inits", "inits": [item]}           inspect_inits.py
  {"what": "inventory", "inventory": [item]}   inspect_inventory.py
  {"what": "diffs", "diffs": [{"path", "old", "new"}]}, texts that may be null
Answers are lists in the same order.

The program is the text of this file, of those named above, of inspect_tree.py and inspect_tests.py,
and of inspect_main.py, in this order, as one module: it travels inside bench. Here is what all share.
"""

import ast
import difflib
import json
import os
import re
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


