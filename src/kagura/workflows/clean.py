"""``kagura clean``: remove from the store what no project, run or session needs.

It is counted first, and taken out later: what somebody came to need in between stays.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from kagura.env.remembered import forget_records, leads_nowhere
from kagura.env.workshop import cache_guard
from kagura.model.ledger import Cleaned, Cleaning, Kept, Leaving
from kagura.store.objects import KINDS, Store
from kagura.store.removal import Trash, trash
from kagura.store.scratch import guard_of, left_behind
from kagura.system.disk import reclaimable, tree_size
from kagura.workflows.needed import Use, needed, title_of

__all__ = ["clean", "survey"]

CACHE, PARTIAL = "cache", "partial"


def survey(*, store: Store, everything: bool, inputs: bool, projects: bool) -> Cleaning:
    """What a clean would remove now: leftovers of kills, damaged objects, and unneeded ones.

    ``everything`` also uv's cache of downloads; ``inputs`` also data, which may have taken long
    to come; ``projects`` also what known projects need, but not now.
    """
    leaving = [_leaving(path, f"scratch {path.name}", store) for path in left_behind(store.home)]
    kept: list[Kept] = []
    counts = {} if projects else _users(store)
    for kind in KINDS:
        if kind == "inputs" and not inputs:
            continue
        for path in store.broken(kind):
            title = f"{kind[:-1]} {path.name[:12]} (damaged)"
            leaving.append(_leaving(path, title, store, damaged=True))
        for item in store.all(kind):
            title = f"{title_of(item)} ({item.digest[7:19]})"
            why = _why_not((kind, item.digest), counts, store)
            if why:
                kept.append(Kept(title=title, why=why))
            else:
                leaving.append(_leaving(item.folder, title, store))
    leaving += [
        _leaving(path, f"broken-off download {path.name[:12]}", store)
        for path in sorted((store.home / PARTIAL).glob("*"))
        # Of what is whole by now a kill has left it, at the very end.
        if inputs or store.find("inputs", f"sha256:{path.name}")
    ]
    if everything and (store.home / CACHE).is_dir():
        leaving.append(_leaving(store.home / CACHE, "uv's cache of downloads", store))
    frees = reclaimable(store.home / item.path for item in leaving)
    return Cleaning(leaving=tuple(leaving), kept=tuple(kept), frees=frees, even_needed=projects)


def clean(cleaning: Cleaning, *, store: Store) -> Cleaned:
    """Remove what a survey found, but for what is needed or in use by now.

    Raises MachineError (the disk); a kill leaves the store whole.
    """
    removed, kept = [], [f"{item.title} ({item.why})" for item in cleaning.kept]
    with trash(store.home) as out:
        for item in cleaning.leaving:
            if _take(out, item, cleaning, store):
                removed.append(item.title)
            else:
                kept.append(f"{item.title} (needed by now)")
        there = [item.digest for kind in KINDS for item in store.all(kind)]
        forget_records(store.home, leads_nowhere(store.home, there))
        freed = out.size()
    return Cleaned(removed=tuple(removed), kept=tuple(kept), freed=freed, dry=False)


def _take(out: Trash, item: Leaving, cleaning: Cleaning, store: Store) -> bool:
    folder = store.home / item.path
    match folder.parent.name:
        case "bases" | "layers" | "inputs" as kind:
            use: Use = (kind, f"sha256:{folder.name}")

            def is_needed() -> bool:
                if item.damaged:
                    # Somebody may have built it again.
                    return store.find(*use) is not None
                return not cleaning.even_needed and use in _users(store)

            return out.take(folder, guard=store.guard(*use), unless=is_needed)
        case "partial":
            # Who goes on with the download builds the input.
            return out.take(folder, guard=store.guard("inputs", folder.name))
        case "tmp":
            return out.take(folder, guard=guard_of(folder))
        case _:
            return out.take(folder, guard=cache_guard(store.home))


def _leaving(path: Path, title: str, store: Store, *, damaged: bool = False) -> Leaving:
    inside = os.fspath(path.relative_to(store.home))
    return Leaving(path=inside, title=title, size=tree_size(path), damaged=damaged)


def _users(store: Store) -> Mapping[Use, int]:
    """How many projects need an object."""
    counts: dict[Use, int] = {}
    for uses in needed(store).values():
        for use in uses:
            counts[use] = counts.get(use, 0) + 1
    return counts


def _why_not(use: Use, counts: Mapping[Use, int], store: Store) -> str | None:
    if store.in_use(*use):
        return "in use"
    count = counts.get(use, 0)
    return f"needed by {count} project{'s' if count > 1 else ''}" if count else None
