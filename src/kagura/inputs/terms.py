"""How something may be fetched: what it may unpack to, and how fast it may come."""

from __future__ import annotations

from dataclasses import dataclass

from kagura.inputs.pace import Pace
from kagura.inputs.safety import LIMITS, Limits

__all__ = ["CONNECTIONS", "PLAIN_TERMS", "Terms"]

CONNECTIONS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The user's own terms; without any, as fast as it comes."""

    limits: Limits = LIMITS
    pace: Pace | None = None


PLAIN_TERMS = Terms()
