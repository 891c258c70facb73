"""What a project file can say, as a record: its keys, and what each is when the file is silent."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["ENGINES", "KEYS", "LAYOUTS", "LIMITS", "NAME", "Limits", "Project"]

NAME = "kagura.toml"
LAYOUTS = ("flat", "nested")
ENGINES = ("auto", "bubblewrap")
LIMITS = ("timeout", "memory", "cpus")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a run may use: ``timeout`` as ``2h``, ``memory`` as ``8G``, ``cpus`` as a number."""

    timeout: str | None = None
    memory: str | None = None
    cpus: float | None = None

    @property
    def seconds(self) -> float | None:
        """The timeout in seconds."""
        if self.timeout is None:
            return None
        units = {"s": 1.0, "m": 60.0, "h": 3600.0}
        unit = units.get(self.timeout[-1])
        return float(self.timeout[:-1]) * unit if unit else float(self.timeout)


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """What a project file says; ``folder`` is where it lies.

    ``base`` is as for ``--base``, or ``python=3.12``; ``date`` is the last day whose packages
    count.  ``requirements`` are PEP 508, and None where the file is silent: then a
    ``requirements.txt`` stands in.  ``without`` are packages of the base to be removed.
    ``notebook`` and ``paths`` (on ``PYTHONPATH``) are paths in the folder.  ``inputs`` are
    handles, or ``NAME=FOLDER``; ``layout`` is ``flat`` or ``nested``.
    """

    folder: Path
    notebook: str | None = None
    base: str | None = None
    date: datetime.date | None = None
    requirements: tuple[str, ...] | None = None
    without: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    layout: str | None = None
    internet: bool = True
    engine: str = "auto"
    ports: tuple[int, ...] = ()
    inputs: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)


KEYS = (
    "notebook",
    "base",
    "date",
    "requirements",
    "without",
    "paths",
    "layout",
    "internet",
    "engine",
    "ports",
    "inputs",
    "limits",
)
"""In the order in which a new file has them."""
