"""Notebooks of nbformat 3 and older, from before 2015: upgraded by nbformat's own converter."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from kagura.notebook.document import joined

__all__ = ["upgraded"]


def upgraded(found: Mapping[str, Any]) -> dict[str, Any]:
    """The cells of all worksheets and the metadata, as nbformat 4.

    What a valid one must have is added and saved outputs are dropped first, so that the
    converter has nothing to stumble over.
    """
    # Old formats are rare, and their converter takes as long to import as a short run takes.
    from nbformat import from_dict
    from nbformat.v4 import upgrade

    sheets = found.get("worksheets")
    sheets = sheets if isinstance(sheets, list) else [found]  # nbformat 1 had no worksheets
    lists = [sheet.get("cells") for sheet in sheets if isinstance(sheet, dict)]
    cells = [cell for some in lists if isinstance(some, list) for cell in some]
    metadata = found.get("metadata")
    old = {
        "nbformat": 3,
        "nbformat_minor": 0,
        "metadata": metadata if isinstance(metadata, dict) else {},
        "worksheets": [{"cells": [_cell(cell) for cell in cells if isinstance(cell, dict)]}],
    }
    new: dict[str, Any] = json.loads(json.dumps(upgrade(from_dict(old))))
    return new


def _cell(found: Mapping[str, Any]) -> dict[str, Any]:
    kind = found.get("cell_type")
    metadata = found.get("metadata")
    cell: dict[str, Any] = {"metadata": metadata if isinstance(metadata, dict) else {}}
    if kind == "code":
        source = joined(found.get("input", found.get("code", found.get("source"))))
        return cell | {
            "cell_type": "code",
            "collapsed": False,
            "input": source,
            "language": "python",
            "outputs": [],
        }
    text = {"source": joined(found.get("source", found.get("text")))}
    if kind == "heading":
        level = found.get("level")
        return cell | text | {"cell_type": kind, "level": level if level in range(1, 7) else 1}
    return cell | text | {"cell_type": "raw" if kind == "raw" else "markdown"}
