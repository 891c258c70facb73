"""Inputs in the store, ready to be mounted: found by what they are, or fetched."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from kagura.model.handle import Handle

__all__ = ["ReadyInput"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyInput:
    """An input in an exact version: its object in the store, and the folder of its files.

    ``files`` is their number, ``size`` their bytes; ``was_here``: nothing had to be fetched.
    """

    handle: Handle
    digest: str
    folder: Path
    files: int
    size: int
    was_here: bool
