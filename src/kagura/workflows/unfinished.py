"""A folder that a pull left when it was stopped: told from a user's own."""

from __future__ import annotations

import re
from pathlib import Path

from kagura.model.handle import Handle
from kagura.notebook.metadata import NAME as METADATA
from kagura.notebook.metadata import metadata_in
from kagura.project.config import NAME as PROJECT_FILE

__all__ = ["unfinished"]


def unfinished(folder: Path, notebook: str, *, handle: Handle) -> tuple[Path, ...] | None:
    """The half-written files in a folder where a first pull was stopped; None if it is another.

    It holds nothing but what a pull of this very notebook writes before it has a project file:
    first ``kernel-metadata.json``, then the notebook, which lies at ``notebook`` there.
    """
    whole = {METADATA, notebook} if metadata_in(folder).get("id") == handle.plain else set()
    parents = {Path(notebook).parent.as_posix()}
    half = []
    # Lazily: it may be a big folder of the user's, whose first file tells.
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            return None
        if path.is_dir():
            if name not in parents:
                return None
        elif any(_is_half(path, folder / one) for one in (METADATA, notebook, PROJECT_FILE)):
            half.append(path)
        elif name not in whole:
            return None
    return tuple(half)


def _is_half(path: Path, of: Path) -> bool:
    """Whether a file is one that ``write_atomically`` began for another, and did not end."""
    name = rf"\.{re.escape(of.name[:40])}\.[a-z0-9_]{{8}}"
    return path.parent == of.parent and bool(re.fullmatch(name, path.name))
