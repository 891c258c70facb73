"""Which objects of the store the known projects need: by what they used, and by their locks."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kagura.errors import KaguraError
from kagura.project.config import NAME as PROJECT_FILE
from kagura.project.lockfile import NAME as LOCK_FILE
from kagura.project.lockfile import read_lock
from kagura.project.requirements import STAND_IN
from kagura.store.objects import Kind, Store, StoredObject
from kagura.store.projects import Noted, note_use, noted

if TYPE_CHECKING:
    from kagura.env.site import Site

__all__ = ["Use", "needed", "note_lock", "note_project", "title_of"]

Use = tuple[Kind, str]


def note_project(folder: Path, *, site: Site, notebook: Path | None = None) -> None:
    """Let the store know that a project uses what the site holds, for one of its notebooks."""
    is_bare = not (folder / PROJECT_FILE).exists()
    rests_on = [STAND_IN if is_bare else PROJECT_FILE]
    if notebook is not None:
        rests_on.append(os.path.relpath(notebook.resolve(), folder.resolve()))
    note_use(site.store.home, folder.resolve(), rests_on=rests_on, uses=site.held)


def note_lock(folder: Path, *, store: Store) -> None:
    """Let the store know of a project whose lock names inputs; nothing is leased for it now."""
    note_use(store.home, folder.resolve(), rests_on=[PROJECT_FILE, LOCK_FILE], uses=())


def needed(store: Store) -> Mapping[Path, frozenset[Use]]:
    """What every known project needs."""
    return {project.folder: _needs(project) for project in noted(store.home)}


def _needs(project: Noted) -> frozenset[Use]:
    try:
        lock = read_lock(project.folder)
    except KaguraError:
        # It cannot be asked now (it is being merged, of a later kagura, or closed to us): nothing
        # is taken away.
        return frozenset(project.uses)
    environment = (use for use in project.uses if use[0] != "inputs")
    locked: list[Use] = [("inputs", item.digest) for item in lock.inputs]
    if lock.base and lock.base.digest:
        locked.append(("bases", lock.base.digest))
    return frozenset((*environment, *locked))


def title_of(item: StoredObject) -> str:
    """An object in words: a base by its era, a layer by what it adds, an input by its handle."""
    record = item.record
    match item.kind:
        case "bases":
            named = str(record.get("era") or item.digest[7:19])
            if record.get("plain"):
                named = f"Python {record['wanted_python']} as of {named}"
            return f"base {named}"
        case "layers":
            parts = (record.get(part, ()) for part in ("added", "changed", "removed"))
            delta = [package for part in parts for package in part]
            return f"layer {_few([str(package['name']) for package in delta]) or item.digest[7:19]}"
        case "inputs":
            return f"input {record.get('handle') or item.digest[7:19]}"


def _few(names: Sequence[str], most: int = 3) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"{', '.join(names[:most])}{more}"
