"""How long work tells what it does: an interface that the command line draws and tests record."""

from __future__ import annotations

from typing import Protocol

__all__ = ["Progress", "Silent", "size_text"]


class Progress(Protocol):
    """Where a workflow reports what it is doing.  Never used for results."""

    def say(self, topic: str, text: str) -> None:
        """A finished fact, kept on screen: topic ``base``, text ``era 2023-07-05 · …``."""

    def update(
        self, topic: str, text: str, *, done: int = 0, total: int = 0, in_bytes: bool = False
    ) -> None:
        """What is going on now; replaces the topic's last update.

        So much of ``total`` (0: unknown) is done: things, or bytes.  One thread at a time.
        """

    def warn(self, text: str, *, hint: str | None = None) -> None:
        """Something that the user should know and that does not stop the work."""

    def output(self, text: str, *, is_error: bool) -> None:
        """What a program of the user's prints, as it comes, on its stdout or its stderr."""


class Silent:
    """Says nothing (the library's default)."""

    def say(self, topic: str, text: str) -> None:
        """Drop it."""

    def update(
        self, topic: str, text: str, *, done: int = 0, total: int = 0, in_bytes: bool = False
    ) -> None:
        """Drop it."""

    def warn(self, text: str, *, hint: str | None = None) -> None:
        """Drop it."""

    def output(self, text: str, *, is_error: bool) -> None:
        """Drop it."""


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
