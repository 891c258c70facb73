"""``kagura lock``: say exactly what the project file means, and write it down; builds no layer."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from kagura.engines.base import Engine
from kagura.env.site import Site
from kagura.model.lock import Lock
from kagura.progress import Progress
from kagura.project.lockfile import read_lock, write_lock
from kagura.project.turn import project_turn
from kagura.store.objects import Store
from kagura.workflows.locking import make_lock, why_stale
from kagura.workflows.projects import project_here
from kagura.workflows.sync import current_lock
from kagura.workflows.telling import tell_conflicts, tell_packages

__all__ = ["lock"]


def lock(
    here: Path, *, check: bool, upgrade: bool, store: Store, engine: Engine, progress: Progress
) -> Lock:
    """Lock the project here.  A lock that says what the file does stays, unless ``upgrade``.

    ``check`` only says whether it does: UsageError if not.
    """
    project = project_here(here)
    with ExitStack() as stack:
        site = Site(store=store, engine=engine, progress=progress, leases=stack)
        if check:
            return current_lock(project, site=site, mode="locked")
        folder = project.folder
        stack.enter_context(project_turn(folder, home=store.home, progress=progress))
        project, before = project_here(folder), read_lock(folder)
        if not upgrade and why_stale(project, before, today=datetime.now(UTC).date()) is None:
            return before
        made = make_lock(project, before, site=site, upgrade=upgrade)
        tell_packages(made, progress, before=before)
        tell_conflicts(made, progress, before=before)
        write_lock(folder, replace(made.lock, inputs=read_lock(folder).inputs))
        return made.lock
