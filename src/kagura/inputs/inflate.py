"""Members of a zip archive from a stream of its bytes, straight into files, checked."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kagura.errors import ServiceError
from kagura.inputs.inflating import FAULTS, MOST_AT_ONCE, RAW, Form, zlib
from kagura.inputs.zip_directory import DEFLATED
from kagura.inputs.zip_members import Member

__all__ = [
    "FINISHED",
    "HEADER",
    "MAGIC",
    "UNFINISHED",
    "Bytes",
    "Destination",
    "broken_member",
    "crc_of_file",
    "create",
    "form_of",
    "is_here",
    "pass_header",
    "pieces_of",
    "pour",
    "write_member",
]

HEADER = 30
MAGIC = b"PK\x03\x04"

# A file's mode says whether it is whole: it is read-only only then.
UNFINISHED, FINISHED = 0o600, 0o444

# What is inflated at a time: it and what comes out are still in a processor's own cache then.
PACKED_AT_ONCE = 256 << 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Where members go: the folder ``tree``; ``beside`` is for what is needed until they are whole.

    ``is_trusted``: since all that is in them was written, no machine has died.
    """

    tree: str
    beside: Path
    is_trusted: bool


class Bytes:
    """A stream of pieces, read by counts, and at most ``PACKED_AT_ONCE`` bytes at a time.

    A piece need be good only until the next is asked for, and so are those that it gives.
    """

    def __init__(self, pieces: Iterator[bytes | memoryview]) -> None:
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
            taken = self._rest[: min(count, PACKED_AT_ONCE)]
            self._rest = self._rest[len(taken) :]
            count -= len(taken)
            yield taken

    def give_back(self, data: bytes) -> None:
        """Read these bytes again, before all others."""
        self._rest = memoryview(data + bytes(self._rest))

    def take(self, count: int) -> bytes:
        """The next ``count`` bytes, whole."""
        return b"".join(bytes(piece) for piece in self.upto(count))

    def skip(self, count: int) -> None:
        """Pass over the next ``count`` bytes."""
        for _ in self.upto(count):
            pass


def write_member(member: Member, stream: Bytes, tree: str) -> None:
    """Write the member that begins here into ``tree``; the stream is at its end then.

    The file is there under its name while it is being written, and read-only once it is whole and
    right.  Raises ServiceError, OSError.
    """
    names = pass_header(member, stream)
    written, crc = 0, 0
    descriptor = create(os.path.join(tree, member.path))
    try:
        for data in _contents(member, stream):
            written += len(data)
            if written > member.size:
                raise broken_member(member, f"is longer than the {member.size} bytes it claims")
            crc = zlib.crc32(data, crc)
            pour(data, descriptor)
        if written != member.size or crc != member.crc:
            raise broken_member(member, "came with other content than its check sum says")
        os.fchmod(descriptor, FINISHED)
    finally:
        os.close(descriptor)
    stream.skip(member.end - member.first - HEADER - names - member.packed)


def pass_header(member: Member, stream: Bytes) -> int:
    """Pass over a member's own header; how many bytes follow its fixed part there."""
    header = stream.take(HEADER)
    names = int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
    if len(header) < HEADER or header[:4] != MAGIC:
        raise broken_member(member, "does not begin where the archive's list says")
    stream.skip(names)
    return names


def is_here(member: Member, to: Destination) -> bool:
    """Whether the member's file is whole; its check sum is taken again if a machine died since."""
    path = os.path.join(to.tree, member.path)
    try:
        status = os.lstat(path)
        if not stat.S_ISREG(status.st_mode) or status.st_size != member.size:
            return False
        # Of a hard link the mode is somebody else's, and says nothing.
        if to.is_trusted and not status.st_mode & 0o222 and status.st_nlink == 1:
            return True
        if crc_of_file(path) != member.crc:
            os.unlink(path)  # its mode would say that it is right
            return False
        if status.st_nlink == 1:
            os.chmod(path, FINISHED)
    except OSError:
        return False
    return True


def pieces_of(path: str | os.PathLike[str], *, upto: int | None = None) -> Iterator[bytes]:
    """A file's bytes, or its first ones."""
    with open(path, "rb", buffering=0) as file:
        while data := file.read(MOST_AT_ONCE if upto is None else min(MOST_AT_ONCE, upto)):
            yield data
            upto = None if upto is None else upto - len(data)


def crc_of_file(path: str | os.PathLike[str], *, upto: int | None = None) -> int:
    """The check sum of a file, or of its first bytes, as zip archives have it."""
    crc = 0
    for data in pieces_of(path, upto=upto):
        crc = zlib.crc32(data, crc)
    return crc


def create(target: str) -> int:
    """A new file in place of any that was there; its descriptor."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    for _ in range(3):
        try:
            return os.open(target, flags, UNFINISHED)
        except FileNotFoundError:
            os.makedirs(os.path.dirname(target), exist_ok=True)
        except FileExistsError:
            os.unlink(target)  # a part of it, of an earlier try
    return os.open(target, flags, UNFINISHED)


def pour(piece: bytes | memoryview, descriptor: int) -> None:
    """Write all of a piece."""
    view = memoryview(piece)
    while view:
        view = view[os.write(descriptor, view) :]


def form_of(method: int) -> Form:
    """How a member is packed."""
    return "deflate" if method == DEFLATED else "stored"


def broken_member(member: Member, why: str) -> ServiceError:
    """The error for a member that is not what the archive's list says."""
    return ServiceError(
        f"the archive's member {member.path!r} {why}",
        hint="try again; if it stays so, the archive on Kaggle is damaged",
    )


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
        if rest := inflater.flush():
            yield rest
    except FAULTS as error:
        raise broken_member(member, f"cannot be inflated: {error}") from error
