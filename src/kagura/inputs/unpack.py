"""Unpacking an archive that nobody vouches for: nothing is written outside, all is checked."""

from __future__ import annotations

import gzip
import os
import shutil
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Generator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import IO

from kagura.inputs.inflate import Bytes, write_member
from kagura.inputs.safety import Limits, bad_archive, member_path
from kagura.inputs.zip_members import UnusualArchive, members_of

__all__ = ["unpack"]

PIECE = 1 << 20

Member = tuple[str, int, IO[bytes] | None]
"""A member's name, size and content; None for a folder."""


def unpack(archive: Path, tree: Path, *, name: str, title: str) -> None:
    """Unpack a zip or tar archive into ``tree``; any other file is put there as it is.

    ``name`` is what the archive is called.  Raises ServiceError for a broken or hostile one.
    """
    tree.mkdir(parents=True, exist_ok=True)
    try:
        if zipfile.is_zipfile(archive):
            _unzip(archive, tree, title)
        elif tarfile.is_tarfile(archive):
            _check_and_write(_tar_members(archive), archive, tree, title)
        elif name.endswith(".gz"):
            with gzip.open(archive) as source, open(tree / name[:-3], "xb") as file:
                shutil.copyfileobj(source, file, PIECE)
        elif name.endswith((".zip", ".tar.gz", ".tgz", ".tar")):
            raise bad_archive(title, "it ends too early, or is no archive at all")
        else:
            os.link(archive, tree / member_path(name, title))
    except (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, gzip.BadGzipFile) as error:
        raise bad_archive(title, str(error)) from error
    except (RuntimeError, NotImplementedError) as error:  # zipfile: encrypted, unknown method
        raise bad_archive(title, str(error)) from error


def _unzip(archive: Path, tree: Path, title: str) -> None:
    with open(archive, "rb") as file:
        try:
            members = members_of(file, size=archive.stat().st_size, title=title)
        except UnusualArchive:
            _check_and_write(_zip_members(archive), archive, tree, title)
            return
        for member in members:
            file.seek(member.first)
            pieces = iter(partial(file.read, PIECE), b"")
            write_member(member, Bytes(pieces), os.fspath(tree))


def _check_and_write(
    members: Generator[Member, None, None], archive: Path, tree: Path, title: str
) -> None:
    most = max(Limits.FLOOR, archive.stat().st_size * Limits.RATIO)
    seen: set[str] = set()
    total = 0
    with closing(members):
        for name, size, source in members:
            path = member_path(name, title)
            total += size
            if total > most or len(seen) > Limits.MEMBERS:
                raise bad_archive(title, f"it would unpack to more than {most:,} bytes: a bomb")
            target = tree / path
            if source is None:
                target.mkdir(parents=True, exist_ok=True)
                continue
            if path in seen:
                raise bad_archive(title, f"it has two members named {path!r}")
            seen.add(path)
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                written = _write(source, target, most=size)
            except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
                raise bad_archive(
                    title, f"its member {path!r} is below a file, or is a folder too"
                ) from error
            if written != size:
                raise bad_archive(
                    title, f"its member {path!r} has {written} bytes and claims {size}"
                )


def _write(source: IO[bytes], target: Path, *, most: int) -> int:
    written = 0
    with source, open(target, "xb") as file:
        while piece := source.read(PIECE):
            written += len(piece)
            if written > most:
                return written
            file.write(piece)
        os.fchmod(file.fileno(), 0o444)
    return written


def _zip_members(archive: Path) -> Generator[Member, None, None]:
    with zipfile.ZipFile(archive) as opened:
        for member in opened.infolist():
            mode = member.external_attr >> 16
            if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
                raise zipfile.BadZipFile(f"its member {member.filename!r} is no file")
            if member.is_dir():
                yield member.filename, 0, None
            else:
                yield member.filename, member.file_size, opened.open(member)


def _tar_members(archive: Path) -> Generator[Member, None, None]:
    with tarfile.open(archive) as opened:
        for member in opened:
            if member.isdir():
                yield member.name, 0, None
                continue
            source = opened.extractfile(member) if member.isreg() else None
            if source is None:
                raise tarfile.TarError(f"its member {member.name!r} is no file")
            yield member.name, member.size, source
