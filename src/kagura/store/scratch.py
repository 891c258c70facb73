"""Scratch folders: private, in the store, thrown away at the end; what a kill left is swept."""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kagura.system.files import Lock, explain, remove_tree

__all__ = ["left_behind", "scratch_folder", "sweep"]

LIVE = "live.lock"


@contextmanager
def scratch_folder(home: Path, purpose: str) -> Iterator[Path]:
    """A new folder under the store's ``tmp``, removed when the block ends.

    Its path is short (overlayfs takes 4,096 bytes of options).  A lock in it says that its
    owner lives; the folder of a killed owner is removed by a later ``sweep``.
    """
    parent = home / "tmp"
    try:
        parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f"{purpose}-", dir=parent))
        lock = Lock(folder / LIVE)
        lock.acquire()
    except OSError as error:
        raise explain(error, f"making a scratch folder in {parent}") from error
    try:
        yield folder
    finally:
        # A failure to remove is no failure of the work: the next sweep tries again.
        with contextlib.suppress(OSError):
            remove_tree(folder)
        lock.release()


def left_behind(home: Path) -> list[Path]:
    """Scratch folders whose owner is gone."""
    try:
        names = sorted(os.listdir(home / "tmp"))
    except OSError:
        return []
    return [home / "tmp" / name for name in names if _is_dead(home / "tmp" / name)]


def sweep(home: Path) -> int:
    """Remove what killed processes left; how many folders that were."""
    dead = left_behind(home)
    for folder in dead:
        with contextlib.suppress(OSError):
            remove_tree(folder)
    return len(dead)


def _is_dead(folder: Path) -> bool:
    live = folder / LIVE
    if not live.exists():
        # Either it is being made right now or it is half removed: an hour tells.
        try:
            return os.stat(folder).st_mtime < time.time() - 3600
        except OSError:
            return False
    lock = Lock(live)
    if not lock.acquire(wait=False):
        return False
    lock.release()
    return True
