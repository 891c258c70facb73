"""Whether an input in the store is what was fetched: every file against its size and digest.

The digest of a file from a zip archive is the archive's own check sum, which was checked while it
was written (``crc32:…``); of any other it is ``sha256:…``.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from kagura.inputs.inflate import crc_of_file
from kagura.inputs.zip_members import Member
from kagura.progress import Progress
from kagura.store.objects import Store, StoredObject
from kagura.system.files import digest_of_file, regular_files

__all__ = ["MANIFEST", "verify", "verify_here", "write_manifest"]

MANIFEST = "manifest.json"
CRC = "crc32:"


def write_manifest(
    folder: Path, *, members: Iterable[Member] | None, progress: Progress
) -> tuple[int, int]:
    """Write down size and digest of every file in ``folder/tree``; their number and bytes.

    ``members`` are those whose check sums are known.  What else is there is read.
    """
    tree, total = folder / "tree", 0
    known: set[int] = set()
    with open(folder / MANIFEST, "w", encoding="utf-8") as file:
        # A line a file, written as it is met: an input may have a million of them.
        for member in members or ():
            known.add(hash(member.path))
            file.write(_line(member.path, member.size, f"{CRC}{member.crc:08x}"))
            total += member.size
        count = len(known)
        for path in regular_files(tree):
            if hash(path) not in known:
                progress.update("input", f"checking {path}")
                size = os.lstat(tree / path).st_size
                file.write(_line(path, size, digest_of_file(tree / path)))
                count, total = count + 1, total + size
    return count, total


def _line(path: str, size: int, digest: str) -> str:
    return f'{{"path": {json.dumps(path)}, "size": {size}, "digest": "{digest}"}}\n'


def verify_here(digest: str, *, store: Store, progress: Progress) -> tuple[str, ...] | None:
    """What is wrong with what lies in an input's place in the store; None if nothing does.

    Also of what the store does not find, because it is not whole even at a glance.  A damaged one
    is put aside: it stays where it is, and nobody begins to use it.
    """
    folder = store.folder("inputs", digest)
    if not folder.is_dir():
        return None
    place = StoredObject(kind="inputs", digest=digest, folder=folder, record={})
    with store.lease(place):
        if not folder.is_dir():
            return None  # somebody cleaned up before our lease
        faults = verify(place, progress=progress)
        if not faults and store.find("inputs", digest) is None:
            faults = (f"{folder} is not as it was built: its record, or a folder's name",)
        if faults:
            store.put_aside(place)
    return faults


def verify(item: StoredObject, *, progress: Progress) -> tuple[str, ...]:
    """What is wrong with an input, a sentence a file; empty if all is well."""
    if not item.tree.is_dir():
        return ("the folder of its files is gone",)
    faults: list[str] = []
    seen: set[int] = set()
    try:
        with open(item.folder / MANIFEST, encoding="utf-8") as file:
            for number, line in enumerate(file, start=1):
                wanted = json.loads(line)
                path = wanted["path"]
                progress.update("verify", path, done=number)
                seen.add(hash(path))
                fault = _fault(item.tree / path, wanted)
                if fault:
                    faults.append(f"{path} {fault}")
    except (OSError, ValueError, KeyError, TypeError) as error:
        return (f"its manifest cannot be read: {error}",)
    strangers = (path for path in regular_files(item.tree) if hash(path) not in seen)
    return (*faults, *(f"{path} came from nowhere" for path in strangers))


def _fault(path: Path, wanted: Mapping[str, Any]) -> str | None:
    try:
        status = os.lstat(path)
        if not stat.S_ISREG(status.st_mode):
            return "is no file any more"
        if status.st_size != wanted["size"]:
            return f"has {status.st_size} bytes, and had {wanted['size']}"
        return None if _is_same(path, wanted["digest"]) else "was changed"
    except FileNotFoundError:
        return "is gone"
    except OSError as error:
        return f"cannot be read: {error.strerror}"


def _is_same(path: Path, digest: str) -> bool:
    if digest.startswith(CRC):
        return crc_of_file(path) == int(digest.removeprefix(CRC), 16)
    return digest_of_file(path) == digest
