"""What folders take on disk: the blocks of every file, link and folder, each inode once."""

from __future__ import annotations

import contextlib
import os
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from stat import S_ISDIR

__all__ = ["Extent", "measure", "reclaimable", "together", "tree_size"]

# The unit of st_blocks, whatever the disk's own blocks are.
BLOCK = 512

Inode = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """What some folders take: bytes that they alone name, and by inode those with more names."""

    alone: int = 0
    linked: Mapping[Inode, int] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """All of it, in bytes."""
        return self.alone + sum(self.linked.values())


def measure(folder: Path, *, but: Collection[Path] = ()) -> Extent:
    """What a folder takes, itself included, ``but`` for some below it; nothing if it is not there.

    A file with holes counts as much as the disk gave it.  What may not be read is left out, as
    ``du`` does.
    """
    alone = 0
    linked: dict[Inode, int] = {}
    for status in _entries(folder, but):
        # A folder's number of links says how many folders are in it.
        if status.st_nlink == 1 or S_ISDIR(status.st_mode):
            alone += status.st_blocks * BLOCK
        else:
            linked[status.st_dev, status.st_ino] = status.st_blocks * BLOCK
    return Extent(alone=alone, linked=linked)


def together(extents: Iterable[Extent]) -> Extent:
    """What several take: a file that is in more than one of them counts once."""
    alone = 0
    linked: dict[Inode, int] = {}
    for extent in extents:
        alone += extent.alone
        linked.update(extent.linked)
    return Extent(alone=alone, linked=linked)


def tree_size(folder: Path) -> int:
    """Bytes on disk of a folder and all below it, a hard-linked file counted once."""
    return measure(folder).size


def reclaimable(folders: Iterable[Path]) -> int:
    """Bytes on disk that removing all these folders would free.

    A file that has another link elsewhere (a base shares its files with uv's cache) frees nothing.
    """
    seen: Counter[Inode] = Counter()
    total = 0
    for folder in folders:
        for status in _entries(folder):
            identity = (status.st_dev, status.st_ino)
            seen[identity] += 1
            if S_ISDIR(status.st_mode) or seen[identity] == status.st_nlink:
                total += status.st_blocks * BLOCK
    return total


def _entries(folder: Path, but: Collection[Path] = ()) -> Iterator[os.stat_result]:
    with contextlib.suppress(OSError):
        yield os.lstat(folder)
    pending = [os.fspath(folder)]
    left_out = {os.fspath(path) for path in but}
    while pending:
        # What is gone by now, or closed to us, is no failure: others use the store meanwhile.
        with contextlib.suppress(OSError), os.scandir(pending.pop()) as entries:
            for entry in entries:
                if entry.path in left_out:
                    continue
                with contextlib.suppress(FileNotFoundError):
                    yield entry.stat(follow_symlinks=False)
                    if entry.is_dir(follow_symlinks=False):
                        pending.append(entry.path)
