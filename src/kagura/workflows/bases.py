"""``kagura base``: list, build, show and remove the bases of the store."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, datetime

from kagura.engines.base import Engine
from kagura.env.base import base_from_record, memory_of, ready_base
from kagura.env.choose import choose
from kagura.env.site import Site
from kagura.errors import UsageError
from kagura.model.base import Base
from kagura.model.check import BaseEntry
from kagura.model.needs import Evidence
from kagura.progress import Progress
from kagura.store.objects import Store, StoredObject
from kagura.system.disk import tree_size

__all__ = ["build_base", "list_bases", "remove_base", "show_base"]

SHORTEST_PREFIX = 4


def list_bases(store: Store) -> tuple[BaseEntry, ...]:
    """Every whole base, oldest era first."""
    entries = []
    for item in store.all("bases"):
        base = base_from_record(item)
        entries.append(
            BaseEntry(
                digest=item.digest,
                era=base.era.isoformat(),
                python=base.python.version,
                prefix=base.prefix,
                packages=len(base.packages),
                size=tree_size(item.tree),
                plain=base.plain,
                in_use=store.in_use("bases", item.digest),
            )
        )
    return tuple(sorted(entries, key=lambda entry: (entry.era, entry.digest)))


def build_base(
    which: str | None, *, store: Store, engine: Engine, progress: Progress, strict: bool
) -> Base:
    """Build the base of an era (``2023-07``, ``v170``, ``sha256:…``; None: the newest)."""
    choice = choose(Evidence(), base=which, today=datetime.now(UTC).date())
    with ExitStack() as leases:
        site = Site(store=store, engine=engine, progress=progress, leases=leases)
        ready = ready_base(choice.era, site=site, strict=strict)
    for warning in (*choice.warnings, *((ready.warning,) if ready.warning else ())):
        progress.warn(warning)
    return ready.base


def show_base(which: str, *, store: Store) -> Base:
    """A base of the store, by its era's date (or month), or the start of its digest."""
    return base_from_record(_find(which, store))


def remove_base(which: str, *, store: Store) -> str:
    """Remove a base; its digest.  Raises UsageError if a run is using it."""
    item = _find(which, store)
    if not store.remove("bases", item.digest):
        raise UsageError(
            f"base {item.digest[:19]} is in use by a run", hint="wait for it to end, or stop it"
        )
    return item.digest


def _find(which: str, store: Store) -> StoredObject:
    """A base by the start of its digest, by its era as ``--base`` names it, or by its date."""
    bases = store.all("bases")
    start = which.removeprefix("sha256:")
    if len(start) >= SHORTEST_PREFIX:
        found = [item for item in bases if item.digest[7:].startswith(start)]
        if len(found) == 1:
            return found[0]
    current = _of_era(which, store)
    if current:
        return current
    found = [item for item in bases if base_from_record(item).era.isoformat().startswith(which)]
    if not found:
        raise UsageError(
            f"there is no base {which} in the store",
            hint="`kagura base list` shows those that there are; a digest needs at least "
            f"{SHORTEST_PREFIX} of its characters",
        )
    if len(found) > 1:
        names = ", ".join(item.digest[7:19] for item in found)
        raise UsageError(
            f"{which} may be any of {len(found)} bases: {names}",
            hint="give the start of one of these digests",
        )
    return found[0]


def _of_era(which: str, store: Store) -> StoredObject | None:
    try:
        choice = choose(Evidence(), base=which, today=datetime.now(UTC).date())
    except UsageError:
        return None
    answer = memory_of(choice.era, store.home).recall() or {}
    return store.find("bases", str(answer.get("digest")))
