"""Which modules a cell imports, and whether it can do without them."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator

from kagura.notebook.source import CellSource

__all__ = ["STANDARD", "imported"]

# Modules of the standard library of any Python 3 that an era had; those that have gone since.
GONE = {
    "aifc", "asynchat", "asyncore", "audioop", "binhex", "cgi", "cgitb", "chunk", "crypt",
    "distutils", "dummy_threading", "formatter", "imghdr", "imp", "lib2to3", "macpath", "mailcap",
    "msilib", "nis", "nntplib", "ossaudiodev", "parser", "pipes", "smtpd", "sndhdr", "spwd",
    "sunau", "symbol", "telnetlib", "uu", "xdrlib",
}  # fmt: skip
STANDARD = frozenset(sys.stdlib_module_names) | GONE | {"__future__", "__main__"}

LINE = re.compile(r"^\s*(?:from\s+([\w.]+)\s+import\b|import\s+([\w.][\w., \t]*))", re.MULTILINE)


def imported(source: CellSource) -> Iterator[tuple[str, bool]]:
    """Yield each imported module's dotted name, and whether the import is optional.

    Where this Python cannot parse the cell, its import lines are still found.
    """
    if source.tree is not None:
        yield from _walk(source.tree, optional=False)
        return
    for match in LINE.finditer(source.python):
        names = [match.group(1)] if match.group(1) else match.group(2).split(",")
        for name in names:
            module = name.strip().split()[0] if name.strip() else ""
            if module and not module.startswith("."):
                yield module, match.group().startswith((" ", "\t"))


def _walk(node: ast.AST, *, optional: bool) -> Iterator[tuple[str, bool]]:
    for child in ast.iter_child_nodes(node):
        match child:
            case ast.Import():
                for alias in child.names:
                    yield alias.name, optional
            case ast.ImportFrom(module=str(module), level=0):
                yield from _from(module, child, optional)
            case ast.Call():
                name = _called(child)
                if name:
                    yield name, optional
                yield from _walk(child, optional=optional)
            case ast.If(test=test) if "TYPE_CHECKING" in ast.dump(test):
                for other in child.orelse:
                    yield from _walk(other, optional=True)
            case ast.Try():
                yield from _walk(child, optional=True)
            case ast.If() | ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
                yield from _walk(child, optional=True)
            case _:
                yield from _walk(child, optional=optional)


def _from(module: str, node: ast.ImportFrom, optional: bool) -> Iterator[tuple[str, bool]]:
    # `from google.cloud import bigquery`: only the whole name tells the package.
    if module in ("google", "google.cloud"):
        for alias in node.names:
            yield f"{module}.{alias.name}", optional
    else:
        yield module, optional


def _called(call: ast.Call) -> str | None:
    function = call.func
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    if name not in ("import_module", "__import__") or not call.args:
        return None
    argument = call.args[0]
    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
        return argument.value if not argument.value.startswith(".") else None
    return None
