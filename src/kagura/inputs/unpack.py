"""Unpacking a zip archive that is on the disk: packed by a method that is seldom seen."""

from __future__ import annotations

import os
import stat
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

from kagura.inputs.inflate import FINISHED, create
from kagura.inputs.safety import (
    LIMITS,
    Limits,
    Names,
    bad_archive,
    ignores_case,
    member_path,
    too_long,
)

__all__ = ["unpack"]

PIECE = 1 << 20


def unpack(
    archive: Path,
    tree: Path,
    *,
    title: str,
    limits: Limits = LIMITS,
    is_wanted: Callable[[str], bool] = lambda _: True,
) -> None:
    """Unpack an archive's files into ``tree``.  Raises ServiceError for a broken or hostile one."""
    tree.mkdir(parents=True, exist_ok=True)
    names = Names(title, limits=limits, ignores_case=ignores_case(tree))
    most, total = limits.most(archive.stat().st_size), 0
    try:
        with zipfile.ZipFile(archive) as opened:
            for member in opened.infolist():
                path = member_path(member.filename, title, is_folder=member.is_dir())
                if stat.S_IFMT(member.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
                    raise bad_archive(title, f"its member {path!r} is a link or a device")
                if member.is_dir():
                    names.add_folder(path)
                    continue
                names.add_file(path)
                total += member.file_size
                if total > most:
                    raise too_long(title, most)
                if is_wanted(path):
                    _write(opened, member, tree / path, title)
    # Encrypted, or an unknown method: zipfile tells them by RuntimeError.
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:
        raise bad_archive(title, str(error)) from error


def _write(opened: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path, title: str) -> None:
    written = 0
    with opened.open(member) as source, os.fdopen(create(os.fspath(target)), "wb") as file:
        while piece := source.read(PIECE):
            written += len(piece)
            file.write(piece)
        if written != member.file_size:
            raise bad_archive(title, f"its member {member.filename!r} has not the size it claims")
        os.fchmod(file.fileno(), FINISHED)
