"""Building a layer: resolve with the base in sight, so that nothing is there twice."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from kagura.env.base import BUILDER, ReadyBase
from kagura.env.base_builder import package_date
from kagura.env.core import excludes, only_binary
from kagura.env.install import compile_bytecode, install
from kagura.env.layer import layer_from_record
from kagura.env.metadata_mends import config_toml
from kagura.env.names import name_of, normalized
from kagura.env.pins import pins
from kagura.env.resolve import Question, Refusal, ask
from kagura.env.settle import settle
from kagura.env.site import Site
from kagura.env.workshop import Workshop
from kagura.model.base import Base, Layer, LeftOut, Package
from kagura.model.era import Era, Pin
from kagura.store.objects import StoredObject, digest_of
from kagura.store.scratch import scratch_folder

__all__ = ["build_layer"]


def build_layer(
    requirements: tuple[str, ...], *, over: ReadyBase, era: Era, site: Site
) -> tuple[Layer, StoredObject | None]:
    """Build the layer for some requirements; no object if the base has all that they mean."""
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
        return _describe(digest, requirements, over.base, delta, refused), None
    with site.store.build("layers", digest) as place:
        if isinstance(place, Path):
            failed = _fill(place / "tree", delta, over, era, site)
            layer = _describe(digest, requirements, over.base, delta, (*refused, *failed))
            place = site.store.finish("layers", digest, place, dataclasses.asdict(layer))
    # The same delta may be the answer to other requirements: they are this run's own.
    layer = dataclasses.replace(layer_from_record(place.record), requirements=requirements)
    return layer, place


def _resolve(
    requirements: tuple[str, ...], over: ReadyBase, era: Era, site: Site
) -> tuple[tuple[Package, ...], tuple[LeftOut, ...]]:
    base = over.base
    held = {package.name for package in base.packages}
    more = [pin for pin in pins(era) if normalized(pin.name) not in held]
    if base.python.minor != era.python or era.plain:
        more = []
    with scratch_folder(site.store.home, "resolve") as scratch:
        workshop = _workshop(scratch, scratch / "upper", over, site)
        question = Question(
            requirements=requirements,
            excludes=excludes(era, asked=tuple(map(name_of, requirements))),
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
        offline=site.offline,
        reach=site.network(internet=not site.offline),
        scratch=scratch,
        python=over.base.python,
        prefix=over.base.prefix,
        trees=over.trees,
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
