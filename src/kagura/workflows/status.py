"""``kagura status``: what the project here has, and what its last run and sessions changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from kagura.env.names import name_of
from kagura.errors import UsageError
from kagura.model.lock import Lock, LockedPackage
from kagura.project.config import Project, find_project, read_project
from kagura.project.lockfile import read_lock
from kagura.project.requirements import STAND_IN
from kagura.store.objects import Store
from kagura.workflows.last_run import LastRun, last_run
from kagura.workflows.locking import has_environment, why_stale
from kagura.workflows.session_drift import SessionDrift, session_drifts

__all__ = ["ProjectStatus", "Status", "here_and_above", "status"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectStatus:
    """A project: its base in words, its packages as locked.

    ``direct`` are what it requires, as far as that differs from the base or lies in it
    (``name==version``); ``needed`` counts what those brought along.  ``behind`` is why the lock
    is not what the file says.
    """

    folder: str
    base: str | None
    direct: tuple[str, ...]
    needed: int
    removed: tuple[str, ...]
    behind: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """A folder: its project, its last run, each None if there is none; its sessions that are up."""

    folder: str
    project: ProjectStatus | None
    last_run: LastRun | None
    sessions: tuple[SessionDrift, ...]


def status(folder: Path, *, store: Store) -> Status:
    """What there is to know about a folder; nothing is built, fetched or changed.

    Raises UsageError for a project file or lock that cannot be read.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder", hint="give a project's folder, or none")
    project = _project(folder)
    return Status(
        folder=str(folder.resolve()),
        project=_status(project) if project else None,
        last_run=last_run(*here_and_above(folder)),
        sessions=session_drifts(*here_and_above(folder), store=store),
    )


def here_and_above(folder: Path) -> tuple[Path, ...]:
    """The folders whose runs and sessions count: this one, and its project's."""
    above = find_project(folder)
    return (folder.resolve(), *((above,) if above else ()))


def _project(folder: Path) -> Project | None:
    found = find_project(folder)
    if found is not None:
        return read_project(found)
    return Project(folder=folder.resolve()) if (folder / STAND_IN).is_file() else None


def _status(project: Project) -> ProjectStatus:
    lock = read_lock(project.folder)
    today = datetime.now(UTC).date()
    behind = why_stale(project, lock, today=today) if has_environment(project) else None
    changed = [package for package in lock.packages if package.change != "removed"]
    return ProjectStatus(
        folder=str(project.folder),
        base=_base(lock) or project.base,
        direct=_direct(lock),
        needed=sum(not package.direct for package in changed),
        removed=tuple(item.name for item in lock.packages if item.change == "removed"),
        behind=behind,
    )


def _base(lock: Lock) -> str | None:
    if lock.base is None:
        return None
    return f"python={lock.base.python}" if lock.base.plain else lock.base.era


def _direct(lock: Lock) -> tuple[str, ...]:
    of_base = {name_of(text): text for text in (lock.base.packages if lock.base else ())}
    own: dict[str, LockedPackage] = {package.name: package for package in lock.packages}
    names = [name_of(text) for text in lock.requirements]
    return tuple(str(own[name]) if name in own else of_base.get(name, name) for name in names)
