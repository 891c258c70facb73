"""Scratch folders: private, in the store, thrown away at the end; what a kill left is swept."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kagura.errors import MachineError
from kagura.system.files import Lock, explain, remove_tree

__all__ = ["guard_of", "left_behind", "scratch_folder", "sweep"]

AN_HOUR = 3600.0


@contextmanager
def scratch_folder(home: Path, purpose: str) -> Iterator[Path]:
    """A new folder under the store's ``tmp``, removed when the block ends.

    Its path is short (overlayfs takes 4,096 bytes of options).  A lock beside it, taken before
    it is made and held until it is gone, says that its owner lives; the folder of a killed
    owner is removed by a later ``sweep``.
    """
    folder = home / "tmp" / f"{purpose}-{os.urandom(4).hex()}"
    lock = guard_of(folder)
    try:
        lock.acquire()
        folder.mkdir()
    except OSError as error:
        raise explain(error, f"making a scratch folder in {folder.parent}") from error
    try:
        yield folder
    finally:
        # A failure to remove is no failure of the work: the next sweep tries again.
        with contextlib.suppress(OSError):
            remove_tree(folder)
            lock.path.unlink()
        lock.release()


def left_behind(home: Path) -> list[Path]:
    """Scratch folders whose owner is gone."""
    return [folder for folder in _folders(home) if _is_dead(folder)]


def sweep(home: Path) -> int:
    """Remove what killed processes left; how many folders that were."""
    swept = 0
    for folder in _folders(home):
        lock = guard_of(folder)
        with contextlib.suppress(OSError, MachineError):
            if lock.acquire(wait=False):
                remove_tree(folder)
                lock.path.unlink(missing_ok=True)
                lock.release()
                swept += 1
    _drop_lonely_locks(home)
    return swept


def _folders(home: Path) -> list[Path]:
    try:
        names = sorted(os.listdir(home / "tmp"))
    except OSError:
        return []
    return [home / "tmp" / name for name in names if not name.endswith(".lock")]


def guard_of(folder: Path) -> Lock:
    """The lock beside a scratch folder: its owner has it."""
    return Lock(folder.with_name(f"{folder.name}.lock"))


def _is_dead(folder: Path) -> bool:
    lock = guard_of(folder)
    if not lock.acquire(wait=False):
        return False
    lock.release()
    return True


def _drop_lonely_locks(home: Path) -> None:
    # A young one may belong to a folder that is just being made.
    for path in (home / "tmp").glob("*.lock"):
        with contextlib.suppress(OSError):
            if not path.with_suffix("").exists() and path.stat().st_mtime < time.time() - AN_HOUR:
                path.unlink()
