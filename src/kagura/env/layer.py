"""A layer: packages over a base, resolved with the base in sight, so nothing is there twice."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kagura.env.base import BUILDER, ReadyBase, package_date
from kagura.env.core import excludes, only_binary
from kagura.env.install import compile_bytecode, install
from kagura.env.metadata_mends import config_toml
from kagura.env.names import normalized
from kagura.env.pins import pins
from kagura.env.remembered import Memory
from kagura.env.resolve import Question, Refusal, ask
from kagura.env.settle import settle
from kagura.env.site import Site
from kagura.env.workshop import Workshop
from kagura.model.base import Base, Layer, LeftOut, Package
from kagura.model.era import Era, Pin
from kagura.store.objects import StoredObject, digest_of
from kagura.store.scratch import scratch_folder

__all__ = ["ReadyLayer", "known_layer", "ready_layer"]


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
    with memory.lock():
        known = known_layer(requirements, over=over, era=era, site=site)
        if known:
            return known
        site.progress.update("layer", f"resolving {', '.join(requirements)}")
        ready = _build(tuple(requirements), over, era, site)
        memory.keep({"layer": dataclasses.asdict(ready.layer), "empty": ready.item is None})
        return ready


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
    layer = _layer(answer["layer"])
    if answer["empty"]:
        return ReadyLayer(layer=layer, item=None)
    item = site.store.find("layers", layer.digest)
    if item is None or not site.hold(item):
        return None
    return ReadyLayer(layer=layer, item=item)


def _build(requirements: tuple[str, ...], over: ReadyBase, era: Era, site: Site) -> ReadyLayer:
    packages, refused = _resolve(requirements, over, era, site)
    held = {package.name: package.version for package in over.base.packages}
    delta = tuple(item for item in packages if held.get(item.name) != item.version)
    made_from = {
        "builder": BUILDER,
        "base": over.base.digest,
        "packages": [str(package) for package in delta],
    }
    digest = digest_of(made_from)
    if not delta:
        layer = _describe(digest, requirements, over.base, delta, refused)
        return ReadyLayer(layer=layer, item=None)
    with site.store.build("layers", digest) as place:
        if isinstance(place, Path):
            failed = _fill(place / "tree", delta, over, era, site)
            layer = _describe(digest, requirements, over.base, delta, (*refused, *failed))
            place = site.store.finish("layers", digest, place, dataclasses.asdict(layer))
    site.hold(place)
    # The same delta may be the answer to other requirements: they are this run's own.
    described = dataclasses.replace(_layer(place.record), requirements=requirements)
    return ReadyLayer(layer=described, item=place)


def _resolve(
    requirements: tuple[str, ...], over: ReadyBase, era: Era, site: Site
) -> tuple[tuple[Package, ...], tuple[LeftOut, ...]]:
    base = over.base
    held = {package.name for package in base.packages}
    more = [pin for pin in pins(era) if normalized(pin.name) not in held]
    if base.python.minor != era.python:
        more = []
    with scratch_folder(site.store.home, "resolve") as scratch:
        workshop = _workshop(scratch, scratch / "upper", over, site)
        question = Question(
            requirements=requirements,
            excludes=excludes(era),
            only_binary=only_binary(era),
            preferred=base.packages,
            exempt=tuple(package.name for package in base.packages),
            exclude_newer=package_date(era, base.python),
            mends=config_toml(package_date(era, over.base.python)),
        )

        def tell(line: str) -> None:
            site.progress.update("layer", line.strip())

        # The base as it is, if that is possible at all; else what has to change, changes.
        firm = tuple(str(package) for package in base.packages)
        wishes = _pin_lines(more)
        kept = dataclasses.replace(question, constraints=(*firm, *wishes))
        answer = ask(workshop, kept, on_line=tell)
        if not isinstance(answer, Refusal):
            return answer, ()
        soft = [
            Pin(name=package.name, specifier=f"=={package.version}", strength="observed")
            for package in base.packages
        ]
        settled = settle(workshop, question, pins=[*soft, *more], on_line=tell)
    return settled.packages, settled.left_out


def _pin_lines(wanted: Sequence[Pin]) -> tuple[str, ...]:
    return tuple(f"{pin.name}{pin.specifier}" for pin in wanted)


def _fill(
    tree: Path, delta: tuple[Package, ...], over: ReadyBase, era: Era, site: Site
) -> tuple[LeftOut, ...]:
    workshop = _workshop(tree.parent.parent, tree, over, site)

    def tell(line: str) -> None:
        site.progress.update("layer", line.strip())

    failed = install(
        workshop,
        delta,
        exclude_newer=package_date(era, over.base.python),
        mends=config_toml(package_date(era, over.base.python)),
        on_line=tell,
    )
    site.progress.update("layer", f"compiling {len(delta)} packages")
    compile_bytecode(workshop)
    return failed


def _workshop(scratch: Path, upper: Path, over: ReadyBase, site: Site) -> Workshop:
    return Workshop(
        engine=site.engine,
        home=site.store.home,
        scratch=scratch,
        python=over.base.python,
        prefix=over.base.prefix,
        trees=(over.item.tree,),
        upper=upper,
    )


def _describe(
    digest: str,
    requirements: tuple[str, ...],
    base: Base,
    delta: tuple[Package, ...],
    left_out: tuple[LeftOut, ...],
) -> Layer:
    held = {package.name for package in base.packages}
    failed = {item.requirement for item in left_out}
    there = [package for package in delta if str(package) not in failed]
    return Layer(
        digest=digest,
        base=base.digest,
        requirements=requirements,
        added=tuple(package for package in there if package.name not in held),
        changed=tuple(package for package in there if package.name in held),
        left_out=left_out,
    )


def _layer(record: Mapping[str, Any]) -> Layer:
    return Layer(
        digest=record["digest"],
        base=record["base"],
        requirements=tuple(record["requirements"]),
        added=tuple(Package(**package) for package in record["added"]),
        changed=tuple(Package(**package) for package in record["changed"]),
        left_out=tuple(LeftOut(**entry) for entry in record["left_out"]),
    )
