"""A notebook as it was read: cells and metadata, in one shape whatever the file's format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

__all__ = ["Cell", "Notebook"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell; ``index`` counts all cells from 0, as in the file."""

    index: int
    kind: Literal["code", "markdown", "raw"]
    source: str
    tags: tuple[str, ...] = ()
    metadata: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Notebook:
    """An ``.ipynb`` (``kind`` notebook) or a Kaggle script ``.py`` (``kind`` script).

    ``document`` is the notebook as nbformat-4 JSON with a Python 3 kernelspec, ready to be
    executed; for a script it has one code cell.  ``slug`` is the file's name as Kaggle would
    spell it (lower case, digits and dashes): the name of its runs and of its log.
    """

    path: Path
    slug: str
    kind: Literal["notebook", "script"]
    cells: tuple[Cell, ...]
    metadata: Mapping[str, Any]
    document: Mapping[str, Any]

    @property
    def code(self) -> tuple[Cell, ...]:
        """The code cells, in order."""
        return tuple(cell for cell in self.cells if cell.kind == "code")
