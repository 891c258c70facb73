"""``kagura add`` and ``kagura remove``: resolve, build, then write the file and the lock."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from kagura.engines.base import Engine
from kagura.env.delta import check_requirements
from kagura.env.names import name_of, normalized
from kagura.env.remembered import size_of
from kagura.env.site import Site
from kagura.errors import UsageError
from kagura.model.lock import Lock, LockedPackage
from kagura.progress import Progress
from kagura.project.config import NAME as PROJECT_FILE
from kagura.project.config import Project, edit_project
from kagura.project.lockfile import read_lock, write_lock
from kagura.project.requirements import edit_stand_in, requirements_of, stands_in
from kagura.project.turn import project_turn
from kagura.store.objects import Store
from kagura.workflows.locking import Told, make_lock
from kagura.workflows.needed import note_project
from kagura.workflows.projects import project_here
from kagura.workflows.sync import ready_locked
from kagura.workflows.telling import tell_conflicts, tell_layer, tell_packages

__all__ = ["Changed", "add", "remove"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """What a change of a project's requirements meant.

    ``layer`` is a digest, ``layer_size`` its bytes on the disk; both are None for a dry run and
    where the base has all.
    """

    folder: str
    requirements: tuple[str, ...]
    without: tuple[str, ...]
    packages: tuple[LockedPackage, ...]
    conflicts: tuple[Told, ...]
    base: str
    layer: str | None
    layer_size: int | None
    dry: bool


def add(
    requirements: tuple[str, ...],
    *,
    here: Path,
    no_change: bool,
    dry: bool,
    store: Store,
    engine: Engine,
    progress: Progress,
) -> Changed:
    """Add requirements to the project here; one of the same name gives way.

    ``no_change``: the base must stay as it is.  Raises UsageError for what cannot be had;
    nothing is written then.
    """
    check_requirements(requirements)
    names = {name_of(text) for text in requirements}

    def change(project: Project, _: Lock) -> Project:
        before = requirements_of(project)
        bare = {text for text in requirements if normalized(text) == name_of(text)}
        known = {name_of(text) for text in before}
        # `add optuna` where there is `optuna>=4` says nothing new.
        new = [text for text in requirements if not (text in bare and name_of(text) in known)]
        gone = {name_of(text) for text in new}
        kept = [text for text in before if name_of(text) not in gone]
        return replace(
            project,
            requirements=(*kept, *(" ".join(text.split()) for text in new)),
            without=tuple(name for name in project.without if normalized(name) not in names),
        )

    return _change(
        change,
        here=here,
        no_change=no_change,
        dry=dry,
        store=store,
        engine=engine,
        progress=progress,
    )


def remove(
    names: tuple[str, ...],
    *,
    here: Path,
    dry: bool,
    store: Store,
    engine: Engine,
    progress: Progress,
) -> Changed:
    """Take packages out of the project here: its requirements, or else packages of the base.

    Raises UsageError for a name that is neither.
    """

    def change(project: Project, lock: Lock) -> Project:
        before = requirements_of(project)
        required = {name_of(text) for text in before}
        of_base = {name_of(text) for text in (lock.base.packages if lock.base else ())}
        asked = [normalized(name) for name in names]
        for name in asked:
            if name not in required | of_base:
                raise UsageError(f"{name} is not in the project", hint=_why_not(name, lock))
        out = [name for name in asked if name not in required and name not in project.without]
        return replace(
            project,
            requirements=tuple(text for text in before if name_of(text) not in asked),
            without=(*project.without, *out),
        )

    return _change(
        change, here=here, no_change=False, dry=dry, store=store, engine=engine, progress=progress
    )


def _why_not(name: str, lock: Lock) -> str:
    package = next((item for item in lock.packages if item.name == name), None)
    if package is not None and package.needed_by:
        return f"it is there because {', '.join(package.needed_by)} needs it: `kagura why {name}`"
    return "`kagura tree` shows what the project has"


def _change(
    change: Callable[[Project, Lock], Project],
    *,
    here: Path,
    no_change: bool,
    dry: bool,
    store: Store,
    engine: Engine,
    progress: Progress,
) -> Changed:
    folder = project_here(here).folder
    with ExitStack() as stack:
        site = Site(store=store, engine=engine, progress=progress, leases=stack)
        stack.enter_context(project_turn(folder, home=store.home, progress=progress))
        # Read now: another kagura may have changed it while this one waited.
        project, before = project_here(folder), read_lock(folder)
        after = change(project, before)
        made = make_lock(after, before, site=site, no_change=no_change)
        tell_packages(made, progress, before=before)
        tell_conflicts(made, progress, before=before)
        layer = None
        if not dry:
            # What the lock names is there before the lock is: whatever kills this in between
            # leaves the old state, or a file that the next command locks.
            _, layer = ready_locked(made.lock, site=site)
            if layer:
                tell_layer(layer, made.ready, site, folder=folder)
            _write(project, after)
            write_lock(folder, replace(made.lock, inputs=read_lock(folder).inputs))
            note_project(folder, site=site)
        return Changed(
            folder=str(folder),
            requirements=made.lock.requirements,
            without=made.lock.without,
            packages=made.lock.packages,
            conflicts=made.conflicts,
            base=made.ready.base.digest,
            layer=layer.layer.digest if layer else None,
            layer_size=size_of(layer.item, home=store.home) if layer and layer.item else None,
            dry=dry,
        )


def _write(before: Project, after: Project) -> None:
    """Put the change where the project keeps its requirements."""
    folder = before.folder
    then, now = requirements_of(before), requirements_of(after)
    wanted = after
    if stands_in(before):
        gone = tuple(text for text in then if text not in now)
        new = tuple(text for text in now if text not in then)
        if gone or new:
            edit_stand_in(folder, add=new, remove=gone)
        wanted = replace(after, requirements=None)
    if (folder / PROJECT_FILE).is_file():
        edit_project(
            folder,
            lambda now: replace(now, requirements=wanted.requirements, without=wanted.without),
        )
    elif wanted.without:
        from kagura.project.config import write_project

        write_project(wanted, comment="A project of kagura's.")
