"""Packed bytes that came slowly: on disk until they are used, so that a kill does not lose them.

Each file of the folder is named by the place of its first byte, and only grows.
"""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from itertools import islice
from pathlib import Path
from threading import Lock

from kagura.inputs.remote import Remote

__all__ = ["AHEAD", "Kept", "Tell"]

# What a connection brings faster than this, in bytes a second, is sooner fetched than kept.
FAST = 64 << 20

LONGEST, SHORTEST = 4 << 20, 256 << 10
AHEAD = 6

Tell = Callable[[int], None]


class Kept:
    """The bytes of a range of a remote, from the disk and else from it."""

    def __init__(self, folder: Path, remote: Remote, *, end: int, size: int) -> None:
        self._folder, self._remote, self._end = folder, remote, end
        self.part = min(max(1 << (size // 64).bit_length(), SHORTEST), LONGEST)
        folder.mkdir(parents=True, exist_ok=True)
        names = [name for name in os.listdir(folder) if name.isdigit()]
        self._sizes = {int(name): (folder / name).stat().st_size for name in names}
        self._lock = Lock()
        self._is_off = False
        self._came, self._waited = 0, 0.0  # bytes by all connections, and their seconds

    @property
    def held(self) -> int:
        """How many bytes are on disk now."""
        with self._lock:
            return sum(self._sizes.values())

    def stream(self, first: int, *, tell: Tell) -> Iterator[bytes]:
        """The bytes from ``first`` on, by one connection; ``tell`` hears of those that came."""
        for begin, stop in self._parts(first):
            yield from self._pieces(begin, stop, tell)

    def parallel(self, first: int, *, pool: Executor, tell: Tell) -> Iterator[bytes]:
        """The same, by several connections; at most ``AHEAD`` parts are in memory."""
        parts = self._parts(first)
        waiting: deque[Future[list[bytes]]] = deque()

        def submit(count: int) -> None:
            for begin, stop in islice(parts, count):
                waiting.append(
                    pool.submit(lambda a, b: list(self._pieces(a, b, tell)), begin, stop)
                )

        try:
            submit(AHEAD)
            while waiting:
                pieces = waiting.popleft().result()
                submit(1)
                yield from pieces
        finally:
            for future in waiting:
                future.cancel()

    def forget(self, *, before: int) -> None:
        """Nothing before this place is needed any more."""
        with self._lock:
            over = [at for at in self._sizes if (at // self.part + 1) * self.part <= before]
            for at in over:
                (self._folder / str(at)).unlink(missing_ok=True)
                del self._sizes[at]

    def stop(self) -> None:
        """Keep nothing from now on, and nothing of what is here: there is no going on from it."""
        with self._lock:
            self._is_off = True
        self.forget(before=self._end + self.part)

    def _parts(self, first: int) -> Iterator[tuple[int, int]]:
        while first < self._end:
            stop = min((first // self.part + 1) * self.part, self._end)
            yield first, stop
            first = stop

    def _pieces(self, begin: int, stop: int, tell: Tell) -> Iterator[bytes]:
        start = self._start_of(begin)
        here = self._read(start, begin, stop)
        if here:
            tell(len(here))
            yield here
        pending: list[bytes] = []
        asked = time.monotonic()
        try:
            for piece in self._remote.stream(begin + len(here), stop):
                self._waited += time.monotonic() - asked
                self._came += len(piece)
                pending.append(piece)
                if self._came < self._waited * FAST:
                    self._append(start, pending)
                    pending.clear()
                tell(len(piece))
                yield piece
                asked = time.monotonic()
        except BaseException:
            self._append(start, pending)
            raise

    def _start_of(self, begin: int) -> int:
        """The file that these bytes are in, or are to be added to, else a new one."""
        low = begin // self.part * self.part
        with self._lock:
            fits = [at for at, size in self._sizes.items() if low <= at <= begin <= at + size]
        return min(fits, default=begin)

    def _read(self, start: int, begin: int, stop: int) -> bytes:
        if start not in self._sizes:
            return b""
        with open(self._folder / str(start), "rb") as file:
            file.seek(begin - start)
            return file.read(stop - begin)

    def _append(self, start: int, pieces: list[bytes]) -> None:
        with self._lock:
            if self._is_off or not pieces:
                return
            self._sizes[start] = self._sizes.get(start, 0) + sum(map(len, pieces))
        with open(self._folder / str(start), "ab") as file:
            file.writelines(pieces)
