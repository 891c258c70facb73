"""Small texts that several commands print."""

from __future__ import annotations

__all__ = ["size_text"]


def size_text(size: int) -> str:
    """A size in bytes for people, in powers of 1000: ``3.2 kB``, ``2.1 GB``."""
    amount = float(size)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 999.5:
            return (
                f"{amount:.0f} {unit}" if unit == "B" or amount >= 99.5 else f"{amount:.1f} {unit}"
            )
        amount /= 1000
    return f"{amount:.1f} TB"
