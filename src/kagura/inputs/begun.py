"""What lies beside a download for a later process that goes on with it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

from kagura.inputs.remote import Remote, Source
from kagura.system.files import write_atomically
from kagura.system.host import boot_id

__all__ = ["LONG", "Begun"]

STATE, TAIL_FILE, LONG, WHOLE = "source.json", "tail", "long", "whole"


class Begun:
    """A download of one object into ``tree``, as an earlier process left it.

    ``known`` is the object, and its last bytes, that what is here is of, if it can be told.
    ``is_trusted``: since then no machine has died, and what was written is on the disk.
    """

    def __init__(self, folder: Path, tree: Path) -> None:
        self._folder, self._tree = folder, tree
        self.known: tuple[Source, bytes] | None = None
        self.is_trusted = True
        try:
            said = json.loads((folder / STATE).read_bytes())
            source = Source("", int(said["size"]), said["mark"])
            self.known = source, (folder / TAIL_FILE).read_bytes()
            self.is_trusted = said["boot"] == boot_id()
        except (OSError, ValueError, KeyError, TypeError):
            pass

    @property
    def longs(self) -> Path:
        """Where what is needed for going on in the middle of a file lies."""
        return self._folder / LONG

    @property
    def is_whole(self) -> bool:
        """Whether all of an object that has no list of files came."""
        return self.is_trusted and (self._folder / WHOLE).exists()

    def go_on(self, source: Source, tail: bytes) -> None:
        """It is this object now: what is here of another one is no use, and goes."""
        if self.known is not None:
            was, _ = self.known
            if (was.size, was.mark) == (source.size, source.mark):
                self._tree.mkdir(parents=True, exist_ok=True)
                return
        self._begin(source, tail)

    def _begin(self, source: Source, tail: bytes) -> None:
        """Begin anew, with nothing."""
        (self._folder / WHOLE).unlink(missing_ok=True)
        for folder in (self._tree, self.longs):
            if folder.exists():
                shutil.rmtree(folder)
        self._tree.mkdir(parents=True)
        self._folder.mkdir(parents=True, exist_ok=True)
        write_atomically(self._folder / TAIL_FILE, tail)
        state = {"size": source.size, "mark": source.mark, "boot": boot_id()}
        write_atomically(self._folder / STATE, json.dumps(state))

    def end(self) -> None:
        """All came of an object that has no list of files."""
        (self._folder / WHOLE).touch()

    def reader(self, remote: Remote, tail: bytes) -> Callable[[int, int], bytes]:
        """Reads for who reads the archive's list: a later process need not ask for it again."""
        start = remote.source.size - len(tail)

        def read(first: int, end: int) -> bytes:
            data = remote.read(first, end)
            if first < start <= end:
                write_atomically(self._folder / TAIL_FILE, data + tail[end - start :])
            return data

        return read
