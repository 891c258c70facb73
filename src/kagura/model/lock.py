"""The record that a project was made exact by: what its lock holds."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Lock", "LockedBase", "LockedInput", "LockedNotebook"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedNotebook:
    """The notebook as it was pulled: its handle with the version, and the file's digest."""

    handle: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedBase:
    """The era (ISO date), its Python, and from what it was known."""

    era: str
    python: str
    reason: str


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
    """A whole lock."""

    notebook: LockedNotebook | None = None
    base: LockedBase | None = None
    inputs: tuple[LockedInput, ...] = ()
