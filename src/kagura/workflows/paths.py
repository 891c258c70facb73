"""A project's own code: its folders are seen inside and imported from, without an install."""

from __future__ import annotations

import os

from kagura.errors import UsageError
from kagura.model.sandbox import Bind
from kagura.project.config import NAME as PROJECT_FILE
from kagura.project.config import Project

__all__ = ["modules_of", "path_mounts"]

PLACE = "/opt/project"


def path_mounts(project: Project | None) -> tuple[Bind, ...]:
    """The project's ``paths``, read-only below ``/opt/project``: their targets go on PYTHONPATH.

    Raises UsageError for one that is not there.
    """
    if project is None:
        return ()
    for path in project.paths:
        if not (project.folder / path).is_dir():
            raise UsageError(
                f"{project.folder / path} is not a folder",
                hint=f"{PROJECT_FILE} has it in paths",
            )
    return tuple(
        Bind(
            source=os.fspath((project.folder / path).resolve()),
            target=os.path.normpath(f"{PLACE}/{path}"),
        )
        for path in project.paths
    )


def modules_of(project: Project | None) -> tuple[str, ...]:
    """The modules that the project's ``paths`` hold: they are never a missing package."""
    found = set()
    for path in project.paths if project else ():
        folder = project.folder / path if project else None
        for entry in folder.iterdir() if folder and folder.is_dir() else ():
            if entry.suffix == ".py" or (entry.is_dir() and entry.name.isidentifier()):
                found.add(entry.stem)
    return tuple(sorted(found))
