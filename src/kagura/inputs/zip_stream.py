"""A zip archive read from its first byte to its last, where no range of it can be asked for.

What is written on the way is doubted until the list at the archive's end agrees with it.
"""

from __future__ import annotations

import os
import struct
from array import array
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from kagura.inputs.inflate import FINISHED, MAGIC, Bytes, create, form_of, pour
from kagura.inputs.inflating import Inflating
from kagura.inputs.safety import Limits, bad_archive, ignores_case, member_path, too_long
from kagura.inputs.zip_directory import DEFLATED, ENCRYPTED, IS_UTF8, STORED
from kagura.inputs.zip_members import Members, UnusualArchive, members_of
from kagura.inputs.zip_names import decoded

__all__ = ["write_zip_stream"]

HEADER = struct.Struct("<4s5H3L2H")
HAS_DESCRIPTOR = 8
DESCRIPTOR_MAGIC = b"PK\x07\x08"
HUGE = 0xFFFFFFFF
ZIP64_FIELD = 1
PIECE = 1 << 20
LONGEST_DIRECTORY = 1 << 30


class _Seen:
    """What was written, in the order of its bytes: some 16 bytes a file."""

    def __init__(self) -> None:
        self._firsts, self._marks = array("Q"), array("q")

    def append(self, first: int, path: str, inflating: Inflating) -> None:
        self._firsts.append(first)
        self._marks.append(hash((path, inflating.plain, inflating.crc)))

    def check(self, members: Members, title: str) -> None:
        """Raise ArchiveError if it is not just these."""
        number = 0
        for number, member in enumerate(members, start=1):
            seen = (
                (self._firsts[number - 1], self._marks[number - 1]) if number <= len(self) else ()
            )
            if seen != (member.first, hash((member.path, member.size, member.crc))):
                raise bad_archive(title, f"its member {member.path!r} is not what its list says")
        if number < len(self):
            raise bad_archive(title, "it has more members than its list tells of")

    def __len__(self) -> int:
        return len(self._firsts)


class _Header(NamedTuple):
    name: str
    flags: int
    method: int
    packed: int
    size: int
    is_wide: bool
    length: int


def write_zip_stream(
    stream: Bytes,
    tree: Path,
    *,
    title: str,
    limits: Limits,
    most: int,
    is_wanted: Callable[[str], bool],
) -> Members:
    """Write an archive's files into ``tree``, at most ``most`` bytes; they.

    Raises ServiceError for a broken or hostile one, UnusualArchive, FAULTS.
    """
    reading = _Reading(stream)
    seen = _Seen()
    total = 0
    while (magic := reading.take(4)) == MAGIC:
        first = reading.at - 4
        header = _header(reading, title)
        path = member_path(header.name, title, is_folder=header.name.endswith("/"))
        if header.name.endswith("/"):
            continue
        keep = is_wanted(path)
        try:
            descriptor = (
                create(os.fspath(tree / path)) if keep else os.open(os.devnull, os.O_WRONLY)
            )
        except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
            raise bad_archive(title, f"its member {path!r} is a file and a folder") from error
        try:
            inflating = _content(header, reading, descriptor, most=most - total, title=title)
            if keep:
                os.fchmod(descriptor, FINISHED)
        finally:
            os.close(descriptor)
        total += inflating.plain
        seen.append(first, path, inflating)
    return _checked(magic, reading, tree, seen, title=title, limits=limits).where(
        lambda member: is_wanted(member.path)
    )


class _Reading:
    """The stream, and how far it was read; what was read too far can be given back."""

    def __init__(self, stream: Bytes) -> None:
        self._stream, self.at = stream, 0

    def take(self, count: int) -> bytes:
        data = self._stream.take(count)
        self.at += len(data)
        return data

    def upto(self, count: int) -> Iterator[memoryview]:
        for piece in self._stream.upto(count):
            self.at += len(piece)
            yield piece

    def give_back(self, data: bytes) -> None:
        self._stream.give_back(data)
        self.at -= len(data)


def _header(reading: _Reading, title: str) -> _Header:
    fixed = MAGIC + reading.take(HEADER.size - 4)
    if len(fixed) < HEADER.size:
        raise bad_archive(title, "it ends too early")
    _, _, flags, method, _, _, _, packed, size, name_length, extra_length = HEADER.unpack(fixed)
    raw, extra = reading.take(name_length), reading.take(extra_length)
    name = decoded(raw, is_utf8=bool(flags & IS_UTF8))
    if flags & ENCRYPTED:
        raise bad_archive(title, f"its member {name!r} is encrypted")
    if method not in (STORED, DEFLATED) or (method == STORED and flags & HAS_DESCRIPTOR):
        raise UnusualArchive
    at, is_wide = 0, False
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, at)
        if kind == ZIP64_FIELD:
            is_wide = True
            if length >= 16 and HUGE in (size, packed):
                size, packed = struct.unpack_from("<2Q", extra, at + 4)
        at += 4 + length
    return _Header(name, flags, method, packed, size, is_wide, len(raw) + len(extra))


def _content(
    header: _Header, reading: _Reading, descriptor: int, *, most: int, title: str
) -> Inflating:
    has_descriptor = bool(header.flags & HAS_DESCRIPTOR)
    inflating = Inflating(form_of(header.method))
    # Its length is not told before it, so its own end is looked for.
    rest = HUGE << 31 if has_descriptor else header.packed
    claimed = most if has_descriptor else header.size
    for piece in reading.upto(rest):
        for data in inflating.push(piece):
            if inflating.plain > most:
                raise too_long(title, most)
            if inflating.plain > claimed:
                raise bad_archive(title, f"its member {header.name!r} is longer than it claims")
            pour(data, descriptor)
        if has_descriptor and inflating.is_over:
            reading.give_back(inflating.rest)
            break
    if header.method == DEFLATED and not inflating.is_over:
        raise bad_archive(title, f"its member {header.name!r} ends too early")
    if has_descriptor:
        word = reading.take(4)
        magic = 4 if word == DESCRIPTOR_MAGIC else 0
        reading.take((20 if header.is_wide else 12) - 4 + magic)
    return inflating


def _checked(
    magic: bytes,
    reading: _Reading,
    tree: Path,
    seen: _Seen,
    *,
    title: str,
    limits: Limits,
) -> Members:
    """Compare what was written with the list at the end, which begins with ``magic``."""
    start = reading.at - len(magic)
    listed = bytearray(magic)
    for piece in reading.upto(LONGEST_DIRECTORY):
        listed += piece

    def read(first: int, end: int) -> bytes:
        return bytes(listed[max(first - start, 0) : end - start])

    members = members_of(
        read, size=start + len(listed), title=title, limits=limits, ignores_case=ignores_case(tree)
    )
    seen.check(members, title)
    return members
