"""Where a download goes, by whatever way it is fetched."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from kagura.inputs.safety import Limits

__all__ = ["Target", "Unstreamable"]


class Unstreamable(Exception):  # noqa: N818 - it is no error: another way serves it
    """Several gzip streams, one behind the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where what comes is to go, what it is called, and what it may be.

    ``as_is``: it is a file, even if it looks like an archive.
    """

    tree: Path
    beside: Path
    name: str
    title: str
    limits: Limits
    is_wanted: Callable[[str], bool]
    as_is: bool = False
