"""A project's inputs from Kaggle: in the store as the lock says, else fetched, and locked."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from kagura.env.site import Site
from kagura.errors import ServiceError
from kagura.inputs.layout import Layout, choose_layout
from kagura.inputs.place import Attached
from kagura.model.handle import Handle, input_handle
from kagura.workflows.plan import Plan

if TYPE_CHECKING:
    from kagura.inputs.ready import ReadyInput
    from kagura.inputs.terms import Terms
    from kagura.model.lock import Lock
    from kagura.progress import Progress

__all__ = ["attach", "attach_inputs", "known_inputs", "layout_of"]


def attach(planned: Plan, *, site: Site, terms: Terms | None = None) -> tuple[Attached, ...]:
    """Every input of the plan's project, held by a lease of the site: see ``attach_inputs``."""
    if planned.project is None or not planned.handles:
        return ()
    return attach_inputs(planned.project.folder, planned.handles, site=site, terms=terms)


def attach_inputs(
    folder: Path,
    handles: tuple[tuple[str, Handle], ...],
    *,
    site: Site,
    terms: Terms | None = None,
    renews: bool = False,
) -> tuple[Attached, ...]:
    """These inputs of the project in a folder, held by a lease of the site.

    What is not in the store is fetched: in the version that the lock says, else the newest, which
    is then locked.  Of a competition Kaggle has no versions: data that the lock does not describe
    is told, and locked only if this ``renews`` the lock.  Raises ServiceError (offline too),
    MachineError.
    """
    # Imported late: most runs have no lock.
    from kagura.project.lockfile import read_lock, write_lock

    lock = read_lock(folder)
    found = {name: _held(name, lock, site) for name, _ in handles}
    missing = [name for name, item in found.items() if item is None]
    if missing and site.offline:
        raise ServiceError(
            f"{', '.join(missing)} is not in the store, and nothing is fetched offline",
            hint="once without --offline fetches it",
        )
    if missing:
        from kagura.project.turn import project_turn
        from kagura.workflows.service import service

        with service(site.progress, terms=terms) as kaggle:
            for name, handle in handles:
                if found[name] is None:
                    exact = _exact(name, handle, lock)
                    while found[name] is None:
                        # Again if somebody cleaned up before our lease.
                        ready = kaggle.ready(exact, store=site.store, progress=site.progress)
                        found[name] = _held(name, ready.in_lock(lock, name), site)
                    site.progress.say("input", f"{ready.handle}")
                    if _is_other(ready, name, lock):
                        _tell_other(ready.handle, site.progress, renews=renews)
                        if not renews:
                            continue
                    with project_turn(folder, home=site.store.home, progress=site.progress):
                        lock = ready.in_lock(read_lock(folder), name)
                        write_lock(folder, lock)
    return tuple(item for item in found.values() if item is not None)


def known_inputs(planned: Plan, *, site: Site) -> Mapping[str, Attached]:
    """Those of the project's inputs that are locked and in the store; nothing is fetched.

    By what the project calls them: a handle may be spelled otherwise in the lock.
    """
    if planned.project is None or not planned.handles:
        return {}
    from kagura.project.lockfile import read_lock

    lock = read_lock(planned.project.folder)
    found = ((name, _held(name, lock, site)) for name, _ in planned.handles)
    return {name: item for name, item in found if item is not None}


def layout_of(planned: Plan) -> tuple[Layout, str]:
    """The mount layout of a run, and the reason for it in words."""
    chosen = planned.project.layout if planned.project else None
    if chosen is not None:
        return ("flat" if chosen == "flat" else "nested"), "from kagura.toml"
    handles = [handle for _, handle in planned.handles]
    run = planned.needs.evidence.run_time
    day = run.date() if run else planned.choice.era.date
    return choose_layout(planned.needs.inputs, handles, day=day)


def _held(name: str, lock: Lock, site: Site) -> Attached | None:
    for item in lock.inputs:
        if item.name == name:
            stored = site.store.find("inputs", item.digest)
            if stored is not None and site.hold(stored):
                return Attached(handle=input_handle(item.handle), folder=stored.tree)
    return None


def _is_other(ready: ReadyInput, name: str, lock: Lock) -> bool:
    """Whether it is a competition's data, and other than what is locked."""
    locked = next((item.digest for item in lock.inputs if item.name == name), ready.digest)
    return ready.handle.kind == "competition" and ready.digest != locked


def _tell_other(handle: Handle, progress: Progress, *, renews: bool) -> None:
    text = (
        f"{handle} has other data on Kaggle than kagura.lock names, and Kaggle keeps no versions "
        "of competitions: "
    )
    if renews:
        progress.warn(f"{text}kagura.lock now names what Kaggle has")
    else:
        progress.warn(
            f"{text}this uses what Kaggle has, and kagura.lock does not describe it",
            hint="`kagura sync` takes it into kagura.lock",
        )


def _exact(name: str, handle: Handle, lock: Lock) -> Handle:
    # The version that was locked is fetched again, whatever is the newest by now.
    return next((input_handle(item.handle) for item in lock.inputs if item.name == name), handle)
