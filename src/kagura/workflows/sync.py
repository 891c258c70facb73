"""``kagura sync``: make the store hold what the project's lock says, and lock what is new."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from kagura.engines.base import Engine
from kagura.env.base import ReadyBase, locked_base
from kagura.env.layer import ReadyLayer
from kagura.env.locked_layer import known_locked_layer, ready_locked_layer
from kagura.env.site import Site
from kagura.errors import UsageError
from kagura.model.era import Era
from kagura.model.lock import Lock
from kagura.progress import Progress
from kagura.project.config import Project
from kagura.project.lockfile import NAME as LOCK_FILE
from kagura.project.lockfile import read_lock, write_lock
from kagura.project.turn import project_turn
from kagura.store.objects import Store
from kagura.workflows.locking import base_of, make_lock, why_stale
from kagura.workflows.needed import note_project
from kagura.workflows.projects import project_here
from kagura.workflows.telling import tell_conflicts, tell_layer, tell_packages

__all__ = [
    "Mode",
    "Synced",
    "current_lock",
    "known_project",
    "ready_locked",
    "ready_project",
    "sync",
]

Mode = Literal["update", "locked", "frozen"]
"""``update``: a lock that is behind its file is made anew; ``locked``: that is an error;
``frozen``: the lock counts as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Synced:
    """What the store now holds for a project: digests of its base and its layer."""

    folder: str
    base: str
    layer: str | None
    packages: int
    was_ready: bool


def sync(
    here: Path, *, mode: Mode, offline: bool, store: Store, engine: Engine, progress: Progress
) -> Synced:
    """Make everything ready that the project's environment needs.

    Raises UsageError (no lock, or one that is behind, where the mode wants it), ServiceError and
    MachineError.
    """
    project = project_here(here)
    with ExitStack() as leases:
        site = Site(store=store, engine=engine, progress=progress, leases=leases, offline=offline)
        lock = current_lock(project, site=site, mode=mode)
        was_ready = _is_ready(lock, site)
        ready, layer = ready_locked(lock, site=site)
        if layer and not was_ready:
            tell_layer(layer, ready, site, folder=project.folder)
        if project.inputs:
            from kagura.workflows.attach import attach_inputs
            from kagura.workflows.plan import inputs_of

            renews = mode == "update"
            attach_inputs(project.folder, inputs_of(project)[1], site=site, renews=renews)
        note_project(project.folder, site=site)
        return Synced(
            folder=str(project.folder),
            base=ready.base.digest,
            layer=layer.layer.digest if layer else None,
            packages=len(lock.packages),
            was_ready=was_ready,
        )


def ready_project(
    project: Project, *, site: Site, mode: Mode = "update"
) -> tuple[ReadyBase, ReadyLayer | None]:
    """The environment of a project, ready, held by leases of the site.

    A lock that is behind the project file is made anew and written, unless ``mode`` forbids it.
    """
    found = ready_locked(current_lock(project, site=site, mode=mode), site=site)
    note_project(project.folder, site=site)
    return found


def known_project(project: Project, *, site: Site) -> tuple[ReadyBase, ReadyLayer | None] | None:
    """The environment of a project if all of it is in the store, as its file says; else None."""
    lock = read_lock(project.folder)
    if why_stale(project, lock, today=datetime.now(UTC).date()) or not _is_ready(lock, site):
        return None
    return ready_locked(lock, site=site)


def current_lock(project: Project, *, site: Site, mode: Mode = "update") -> Lock:
    """The project's lock, made to say what its file says.  Raises UsageError as ``sync`` does."""
    today = datetime.now(UTC).date()
    lock = read_lock(project.folder)
    why = why_stale(project, lock, today=today)
    if mode == "frozen":
        if lock.base is None or not lock.base.digest:
            raise UsageError(
                f"{project.folder / LOCK_FILE} locks no environment yet", hint="kagura lock"
            )
        return lock
    if why is None:
        return lock
    if mode == "locked":
        raise UsageError(
            f"{project.folder / LOCK_FILE} is not what kagura.toml says: {why}",
            hint="`kagura lock` brings it up to date; --frozen takes it as it is",
        )
    with project_turn(project.folder, home=site.store.home, progress=site.progress):
        lock = read_lock(project.folder)
        if why_stale(project, lock, today=today) is None:
            return lock  # another kagura has done it meanwhile
        site.progress.say("lock", f"{LOCK_FILE}: {why}")
        made = make_lock(project, lock, site=site)
        tell_packages(made, site.progress, before=lock)
        tell_conflicts(made, site.progress, before=lock)
        # The environment first: a lock is written when what it names can be had.
        ready_locked(made.lock, site=site)
        write_lock(project.folder, replace(made.lock, inputs=read_lock(project.folder).inputs))
    return made.lock


def ready_locked(lock: Lock, *, site: Site) -> tuple[ReadyBase, ReadyLayer | None]:
    """The base and the layer that a lock names, built where they are not there."""
    era = _era(lock)
    if lock.base is None:
        raise UsageError("the lock names no base", hint="kagura lock")
    ready = locked_base(lock.base, era, site=site)
    return ready, ready_locked_layer(lock, over=ready, era=era, site=site)


def _is_ready(lock: Lock, site: Site) -> bool:
    if lock.base is None or site.store.find("bases", lock.base.digest) is None:
        return False
    if not lock.packages:
        return True
    ready = locked_base(lock.base, _era(lock), site=site)
    return known_locked_layer(lock, over=ready, site=site) is not None


def _era(lock: Lock) -> Era:
    today = datetime.now(UTC).date()
    return base_of(Project(folder=Path()), lock, today=today).era
