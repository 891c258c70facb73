"""What packages ask of each other, read from their metadata on the disk: what ``pip check`` asks.

Nothing is run and nothing is imported: the files of a tree are data.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from packaging.markers import default_environment
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet

from kagura.env.names import normalized
from kagura.model.base import Python

__all__ = ["Wish", "unmet", "wishes"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """``by`` (normalized) requires ``name`` (normalized) at versions of ``specifier``."""

    by: str
    name: str
    specifier: str

    def __str__(self) -> str:
        return f"{self.by} requires {self.name}{self.specifier}"

    def is_met(self, versions: Mapping[str, str]) -> bool:
        """Whether these versions (by normalized name) give what is wished."""
        version = versions.get(self.name)
        if version is None:
            return False
        return SpecifierSet(self.specifier).contains(version, prereleases=True)


def wishes(tree: Path, *, python: Python, but_not: Collection[str] = ()) -> tuple[Wish, ...]:
    """What the packages of a tree require on this Python, extras aside; sorted.

    ``but_not`` names packages (normalized) that are of no interest.
    """
    environment = _environment(python)
    found: set[Wish] = set()
    for folder in tree.glob("lib/python3*/site-packages/*.dist-info"):
        name = normalized(folder.name.partition("-")[0])
        if name not in but_not:
            found.update(_of(name, folder / "METADATA", environment))
    return tuple(sorted(found, key=str))


def unmet(asked: Collection[Wish], versions: Mapping[str, str]) -> tuple[Wish, ...]:
    """The wishes that these versions don't meet, in order."""
    return tuple(wish for wish in asked if not wish.is_met(versions))


def _of(name: str, path: Path, environment: Mapping[str, str]) -> list[Wish]:
    try:
        head = path.read_text("utf-8", errors="replace").partition("\n\n")[0]
    except OSError:
        return []
    found = []
    for line in head.splitlines():
        # Most lines are of extras, and parsing them takes the most of the time.
        if not line.startswith("Requires-Dist:") or "extra ==" in line:
            continue
        try:
            wanted = Requirement(line.partition(":")[2].strip())
        except InvalidRequirement:
            continue
        if wanted.marker is None or wanted.marker.evaluate(dict(environment)):
            found.append(
                Wish(by=name, name=normalized(wanted.name), specifier=str(wanted.specifier))
            )
    return found


def _environment(python: Python) -> dict[str, str]:
    own = {name: str(value) for name, value in default_environment().items()}
    return own | {
        "python_version": python.minor,
        "python_full_version": python.version,
        "implementation_version": python.version,
        "extra": "",
    }
