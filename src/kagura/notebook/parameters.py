"""Parameters by papermill's convention: a cell tagged ``injected-parameters``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from kagura.errors import UsageError
from kagura.model.notebook import Cell, Notebook

__all__ = ["inject", "parse"]

INJECTED = "injected-parameters"
WORDS = {"true": True, "false": False, "none": None}


def parse(text: str) -> tuple[str, Any]:
    """``name=value`` as a name and a value: a number, true, false, none, or else the text.

    Raises UsageError if it is malformed or the name can be no variable.
    """
    name, separator, value = text.partition("=")
    if not separator or not name.isidentifier():
        raise UsageError(
            f"-P {text}: this is not NAME=VALUE with a variable's name",
            hint="write it as -P learning_rate=0.1",
        )
    if value.lower() in WORDS:
        return name, WORDS[value.lower()]
    for kind in (int, float):
        try:
            return name, kind(value)
        except ValueError:
            continue
    return name, value


def inject(notebook: Notebook, parameters: Mapping[str, Any]) -> Notebook:
    """The notebook with the parameters set after its cell tagged ``parameters``, else at the top.

    Raises UsageError for a script: it has no cells.
    """
    if notebook.kind == "script":
        raise UsageError(
            f"{notebook.path}: parameters (-P) need a notebook, and this is a script",
            hint="read them from a file in an input instead",
        )
    lines = ["# Parameters", *(f"{name} = {value!r}" for name, value in parameters.items())]
    cell: dict[str, Any] = {
        "cell_type": "code",
        "execution_count": None,
        "metadata": {"tags": [INJECTED]},
        "outputs": [],
        "source": "\n".join(lines) + "\n",
    }
    kept = [(item, raw) for item, raw in _pairs(notebook) if INJECTED not in item.tags]
    place = next(
        (number for number, (item, _) in enumerate(kept, start=1) if "parameters" in item.tags), 0
    )
    raws = [raw for _, raw in kept]
    raws.insert(place, cell)
    document = json.loads(json.dumps({**notebook.document, "cells": raws}))
    cells = [item for item, _ in kept]
    cells.insert(
        place,
        Cell(
            index=0,
            kind="code",
            source=str(cell["source"]),
            tags=(INJECTED,),
            metadata={"tags": [INJECTED]},
        ),
    )
    numbered = tuple(replace(item, index=index) for index, item in enumerate(cells))
    return replace(notebook, cells=numbered, document=document)


def _pairs(notebook: Notebook) -> list[tuple[Cell, Any]]:
    return list(zip(notebook.cells, notebook.document["cells"], strict=True))
