"""The layer that a lock names: found by its digest, else built from exactly the locked files."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

from kagura.env.base import BUILDER, ReadyBase
from kagura.env.layer import ReadyLayer, layer_from_record
from kagura.env.site import Site
from kagura.errors import MachineError
from kagura.model.base import Layer, Package
from kagura.model.lock import Lock, LockedPackage
from kagura.store.objects import StoredObject, digest_of

if TYPE_CHECKING:
    from kagura.env.workshop import Workshop
    from kagura.model.era import Era

__all__ = ["described", "known_locked_layer", "locked_digest", "ready_locked_layer"]


def locked_digest(base: str, packages: tuple[LockedPackage, ...]) -> str:
    """The digest of the layer with these packages over a base (by its digest)."""
    told = [[str(item), item.change, *sorted(item.hashes)] for item in packages]
    return digest_of({"builder": BUILDER, "base": base, "locked": sorted(told)})


def known_locked_layer(lock: Lock, *, over: ReadyBase, site: Site) -> ReadyLayer | None:
    """The lock's layer if it is in the store, held by a lease; it builds nothing."""
    item = site.store.find("layers", locked_digest(over.base.digest, lock.packages))
    if item is None or not site.hold(item):
        return None
    layer = layer_from_record(item.record)
    # The same delta may come from other requirements: they are this project's own.
    return ReadyLayer(layer=dataclasses.replace(layer, requirements=lock.requirements), item=item)


def ready_locked_layer(lock: Lock, *, over: ReadyBase, era: Era, site: Site) -> ReadyLayer | None:
    """The lock's layer, built if it is not there; None if the base has all that is locked.

    Raises ServiceError (index) or MachineError (disk, no compiler for a source).
    """
    if not lock.packages:
        return None
    known = known_locked_layer(lock, over=over, site=site)
    if known:
        return known
    place = _built(lock, over, era, site)
    while not site.hold(place):
        # Somebody cleaned up between the end of the build and our lease.
        place = _built(lock, over, era, site)
    return ReadyLayer(layer=layer_from_record(place.record), item=place)


def _built(lock: Lock, over: ReadyBase, era: Era, site: Site) -> StoredObject:
    digest = locked_digest(over.base.digest, lock.packages)
    with site.store.build("layers", digest) as place:
        if isinstance(place, Path):
            _fill(place / "tree", lock, over, era, site)
            record = dataclasses.asdict(described(digest, lock, over))
            place = site.store.finish("layers", digest, place, record)
    return place


def _fill(tree: Path, lock: Lock, over: ReadyBase, era: Era, site: Site) -> None:
    from kagura.env.base_builder import package_date
    from kagura.env.install import compile_bytecode, install
    from kagura.env.metadata_mends import config_toml
    from kagura.env.workshop import Workshop

    workshop = Workshop(
        engine=site.engine,
        home=site.store.home,
        offline=site.offline,
        reach=site.network(internet=not site.offline),
        scratch=tree.parent.parent,
        python=over.base.python,
        prefix=over.base.prefix,
        trees=over.trees,
        upper=tree,
    )

    def tell(line: str) -> None:
        site.progress.update("layer", line.strip())

    _remove([item.name for item in lock.packages if item.change == "removed"], workshop)
    wanted = [item for item in lock.packages if item.change != "removed"]
    day = package_date(era, over.base.python)
    failed = install(
        workshop,
        [Package(name=item.name, version=item.version) for item in wanted],
        exclude_newer=day,
        mends=config_toml(day),
        on_line=tell,
        hashes={item.name: item.hashes for item in wanted if item.hashes},
    )
    if failed:
        raise MachineError(
            "; ".join(f"{item.requirement} cannot be installed: {item.why}" for item in failed[:3]),
            hint="install what is missing (on Debian: apt install build-essential), or ask for a "
            "version that has a wheel",
        )
    site.progress.update("layer", f"compiling {len(wanted)} packages")
    compile_bytecode(workshop)


def _remove(names: list[str], workshop: Workshop) -> None:
    if not names:
        return
    python = f"{workshop.prefix}/bin/python"
    removal = ["pip", "uninstall", "--python", python, *names]
    answer = workshop.install(removal, on_line=lambda _: None)
    if answer.status != 0:
        raise MachineError(f"{', '.join(names)} could not be removed: {answer.stderr.strip()}")


def described(digest: str, lock: Lock, over: ReadyBase) -> Layer:
    """The locked packages as the record of a layer."""

    def those(change: str) -> tuple[Package, ...]:
        return tuple(
            Package(name=item.name, version=item.version or item.was or "")
            for item in lock.packages
            if item.change == change
        )

    return Layer(
        digest=digest,
        base=over.base.digest,
        requirements=lock.requirements,
        added=those("added"),
        changed=those("changed"),
        left_out=(),
        removed=those("removed"),
    )
