"""Removing from the store: renamed away in one step, so that a kill leaves all of it or nothing."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from kagura.store.scratch import scratch_folder
from kagura.system.disk import reclaimable
from kagura.system.files import Lock, explain

__all__ = ["Trash", "trash"]


def _never() -> bool:
    return False


class Trash:
    """Folders on their way out: they are out of the store's sight, and deleted at the end."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = 0

    def take(self, folder: Path, *, guard: Lock, unless: Callable[[], bool] = _never) -> bool:
        """Take a folder out; False if its lock is held, or ``unless`` is so by now.

        ``unless`` is asked with the lock in hand: who leased, noted its need and let go before
        that is heard, and who leases after that finds nothing.  Raises MachineError (the disk).
        """
        if not guard.acquire(wait=False):
            return False
        try:
            if unless():
                return False
            os.rename(folder, self._folder / str(self._count))
        except FileNotFoundError:
            return True
        except OSError as error:
            raise explain(error, f"removing {folder} from the store") from error
        finally:
            guard.release()
        self._count += 1
        return True

    def size(self) -> int:
        """Bytes on disk that are free when the trash is gone."""
        return reclaimable(self._folder / str(number) for number in range(self._count))


@contextmanager
def trash(home: Path) -> Iterator[Trash]:
    """A trash that is emptied at the end of the block, or after a kill by the next sweep."""
    with scratch_folder(home, "trash") as folder:
        yield Trash(folder)
