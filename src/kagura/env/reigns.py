"""Which eras had which Python, to the patch release: the spans of time that a version ruled."""

from __future__ import annotations

from datetime import date
from functools import cache

from kagura.env.catalog import eras, rows
from kagura.model.era import Era

__all__ = [
    "FIRST_USABLE",
    "at_or_before",
    "end_of",
    "had_python",
    "middle_of",
    "minor_of",
    "nearest",
    "of_python",
    "usable",
]

FIRST_USABLE = "3.6.0"
"""No interpreter manager carries Kaggle's very first Python, 3.5; this one stands in for it."""


def minor_of(python: str) -> str:
    """``3.10`` of ``3.10.13``."""
    return ".".join(python.split(".")[:2])


def usable() -> tuple[Era, ...]:
    """The eras whose Python can still be had, oldest first."""
    first = _numbers(minor_of(FIRST_USABLE))
    return tuple(era for era in eras() if _numbers(era.python) >= first)


def had_python(python: str) -> bool:
    """Whether any usable era had this minor version of Python."""
    return any(era.python == minor_of(python) for era in usable())


def at_or_before(day: date, among: tuple[Era, ...]) -> Era | None:
    """The newest of these eras (oldest first) at or before a day."""
    return next((era for era in reversed(among) if era.date <= day), None)


def nearest(day: date, among: tuple[Era, ...]) -> Era:
    """The newest of these eras at or before a day, else the first of them."""
    return at_or_before(day, among) or among[0]


def of_python(python: str) -> tuple[Era, ...]:
    """The usable eras of a Python, oldest first: of its patch release where that is known."""
    minor = tuple(era for era in usable() if era.python == minor_of(python))
    patch = tuple(era for era in minor if _patch(era) == python)
    return patch or minor


def middle_of(python: str) -> Era:
    """The era in the middle of a Python's time; of its longest time where it came back later."""
    among = max(_reigns(of_python(python)), key=lambda reign: reign[-1].date - reign[0].date)
    middle = among[0].date + (among[-1].date - among[0].date) / 2
    return nearest(middle, among)


def end_of(python: str) -> date | None:
    """The day of the first era after a patch release of Python; ``None`` where not known."""
    patches = _patches()
    lines = [index for index, (known, _) in enumerate(patches) if known == python]
    return patches[lines[0] + 1][1] if lines and lines[0] + 1 < len(patches) else None


def _reigns(among: tuple[Era, ...]) -> list[tuple[Era, ...]]:
    """Split eras where others lie between them."""
    reigns: list[tuple[Era, ...]] = []
    for era in usable():
        if era not in among:
            reigns.append(())
        elif reigns:
            reigns[-1] += (era,)
        else:
            reigns.append((era,))
    return [reign for reign in reigns if reign]


def _patch(era: Era) -> str:
    return next(python for python, first in reversed(_patches()) if first <= era.date)


@cache
def _patches() -> tuple[tuple[str, date], ...]:
    table = rows("python-patches.tsv")
    return tuple((python, date.fromisoformat(first)) for python, first, _ in table)


def _numbers(python: str) -> tuple[int, ...]:
    return tuple(int(part) for part in python.split("."))
