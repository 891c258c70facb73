"""Read a notebook or a Kaggle script into one shape, whatever its format and its faults."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kagura.errors import UnsupportedError, UsageError
from kagura.model.notebook import Cell, Notebook
from kagura.notebook.document import cells_of, code_cell, document, joined
from kagura.notebook.file import is_r_text, parsed_json, text_of_bytes, text_of_file

__all__ = ["read", "read_bytes", "slug_of"]

R_SUFFIXES = {".r", ".rmd", ".irnb"}
# What else people give, and what to do about it.
ADVICE = {
    ".zip": "unpack it first",
    ".gz": "unpack it first",
    ".html": "this is a notebook's picture: download the .ipynb (Kaggle's “Download code”)",
    ".json": "if it is a notebook, rename it to .ipynb",
    ".md": "convert it with jupytext",
}


def read(path: Path) -> Notebook:
    """Read an ``.ipynb`` (nbformat 3 or 4) or a ``.py``.

    Faults that Jupyter tolerates are mended: missing ids and outputs, wrong metadata, a foreign
    kernelspec (it becomes Python 3).  Raises UsageError for what is no notebook,
    UnsupportedError for R.
    """
    return _of_text(path, text_of_file(path, check=_check_suffix))


def read_bytes(data: bytes, *, path: Path) -> Notebook:
    """The same of a notebook that lies in no file yet; errors call it ``path``."""
    _check_suffix(path)
    return _of_text(path, text_of_bytes(data, path=path))


def _of_text(path: Path, text: str) -> Notebook:
    is_script = path.suffix.lower() == ".py"
    if is_script:
        ready = document([code_cell(joined(text))], {})
    else:
        ready = document(*_of_json(path, text))
    return Notebook(
        path=path,
        slug=slug_of(path),
        kind="script" if is_script else "notebook",
        cells=tuple(_cell(index, cell) for index, cell in enumerate(ready["cells"])),
        metadata=ready["metadata"],
        document=ready,
    )


def slug_of(path: Path) -> str:
    """The file's name as Kaggle would spell it: ``Titanic (v2).ipynb`` is ``titanic-v2``."""
    return re.sub(r"[^a-z0-9]+", "-", path.stem.lower()).strip("-") or "notebook"


def _check_suffix(path: Path) -> None:
    suffix = path.suffix.lower()
    if suffix in R_SUFFIXES:
        raise _r_is_not_supported(path)
    if suffix not in (".ipynb", ".py"):
        raise UsageError(
            f"{path}: neither a notebook (.ipynb) nor a Kaggle script (.py)",
            hint=ADVICE.get(suffix, "give the .ipynb that was downloaded from Kaggle"),
        )


def _of_json(path: Path, text: str) -> tuple[list[dict[str, Any]], Mapping[str, Any]]:
    if is_r_text(text):
        raise _r_is_not_supported(path)
    found = parsed_json(path, text)
    if not isinstance(found, dict) or not ({"cells", "worksheets"} & found.keys()):
        raise UsageError(
            f"{path}: JSON, but no notebook: it has no cells",
            hint="a notebook is a JSON object with `cells`, `metadata` and `nbformat`",
        )
    if _is_r(found):
        raise _r_is_not_supported(path)
    if "worksheets" in found or found.get("nbformat") in (1, 2, 3):
        found = _upgraded(path, found)
    cells, metadata = found.get("cells"), found.get("metadata")
    if not isinstance(cells, list):
        raise UsageError(
            f"{path}: JSON, but no notebook: its `cells` are not a list",
            hint="the file is damaged: download it again",
        )
    return cells_of(cells), metadata if isinstance(metadata, dict) else {}


def _upgraded(path: Path, found: Mapping[str, Any]) -> dict[str, Any]:
    from kagura.notebook.old import upgraded

    try:
        return upgraded(found)
    except Exception as error:
        raise UsageError(
            f"{path}: an old notebook (nbformat {found.get('nbformat')}) that cannot be "
            f"converted: {error}",
            hint="open it in Jupyter and save it",
        ) from error


def _cell(index: int, cell: Mapping[str, Any]) -> Cell:
    return Cell(
        index=index,
        kind=cell["cell_type"],
        source=cell["source"],
        tags=tuple(cell["metadata"].get("tags", ())),
        metadata=cell["metadata"],
    )


def _is_r(found: Mapping[str, Any]) -> bool:
    said = [
        _get(found, "metadata", "kaggle", "language"),
        _get(found, "metadata", "language_info", "name"),
        _get(found, "metadata", "kernelspec", "language"),
    ]
    languages = {name.lower() for name in said if isinstance(name, str)}
    return bool(languages & {"r", "rmarkdown"}) or _get(
        found, "metadata", "kernelspec", "name"
    ) in ("ir", "irkernel")


def _get(value: object, *names: str) -> object:
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _r_is_not_supported(path: Path) -> UnsupportedError:
    return UnsupportedError(
        f"{path}: this is R, and R is not supported yet",
        hint="kagura runs Python notebooks and scripts",
    )
