"""Folders stacked by overlayfs, read from outside: what is seen, what hides what, what was written.

How overlayfs writes down what is gone:
https://docs.kernel.org/filesystems/overlayfs.html#whiteouts-and-opaque-directories
Nothing here raises: what cannot be read counts as not there.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

__all__ = ["Entry", "Kind", "Stack", "kind_of", "read_text", "written"]

Kind = Literal["folder", "file", "other", "whiteout", "absent"]

# `user.` is what overlayfs uses for whoever is not root of the machine.
SPACES = ("user.overlay.", "trusted.overlay.")

# What Python and installers leave behind everywhere and make anew by themselves.
LEFTOVERS = ("__pycache__", ".cache")

LARGEST_TEXT = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Something written into an upper folder; ``path`` is relative, ``size`` in bytes."""

    path: str
    kind: Kind
    size: int


@dataclass(frozen=True, slots=True)
class Stack:
    """Folders over one another, the top first."""

    folders: tuple[Path, ...]

    def enter(self, *names: str) -> Stack:
        """The stack of a folder in it: those of its parts that are seen; empty if it is none."""
        folders: Sequence[Path] = self.folders
        for name in names:
            folders = _part(folders, name)
        return Stack(tuple(folders))

    def names(self) -> dict[str, Path]:
        """What is seen in the folder itself: the names, and for each its topmost bearer."""
        found: dict[str, Path] = {}
        hidden: set[str] = set()
        for folder in self.folders:
            for name in _listing(folder):
                if name in found or name in hidden:
                    continue
                if kind_of(folder / name) == "whiteout":
                    hidden.add(name)
                else:
                    found[name] = folder / name
        return found

    def find(self, *path: str) -> Path | None:
        """The file or folder that is seen at this path; None if there is nothing."""
        for folder in self.enter(*path[:-1]).folders:
            kind = kind_of(folder / path[-1])
            if kind != "absent":
                return None if kind == "whiteout" else folder / path[-1]
        return None


def kind_of(path: Path) -> Kind:
    """What is at a path of one of the stacked folders; links are not followed."""
    try:
        status = os.lstat(path)
    except (OSError, ValueError):
        return "absent"
    return _kind(path, status)


def written(upper: Path) -> Iterator[Entry]:
    """All that was written into an upper folder, but for folders and what makes itself anew.

    A folder that hides one below it comes too, as a ``whiteout``, before what is in it.
    """
    pending = [""]
    while pending:
        prefix = pending.pop()
        for name in _listing(upper / prefix if prefix else upper):
            path = upper / prefix / name
            if name in LEFTOVERS or name.endswith(".pyc"):
                continue
            try:
                status = os.lstat(path)
            except OSError:
                continue
            kind = _kind(path, status)
            if kind == "folder":
                pending.append(f"{prefix}{name}/")
                if _is_opaque(path):
                    yield Entry(path=prefix + name, kind="whiteout", size=0)
            else:
                size = status.st_size if kind == "file" else 0
                yield Entry(path=prefix + name, kind=kind, size=size)


def read_text(path: Path | None) -> str:
    """A text file, as much as is reasonable of it; empty if it is none."""
    if path is None or kind_of(path) != "file":
        return ""
    try:
        # A session may be at work there, and put a pipe or a link in its place meanwhile.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(descriptor, "rb") as file:
            return file.read(LARGEST_TEXT).decode("utf-8", "replace")
    except OSError:
        return ""


def _part(folders: Sequence[Path], name: str) -> list[Path]:
    found: list[Path] = []
    for folder in folders:
        path = folder / name
        kind = kind_of(path)
        if kind == "absent":
            continue
        if kind != "folder":
            break  # a file or a whiteout hides all that is below
        found.append(path)
        if _is_opaque(path):
            break
    return found


def _kind(path: Path, status: os.stat_result) -> Kind:
    mode = status.st_mode
    if stat.S_ISDIR(mode):
        return "folder"
    if stat.S_ISCHR(mode) and status.st_rdev == 0:
        return "whiteout"
    if not stat.S_ISREG(mode):
        return "other"
    if status.st_size == 0 and _attribute(path, "whiteout") is not None:
        return "whiteout"
    return "file"


def _is_opaque(folder: Path) -> bool:
    return _attribute(folder, "opaque") == b"y"


def _attribute(path: Path, name: str) -> bytes | None:
    for space in SPACES:
        try:
            return os.getxattr(path, space + name, follow_symlinks=False)
        except OSError:
            continue
    return None


def _listing(folder: Path) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []
