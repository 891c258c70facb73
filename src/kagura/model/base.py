"""Bases and layers as records: what they hold, what they were made from, what was left out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

__all__ = ["Base", "GivenWay", "Layer", "LeftOut", "Package", "Python"]


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Package:
    """A distribution at a version; ``name`` is normalized (PEP 503)."""

    name: str
    version: str

    def __str__(self) -> str:
        return f"{self.name}=={self.version}"


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A requirement that could not be installed, and why, in one line."""

    requirement: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenWay:
    """A pin that could not hold together with stronger ones.  ``got`` is the version instead."""

    name: str
    specifier: str
    strength: Literal["observed", "colab", "era"]
    got: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Python:
    """An interpreter on the host.

    ``executable`` is the real program; ``prefix`` the folder that has to be mounted for it to
    run (its ``sys.base_prefix``); ``version`` is ``3.10.13``.
    """

    executable: str
    prefix: str
    version: str

    @property
    def minor(self) -> str:
        """``3.10`` of ``3.10.13``."""
        return ".".join(self.version.split(".")[:2])


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """The immutable environment of an era.

    ``digest`` is over what it was made from (Python, prefix, packages, the builder's version).
    ``wanted_python`` differs from ``python.minor`` when the era's own Python was not to be had.
    ``plain``: no era of Kaggle's but a bare Python; ``era`` is then the day of its first build.
    """

    digest: str
    era: date
    prefix: str
    python: Python
    wanted_python: str
    packages: tuple[Package, ...]
    left_out: tuple[LeftOut, ...]
    given_way: tuple[GivenWay, ...]
    plain: bool = False

    @property
    def named(self) -> str:
        """``era 2023-07-08``, or ``plain`` for a bare Python."""
        return "plain" if self.plain else f"era {self.era}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """A delta over a base, built.

    ``requirements`` are what was asked for; ``added``, ``changed`` and ``removed`` what that
    meant; ``left_out`` what could not be installed.
    """

    digest: str
    base: str
    requirements: tuple[str, ...]
    added: tuple[Package, ...]
    changed: tuple[Package, ...]
    left_out: tuple[LeftOut, ...]
    removed: tuple[Package, ...] = ()
