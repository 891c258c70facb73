"""One file from a stream of its bytes; it goes on from its middle."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from kagura.inputs.inflate import FINISHED, crc_of_file, create, pieces_of, pour
from kagura.inputs.inflow import Saved
from kagura.inputs.safety import member_path, too_long

__all__ = ["SingleFile", "has_bytes", "reopen"]


class SingleFile:
    """What the file ``name`` in ``tree`` is written by; it has at most ``most`` bytes."""

    def __init__(
        self,
        tree: Path,
        name: str,
        *,
        title: str,
        most: int,
        written: Callable[[int, Mapping[str, Any]], None],
    ) -> None:
        self._path = os.fspath(tree / member_path(name, title))
        self._title, self._most, self._written = title, most, written

    def holds(self, saved: Saved, *, is_trusted: bool) -> bool:
        """Whether what came before a mark is here; if not trusted, by its sum."""
        return has_bytes(self._path, saved.mark.plain) and (
            is_trusted or crc_of_file(self._path, upto=saved.mark.plain) == saved.mark.crc
        )

    def before(self, saved: Saved) -> Iterator[bytes]:
        """What came before a mark."""
        return pieces_of(self._path, upto=saved.mark.plain)

    def write(self, plain: Iterator[bytes], saved: Saved | None) -> None:
        """Write all of it, or what follows a mark.  Raises ServiceError, OSError."""
        done = saved.mark.plain if saved else 0
        descriptor = reopen(self._path, done) if saved else create(self._path)
        try:
            for piece in plain:
                pour(piece, descriptor)
                done += len(piece)
                if done > self._most:
                    raise too_long(self._title, self._most)
                self._written(done, {})
            os.fchmod(descriptor, FINISHED)
        finally:
            os.close(descriptor)


def has_bytes(path: str, count: int) -> bool:
    """Whether there is such a file, with so many bytes at least."""
    try:
        status = os.lstat(path)
    except OSError:
        return False
    return stat.S_ISREG(status.st_mode) and status.st_size >= count


def reopen(path: str, done: int) -> int:
    """A file that an earlier process began, cut to its first ``done`` bytes; its descriptor."""
    os.chmod(path, 0o600)
    descriptor = os.open(path, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    os.truncate(descriptor, done)
    os.lseek(descriptor, done, os.SEEK_SET)
    return descriptor
