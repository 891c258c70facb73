"""What a run changed in its environment, read from the scratch before that is thrown away.

Only the upper folders are walked, so the time goes with what was written.  A pure function over
folders that never raises: what a notebook leaves may be anything.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kagura.env.installed import Distribution, Files, distributions, files_of
from kagura.env.root import PYTHON
from kagura.env.stacked_folders import Entry, Stack, kind_of, written
from kagura.env.system_packages import changed_packages
from kagura.model.drift import Drift, DriftFiles, DriftPackage
from kagura.model.sandbox import Bind, Overlay, SandboxSpec

__all__ = ["Place", "places_of", "read_drift"]

EXAMPLES = 5
DPKG = "/var/lib/dpkg"
LOCAL = "/usr/local"
USER = "/root/.local"
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A part of the environment: where it is seen, what lay there before, what was written."""

    target: str
    lowers: tuple[Path, ...]
    upper: Path

    @property
    def before(self) -> Stack:
        """As it was when the run started."""
        return Stack(self.lowers[::-1])

    @property
    def after(self) -> Stack:
        """As the run left it."""
        return Stack((self.upper, *self.lowers[::-1]))


def places_of(spec: SandboxSpec, *, prefix: str) -> tuple[Place, ...]:
    """The parts of a sandbox's environment, the one where Python looks first at the end."""
    found: dict[str, Place] = {}
    for mount in spec.mounts:
        match mount:
            case Overlay(target=target, lowers=lowers, upper=str(upper)) if target in (
                prefix,
                DPKG,
                *SYSTEM,
            ):
                folders = tuple(map(Path, lowers))
                found[target] = Place(target=target, lowers=folders, upper=Path(upper))
            case Bind(target="/usr/local", source=source, writable=True):
                found[LOCAL] = Place(target=LOCAL, lowers=(), upper=Path(source))
            case Bind(target="/root", source=source, writable=True):
                found[USER] = Place(target=USER, lowers=(), upper=Path(source) / ".local")
            case _:
                pass
    order = [*SYSTEM, DPKG, *([LOCAL] if prefix != LOCAL else []), prefix, USER]
    return tuple(found[target] for target in order if target in found)


def read_drift(places: tuple[Place, ...]) -> Drift:
    """What was added, changed and removed in these places; the places are as of ``places_of``."""
    packages = _packages(tuple(place for place in places if _holds_python(place)))
    dpkg = next((place for place in places if place.target == DPKG and place.lowers), None)
    if dpkg is not None:
        system = changed_packages(lower=dpkg.lowers[-1], upper=dpkg.upper)
        packages += system
        if system:
            # Their files and those that their triggers wrote are no drift of their own.
            places = tuple(place for place in places if place.target not in SYSTEM)
    named = {package.name for package in packages if package.installer == "python"}
    count, size, examples = 0, 0, []
    for place in places:
        if place.target == DPKG:
            continue
        for entry in _loose(place, named):
            count += 1
            size += entry.size
            examples.append(f"{place.target}/{entry.path}")
    files = DriftFiles(count=count, size=size, examples=tuple(sorted(examples)[:EXAMPLES]))
    return Drift(packages=packages, files=files)


def _holds_python(place: Place) -> bool:
    # The system's own Python is no part of the environment: apt's packages tell of it.
    return place.target not in (*SYSTEM, DPKG)


def _packages(places: tuple[Place, ...]) -> tuple[DriftPackage, ...]:
    if not any(_may_differ(place) for place in places):
        return ()
    before: dict[str, Distribution] = {}
    after: dict[str, Distribution] = {}
    again: set[str] = set()
    for place in places:
        before |= distributions(place.before)
        there = distributions(place.after)
        after |= there
        again |= {item.name for item in there.values() if _was_written(item, place)}
    found = []
    for name in sorted(before.keys() | after.keys()):
        was, now = before.get(name), after.get(name)
        if was is None and now is not None:
            found.append(DriftPackage(name=name, change="added", version=now.version))
        elif now is None and was is not None:
            found.append(DriftPackage(name=name, change="removed", was=was.version))
        elif was is not None and now is not None and was.version != now.version:
            change = DriftPackage(name=name, change="changed", version=now.version, was=was.version)
            found.append(change)
        elif now is not None and name in again:
            found.append(DriftPackage(name=name, change="reinstalled", version=now.version))
    return tuple(found)


def _may_differ(place: Place) -> bool:
    """Whether anything was written near packages: most runs write nothing there."""
    if not place.lowers:
        return bool(distributions(place.after))
    return kind_of(place.upper / "lib") != "absent"


def _was_written(item: Distribution, place: Place) -> bool:
    """Whether an installer wrote the distribution in the run, whatever version was there."""
    folder = place.upper.joinpath(*item.site, item.metadata)
    if kind_of(folder) == "file":
        return True
    return any(kind_of(folder / name) == "file" for name in ("RECORD", "PKG-INFO"))


def _loose(place: Place, named: set[str]) -> Iterator[Entry]:
    """What was written and belongs to no package that changed."""
    files: Files | None = None
    for entry in written(place.upper):
        # overlayfs marks every new folder as one that hides, also where there is nothing to hide.
        hides_nothing = entry.kind == "whiteout" and not place.before.find(*entry.path.split("/"))
        if hides_nothing or _is_ours(entry, place):
            continue
        if files is None:
            files = _files(place, named)
        if not files.hold(entry.path):
            yield entry


def _files(place: Place, named: set[str]) -> Files:
    files = Files()
    if _holds_python(place):
        for stack in (place.before, place.after):
            for item in distributions(stack).values():
                if item.name in named:
                    files_of(item, stack, files)
    return files


def _is_ours(entry: Entry, place: Place) -> bool:
    """What kagura itself puts into an upper folder (``user_site``, ``root``), and uv's lock."""
    if entry.path in ("pyvenv.cfg", ".lock") and place.lowers:
        return True
    if entry.kind != "other" or place.target != "/usr":
        return False
    try:
        return os.readlink(place.upper / entry.path).startswith(f"{PYTHON}/")
    except OSError:
        return False
