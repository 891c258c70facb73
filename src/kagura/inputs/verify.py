"""Whether an input in the store is what was fetched: every file against its size and digest.

The digest of a file from a zip archive is the archive's own check sum, which was checked while it
was written (``crc32:…``); of any other it is ``sha256:…``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from kagura.inputs.inflate import crc_of_file
from kagura.progress import Progress
from kagura.store.objects import StoredObject
from kagura.system.files import digest_of_file, regular_files

__all__ = ["MANIFEST", "verify", "write_manifest"]

MANIFEST = "manifest.json"
CRC = "crc32:"


def write_manifest(folder: Path, *, sums: Mapping[str, int], progress: Progress) -> tuple[int, int]:
    """Write down size and digest of every file in ``folder/tree``; their number and bytes.

    ``sums`` are the check sums that are known, by path.
    """
    files: dict[str, dict[str, object]] = {}
    total = 0
    for path, status in sorted(regular_files(folder / "tree"), key=lambda item: item[0]):
        known = sums.get(path)
        if known is None:
            progress.update("input", f"checking {path}")
            digest = digest_of_file(folder / "tree" / path)
        else:
            digest = f"{CRC}{known:08x}"
        total += status.st_size
        files[path] = {"size": status.st_size, "digest": digest}
    (folder / MANIFEST).write_text(json.dumps(files, indent=0), encoding="utf-8")
    return len(files), total


def verify(item: StoredObject, *, progress: Progress) -> tuple[str, ...]:
    """What is wrong with an input, a sentence a file; empty if all is well."""
    try:
        expected = json.loads((item.folder / MANIFEST).read_bytes())
    except (OSError, ValueError) as error:
        return (f"its manifest cannot be read: {error}",)
    faults: list[str] = []
    found = dict(regular_files(item.tree))
    for number, (path, wanted) in enumerate(expected.items(), start=1):
        progress.update("verify", path, done=number, total=len(expected))
        status = found.pop(path, None)
        if status is None:
            faults.append(f"{path} is gone")
        elif status.st_size != wanted["size"]:
            faults.append(f"{path} has {status.st_size} bytes, and had {wanted['size']}")
        elif not _is_same(item.tree / path, wanted["digest"]):
            faults.append(f"{path} was changed")
    faults += [f"{path} came from nowhere" for path in found]
    return tuple(faults)


def _is_same(path: Path, digest: str) -> bool:
    if digest.startswith(CRC):
        return crc_of_file(path) == int(digest.removeprefix(CRC), 16)
    return digest_of_file(path) == digest
