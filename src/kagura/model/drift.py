"""What a run changed in its environment, as it was read from the scratch before that went."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Change", "Drift", "DriftFiles", "DriftPackage", "Installer"]

Change = Literal["added", "changed", "removed", "reinstalled"]
"""``reinstalled``: the same version was put there again, maybe from another file."""

Installer = Literal["python", "apt"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftPackage:
    """A package that is not as the environment had it.

    ``name`` is normalized (PEP 503) for packages of Python.  A removed one has no ``version``,
    an added one no ``was``.  ``cell`` is the number of the code cell that did it, from 1, where
    the notebook's code or output tells.  ``asked``: a cell's command names it; others came along.
    """

    name: str
    change: Change
    version: str | None = None
    was: str | None = None
    installer: Installer = "python"
    cell: int | None = None
    asked: bool = False

    def __str__(self) -> str:
        match self.change:
            case "changed":
                return f"{self.name} {self.was} → {self.version}"
            case "removed":
                return f"{self.name} {self.was}"
            case _:
                return f"{self.name} {self.version}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftFiles:
    """Files of the environment that belong to no package that changed.

    ``count`` of written and removed ones, ``size`` in bytes of the written ones, and a few
    ``examples``: paths as the notebook sees them.
    """

    count: int = 0
    size: int = 0
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """All of it; empty for a run that left its environment alone."""

    packages: tuple[DriftPackage, ...] = ()
    files: DriftFiles = DriftFiles()

    def __bool__(self) -> bool:
        return bool(self.packages or self.files.count)
