"""Building a base: resolve an era by its evidence, install it, compile it, put it in the store."""

from __future__ import annotations

import dataclasses
from datetime import date
from pathlib import Path
from typing import Any

from kagura.env.base import BUILDER
from kagura.env.core import core, excludes, only_binary
from kagura.env.install import compile_bytecode, install
from kagura.env.metadata_mends import config_toml
from kagura.env.pins import exclude_newer, pins
from kagura.env.pythons import choose_python, oldest_date
from kagura.env.resolve import Question
from kagura.env.settle import Settled, settle
from kagura.env.site import Site
from kagura.env.workshop import Workshop
from kagura.errors import MachineError
from kagura.model.base import Base, LeftOut, Package, Python
from kagura.model.era import Era, Pin
from kagura.store.objects import StoredObject, digest_of
from kagura.store.scratch import scratch_folder

__all__ = ["base_digest", "build_base", "package_date", "resolve_base"]


def build_base(
    era: Era, *, site: Site, strict: bool, exactly: tuple[Package, ...] = ()
) -> tuple[StoredObject, str | None]:
    """Build the base of an era; it, and a warning if its Python is a stand-in.

    ``exactly`` are the packages that a lock names: nothing is resolved then.
    """
    choice = choose_python(
        era.python,
        strict=strict or era.plain,
        progress=site.progress,
        may_fetch=not site.offline,
    )
    python = choice.python
    site.progress.update("base", f"resolving {era} on Python {python.version}")
    if exactly:
        settled = Settled(packages=exactly, given_way=(), left_out=())
    else:
        # What was seen on another Python says little of this one.
        known = pins(era) if python.minor == era.python and not era.plain else ()
        settled = resolve_base(era, python, pins=known, site=site)
    digest = base_digest(era, python.minor, settled.packages)
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
                plain=era.plain,
            )
            place = site.store.finish("bases", digest, place, _record(base))
    return place, choice.warning


def base_digest(era: Era, python: str, packages: tuple[Package, ...]) -> str:
    """The digest of a base with these packages on this Python (``3.12``)."""
    made_from = {
        "builder": BUILDER,
        # Two days on which a plain base is the same are one base.
        "era": "plain" if era.plain else era.date.isoformat(),
        "prefix": era.prefix,
        "python": python,
        "packages": [str(package) for package in packages],
    }
    return digest_of(made_from)


def resolve_base(era: Era, python: Python, *, pins: tuple[Pin, ...], site: Site) -> Settled:
    """The packages of an era's base on a Python, as near to the pins as they hold together."""
    with scratch_folder(site.store.home, "resolve") as scratch:
        (scratch / "tree").mkdir()
        workshop = Workshop(
            engine=site.engine,
            home=site.store.home,
            offline=site.offline,
            reach=site.network(internet=not site.offline),
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
            pins=pins,
            # A refusal of uv's is no error of ours: a pin gives way, and it is asked again.
            on_line=lambda line: site.progress.update(
                "base", "a pin gives way" if line.startswith("error:") else line.strip()
            ),
        )


def _fill(
    tree: Path, era: Era, python: Python, packages: tuple[Package, ...], *, site: Site
) -> tuple[LeftOut, ...]:
    def tell(line: str) -> None:
        site.progress.update("base", line.strip())

    workshop = Workshop(
        engine=site.engine,
        home=site.store.home,
        offline=site.offline,
        reach=site.network(internet=not site.offline),
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


def package_date(era: Era, python: Python) -> date:
    """The day as of which packages are taken: the era's, unless its Python is a stand-in.

    A newer Python has no packages from before its own time.
    """
    day = exclude_newer(era)
    return day if python.minor == era.python else max(day, oldest_date(python.minor))
