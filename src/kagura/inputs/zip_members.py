"""A zip archive's own list of what is in it, as it can be trusted: names, places, sizes, checks."""

from __future__ import annotations

import stat
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from kagura.inputs.safety import Limits, bad_archive, member_path

__all__ = ["DEFLATED", "STORED", "Member", "UnusualArchive", "members_of"]

STORED, DEFLATED = 0, 8
ENCRYPTED, IS_UTF8 = 0x1, 0x800


class UnusualArchive(Exception):  # noqa: N818 - it is no error: another way serves it
    """An archive that is to be fetched whole: packed by a method that is seldom seen."""


@dataclass(frozen=True, slots=True)
class Member:
    """One file: its ``path``; the bytes of the archive from its header to its end.

    ``packed`` and ``size`` are in bytes, without and with inflating; ``crc`` is of the content.
    """

    path: str
    first: int
    end: int
    packed: int
    size: int
    crc: int
    method: int


def members_of(archive: IO[bytes], *, size: int, title: str) -> list[Member]:
    """The files of an archive of ``size`` bytes, in the order of their bytes.

    Raises ServiceError for a broken or hostile archive, UnusualArchive.
    """
    try:
        if not zipfile.is_zipfile(archive):
            raise UnusualArchive
        opened = zipfile.ZipFile(archive)
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise bad_archive(title, str(error)) from error
    infos = sorted(opened.infolist(), key=lambda info: info.header_offset)
    ends = [*(info.header_offset for info in infos), opened.start_dir][1:]
    found: list[Member] = []
    total, most = 0, max(Limits.FLOOR, size * Limits.RATIO)
    taken: dict[str, bool] = {}
    for info, end in zip(infos, ends, strict=True):
        path = member_path(_name(info), title)
        kind = stat.S_IFMT(info.external_attr >> 16)
        is_folder = info.filename.endswith("/")
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise bad_archive(title, f"its member {path!r} is a link or a device, and no file")
        if info.flag_bits & ENCRYPTED:
            raise bad_archive(title, f"its member {path!r} is encrypted")
        if is_folder:
            if not taken.setdefault(path, True):
                raise bad_archive(title, f"its member {path!r} is a file and a folder")
            continue
        if path in taken:
            raise bad_archive(title, f"it has two members named {path!r}")
        taken[path] = False
        for folder in _folders(path):
            if not taken.setdefault(folder, True):
                raise bad_archive(title, f"its member {path!r} lies below a file")
        total += info.file_size
        if total > most or len(taken) > Limits.MEMBERS:
            raise bad_archive(title, f"it would unpack to more than {most:,} bytes: a bomb")
        if info.compress_type not in (STORED, DEFLATED):
            raise UnusualArchive
        if info.header_offset + 30 + info.compress_size > end:
            raise bad_archive(title, f"its member {path!r} runs into the next one")
        found.append(
            Member(
                path=path,
                first=info.header_offset,
                end=end,
                packed=info.compress_size,
                size=info.file_size,
                crc=info.CRC,
                method=info.compress_type,
            )
        )
    return found


def _folders(path: str) -> Iterator[str]:
    parts = path.split("/")
    return ("/".join(parts[:count]) for count in range(1, len(parts)))


def _name(info: zipfile.ZipInfo) -> str:
    # What does not say that it is UTF-8 is CP437 by the book, and in truth often something else.
    name = info.orig_filename
    if info.flag_bits & IS_UTF8 or name.isascii():
        return name
    raw = name.encode("cp437")
    for encoding in ("utf-8", "cp932"):
        try:
            guess = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding == "utf-8" or _is_japanese(guess):
            return guess
    return name


def _is_japanese(text: str) -> bool:
    # German by CP437 is also something by Shift-JIS: a lone rare character among Latin letters.
    foreign = [char for char in text if not char.isascii()]
    kana = sum("\u3040" <= char <= "\u30ff" for char in foreign)
    latin = sum(char.isascii() and char.isalpha() for char in text.rpartition(".")[0])
    return kana > 0 or len(foreign) > latin
