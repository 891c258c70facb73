"""The project that a command is about: the one here, or above."""

from __future__ import annotations

from pathlib import Path

from kagura.errors import UsageError
from kagura.project.config import Project, find_project, read_project
from kagura.project.requirements import STAND_IN

__all__ = ["project_here"]


def project_here(here: Path) -> Project:
    """The project of this folder, or of the nearest one above that has a project file.

    A folder with only a ``requirements.txt`` is a project that says no more than that.  Raises
    UsageError where there is neither.
    """
    folder = find_project(here)
    if folder is not None:
        return read_project(folder)
    if (here / STAND_IN).is_file():
        return Project(folder=here.resolve())
    raise UsageError(
        f"there is no project in {here}",
        hint="make one: kagura init, or of a notebook: kagura pull OWNER/SLUG",
    )
