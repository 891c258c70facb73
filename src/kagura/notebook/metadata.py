"""What a notebook's metadata and the ``kernel-metadata.json`` beside it say of its settings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kagura.model.handle import HandleKind
from kagura.model.needs import Source
from kagura.model.notebook import Notebook

__all__ = ["NAME", "accelerator", "internet", "metadata_in", "read_kernel_metadata", "sources"]

NAME = "kernel-metadata.json"
SOURCE_TYPES: Mapping[str, HandleKind] = {
    "competition": "competition",
    "datasetVersion": "dataset",
    "kernelVersion": "notebook",
    "modelInstanceVersion": "model",
}


def read_kernel_metadata(notebook: Path, *, also: Path | None = None) -> Mapping[str, Any]:
    """The ``kernel-metadata.json`` beside a notebook; empty if there is none, or a broken one.

    Its ``code_file`` tells whose it is.  If that is another file, it counts only where the
    notebook is the only one in the folder: then it was renamed.  ``also`` is a further folder
    where it may be: the project's.
    """
    found = metadata_in(notebook.parent) or (metadata_in(also) if also else {})
    code_file = found.get("code_file")
    if not isinstance(code_file, str) or not code_file:
        return found
    return found if Path(code_file).name == notebook.name or _is_alone(notebook) else {}


def metadata_in(folder: Path) -> Mapping[str, Any]:
    """The ``kernel-metadata.json`` of a folder; empty if there is none, or a broken one."""
    try:
        found = json.loads((folder / NAME).read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def internet(notebook: Notebook, beside: Mapping[str, Any]) -> bool | None:
    """Whether the run had internet; None if nothing tells."""
    said = _truth(beside.get("enable_internet"))
    return said if said is not None else _truth(_kaggle(notebook).get("isInternetEnabled"))


def accelerator(notebook: Notebook, beside: Mapping[str, Any]) -> str | None:
    """The accelerator that the run had, in Kaggle's words (``none`` too); None if nothing tells."""
    for name in (beside.get("machine_shape"), _kaggle(notebook).get("accelerator")):
        if isinstance(name, str) and name.strip():
            return "none" if name.strip().lower() == "none" else name.strip()
    if _truth(beside.get("enable_tpu")):
        return "tpu"
    for gpu in (beside.get("enable_gpu"), _kaggle(notebook).get("isGpuEnabled")):
        if _truth(gpu) is not None:
            return "gpu" if _truth(gpu) else "none"
    return None


def sources(notebook: Notebook) -> tuple[Source, ...]:
    """What ``metadata.kaggle.dataSources`` counts; what is unlike Kaggle's is left out."""
    listed = _kaggle(notebook).get("dataSources")
    found: list[Source] = []
    for item in listed if isinstance(listed, list) else ():
        kind = SOURCE_TYPES.get(str(item.get("sourceType"))) if isinstance(item, Mapping) else None
        if kind is not None:
            own, dataset = _number(item.get("sourceId")), _number(item.get("datasetId"))
            found.append(Source(kind=kind, version_id=own, dataset_id=dataset))
    return tuple(dict.fromkeys(found))


def _is_alone(notebook: Path) -> bool:
    try:
        names = [
            path.name for path in notebook.parent.iterdir() if path.suffix in (".ipynb", ".py")
        ]
    except OSError:
        return False
    return names == [notebook.name]


def _kaggle(notebook: Notebook) -> Mapping[str, Any]:
    found = notebook.metadata.get("kaggle")
    return found if isinstance(found, Mapping) else {}


def _number(value: object) -> int | None:
    return value if type(value) is int else None


def _truth(value: object) -> bool | None:
    # Kaggle's own tool writes true, and older ones "true".
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.strip().lower())
    return value if isinstance(value, bool) else None
