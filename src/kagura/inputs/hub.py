"""What kagglehub has already downloaded is taken over, file by file, instead of fetched again.

Its cache has no check sums and, in its older versions, half an output may pass for a whole one: so
nothing of it is trusted before the archive's own list of sizes and sums agrees.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from kagura.inputs.zip_members import Member
from kagura.model.handle import Handle

__all__ = ["hub_folder", "take_over"]

FICLONE = 0x40049409


def hub_folder(handle: Handle, environment: Mapping[str, str], *, home: Path) -> Path | None:
    """Where kagglehub keeps an input in this version, if it has it."""
    root = Path(environment.get("KAGGLEHUB_CACHE") or home / ".cache" / "kagglehub")
    number = str(handle.version)
    match handle.kind:
        case "competition":
            folder = root / "competitions" / handle.slug
        case "dataset":
            folder = root / "datasets" / f"{handle.owner}" / handle.slug / "versions" / number
        case "notebook":
            output = root / "notebooks" / f"{handle.owner}" / handle.slug / "output"
            folder = output / "versions" / number
        case _:
            return None  # its archive is a tar, which has no list to check against
    return folder if folder.is_dir() else None


def take_over(members: Iterable[Member], folder: Path, tree: str) -> int:
    """Give ``tree`` those files of a folder whose size is right; how many.

    They share their bytes with the folder where the disk can do that: as a copy that costs
    nothing, else as a hard link; on another disk they are copied.  They count as unchecked: what
    is checked is read-only.  Whoever writes a member later makes a new file.
    """
    count = 0
    for member in members:
        source, target = folder / member.path, os.path.join(tree, member.path)
        with suppress(OSError):
            if source.is_symlink() or source.stat().st_size != member.size:
                continue
            os.makedirs(os.path.dirname(target), exist_ok=True)
            _share(source, target)
            count += 1
    return count


def _share(source: Path, target: str) -> None:
    with open(source, "rb") as given, open(target, "xb") as file:
        try:
            fcntl.ioctl(file.fileno(), FICLONE, given.fileno())
        except OSError:
            pass
        else:
            return
    os.unlink(target)
    try:
        os.link(source, target)  # the mode is shared too, and kagglehub's to choose
    except OSError:
        shutil.copyfile(source, target)
