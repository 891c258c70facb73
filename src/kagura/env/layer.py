"""A layer: packages over a base, found at once when built, else built for all projects."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kagura.env.base import BUILDER, ReadyBase
from kagura.env.remembered import Memory
from kagura.env.site import Site
from kagura.model.base import Base, Layer, LeftOut, Package
from kagura.model.era import Era
from kagura.store.objects import StoredObject

__all__ = ["ReadyLayer", "known_layer", "layer_from_record", "ready_layer"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyLayer:
    """A layer in the store; ``item`` is None when all that was asked for is in the base."""

    layer: Layer
    item: StoredObject | None


def ready_layer(
    requirements: Sequence[str], *, over: ReadyBase, era: Era, site: Site
) -> ReadyLayer:
    """The layer for some requirements over a base, built if it is not there; held by a lease.

    Raises ServiceError (index) or MachineError (disk).  What cannot be installed is left out.
    """
    memory = memory_of(requirements, over.base, era, site.store.home)
    known = known_layer(requirements, over=over, era=era, site=site)
    if known:
        return known
    from kagura.env.layer_builder import build_layer

    with memory.lock():
        known = known_layer(requirements, over=over, era=era, site=site)
        if known:
            return known
        site.progress.update("layer", f"resolving {', '.join(requirements)}")
        layer, item = build_layer(tuple(requirements), over=over, era=era, site=site)
        while item and not site.hold(item):
            # Somebody cleaned up between the end of the build and our lease.
            layer, item = build_layer(tuple(requirements), over=over, era=era, site=site)
        memory.keep({"layer": dataclasses.asdict(layer), "empty": item is None})
        return ReadyLayer(layer=layer, item=item)


def memory_of(requirements: Sequence[str], base: Base, era: Era, home: Path) -> Memory:
    """Where it is remembered what some requirements mean over a base."""
    question = {"what": "layer", "builder": BUILDER, "base": base.digest}
    return Memory(
        home, question | {"requirements": sorted(requirements), "era": era.date.isoformat()}
    )


def known_layer(
    requirements: Sequence[str], *, over: ReadyBase, era: Era, site: Site
) -> ReadyLayer | None:
    """The layer if it is in the store; it builds nothing."""
    answer = memory_of(requirements, over.base, era, site.store.home).recall()
    if answer is None:
        return None
    layer = layer_from_record(answer["layer"])
    if answer["empty"]:
        return ReadyLayer(layer=layer, item=None)
    item = site.store.find("layers", layer.digest)
    if item is None or not site.hold(item):
        return None
    return ReadyLayer(layer=layer, item=item)


def layer_from_record(record: Mapping[str, Any]) -> Layer:
    """The layer that an object of the store, or a memory, holds."""
    return Layer(
        digest=record["digest"],
        base=record["base"],
        requirements=tuple(record["requirements"]),
        added=tuple(Package(**package) for package in record["added"]),
        changed=tuple(Package(**package) for package in record["changed"]),
        left_out=tuple(LeftOut(**entry) for entry in record["left_out"]),
        removed=tuple(Package(**package) for package in record.get("removed", ())),
    )
