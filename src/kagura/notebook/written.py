"""Which modules a notebook writes itself: imports of them name no package."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import PurePosixPath

from kagura.notebook.literals import Names, text_of
from kagura.notebook.source import CellSource

__all__ = ["written_modules"]

# Folders that lie above a notebook's own ones in a path.
ABOVE = {"/", "..", "kaggle", "working", "tmp", "temp", "root", "content"}


def written_modules(source: CellSource, names: Names) -> Iterator[str]:
    """Yield the modules that a cell writes: by ``%%writefile``, ``open(…, "w")``, write_text.

    ``pkg/tools.py`` may be imported as ``pkg.tools`` or, from that folder, as ``tools``.
    """
    for path in _files(source, names):
        parts = [part for part in PurePosixPath(path).parts if part not in ABOVE]
        if not path.endswith(".py") or "{" in path or not parts:
            continue
        for name in dict.fromkeys([PurePosixPath(path).stem, parts[0].removesuffix(".py")]):
            if name.isidentifier() and not name.startswith("__"):
                yield name


def _files(source: CellSource, names: Names) -> Iterator[str]:
    if source.writes is not None:
        yield source.writes
        return
    for node in ast.walk(source.tree) if source.tree is not None else ():
        match node:
            case ast.Call(func=ast.Name(id="open"), args=[path, *_]) if _opens_to_write(node):
                yield text_of(path, names) or ""
            case ast.Call(func=ast.Attribute(value=path, attr="write_text")):
                yield text_of(path, names) or ""
            case _:
                pass


def _opens_to_write(call: ast.Call) -> bool:
    modes = [*call.args[1:2], *(word.value for word in call.keywords if word.arg == "mode")]
    return any(
        isinstance(mode, ast.Constant)
        and isinstance(mode.value, str)
        and bool(set("wax") & set(mode.value))
        for mode in modes
    )
