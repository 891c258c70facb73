"""``kagura.toml``: what a project runs, on what, and with which inputs; found and read."""

from __future__ import annotations

from pathlib import Path

from kagura.errors import UsageError
from kagura.project.edit import edit_project, write_project
from kagura.project.parse import parse_project
from kagura.project.record import NAME, Limits, Project

__all__ = [
    "NAME",
    "Limits",
    "Project",
    "edit_project",
    "find_project",
    "read_project",
    "write_project",
]


def find_project(start: Path) -> Path | None:
    """The nearest folder with a project file, from this one upwards."""
    start = start.resolve()
    return next((folder for folder in (start, *start.parents) if (folder / NAME).is_file()), None)


def read_project(folder: Path) -> Project:
    """A project by its folder.  Raises UsageError, with the line, for whatever is wrong in it."""
    path = folder / NAME
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not TOML: {error}") from error
    return parse_project(text, path=path)
