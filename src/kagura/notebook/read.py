"""Read a notebook or a Kaggle script into one shape, whatever its format and its faults."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kagura.errors import UnsupportedError, UsageError
from kagura.model.notebook import Cell, Notebook

__all__ = ["read", "slug_of"]

NOTEBOOKS = (".ipynb", ".irnb", ".json")
R_SUFFIXES = (".r", ".rmd", ".irnb")
R_LINE = re.compile(r"^\s*(library\(|[\w.]+\s*<-\s)", re.MULTILINE)
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


def read(path: Path) -> Notebook:
    """Read an ``.ipynb`` (nbformat 3 or 4) or a ``.py``.

    Faults that Jupyter tolerates are mended: missing ids and outputs, wrong metadata, a foreign
    kernelspec (it becomes Python 3).  Raises UsageError for what is no notebook,
    UnsupportedError for R.
    """
    text = _text(path)
    if path.suffix.lower() == ".py":
        return _script(path, text)
    if path.suffix.lower() in R_SUFFIXES:
        raise _r_is_not_supported(path)
    if path.suffix.lower() not in NOTEBOOKS:
        raise UsageError(
            f"{path}: neither a notebook (.ipynb) nor a Kaggle script (.py)",
            hint="give the .ipynb that was downloaded from Kaggle",
        )
    document = _version_4(path, _json(path, text))
    metadata = document["metadata"]
    if _language(metadata) == "r":
        raise _r_is_not_supported(path)
    metadata["kernelspec"] = dict(KERNEL)
    return Notebook(
        path=path,
        slug=slug_of(path),
        kind="notebook",
        cells=tuple(_cell(index, cell) for index, cell in enumerate(document["cells"])),
        metadata=metadata,
        document=document,
    )


def slug_of(path: Path) -> str:
    """The file's name as Kaggle would spell it: ``Titanic (v2).ipynb`` is ``titanic-v2``."""
    return re.sub(r"[^a-z0-9]+", "-", path.stem.lower()).strip("-") or "notebook"


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise UsageError(f"{path}: there is no such file", hint=_near(path)) from error
    except IsADirectoryError as error:
        names = sorted(found.name for found in path.glob("*.ipynb"))
        hint = f"give a notebook in it: {', '.join(names[:5])}" if names else "give a notebook"
        raise UsageError(f"{path}: this is a folder, not a notebook", hint=hint) from error
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error
    if not data.strip():
        raise UsageError(f"{path}: the file is empty", hint="download it again")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{path}: not UTF-8 text (byte {error.start}), so no notebook",
            hint="download it again; a notebook is a text file",
        ) from error


def _near(path: Path) -> str:
    try:
        names = [found.name for found in path.parent.iterdir() if found.suffix in (".ipynb", ".py")]
    except OSError:
        return f"there is no folder {path.parent} either"
    near = difflib.get_close_matches(path.name, names, n=3, cutoff=0.5)
    return f"did you mean {', '.join(near)}?" if near else "check the path"


def _json(path: Path, text: str) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        if R_LINE.search(text) and not text.lstrip().startswith("{"):
            raise _r_is_not_supported(path) from error
        near = text[max(error.pos - 20, 0) : error.pos + 20]
        raise UsageError(
            f"{path}: not valid JSON: {error.msg} at line {error.lineno}, column {error.colno}, "
            f"near {near!r}",
            hint="the file is damaged or was cut off: download it again",
        ) from error
    except RecursionError as error:
        raise UsageError(f"{path}: nested too deeply to be a notebook") from error
    if not isinstance(document, dict) or not ({"cells", "worksheets"} & set(document)):
        raise UsageError(
            f"{path}: JSON, but no notebook: it has no cells",
            hint="a notebook is a JSON object with `cells` and `nbformat`",
        )
    return document


def _version_4(path: Path, document: dict[str, Any]) -> dict[str, Any]:
    if "worksheets" in document or document.get("nbformat") in (1, 2, 3):
        document = _converted(path, document)
    cells = document.get("cells")
    if not isinstance(cells, list):
        raise UsageError(f"{path}: no notebook: its `cells` are not a list")
    metadata = document.get("metadata")
    return {
        "cells": [_mended(cell) for cell in cells if isinstance(cell, dict)],
        "metadata": dict(metadata) if isinstance(metadata, dict) else {},
        "nbformat": 4,
        # 4.4 wants no cell ids: what has them keeps them as an extra that nobody minds.
        "nbformat_minor": 4,
    }


def _converted(path: Path, document: dict[str, Any]) -> dict[str, Any]:
    # Old formats are rare, and their converter is a big import.
    from nbformat import convert, from_dict

    try:
        converted: dict[str, Any] = json.loads(json.dumps(convert(from_dict(document), 4)))
    except Exception as error:
        raise UsageError(
            f"{path}: an old notebook (nbformat {document.get('nbformat')}) that cannot be "
            f"converted: {error}",
            hint="open it in Jupyter once and save it",
        ) from error
    return converted


def _mended(cell: dict[str, Any]) -> dict[str, Any]:
    kind = cell.get("cell_type")
    kind = kind if kind in ("code", "markdown", "raw") else "raw"
    metadata = cell.get("metadata")
    mended: dict[str, Any] = {
        "cell_type": kind,
        "metadata": dict(metadata) if isinstance(metadata, dict) else {},
        "source": _joined(cell.get("source", cell.get("input", ""))),
    }
    if kind == "code":
        mended |= {"outputs": [], "execution_count": None}
    elif isinstance(cell.get("attachments"), dict):
        mended["attachments"] = cell["attachments"]
    return mended


def _joined(source: object) -> str:
    if isinstance(source, list):
        return "".join(str(line) for line in source)
    return source if isinstance(source, str) else ""


def _cell(index: int, cell: Mapping[str, Any]) -> Cell:
    tags = cell["metadata"].get("tags")
    return Cell(
        index=index,
        kind=cell["cell_type"],
        source=cell["source"],
        tags=tuple(str(tag) for tag in tags) if isinstance(tags, list) else (),
        metadata=cell["metadata"],
    )


def _script(path: Path, text: str) -> Notebook:
    if R_LINE.search(text) and "import " not in text and "print(" not in text:
        raise _r_is_not_supported(path)
    cell: dict[str, Any] = {
        "cell_type": "code",
        "execution_count": None,
        "metadata": {},
        "outputs": [],
        "source": text,
    }
    document = {
        "cells": [cell],
        "metadata": {"kernelspec": dict(KERNEL)},
        "nbformat": 4,
        "nbformat_minor": 4,
    }
    return Notebook(
        path=path,
        slug=slug_of(path),
        kind="script",
        cells=(_cell(0, cell),),
        metadata={},
        document=document,
    )


def _language(metadata: Mapping[str, Any]) -> str:
    said = [
        _get(metadata, "kaggle", "language"),
        _get(metadata, "language_info", "name"),
        _get(metadata, "kernelspec", "language"),
    ]
    if _get(metadata, "kernelspec", "name") == "ir":
        said.append("r")
    return "r" if any(str(name).lower() == "r" for name in said) else "python"


def _get(metadata: Mapping[str, Any], *names: str) -> object:
    value: object = metadata
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _r_is_not_supported(path: Path) -> UnsupportedError:
    return UnsupportedError(
        f"{path}: this is R, and R is not supported yet",
        hint="kagura runs Python notebooks and scripts",
    )
