"""What ``du`` and ``clean`` answer: the store in bytes, and who uses what of it."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Cleaned", "Cleaning", "Kept", "Leaving", "Ledger", "ObjectUse", "Part", "ProjectUse"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of the store: ``objects`` in it, and bytes that no part before it has counted."""

    name: str
    objects: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectUse:
    """An object: what it is in words, its bytes by itself, and the folders of who uses it.

    ``leased``: a run or session uses it at this moment.
    """

    kind: str
    digest: str
    title: str
    size: int
    projects: tuple[str, ...]
    leased: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectUse:
    """A project: its objects' digests, their bytes, and those bytes that no other project uses."""

    folder: str
    objects: tuple[str, ...]
    size: int
    own: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """The whole store in bytes on disk: every inode once, as ``du -s`` counts.

    ``used``: what projects use, all together.  ``unshared``: what they would take with a copy
    each.  ``unused``: objects that no known project uses.
    """

    home: str
    size: int
    parts: tuple[Part, ...]
    objects: tuple[ObjectUse, ...]
    projects: tuple[ProjectUse, ...]
    used: int
    unshared: int
    unused: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """Something that ``clean`` is about to remove: its path in the store, and its bytes.

    ``damaged``: it goes whoever needs it, to be built again.
    """

    path: str
    title: str
    size: int
    damaged: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Something that ``clean`` leaves, and why."""

    title: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleaning:
    """What ``clean`` would do; ``frees`` is less than the sum where files have other names.

    ``even_needed``: what projects need goes too, unless it is in use.
    """

    leaving: tuple[Leaving, ...]
    kept: tuple[Kept, ...]
    frees: int
    even_needed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleaned:
    """What clean removed (or would remove, if ``dry``); ``freed`` in bytes."""

    removed: tuple[str, ...]
    kept: tuple[str, ...]
    freed: int
    dry: bool
