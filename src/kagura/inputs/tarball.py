"""A tar archive from a stream of its bytes, straight into files; it goes on from its middle."""

from __future__ import annotations

import json
import os
import tarfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any

from kagura.inputs.inflate import FINISHED, Bytes, crc_of_file, create, pour
from kagura.inputs.inflating import zlib
from kagura.inputs.inflow import Saved
from kagura.inputs.safety import (
    Limits,
    Names,
    bad_archive,
    ignores_case,
    member_path,
    too_long,
)
from kagura.inputs.single import has_bytes, reopen

__all__ = ["TarFile", "looks_like_tar"]

BLOCK = 512
PIECE = 1 << 20
NAMES = "names.jsonl"

Written = Callable[[int, Mapping[str, Any]], None]


def looks_like_tar(head: bytes, name: str) -> bool:
    """Whether bytes begin as a tar archive of this century does, or as one of no files."""
    is_empty = name.endswith((".tar", ".tgz")) and len(head) >= BLOCK and not any(head)
    return head[257:262] == b"ustar" or is_empty


class TarFile:
    """What a tar archive's files are written by.  ``beside`` keeps their names for a later process.

    ``most`` is how many bytes it may hold; ``is_wanted`` chooses by path.
    """

    def __init__(
        self,
        tree: Path,
        beside: Path,
        *,
        title: str,
        limits: Limits,
        most: int,
        is_wanted: Callable[[str], bool],
        written: Written,
    ) -> None:
        self._tree, self._title, self._most = tree, title, most
        self._is_wanted, self._written = is_wanted, written
        self._names = Names(title, limits=limits, ignores_case=ignores_case(tree))
        self._list = beside / NAMES
        self._count = self._total = 0

    def holds(self, saved: Saved, *, is_trusted: bool) -> bool:
        """Whether what came before a mark is here; if not trusted, by the sums of all files."""
        done, path = int(saved.note["done"]), os.fspath(self._tree / str(saved.note["path"]))
        if is_trusted:
            return has_bytes(path, done)
        with suppress(OSError, ValueError):
            with open(self._list, encoding="utf-8") as file:
                for line in islice(file, int(saved.note["count"])):
                    name, crc = json.loads(line)
                    if crc is not None and crc_of_file(self._tree / name) != crc:
                        return False
            return crc_of_file(path, upto=done) == int(saved.note["crc"])
        return False

    def before(self, saved: Saved) -> None:
        """The files are here, but not what was between them."""

    def write(self, plain: Iterator[bytes], saved: Saved | None) -> None:
        """Write all of them, or what follows a mark.  Raises ServiceError, TarError."""
        if saved is not None:
            self._go_on(Bytes(plain), saved.mark.plain, saved.note)
            return
        with open(self._list, "w", encoding="utf-8"):
            pass
        self._members(Bytes(plain), base=0)

    def _go_on(self, stream: Bytes, at: int, note: Mapping[str, Any]) -> None:
        data, size, path = int(note["data"]), int(note["size"]), str(note["path"])
        self._count, self._total = int(note["count"]), int(note["total"])
        with open(self._list, "r+", encoding="utf-8") as file:
            for _ in range(self._count):
                self._names.add_file(json.loads(file.readline())[0])
            file.seek(file.tell())
            file.truncate()
        stream.skip(data - at)
        self._file(path, size, stream, data=data, done=max(at - data, 0), is_noted=True)
        base = data + -(-size // BLOCK) * BLOCK
        stream.skip(base - data - size)
        self._members(stream, base=base)

    def _members(self, stream: Bytes, *, base: int) -> None:
        with tarfile.open(fileobj=_Reader(stream), mode="r|") as opened:  # type: ignore[call-overload]
            for member in opened:
                path = member_path(member.name, self._title, is_folder=member.isdir())
                if member.isdir():
                    self._names.add_folder(path)
                    if self._is_wanted(f"{path}/"):
                        (self._tree / path).mkdir(parents=True, exist_ok=True)
                    continue
                source = opened.extractfile(member) if member.isreg() else None
                if source is None:
                    raise bad_archive(self._title, f"its member {path!r} is a link or a device")
                pieces = iter(lambda source=source: source.read(PIECE), b"")  # type: ignore[misc]
                self._file(
                    path,
                    member.size,
                    Bytes(pieces),
                    data=base + member.offset_data,
                    # Their bytes are elsewhere, or what is said of all files would be lost.
                    is_noted=not member.issparse() and not opened.pax_headers,
                )
                opened.members = []  # it would remember a million of them
        # What follows the end: at most a record of zeros is usual.
        after = 0
        while piece := stream.take(PIECE):
            after += len(piece)
            if after > self._most:
                raise bad_archive(self._title, "it does not end")

    def _file(
        self, path: str, size: int, stream: Bytes, *, data: int, done: int = 0, is_noted: bool
    ) -> None:
        self._names.add_file(path)
        note = {
            "path": path,
            "size": size,
            "data": data,
            "count": self._count,
            "total": self._total,
        }
        self._total += size
        if self._total > self._most:
            raise too_long(self._title, self._most)
        crc: int | None = None
        if self._is_wanted(path):
            target = os.fspath(self._tree / path)
            crc = crc_of_file(target, upto=done) if done else 0
            descriptor = reopen(target, done) if done else create(target)
            try:
                for piece in stream.upto(size - done):
                    pour(piece, descriptor)
                    done += len(piece)
                    crc = zlib.crc32(piece, crc)
                    if is_noted:
                        self._written(data + done, note | {"done": done, "crc": crc})
                os.fchmod(descriptor, FINISHED)
            finally:
                os.close(descriptor)
        else:
            for piece in stream.upto(size - done):
                done += len(piece)
        if done != size:
            raise bad_archive(self._title, f"its member {path!r} ends too early")
        with open(self._list, "a", encoding="utf-8") as names:
            names.write(json.dumps([path, crc]) + "\n")
        self._count += 1


class _Reader:
    def __init__(self, stream: Bytes) -> None:
        self._stream = stream

    def read(self, count: int) -> bytes:
        return self._stream.take(count)
