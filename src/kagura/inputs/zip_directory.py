"""The directory at the end of a zip archive: read from bytes, zip64 too, doubted at every field.

APPNOTE.TXT, 4.3.12 to 4.3.16.  Sizes are taken from here alone: local headers, with or without data
descriptors, are only passed over.
"""

from __future__ import annotations

import stat
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

__all__ = [
    "DEFLATED",
    "ENCRYPTED",
    "END_MAGIC",
    "IS_UTF8",
    "STORED",
    "BadDirectory",
    "Directory",
    "Entry",
    "entries",
    "locate",
]

STORED, DEFLATED = 0, 8
ENCRYPTED, IS_UTF8 = 0x1, 0x800

END = struct.Struct("<4s4H2LH")
END_64 = struct.Struct("<4sQ2H2L4Q")
LOCATOR = struct.Struct("<4sLQL")
ENTRY = struct.Struct("<4s6H3L5H2L")
END_MAGIC, END_64_MAGIC, LOCATOR_MAGIC = b"PK\5\6", b"PK\6\6", b"PK\6\7"
ENTRY_MAGIC = b"PK\1\2"
LONGEST_COMMENT = 0xFFFF
ZIP64_FIELD = 1
HUGE = 0xFFFFFFFF


class BadDirectory(Exception):  # noqa: N818 - who reads the archive tells whose it is
    """The directory is broken or refused; the message says why, after "it …"."""


@dataclass(frozen=True, slots=True)
class Directory:
    """Where the directory is, in bytes of the file; ``shift`` is what lies before the archive."""

    first: int
    end: int
    count: int
    shift: int


class Entry(NamedTuple):
    """One entry as it stands there.  ``kind`` is the type of a Unix mode (0: none is given)."""

    raw_name: bytes
    is_utf8: bool
    is_encrypted: bool
    kind: int
    first: int
    packed: int
    size: int
    crc: int
    method: int


def locate(tail: bytes, size: int) -> Directory | None:
    """The directory of a file of ``size`` bytes that ends with ``tail``; None: no zip archive.

    ``tail`` needs the last 65,633 bytes.  Raises BadDirectory.
    """
    place = _end_record(tail)
    if place < 0:
        return None
    _, disk, first_disk, here, count, length, first, _ = END.unpack_from(tail, place)
    start = size - len(tail)
    end = start + place
    locator = place - LOCATOR.size
    if locator >= 0 and tail[locator : locator + 4] == LOCATOR_MAGIC:
        _, disk_64, where, disks = LOCATOR.unpack_from(tail, locator)
        # What lies before an archive makes its own word wrong: then the record is just before.
        last = locator - END_64.size
        places = (where - start, last)
        found = [at for at in places if 0 <= at <= last and tail[at : at + 4] == END_64_MAGIC]
        if not found or disk_64 or disks > 1:
            raise BadDirectory("is one of several volumes, or its end is damaged")
        end = start + found[0]
        fields = END_64.unpack_from(tail, found[0])
        disk, first_disk, here, count, length, first = fields[4:]
    if disk or first_disk or here != count:
        raise BadDirectory("is one of several volumes")
    shift = end - length - first
    if shift < 0 or count * ENTRY.size > length:
        raise BadDirectory("has lost a part of it: its list is not where its end says")
    return Directory(first=end - length, end=end, count=count, shift=shift)


def entries(data: bytes, directory: Directory) -> Iterator[Entry]:
    """The entries in the directory's bytes, in its order.  Raises BadDirectory."""
    place = 0
    for _ in range(directory.count):
        if place + ENTRY.size > len(data) or data[place : place + 4] != ENTRY_MAGIC:
            raise BadDirectory("has a list that ends too early")
        _, _, _, flags, method, _, _, crc, packed, size, *lengths, _, _, mode, first = (
            ENTRY.unpack_from(data, place)
        )
        name_length, extra_length, comment_length = lengths
        extra_at = place + ENTRY.size + name_length
        place = extra_at + extra_length + comment_length
        if place > len(data):
            raise BadDirectory("has a list that ends too early")
        if packed == HUGE or size == HUGE or first == HUGE:
            extra = data[extra_at : extra_at + extra_length]
            size, packed, first = _wide(extra, size, packed, first)
        yield Entry(
            data[extra_at - name_length : extra_at],
            bool(flags & IS_UTF8),
            bool(flags & ENCRYPTED),
            stat.S_IFMT(mode >> 16),
            first + directory.shift,
            packed,
            size,
            crc,
            method,
        )


def _end_record(tail: bytes) -> int:
    # The comment after the record may hold the magic too: it must reach just to the file's end.
    place = len(tail)
    least = max(len(tail) - END.size - LONGEST_COMMENT, 0)
    while (place := tail.rfind(END_MAGIC, least, place)) >= 0:
        if len(tail) - place >= END.size:
            comment = END.unpack_from(tail, place)[7]
            if place + END.size + comment == len(tail):
                return place
    return -1


def _wide(extra: bytes, size: int, packed: int, first: int) -> tuple[int, int, int]:
    place = 0
    while place + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, place)
        if kind == ZIP64_FIELD:
            field = extra[place + 4 : place + 4 + length]
            values: list[int] = []
            for value in (size, packed, first):
                if value == HUGE:
                    if len(field) < 8:
                        raise BadDirectory("has a member whose size is not told")
                    value = int.from_bytes(field[:8], "little")
                    field = field[8:]
                values.append(value)
            return values[0], values[1], values[2]
        place += 4 + length
    return size, packed, first  # 0xFFFFFFFF by chance is a size too
