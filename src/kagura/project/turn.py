"""One command at a time changes a project: who comes second waits."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kagura.progress import Progress
from kagura.system.files import Lock, digest_of_bytes

__all__ = ["project_turn"]


@contextmanager
def project_turn(folder: Path, *, home: Path, progress: Progress) -> Iterator[None]:
    """Hold a project's file and lock for a change.  It ends with its holder, even by kill -9.

    The lock lies in the store (``home``), not in the folder, which is a person's.
    """
    name = digest_of_bytes(os.fsencode(folder.resolve())).removeprefix("sha256:")
    lock = Lock(home / "locks" / f"project-{name}.lock")
    if not lock.acquire(wait=False):
        progress.say("waiting", f"another kagura changes the project in {folder}")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()
