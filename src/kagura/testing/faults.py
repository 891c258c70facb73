"""What the stand-in can be told to do wrong, and how often."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

__all__ = ["Change", "Drop", "Fault", "Faults", "Lie", "NoRanges", "Refuse", "Stall"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refuse:
    """Answer with an error.

    ``shape`` is the body of an API error: today's (``error``), the one until 2025 (``legacy``),
    or a proxy's HTML page (``page``).  Objects answer in XML, whatever it says.  ``code`` is the
    status that the JSON tells, if it is another.
    """

    status: int
    code: int | None = None
    message: str = "The stand-in was told to refuse"
    retry_after: str | None = None
    shape: Literal["error", "legacy", "page"] = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop:
    """Close the connection after so many bytes of the body; a call gets no answer at all."""

    after: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stall:
    """Fall silent after so many bytes of the body, with the connection open."""

    after: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Lie:
    """Say that an object is so many bytes longer (or shorter) than it is."""

    by: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NoRanges:
    """Serve whole objects only, whatever range is asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Put another content in an object's place once so many bytes of it were served in all."""

    after: int
    content: bytes | Path


Fault = Refuse | Drop | Stall | Lie | NoRanges | Change


@dataclass(slots=True)
class _Plan:
    where: str
    fault: Fault
    times: int | None
    skip: int


class Faults:
    """Faults that wait for their requests."""

    def __init__(self) -> None:
        self._plans: list[_Plan] = []

    def add(self, where: str, fault: Fault, *, times: int | None, skip: int) -> None:
        """Let ``fault`` meet ``times`` requests for ``where`` (None: all) after ``skip`` others."""
        self._plans.append(_Plan(where, fault, times, skip))

    def clear(self) -> None:
        """From now on all goes well."""
        self._plans.clear()

    def due(self, *wheres: str) -> list[Fault]:
        """The faults that this request meets; each is counted."""
        met: list[Fault] = []
        for plan in list(self._plans):
            if plan.where not in wheres or plan.times == 0:
                continue
            if plan.skip > 0:
                plan.skip -= 1
                continue
            if plan.times is not None:
                plan.times -= 1
            met.append(plan.fault)
        return met
