"""What an object's files were when it was built: a line a file, and whether they still are so."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from kagura.system.files import digest_of_bytes

__all__ = ["MANIFEST", "faults", "write_manifest"]

MANIFEST = "manifest.json"
PIECE = 1 << 20


def write_manifest(folder: Path) -> str:
    """Write down every file and link in ``folder/tree``; the digest of what was written.

    One that is there already (an input's, from its check sums) stays as it is.
    """
    path = folder / MANIFEST
    if not path.exists():
        with open(path, "w", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in _lines(folder / "tree"))
    return digest_of_bytes(path.read_bytes())


def faults(folder: Path, expected: str) -> Iterator[str]:
    """What is wrong with an object's files, a sentence each; nothing if all is well.

    ``expected`` is the manifest's own digest.
    """
    try:
        text = (folder / MANIFEST).read_bytes()
    except OSError as error:
        yield f"{MANIFEST} cannot be read: {error.strerror}"
        return
    if digest_of_bytes(text) != expected:
        yield f"{MANIFEST} was changed"
        return
    was = {json.loads(line)["path"]: line for line in text.decode().splitlines()}
    for line in _lines(folder / "tree"):
        path = json.loads(line)["path"]
        if path not in was:
            yield f"{path} came from nowhere"
        elif was.pop(path) != line:
            yield f"{path} was changed"
    yield from (f"{path} is gone" for path in was)


def _lines(tree: Path) -> Iterator[str]:
    """Every file, link and other thing (a layer hides the base's files by devices), in order."""
    pending = [""]
    while pending:
        where = pending.pop()
        with os.scandir(tree / where) as found:
            entries = sorted(found, key=lambda entry: entry.name)
        for entry in entries:
            path = os.path.join(where, entry.name)
            if entry.is_dir(follow_symlinks=False):
                pending.append(path)
            else:
                yield json.dumps({"path": path} | _marks(entry), separators=(",", ":"))


def _marks(entry: os.DirEntry[str]) -> dict[str, str | int]:
    if entry.is_symlink():
        return {"link": os.readlink(entry.path)}
    status = entry.stat(follow_symlinks=False)
    if not stat.S_ISREG(status.st_mode):
        return {"type": stat.S_IFMT(status.st_mode)}
    try:
        return {"size": status.st_size, "digest": _digest(entry.path)}
    except OSError as error:
        return {"size": status.st_size, "digest": f"unreadable: {error.strerror}"}


def _digest(path: str) -> str:
    # A base has some 50,000 small files: by the plain calls they take half of the time.
    state = hashlib.sha256()
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        while piece := os.read(descriptor, PIECE):
            state.update(piece)
    finally:
        os.close(descriptor)
    return f"sha256:{state.hexdigest()}"
