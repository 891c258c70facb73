"""What a shell completes for a package's name: those of the project's lock."""

from __future__ import annotations

from pathlib import Path

import click

__all__ = ["complete_package"]


def complete_package(_context: click.Context, _parameter: click.Parameter, start: str) -> list[str]:
    """The packages that the project here requires, adds or changes, and those of its base."""
    from kagura.env.names import name_of
    from kagura.errors import KaguraError
    from kagura.project.lockfile import read_lock
    from kagura.workflows.projects import project_here

    try:
        lock = read_lock(project_here(Path.cwd()).folder)
    except KaguraError:
        return []
    own = [*map(name_of, lock.requirements), *(item.name for item in lock.packages)]
    base = map(name_of, lock.base.packages if lock.base else ())
    return [name for name in dict.fromkeys((*own, *base)) if name.startswith(start.lower())]
