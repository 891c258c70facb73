"""``kagura keep``: what a run or session installed by itself becomes a part of the project."""

from __future__ import annotations

from pathlib import Path

from kagura.engines.base import Engine
from kagura.env.names import normalized
from kagura.errors import UsageError
from kagura.model.drift import DriftPackage
from kagura.progress import Progress
from kagura.store.objects import Store
from kagura.workflows.add import Changed, add, remove
from kagura.workflows.last_run import last_run
from kagura.workflows.projects import project_here
from kagura.workflows.session_drift import session_drifts
from kagura.workflows.status import here_and_above

__all__ = ["chosen_packages", "keep"]


def keep(
    names: tuple[str, ...],
    *,
    everything: bool,
    here: Path,
    store: Store,
    engine: Engine,
    progress: Progress,
) -> tuple[Changed, ...]:
    """Put packages of the drift here into the project, as the session or run left them.

    What was installed is required at that version; what was removed of the base is removed by the
    project too.  ``everything`` stands for all names.  Raises UsageError for a name that neither
    touched, and for what cannot be had; nothing is written then.
    """
    project_here(here)
    chosen = chosen_packages(names, everything=everything, here=here, store=store)
    present = tuple(f"{item.name}=={item.version}" for item in chosen if item.version)
    gone = tuple(item.name for item in chosen if item.change == "removed")
    changed: list[Changed] = []
    if present:
        changed.append(
            add(
                present,
                here=here,
                no_change=False,
                dry=False,
                store=store,
                engine=engine,
                progress=progress,
            )
        )
    if gone:
        changed.append(
            remove(gone, here=here, dry=False, store=store, engine=engine, progress=progress)
        )
    return tuple(changed)


def chosen_packages(
    names: tuple[str, ...], *, everything: bool, here: Path, store: Store
) -> tuple[DriftPackage, ...]:
    """The packages that are meant, of the last run's drift and of the sessions that are up.

    What a session did to a package counts before what the run did.  Raises UsageError as ``keep``
    does.
    """
    folders = here_and_above(here)
    run = last_run(*folders)
    sessions = session_drifts(*folders, store=store)
    if run is None and not sessions:
        raise UsageError(f"no run was found in {here / 'runs'}", hint="kagura run NOTEBOOK")
    drifts = [*([run.drift] if run else []), *(session.drift for session in sessions)]
    packages = [package for drift in drifts for package in drift.packages]
    of_python = {item.name: item for item in packages if item.installer == "python"}
    told = [f"the last run ({run.folder})"] if run else []
    told += [f"the session {session.name}" for session in sessions]
    whence = " and ".join(told)
    if everything:
        if not of_python:
            raise UsageError(f"{whence} changed no package: nothing to keep")
        return tuple(of_python.values())
    of_system = {item.name for item in packages if item.installer == "apt"}
    for name in names:
        if normalized(name) in of_python:
            continue
        if name in of_system:
            raise UsageError(
                f"{name} is a package of the system, and a project has none",
                hint="leave its apt-get line in the notebook",
            )
        had = ", ".join(of_python)
        raise UsageError(
            f"no package {name} was changed by {whence}",
            hint=f"changed: {had}" if had else f"to have it all the same: kagura add {name}",
        )
    return tuple(of_python[name] for name in dict.fromkeys(map(normalized, names)))
