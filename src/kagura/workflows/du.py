"""``kagura du``: what the store holds, what each project uses of it, and what sharing saves."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from kagura.model.ledger import Ledger, ObjectUse, Part, ProjectUse
from kagura.progress import Progress
from kagura.store.objects import KINDS, Store, StoredObject
from kagura.system.disk import Extent, measure, together
from kagura.workflows.needed import Use, needed, title_of

__all__ = ["du"]

# In the order in which a file with several names is counted: a base before uv's cache.
PARTS = ("bases", "layers", "inputs", "images", "cache", "partial", "tmp")
REST = "other"


def du(*, store: Store, progress: Progress) -> Ledger:
    """Measure the store from its files; what projects use is read from their notes and locks."""
    items = {(item.kind, item.digest): item for kind in KINDS for item in store.all(kind)}
    extents: dict[Use, Extent] = {}
    for number, (use, item) in enumerate(items.items()):
        progress.update("store", title_of(item), done=number, total=len(items))
        extents[use] = measure(item.folder)
    projects = {folder: uses & set(items) for folder, uses in needed(store).items()}
    users = {use: _users(use, projects) for use in items}
    used = [extents[use] for use, folders in users.items() if folders]
    parts, whole = _parts(store.home, items, extents, progress)
    return Ledger(
        home=os.fspath(store.home),
        size=whole,
        parts=parts,
        objects=tuple(
            _object(item, extents[use].size, users[use], store) for use, item in items.items()
        ),
        projects=tuple(
            _project(folder, uses, projects, extents) for folder, uses in projects.items()
        ),
        used=together(used).size,
        unshared=sum(extents[use].size for uses in projects.values() for use in uses),
        unused=_beyond(used, (extents[use] for use, folders in users.items() if not folders)),
    )


def _users(use: Use, projects: Mapping[Path, frozenset[Use]]) -> tuple[str, ...]:
    return tuple(os.fspath(folder) for folder, uses in projects.items() if use in uses)


def _object(item: StoredObject, size: int, users: tuple[str, ...], store: Store) -> ObjectUse:
    return ObjectUse(
        kind=item.kind,
        digest=item.digest,
        title=title_of(item),
        size=size,
        projects=users,
        leased=store.in_use(item.kind, item.digest),
    )


def _project(
    folder: Path,
    uses: frozenset[Use],
    projects: Mapping[Path, frozenset[Use]],
    extents: Mapping[Use, Extent],
) -> ProjectUse:
    others = {use for other, theirs in projects.items() if other != folder for use in theirs}
    return ProjectUse(
        folder=os.fspath(folder),
        objects=tuple(sorted(digest for _, digest in uses)),
        size=together(extents[use] for use in uses).size,
        own=_beyond((extents[use] for use in others), (extents[use] for use in uses - others)),
    )


def _beyond(known: Iterable[Extent], more: Iterable[Extent]) -> int:
    """The bytes that some extents add to others."""
    before = together(known)
    return together([before, *more]).size - before.size


def _parts(
    home: Path,
    items: Mapping[Use, StoredObject],
    extents: Mapping[Use, Extent],
    progress: Progress,
) -> tuple[tuple[Part, ...], int]:
    """The store's folders, none counting what one before it has; and their sum."""
    try:
        there = sorted(os.listdir(home))
    except OSError:
        there = []
    own = measure(home, but=[home / name for name in there])
    sizes = dict.fromkeys((*PARTS, REST), 0)
    seen = own
    for name in sorted(there, key=lambda name: PARTS.index(name) if name in PARTS else len(PARTS)):
        progress.update("store", name)
        # What was walked already is not walked again.
        walked = [extent for use, extent in extents.items() if use[0] == name]
        rest = measure(home / name, but=[items[use].folder for use in items if use[0] == name])
        after = together([seen, *walked, rest])
        sizes[name if name in PARTS else REST] += after.size - seen.size
        seen = after
    sizes[REST] += own.size
    counts = {name: sum(use[0] == name for use in items) for name in PARTS}
    parts = (
        Part(name=name, objects=counts.get(name, 0), size=size) for name, size in sizes.items()
    )
    return tuple(parts), seen.size
