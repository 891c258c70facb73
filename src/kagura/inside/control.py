"""What the host asks for: ``stop`` on standard input, or its end when the host is gone."""

from __future__ import annotations

import os

__all__ = ["Control", "HostGone"]


class HostGone(BaseException):
    """Nobody is there any more who could want the results."""


class Control:
    """Standard input.  ``descriptor`` is readable when there is something to read."""

    descriptor = 0

    def __init__(self) -> None:
        self.stopped = False
        self._unread = b""

    def read(self) -> None:
        """Take what has come; ``stopped`` is true from the first ``stop`` on.  Raises HostGone."""
        data = os.read(self.descriptor, 4096)
        if not data:
            raise HostGone
        *lines, self._unread = (self._unread + data).split(b"\n")
        self.stopped = self.stopped or b"stop" in [line.strip() for line in lines]
