"""Parameters by papermill's convention: a cell tagged ``injected-parameters``.

The convention: https://papermill.readthedocs.io/en/latest/usage-parameterize.html
"""

from __future__ import annotations

import keyword
import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from kagura.errors import UsageError
from kagura.model.notebook import Cell, Notebook
from kagura.notebook.document import code_cell

__all__ = ["inject", "parse"]

DEFAULTS = "parameters"
INJECTED = "injected-parameters"
WORDS = {"true": True, "false": False, "none": None}
EXAMPLE = "write it as -P learning_rate=0.1"


def parse(text: str) -> tuple[str, Any]:
    """``name=value`` as a name and a value: a number, true, false, none, or else the text.

    Raises UsageError if it is malformed or the name can be no variable.
    """
    name, separator, value = text.partition("=")
    if not separator:
        raise UsageError(f"-P {text}: this is not NAME=VALUE", hint=EXAMPLE)
    if not _is_variable(name):
        raise UsageError(f"-P {text}: {name!r} cannot be a variable's name", hint=EXAMPLE)
    if value.lower() in WORDS:
        return name, WORDS[value.lower()]
    for kind in (int, float):
        try:
            return name, kind(value)
        except ValueError:
            continue
    return name, value


def inject(notebook: Notebook, parameters: Mapping[str, Any]) -> Notebook:
    """The notebook with a cell that sets the parameters.

    It replaces the one that an earlier run has left; else it follows the cell tagged
    ``parameters``, which sets their defaults; else it is the first.  Raises UsageError for a
    script, which has no cells, and for a name or a value that Python cannot have.
    """
    if notebook.kind == "script":
        raise UsageError(
            f"{notebook.path}: parameters need a notebook, and this is a script",
            hint="give them in a file of an input",
        )
    added = code_cell(_source(parameters), metadata={"tags": [INJECTED]})
    raw = list(notebook.document["cells"])
    start, end = _place(notebook)
    raw[start:end] = [added]
    cells = list(notebook.cells)
    cells[start:end] = [
        Cell(
            index=start,
            kind="code",
            source=added["source"],
            tags=(INJECTED,),
            metadata=added["metadata"],
        )
    ]
    return replace(
        notebook,
        cells=tuple(replace(cell, index=index) for index, cell in enumerate(cells)),
        document={**notebook.document, "cells": raw},
    )


def _place(notebook: Notebook) -> tuple[int, int]:
    """Where the new cell begins, and where what it replaces ends."""
    for cell in notebook.cells:
        if INJECTED in cell.tags:
            return cell.index, cell.index + 1
    for cell in notebook.cells:
        if DEFAULTS in cell.tags:
            return cell.index + 1, cell.index + 1
    return 0, 0


def _source(parameters: Mapping[str, Any]) -> str:
    lines = ["# Parameters"]
    for name, value in parameters.items():
        if not _is_variable(name):
            raise UsageError(f"parameter {name!r}: this cannot be a variable's name", hint=EXAMPLE)
        lines.append(f"{name} = {_literal(name, value)}")
    return "\n".join(lines) + "\n"


def _literal(name: str, value: object) -> str:
    match value:
        case float() if not math.isfinite(value):
            return f'float("{value}")'
        case None | bool() | int() | float() | str():
            return repr(value)
        case list() | tuple():
            return f"[{', '.join(_literal(name, item) for item in value)}]"
        case dict():
            pairs = (
                f"{_literal(name, key)}: {_literal(name, item)}" for key, item in value.items()
            )
            return f"{{{', '.join(pairs)}}}"
        case _:
            raise UsageError(
                f"parameter {name}: a {type(value).__name__} cannot be written as Python",
                hint="give a number, a text, true, false, none, or a list of these",
            )


def _is_variable(name: str) -> bool:
    return name.isidentifier() and not keyword.iskeyword(name)
