"""What a notebook's metadata and the ``kernel-metadata.json`` beside it say of its run."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kagura.model.needs import Evidence
from kagura.model.notebook import Notebook

__all__ = ["accelerator", "evidence", "internet", "read_kernel_metadata"]

DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def read_kernel_metadata(notebook: Path) -> Mapping[str, Any]:
    """The ``kernel-metadata.json`` beside a notebook, if it speaks of this notebook; else empty."""
    try:
        found = json.loads((notebook.parent / "kernel-metadata.json").read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(found, dict):
        return {}
    code_file = found.get("code_file")
    if isinstance(code_file, str) and Path(code_file).name != notebook.name:
        return {}
    return found


def evidence(notebook: Notebook, beside: Mapping[str, Any]) -> Evidence:
    """All that tells when and where a notebook was run."""
    kaggle = _mapping(notebook.metadata.get("kaggle"))
    papermill = _mapping(notebook.metadata.get("papermill"))
    image = DIGEST.search(str(beside.get("docker_image") or ""))
    number = kaggle.get("dockerImageVersionId")
    version = _mapping(notebook.metadata.get("language_info")).get("version")
    ended = papermill.get("end_time") or papermill.get("start_time")
    return Evidence(
        image_digest=image.group() if image else None,
        image_id=number if isinstance(number, int) and not isinstance(number, bool) else None,
        papermill_time=_time(ended),
        cell_time=max(_cell_times(notebook), default=None),
        python=version if isinstance(version, str) else None,
    )


def internet(notebook: Notebook, beside: Mapping[str, Any]) -> bool | None:
    """Whether the run had internet; None if nothing tells."""
    for value in (
        beside.get("enable_internet"),
        _mapping(notebook.metadata.get("kaggle")).get("isInternetEnabled"),
    ):
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and value.lower() in ("true", "false"):
            return value.lower() == "true"
    return None


def accelerator(notebook: Notebook, beside: Mapping[str, Any]) -> str | None:
    """The accelerator that the run had, in Kaggle's words; None if nothing tells."""
    shape = beside.get("machine_shape")
    if isinstance(shape, str) and shape:
        return shape
    value = _mapping(notebook.metadata.get("kaggle")).get("accelerator")
    return value if isinstance(value, str) else None


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _cell_times(notebook: Notebook) -> Iterable[datetime]:
    for cell in notebook.cells:
        for value in _mapping(cell.metadata.get("execution")).values():
            found = _time(value)
            if found:
                yield found


def _time(value: object) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
