"""``kagura tree`` and ``kagura why``: what the lock holds, and because of whom."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from kagura.env.names import name_of, normalized
from kagura.errors import UsageError
from kagura.model.lock import Lock, LockedPackage
from kagura.project.lockfile import read_lock
from kagura.workflows.projects import project_here

__all__ = ["Node", "Reason", "tree", "why"]

Origin = Literal["added", "changed", "removed", "base"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A package in the tree; ``again``: what it needs is shown where it came first."""

    name: str
    version: str
    origin: Origin
    was: str | None
    requirement: str | None
    again: bool
    needs: tuple[Node, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a package is there: chains of names from a requirement down to it."""

    name: str
    version: str
    origin: Origin
    was: str | None
    chains: tuple[tuple[str, ...], ...]


def tree(here: Path) -> tuple[Node, ...]:
    """The project's requirements and what they brought; then what else differs from the base."""
    lock = _lock(here)
    by_name = {item.name: item for item in lock.packages}
    held = _held(lock)
    shown: set[str] = set()

    def node(name: str, requirement: str | None) -> Node:
        item = by_name.get(name)
        again = name in shown
        shown.add(name)
        below = [] if again else [other for other in lock.packages if name in other.needed_by]
        return Node(
            name=name,
            version=item.version if item else held.get(name, ""),
            origin=item.change if item else "base",
            was=item.was if item else None,
            requirement=requirement,
            again=again and any(name in other.needed_by for other in lock.packages),
            needs=tuple(node(other.name, None) for other in below),
        )

    roots = [node(name_of(text), text) for text in lock.requirements]
    # Packages of the base that had to change along, and those that were taken out.
    rest = [item.name for item in lock.packages if item.name not in shown]
    return (*roots, *(node(name, None) for name in rest if name not in shown))


def why(name: str, *, here: Path) -> Reason:
    """Why a package is in the environment.  Raises UsageError if it is not."""
    lock = _lock(here)
    name = normalized(name)
    by_name = {item.name: item for item in lock.packages}
    held = _held(lock)
    item = by_name.get(name)
    if item is None and name not in held:
        raise UsageError(
            f"{name} is not in the project's environment", hint=f"kagura add {name} puts it there"
        )
    asked = {name_of(text): text for text in lock.requirements}
    return Reason(
        name=name,
        version=item.version if item else held[name],
        origin=item.change if item else "base",
        was=item.was if item else None,
        chains=tuple(_chains(name, by_name, asked)),
    )


def _chains(
    name: str,
    by_name: dict[str, LockedPackage],
    asked: dict[str, str],
    below: tuple[str, ...] = (),
) -> list[tuple[str, ...]]:
    """Every way from a requirement down to a name; a circle is walked once."""
    found = [(asked[name], *below)] if name in asked else []
    item = by_name.get(name)
    for parent in item.needed_by if item else ():
        if parent not in below and parent != name:
            found += _chains(parent, by_name, asked, (name, *below))
    return found


def _held(lock: Lock) -> dict[str, str]:
    pairs = (text.partition("==") for text in (lock.base.packages if lock.base else ()))
    return {name: version for name, _, version in pairs}


def _lock(here: Path) -> Lock:
    project = project_here(here)
    lock = read_lock(project.folder)
    if lock.base is None or not lock.base.digest:
        raise UsageError(f"the project in {project.folder} is not locked yet", hint="kagura lock")
    return lock
