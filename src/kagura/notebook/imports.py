"""Which modules a cell imports, and whether it can do without them."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator

from kagura.notebook.source import CellSource

__all__ = ["STANDARD", "imported"]

# Modules of the standard library of some Python 3, besides this one's: gone, or yet to come.
OTHERS = {
    "aifc", "annotationlib", "asynchat", "asyncore", "audioop", "binhex", "cgi", "cgitb", "chunk",
    "compression", "crypt", "distutils", "dummy_threading", "formatter", "imghdr", "imp",
    "lib2to3", "macpath", "mailcap", "msilib", "nis", "nntplib", "ossaudiodev", "parser", "pipes",
    "smtpd", "sndhdr", "spwd", "sunau", "symbol", "telnetlib", "tomllib", "uu", "xdrlib",
    "_bootlocale", "_dummy_thread", "_dummy_threading",
}  # fmt: skip
STANDARD = frozenset(sys.stdlib_module_names) | OTHERS | {"__main__"}

# Packages that many distributions share: only what is imported from them tells which.
SHARED = {"azure", "google", "google.ai", "google.cloud", "mpl_toolkits"}
# What a guarded import is guarded against.
GUARDS = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}

FROM = re.compile(r"from\s+([A-Za-z_][\w.]*)\s+import\s+\(?\s*([\w*]+)")
IMPORT = re.compile(
    r"import\s+([\w.]+(?:\s+as\s+\w+)?(?:\s*,\s*[\w.]+(?:\s+as\s+\w+)?)*)\s*(?:#.*)?"
)


def imported(source: CellSource) -> Iterator[tuple[str, bool]]:
    """Yield each imported module's dotted name, in order, and whether the import is optional.

    Where this Python cannot parse the cell, its import lines are still found.  What a file
    imports that the cell only writes is optional: nothing tells whether it will be run.
    """
    found = _by_tree(source.tree) if source.tree is not None else _by_lines(source.python)
    for module, optional in found:
        if all(part.isidentifier() for part in module.split(".")):
            yield module, optional or source.writes is not None


def _by_lines(text: str) -> Iterator[tuple[str, bool]]:
    for line in text.split("\n"):
        for statement in line.strip().removeprefix(">>> ").split(";"):
            optional = line.startswith((" ", "\t"))
            start = FROM.match(statement.strip())
            if start:
                yield _from(start.group(1), start.group(2)), optional
            whole = IMPORT.fullmatch(statement.strip())
            for name in whole.group(1).split(",") if whole else ():
                yield name.split()[0], optional


def _by_tree(tree: ast.Module) -> Iterator[tuple[str, bool]]:
    # A stack, not recursion: code that a program wrote can be nested deeper than Python likes.
    stack: list[tuple[ast.AST, bool]] = [(tree, False)]
    while stack:
        node, optional = stack.pop()
        match node:
            case ast.Import():
                for alias in node.names:
                    yield alias.name, optional
            case ast.ImportFrom(module=str(module), level=0):
                for name in dict.fromkeys(_from(module, alias.name) for alias in node.names):
                    yield name, optional
            case ast.Call(args=[ast.Constant(value=str(name)), *_]) if _imports(node.func):
                yield name, optional
            case _:
                pass
        stack += reversed(list(_below(node, optional)))


def _below(node: ast.AST, optional: bool) -> Iterator[tuple[ast.AST, bool]]:
    """The parts of a node, each with whether it may be left out when the cell is run."""
    certain: list[ast.stmt] = []
    match node:
        case ast.If(test=ast.Name(id="TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING")):
            yield from ((child, True) for child in node.orelse)
            return
        case ast.If(test=ast.Compare(left=ast.Name(id="__name__")), body=body):
            certain = body
        case ast.Try() | ast.TryStar():
            guarded = any(_catches(handler.type) for handler in node.handlers)
            certain = [*([] if guarded else node.body), *node.finalbody]
        case ast.If() | ast.Match() | ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
            pass
        case ast.With(items=items) if any(_suppresses(item.context_expr) for item in items):
            pass
        case _:
            yield from ((child, optional) for child in ast.iter_child_nodes(node))
            return
    kept = {id(child) for child in certain}
    for child in ast.iter_child_nodes(node):
        yield child, optional or id(child) not in kept


def _catches(caught: ast.expr | None) -> bool:
    if isinstance(caught, ast.Tuple):
        return any(_catches(item) for item in caught.elts)
    return caught is None or (isinstance(caught, ast.Name) and caught.id in GUARDS)


def _suppresses(context: ast.expr) -> bool:
    return (
        isinstance(context, ast.Call)
        and _called(context.func) == "suppress"
        and any(_catches(argument) for argument in context.args)
    )


def _imports(function: ast.expr) -> bool:
    return _called(function) in ("import_module", "__import__")


def _called(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _from(module: str, name: str) -> str:
    return f"{module}.{name}" if module in SHARED and name != "*" else module
