"""What tells when and where a notebook was run: image, times, Python."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from kagura.model.needs import Evidence
from kagura.model.notebook import Notebook

__all__ = ["evidence"]

DIGEST = re.compile(r"sha256:[0-9a-f]{64}(?![0-9a-f])")
PYTHON = re.compile(r"[23]\.\d{1,2}(?!\d)")


def evidence(notebook: Notebook, beside: Mapping[str, Any]) -> Evidence:
    """All that a notebook and the ``kernel-metadata.json`` beside it tell; garbage tells nothing.

    Papermill's end counts, else its start.  Times without a zone are taken as UTC.
    """
    papermill = _mapping(notebook.metadata.get("papermill"))
    image = DIGEST.search(str(beside.get("docker_image") or ""))
    return Evidence(
        image_digest=image.group() if image else None,
        image_id=_number(_mapping(notebook.metadata.get("kaggle")).get("dockerImageVersionId")),
        papermill_time=_time(papermill.get("end_time")) or _time(papermill.get("start_time")),
        cell_time=max(_cell_times(notebook), default=None),
        python=_python(_mapping(notebook.metadata.get("language_info"))),
    )


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _number(value: object) -> int | None:
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,9}", value):
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


def _python(language: Mapping[str, Any]) -> str | None:
    name, version = language.get("name", "python"), language.get("version")
    is_python = isinstance(name, str) and name.lower() in ("python", "ipython", "python3")
    found = isinstance(version, str) and is_python and PYTHON.match(version)
    return str(version) if found else None


def _cell_times(notebook: Notebook) -> Iterator[datetime]:
    for cell in notebook.cells:
        for value in _mapping(cell.metadata.get("execution")).values():
            found = _time(value)
            if found:
                yield found


def _time(value: object) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value.strip())
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
