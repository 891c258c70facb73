"""What a notebook needs, read from its code and metadata; it runs nothing."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from kagura.model.needs import ImportUse, InputUse, InstallUse, Needs
from kagura.model.notebook import Notebook
from kagura.notebook.imports import STANDARD, imported
from kagura.notebook.inputs import input_paths, input_use
from kagura.notebook.installs import installs
from kagura.notebook.metadata import accelerator, evidence, internet
from kagura.notebook.source import CellSource, split

__all__ = ["inspect"]

# Packages that are needed without being imported (docs/concepts/needs.md).
HIDDEN = (
    (re.compile(r"\.style\b"), "jinja2"),
    (re.compile(r"\b(read_excel|to_excel|ExcelWriter|ExcelFile)\b"), "openpyxl"),
    (re.compile(r"\.xls['\"]"), "xlrd"),
    (re.compile(r"\b(read_parquet|to_parquet|read_feather|to_feather)\b"), "pyarrow"),
    (re.compile(r"\bread_html\b"), "lxml"),
    (re.compile(r"\bto_markdown\b"), "tabulate"),
    (re.compile(r"\b(read_hdf|to_hdf|HDFStore)\b"), "tables"),
    (re.compile(r"\b(write_image|to_image)\("), "kaleido"),
    (re.compile(r"\btqdm[._]notebook\b|\btqdm\.auto\b"), "ipywidgets"),
)


def inspect(notebook: Notebook, beside: Mapping[str, Any]) -> Needs:
    """What a notebook needs.

    ``beside`` is the content of the ``kernel-metadata.json`` beside it (empty if there is none).
    Code that this Python cannot parse is read as far as its lines tell; it never fails.
    """
    imports: dict[str, ImportUse] = {}
    found: list[InstallUse] = []
    inputs: dict[str, InputUse] = {}
    local: dict[str, None] = {}
    hidden: dict[str, None] = {}
    for cell in notebook.code:
        source = split(cell.source)
        for name in _written(source):
            local.setdefault(name)
        for module, optional in imported(source):
            _note_import(imports, module, optional=optional, cell=cell.index)
        found += installs(source, cell=cell.index)
        for path in input_paths(source):
            use = input_use(path, cell=cell.index)
            if use:
                inputs.setdefault(use.path, use)
        for pattern, distribution in HIDDEN:
            if pattern.search(source.python):
                hidden.setdefault(distribution)
    return Needs(
        imports=tuple(imports.values()),
        installs=tuple(found),
        inputs=tuple(inputs.values()),
        hidden=tuple(hidden),
        local_modules=tuple(local),
        evidence=evidence(notebook, beside),
        internet=internet(notebook, beside),
        accelerator=accelerator(notebook, beside),
    )


def _note_import(imports: dict[str, ImportUse], module: str, *, optional: bool, cell: int) -> None:
    top = module.split(".")[0]
    if not top or top in STANDARD:
        return
    known = imports.get(module)
    if known is None:
        imports[module] = ImportUse(module=module, top=top, optional=optional, cell=cell)
    elif known.optional and not optional:
        imports[module] = ImportUse(module=module, top=top, optional=False, cell=known.cell)


def _written(source: CellSource) -> list[str]:
    paths = [source.writes] if source.writes else []
    if source.tree is not None:
        paths += [
            node.args[0].value
            for node in ast.walk(source.tree)
            if isinstance(node, ast.Call)
            and getattr(node.func, "id", "") == "open"
            and node.args
            and isinstance(node.args[0], ast.Constant)
            and isinstance(node.args[0].value, str)
        ]
    return [PurePosixPath(path).stem for path in paths if path.endswith(".py") and "{" not in path]
