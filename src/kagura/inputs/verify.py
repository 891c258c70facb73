"""Whether an input in the store is what was fetched: every file against its digest."""

from __future__ import annotations

import json
from pathlib import Path

from kagura.progress import Progress
from kagura.store.objects import StoredObject
from kagura.system.files import digest_of_file, regular_files

__all__ = ["MANIFEST", "verify", "write_manifest"]

MANIFEST = "manifest.json"


def write_manifest(folder: Path, *, progress: Progress) -> tuple[int, int]:
    """Write down size and digest of every file in ``folder/tree``; their number and bytes."""
    files: dict[str, dict[str, object]] = {}
    total = 0
    for path, status in sorted(regular_files(folder / "tree"), key=lambda item: item[0]):
        progress.update("input", f"checking {path}")
        total += status.st_size
        files[path] = {"size": status.st_size, "digest": digest_of_file(folder / "tree" / path)}
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
        elif digest_of_file(item.tree / path) != wanted["digest"]:
            faults.append(f"{path} was changed")
    faults += [f"{path} came from nowhere" for path in found]
    return tuple(faults)
