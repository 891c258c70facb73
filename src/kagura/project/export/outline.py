"""What the exports are made of: a project with its lock, and where its inputs are."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from kagura.model.lock import Lock, LockedBase, LockedPackage
from kagura.project.record import Limits

__all__ = ["Gpus", "Outline", "Place"]

Gpus = Literal["auto", "all", "none"]

WORKING = "/kaggle/working"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A folder that is seen inside at ``target``, read-only unless ``writable``.

    ``source`` is from the project's folder on, from the user's home (``~/…``), or absolute.
    """

    source: str
    target: str
    writable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """A project, as far as other tools can be told of it.

    ``prefix`` is where the packages are, ``title`` the base in words, ``places`` begin with that of
    ``/kaggle/working``.
    """

    name: str
    title: str
    prefix: str
    base: LockedBase
    lock: Lock
    places: tuple[Place, ...]
    importable: tuple[str, ...] = ()
    ports: tuple[int, ...] = ()
    internet: bool = True
    limits: Limits = field(default_factory=Limits)
    gpus: Gpus = "auto"

    @property
    def installed(self) -> tuple[LockedPackage, ...]:
        """What the project adds and changes."""
        return tuple(item for item in self.lock.packages if item.change != "removed")

    @property
    def removed(self) -> tuple[LockedPackage, ...]:
        """What the project takes out of the base."""
        return tuple(item for item in self.lock.packages if item.change == "removed")

    def environment(self) -> dict[str, str]:
        """The variables inside, but for ``PATH``."""
        variables = {"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}
        if not self.base.plain:
            variables |= {
                "KAGGLE_KERNEL_RUN_TYPE": "Interactive",
                "KAGGLE_URL_BASE": "https://www.kaggle.com",
                "MKL_THREADING_LAYER": "GNU",
            }
        if self.importable:
            variables["PYTHONPATH"] = ":".join(self.importable)
        return variables
