"""``kagura keep``: what a run installed by itself becomes a part of the project."""

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
    """Put packages of the last run's drift into the project here, as the run left them.

    What it installed is required at that version; what it removed of the base is removed by the
    project too.  ``everything`` stands for all names.  Raises UsageError for a name that the last
    run did not touch, and for what cannot be had; nothing is written then.
    """
    project_here(here)
    chosen = chosen_packages(names, everything=everything, here=here)
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
    names: tuple[str, ...], *, everything: bool, here: Path
) -> tuple[DriftPackage, ...]:
    """The packages of the last run's drift that are meant.  Raises UsageError as ``keep`` does."""
    run = last_run(*here_and_above(here))
    if run is None:
        raise UsageError(f"no run was found in {here / 'runs'}", hint="kagura run NOTEBOOK")
    of_python = {item.name: item for item in run.drift.packages if item.installer == "python"}
    if everything:
        if not of_python:
            raise UsageError(f"the last run ({run.folder}) changed no package: nothing to keep")
        return tuple(of_python.values())
    of_system = {item.name for item in run.drift.packages if item.installer == "apt"}
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
            f"the last run ({run.folder}) did not touch {name}",
            hint=f"it changed: {had}" if had else f"to have it all the same: kagura add {name}",
        )
    return tuple(of_python[name] for name in dict.fromkeys(map(normalized, names)))
