"""When a call is asked again, and how long we wait before it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from kagura.system.faults import HttpFault, Refused, Unresolved

__all__ = ["ATTEMPTS", "LONGEST_WAIT", "attempts_after", "helps", "retry_after", "wait"]

ATTEMPTS = 6
FIRST_WAIT = 1.0

# Whoever is told to wait longer than this does better to come back later than to sit and wait.
LONGEST_WAIT = 120.0

# Without a network nothing comes back by itself soon: whoever sits there wants to know.
ATTEMPTS_WITHOUT_SERVER = 3

PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})


def helps(status: int) -> bool:
    """Whether a refusal of this status may pass by itself."""
    return status in PASSING


def attempts_after(fault: HttpFault) -> int:
    """How many attempts a fault is worth, the first included."""
    if not fault.may_pass:
        return 1
    return ATTEMPTS_WITHOUT_SERVER if isinstance(fault, Refused | Unresolved) else ATTEMPTS


def wait(attempt: int, *, asked: float | None, luck: float) -> float:
    """Seconds before the next attempt (the first is 0, so this is asked with 1 and more).

    ``asked`` is what the server wants; else the wait doubles each time.  ``luck``, from 0 to 1,
    spreads those who failed together.
    """
    doubled = FIRST_WAIT * 2.0 ** (attempt - 1)
    return asked + luck if asked is not None else doubled * (0.5 + luck / 2)


def retry_after(headers: Mapping[str, str], *, now: datetime | None = None) -> float | None:
    """The seconds that a ``Retry-After`` header asks for: a number, or a date."""
    value = headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        return float(value)
    try:
        date = parsedate_to_datetime(value)
    except ValueError:
        return None
    if date.tzinfo is None:
        date = date.replace(tzinfo=UTC)
    return max(0.0, (date - (now or datetime.now(UTC))).total_seconds())
