"""A base: an era's packages in the store, found at once when built, else built for all projects."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from kagura.env.core import core
from kagura.env.remembered import Memory
from kagura.env.site import Site
from kagura.errors import MachineError
from kagura.model.base import Base, GivenWay, LeftOut, Package, Python
from kagura.model.era import Era
from kagura.model.lock import LockedBase
from kagura.store.objects import StoredObject
from kagura.system.interpreters import find_pythons

__all__ = [
    "BUILDER",
    "ReadyBase",
    "base_from_record",
    "known_base",
    "locked_base",
    "memory_of",
    "ready_base",
]

# Raised whenever the same question would give another tree: older bases are then not found.
BUILDER = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyBase:
    """A base in the store, its files, and a warning if its Python is a stand-in.

    ``layers`` lie over it and count as part of it: a project's environment is a base to what a
    notebook imports beyond it.
    """

    base: Base
    item: StoredObject
    warning: str | None
    layers: tuple[StoredObject, ...] = ()

    @property
    def trees(self) -> tuple[Path, ...]:
        """The folders of files, bottom first."""
        return (self.item.tree, *(layer.tree for layer in self.layers))


def ready_base(era: Era, *, site: Site, strict: bool) -> ReadyBase:
    """The base of an era, built if it is not there; held by a lease of the site.

    Once built, it is found without asking anybody.  ``strict``: a stand-in for the era's Python
    is an error.  Raises ServiceError (index) or MachineError (disk, Python).
    """
    memory = memory_of(era, site.store.home)
    known = known_base(era, site=site, strict=strict)
    if known:
        return known
    # The builder's imports cost a run that needs no building a tenth of its time.
    from kagura.env.base_builder import build_base

    with memory.lock():
        known = known_base(era, site=site, strict=strict)
        if known:
            return known
        item, warning = build_base(era, site=site, strict=strict)
        while not site.hold(item):
            # Somebody cleaned up between the end of the build and our lease.
            item, warning = build_base(era, site=site, strict=strict)
        memory.keep({"digest": item.digest, "warning": warning})
        return ReadyBase(base=base_from_record(item), item=item, warning=warning)


def memory_of(era: Era, home: Path) -> Memory:
    """Where it is remembered which base an era has."""
    question: dict[str, Any] = {"what": "base", "builder": BUILDER, "era": era.date.isoformat()}
    return Memory(home, question | {"commit": era.commit, "core": core(era)})


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


def locked_base(lock: LockedBase, era: Era, *, site: Site) -> ReadyBase:
    """The base that a lock names by its digest, built from its packages if it is not there.

    Raises ServiceError (index) or MachineError (disk, Python, or another base came of it).
    """
    item = site.store.find("bases", lock.digest)
    while item is None or not site.hold(item):
        from kagura.env.base_builder import build_base

        # What was locked on a stand-in for the Python of its era is built on one again.
        strict = lock.python == era.python
        pairs = (text.split("==", 1) for text in lock.packages)
        packages = tuple(Package(name=name, version=version) for name, version in pairs)
        item, _ = build_base(era, site=site, strict=strict, exactly=packages)
        if item.digest != lock.digest:
            # A package that could not be installed is in the digest and not in the list.
            item, _ = build_base(era, site=site, strict=strict)
        if item.digest != lock.digest:
            raise MachineError(
                f"the base {lock.digest[:19]} of kagura.lock cannot be built here again: "
                f"what is built for {era} now is {item.digest[:19]}",
                hint="`kagura lock --upgrade` locks the base that can be had here",
            )
    return ReadyBase(base=base_from_record(item), item=item, warning=None)


def _has_come(minor: str) -> bool:
    return any(python.minor == minor for python in find_pythons())


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
        plain=record.get("plain", False),
    )
