"""The record that a project was made exact by: what its lock holds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

__all__ = ["Lock", "LockedBase", "LockedInput", "LockedNotebook", "LockedPackage"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedNotebook:
    """The notebook as it was pulled: its handle with the version, and the file's digest."""

    handle: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedBase:
    """The base: its day (ISO date), its Python (``3.12``), from what it was known.

    ``digest`` and ``packages`` (``name==version``) are empty as long as it was only named and
    nothing was resolved over it.  ``plain``: a Python with what a kernel needs, none of Kaggle's.
    """

    era: str
    python: str
    reason: str
    plain: bool = False
    digest: str = ""
    packages: tuple[str, ...] = ()

    def named_again(self, other: LockedBase) -> LockedBase:
        """What ``other`` names; what was resolved over this one stays if it is the same base."""
        same = (self.era, self.python, self.plain) == (other.era, other.python, other.plain)
        return replace(self, reason=other.reason) if same else other


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedPackage:
    """A package that differs from the base.

    ``was`` is the base's version of a changed or removed one; a removed one has no ``version``.
    ``direct``: it is in the requirements.  ``hashes`` are of its files (``sha256:…``).
    """

    name: str
    version: str = ""
    change: Literal["added", "changed", "removed"]
    was: str | None = None
    direct: bool = False
    needed_by: tuple[str, ...] = ()
    hashes: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.name}=={self.version}" if self.version else self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedInput:
    """An input: its name in the project file, its exact handle, its object in the store.

    ``files`` is their number, ``size`` their bytes.
    """

    name: str
    handle: str
    digest: str
    files: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """A whole lock.

    ``tool`` is what resolved it (``kagura 0.1.0``).  ``requirements``, ``without`` and ``date``
    are as the project file said then; ``packages`` are what that means over the base.
    """

    tool: str = ""
    date: str | None = None
    requirements: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    notebook: LockedNotebook | None = None
    base: LockedBase | None = None
    packages: tuple[LockedPackage, ...] = ()
    inputs: tuple[LockedInput, ...] = ()
