"""A base: an era's packages, resolved by the evidence, built once and shared by all projects."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from kagura.env.core import core, excludes, only_binary
from kagura.env.install import compile_bytecode, install
from kagura.env.metadata_mends import config_toml
from kagura.env.pins import exclude_newer, pins
from kagura.env.pythons import PythonChoice, choose_python, oldest_date
from kagura.env.remembered import Memory
from kagura.env.resolve import Question
from kagura.env.settle import Settled, settle
from kagura.env.site import Site
from kagura.env.workshop import Workshop
from kagura.errors import MachineError
from kagura.model.base import Base, GivenWay, LeftOut, Package, Python
from kagura.model.era import Era
from kagura.store.objects import StoredObject, digest_of
from kagura.store.scratch import scratch_folder
from kagura.system.host import find_pythons

__all__ = ["BUILDER", "ReadyBase", "base_from_record", "known_base", "package_date", "ready_base"]

# Raised whenever the same question would give another tree: older bases are then not found.
BUILDER = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyBase:
    """A base in the store, its files, and a warning if its Python is a stand-in."""

    base: Base
    item: StoredObject
    warning: str | None


def ready_base(era: Era, *, site: Site, strict: bool) -> ReadyBase:
    """The base of an era, built if it is not there; held by a lease of the site.

    Once built, it is found without asking anybody.  ``strict``: a stand-in for the era's Python
    is an error.  Raises ServiceError (index) or MachineError (disk, Python).
    """
    memory = memory_of(era, site.store.home)
    known = known_base(era, site=site, strict=strict)
    if known:
        return known
    with memory.lock():
        known = known_base(era, site=site, strict=strict)
        if known:
            return known
        choice = choose_python(era.python, strict=strict, progress=site.progress)
        ready = _build(era, choice, site=site)
        memory.keep({"digest": ready.base.digest, "warning": ready.warning})
        return ready


def package_date(era: Era, python: Python) -> date:
    """The day as of which packages are taken: the era's, unless its Python is a stand-in.

    A newer Python has no packages from before its own time.
    """
    day = exclude_newer(era)
    return day if python.minor == era.python else max(day, oldest_date(python.minor))


def memory_of(era: Era, home: Path) -> Memory:
    """Where it is remembered which base an era has."""
    question = {"what": "base", "builder": BUILDER, "era": era.date.isoformat()}
    return Memory(home, question | {"commit": era.commit})


def known_base(era: Era, *, site: Site, strict: bool) -> ReadyBase | None:
    """The base of an era if it is in the store and can be used as it is; it builds nothing."""
    answer = memory_of(era, site.store.home).recall()
    if answer is None or (strict and answer.get("warning")):
        return None
    item = site.store.find("bases", str(answer.get("digest")))
    if item is None or not site.hold(item):
        return None
    base = base_from_record(item)
    if not os.access(base.python.executable, os.X_OK):
        return None
    if base.python.minor != era.python and _has_come(era.python):
        return None
    return ReadyBase(base=base, item=item, warning=answer.get("warning"))


def _has_come(minor: str) -> bool:
    return any(python.minor == minor for python in find_pythons())


def _build(era: Era, choice: PythonChoice, *, site: Site) -> ReadyBase:
    python = choice.python
    site.progress.update("base", f"resolving era {era.date} on Python {python.version}")
    settled = _resolve(era, python, site=site)
    made_from = {
        "builder": BUILDER,
        "era": era.date.isoformat(),
        "prefix": era.prefix,
        "python": python.minor,
        "packages": [str(package) for package in settled.packages],
    }
    digest = digest_of(made_from)
    with site.store.build("bases", digest) as place:
        if isinstance(place, Path):
            left_out = _fill(place / "tree", era, python, settled.packages, site=site)
            lacking = {item.requirement for item in left_out}
            base = Base(
                digest=digest,
                era=era.date,
                prefix=era.prefix,
                python=python,
                wanted_python=era.python,
                packages=tuple(item for item in settled.packages if str(item) not in lacking),
                left_out=(*settled.left_out, *left_out),
                given_way=settled.given_way,
            )
            place = site.store.finish("bases", digest, place, _record(base))
    site.hold(place)
    return ReadyBase(base=base_from_record(place), item=place, warning=choice.warning)


def _resolve(era: Era, python: Python, *, site: Site) -> Settled:
    with scratch_folder(site.store.home, "resolve") as scratch:
        (scratch / "tree").mkdir()
        workshop = Workshop(
            engine=site.engine,
            home=site.store.home,
            scratch=scratch,
            python=python,
            prefix=era.prefix,
            trees=(),
            upper=scratch / "tree",
        )
        question = Question(
            requirements=core(era),
            excludes=excludes(era),
            only_binary=only_binary(era),
            exclude_newer=package_date(era, python),
            mends=config_toml(package_date(era, python)),
        )
        return settle(
            workshop,
            question,
            # What was seen on another Python says little of this one.
            pins=pins(era) if python.minor == era.python else (),
            on_line=lambda line: site.progress.update("base", line.strip()),
        )


def _fill(
    tree: Path, era: Era, python: Python, packages: tuple[Package, ...], *, site: Site
) -> tuple[LeftOut, ...]:
    def tell(line: str) -> None:
        site.progress.update("base", line.strip())

    workshop = Workshop(
        engine=site.engine,
        home=site.store.home,
        scratch=tree.parent.parent,
        python=python,
        prefix=era.prefix,
        trees=(),
        upper=tree,
    )
    made = workshop.install(["venv", "--python", workshop.interpreter, era.prefix], on_line=tell)
    if made.status != 0:
        raise MachineError(
            f"no environment could be made for Python {python.version}: {made.stderr}"
        )
    left_out = install(
        workshop,
        packages,
        exclude_newer=package_date(era, python),
        mends=config_toml(package_date(era, python)),
        on_line=tell,
    )
    if era.prefix == "/usr/local":
        for library in tree.glob("lib/python3*"):
            (library / "dist-packages").symlink_to("site-packages")
    site.progress.update("base", f"compiling {len(packages)} packages")
    compile_bytecode(workshop)
    return left_out


def _record(base: Base) -> dict[str, Any]:
    return dataclasses.asdict(base) | {"era": base.era.isoformat()}


def base_from_record(item: StoredObject) -> Base:
    """The base that an object of the store holds."""
    record: Mapping[str, Any] = item.record
    return Base(
        digest=item.digest,
        era=date.fromisoformat(record["era"]),
        prefix=record["prefix"],
        python=Python(**record["python"]),
        wanted_python=record["wanted_python"],
        packages=tuple(Package(**package) for package in record["packages"]),
        left_out=tuple(LeftOut(**entry) for entry in record["left_out"]),
        given_way=tuple(GivenWay(**entry) for entry in record["given_way"]),
    )
