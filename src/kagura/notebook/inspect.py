"""What a notebook needs, read from its code and metadata; it runs nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from kagura.model.needs import ImportUse, InputUse, InstallUse, Needs
from kagura.model.notebook import Notebook
from kagura.notebook.evidence import evidence
from kagura.notebook.hidden import hidden
from kagura.notebook.imports import STANDARD, imported
from kagura.notebook.inputs import bare_folders, input_paths, input_use, linked_paths
from kagura.notebook.installs import installs
from kagura.notebook.literals import Names, assigned
from kagura.notebook.metadata import accelerator, internet, sources
from kagura.notebook.source import split
from kagura.notebook.written import written_modules

__all__ = ["inspect"]

# A utility script that is attached to a notebook: its folder's name, in either layout.
SCRIPT = re.compile(r"(?:/kaggle|\.\.)/usr/lib/(?:notebooks/[\w.-]+/)?([\w-]+)")


def inspect(notebook: Notebook, beside: Mapping[str, Any]) -> Needs:
    """What a notebook needs.  Never fails, whatever the code and the metadata are.

    ``beside`` is the content of the ``kernel-metadata.json`` beside it (empty if there is none).
    Code that this Python cannot parse is read as far as its lines tell.
    """
    imports: dict[str, ImportUse] = {}
    found: list[InstallUse] = []
    inputs: dict[str, InputUse] = {}
    links: set[str] = set()
    local: list[str] = []
    needed: list[str] = []
    scripts: list[str] = []
    names: Names = {}
    for cell in notebook.code:
        source = split(cell.source)
        if source.tree is not None:
            names = assigned(source.tree, names)
        for module, optional in imported(source):
            _note_import(imports, module, optional=optional, cell=cell.index)
        found += installs(source, names, cell=cell.index)
        for path in input_paths(source, names):
            use = input_use(path, cell=cell.index)
            if use is not None:
                inputs.setdefault(use.path, use)
        links.update(linked_paths(source, names))
        local += written_modules(source, names)
        needed += hidden(source)
        scripts += SCRIPT.findall(cell.source)
    return Needs(
        imports=tuple(imports.values()),
        installs=tuple(found),
        inputs=bare_folders(use for path, use in inputs.items() if path not in links),
        hidden=tuple(dict.fromkeys(needed)),
        local_modules=tuple(dict.fromkeys(local)),
        evidence=evidence(notebook, beside),
        internet=internet(notebook, beside),
        accelerator=accelerator(notebook, beside),
        scripts=tuple(dict.fromkeys(scripts)),
        sources=sources(notebook),
    )


def _note_import(imports: dict[str, ImportUse], module: str, *, optional: bool, cell: int) -> None:
    top = module.partition(".")[0]
    if top in STANDARD:
        return
    known = imports.get(module)
    if known is None:
        imports[module] = ImportUse(module=module, top=top, optional=optional, cell=cell)
    elif known.optional and not optional:
        imports[module] = ImportUse(module=module, top=top, optional=False, cell=known.cell)
