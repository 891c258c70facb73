"""What no archive may do, whoever made it: name a place outside, never end, be other than files."""

from __future__ import annotations

import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from kagura.errors import ServiceError
from kagura.progress import size_text

__all__ = [
    "LIMITS",
    "ArchiveError",
    "Limits",
    "Names",
    "bad_archive",
    "ignores_case",
    "member_path",
    "too_long",
]

DRIVE = re.compile(r"[A-Za-z]:(?:/|\Z)")
LONGEST_NAME = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What no honest archive holds: against archives that never end.

    ``ratio`` is of all content to the archive's size, and counts only above ``floor`` bytes;
    ``size``, in bytes, is a user's own word, and stands instead of both.
    """

    ratio: int = 200
    floor: int = 1 << 30
    members: int = 5_000_000
    size: int | None = None

    def most(self, archive: int) -> int:
        """How many bytes an archive of so many bytes may hold."""
        return max(self.floor, archive * self.ratio) if self.size is None else self.size


LIMITS = Limits()


class Names:
    """The paths of one archive: no two may be the same, and no file may be a folder too.

    It holds a mark of each name, not the name, so that an archive of a million members fits.
    ``ignores_case``: the disk does, so names that differ only by case are the same there.
    """

    def __init__(self, title: str, *, limits: Limits, ignores_case: bool = False) -> None:
        self._title, self._limits, self._ignores_case = title, limits, ignores_case
        self._files: set[int] = set()
        self._folders: set[int] = set()

    def add_file(self, path: str) -> None:
        """One more file.  Raises ServiceError."""
        shown = path
        if self._ignores_case:
            path = path.casefold()
        mark = hash(path)
        if mark in self._files:
            why = ", on a disk that ignores case" if self._ignores_case else ""
            raise bad_archive(self._title, f"it has two members named {shown!r}{why}")
        if mark in self._folders:
            raise bad_archive(self._title, f"its member {shown!r} is a file and a folder")
        self._files.add(mark)
        if len(self._files) > self._limits.members:
            raise bad_archive(
                self._title, f"it has more than {self._limits.members:,} members: a bomb"
            )
        self._add_folders(path.rpartition("/")[0])

    def add_folder(self, path: str) -> None:
        """One more folder.  Raises ServiceError."""
        self._add_folders(path.casefold() if self._ignores_case else path)

    def _add_folders(self, path: str) -> None:
        while path and (mark := hash(path)) not in self._folders:
            if mark in self._files:
                raise bad_archive(self._title, f"its member {path!r} is a file and a folder")
            self._folders.add(mark)
            path = path.rpartition("/")[0]


def member_path(name: str, title: str, *, is_folder: bool = False) -> str:
    """A member's name as a path that stays inside.  Raises ServiceError for one that does not.

    "" is the archive's own folder, which ``./`` stands for.
    """
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if is_folder and not parts:
        return ""
    # A backslash is a letter like others here; where folders are meant by it, it leads not out.
    meant = name.replace("\\", "/")
    if (
        not parts
        or meant.startswith("/")
        or "\0" in name
        or ".." in meant.split("/")
        or DRIVE.match(meant)
    ):
        raise bad_archive(title, f"its member {name!r} names a place outside, or none")
    if len(name) > 60 and any(len(os.fsencode(part)) > LONGEST_NAME for part in parts):
        raise bad_archive(
            title,
            f"its member {name[:40]!r}… has a longer name than the {LONGEST_NAME} bytes that disks "
            "take",
        )
    return "/".join(parts)


def ignores_case(tree: Path) -> bool:
    """Whether the disk that a folder is on takes ``A`` and ``a`` for one name."""
    # Beside it: what a kill leaves of this must be no file of the input.
    with tempfile.NamedTemporaryFile(dir=tree.parent, prefix=".case-") as file:
        path = Path(file.name)
        return path.with_name(path.name.upper()).exists()


class ArchiveError(ServiceError):
    """An archive that is broken or hostile: nothing of it is kept."""


def bad_archive(
    title: str,
    why: str,
    *,
    hint: str = "if Kaggle's site can open it, report it: nothing of it was kept",
) -> ArchiveError:
    """The error for an archive that is broken or hostile."""
    return ArchiveError(f"the archive of {title} is not good: {why}", hint=hint)


def too_long(title: str, most: int) -> ArchiveError:
    """The error for an archive that holds more than it may."""
    return bad_archive(
        title,
        f"it would unpack to more than {size_text(most)}: it may be a bomb",
        hint="if you trust it, say how much it may be: --max-size 500G",
    )
