"""Members of a zip archive from a stream of its bytes, straight into files, checked."""

from __future__ import annotations

import os
import zlib as standard_zlib
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from kagura.errors import ServiceError
from kagura.inputs.zip_members import DEFLATED, Member

zlib: Any = standard_zlib
with suppress(ImportError):  # where there is no build of it, inflating takes twice as long
    from isal import isal_zlib

    zlib = isal_zlib

FAULTS: tuple[type[Exception], ...] = (standard_zlib.error, zlib.error)

__all__ = ["Bytes", "crc_of_file", "is_here", "write_member"]

HEADER = 30
MAGIC = b"PK\x03\x04"
# However little a member is packed in, this much of it is in memory.
MOST_AT_ONCE = 4 << 20
RAW = -15


class Bytes:
    """A stream of pieces, read by counts."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = memoryview(b"")

    def upto(self, count: int) -> Iterator[memoryview]:
        """The next ``count`` bytes, in pieces; fewer if the stream ends."""
        while count > 0:
            if not self._rest:
                piece = next(self._pieces, b"")
                if not piece:
                    return
                self._rest = memoryview(piece)
            taken = self._rest[:count]
            self._rest = self._rest[count:]
            count -= len(taken)
            yield taken

    def take(self, count: int) -> bytes:
        """The next ``count`` bytes, whole."""
        return b"".join(self.upto(count))

    def skip(self, count: int) -> None:
        """Pass over the next ``count`` bytes."""
        for _ in self.upto(count):
            pass


def write_member(member: Member, stream: Bytes, tree: str) -> None:
    """Write the member that begins here into ``tree``; the stream is at its end then.

    The file is read-only, and it is there under its name while it is being written: who goes on
    after a break knows it by its size and sum.  Raises ServiceError, OSError.
    """
    header = stream.take(HEADER)
    names = int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
    if len(header) < HEADER or header[:4] != MAGIC:
        raise _broken(member, "does not begin where the archive's list says")
    stream.skip(names)
    target = os.path.join(tree, member.path)
    written, crc = 0, 0
    descriptor = _created(target)
    with os.fdopen(descriptor, "wb", buffering=0) as file:
        for data in _contents(member, stream):
            written += len(data)
            if written > member.size:
                raise _broken(member, f"is longer than the {member.size} bytes it claims")
            crc = zlib.crc32(data, crc)
            file.write(data)
    if written != member.size or crc != member.crc:
        raise _broken(member, "came with other content than its check sum says")
    stream.skip(member.end - member.first - HEADER - names - member.packed)


def is_here(member: Member, tree: str) -> bool:
    """Whether the member's file is whole: its size and check sum."""
    path = os.path.join(tree, member.path)
    try:
        return os.stat(path).st_size == member.size and crc_of_file(path) == member.crc
    except OSError:
        return False


def crc_of_file(path: str | os.PathLike[str]) -> int:
    """The check sum of a file, as zip archives have it."""
    crc = 0
    with open(path, "rb", buffering=0) as file:
        while data := file.read(MOST_AT_ONCE):
            crc = zlib.crc32(data, crc)
    return crc


def _contents(member: Member, stream: Bytes) -> Iterator[Any]:
    if member.method != DEFLATED:
        yield from stream.upto(member.packed)
        return
    inflater = zlib.decompressobj(RAW)
    try:
        for piece in stream.upto(member.packed):
            yield inflater.decompress(piece, MOST_AT_ONCE)
            while inflater.unconsumed_tail:
                yield inflater.decompress(inflater.unconsumed_tail, MOST_AT_ONCE)
        yield inflater.flush()
    except FAULTS as error:
        raise _broken(member, f"cannot be inflated: {error}") from error


def _created(target: str) -> int:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    for _ in range(3):
        try:
            return os.open(target, flags, 0o444)
        except FileNotFoundError:
            os.makedirs(os.path.dirname(target), exist_ok=True)
        except FileExistsError:
            os.unlink(target)  # a part of it, of an earlier try
    return os.open(target, flags, 0o444)


def _broken(member: Member, why: str) -> ServiceError:
    return ServiceError(
        f"the archive's member {member.path!r} {why}",
        hint="try again; if it stays so, the archive on Kaggle is damaged",
    )
