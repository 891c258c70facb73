"""Packed bytes that came slowly: on disk until they are used, so that a kill does not lose them.

Each file of the folder is named by the place of its first byte, and only grows.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from itertools import islice
from pathlib import Path
from threading import Lock

from kagura.inputs.remote import Piece, Remote

__all__ = ["AHEAD", "Kept", "Tell", "forget_kept"]

LONGEST, SHORTEST = 4 << 20, 1 << 20
AHEAD = 6

Tell = Callable[[int], None]


def forget_kept(folder: Path) -> None:
    """Remove the packed bytes in a folder: nothing tells whether they are right."""
    for path in folder.glob("*"):
        if path.name.isdigit():
            path.unlink()


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

    @property
    def held(self) -> int:
        """How many bytes are on disk now."""
        with self._lock:
            return sum(self._sizes.values())

    def stream(self, first: int, *, tell: Tell) -> Iterator[Piece]:
        """The bytes from ``first`` on, by one connection; ``tell`` hears of those that came.

        A piece is good until the next is asked for.
        """
        while first < self._end:
            with self._lock:
                later = [at for at in self._sizes if at > first]
            # One request as far as nothing is here; what is here is read in between.
            stop = min(later, default=self._end)
            for piece in self._pieces(first, stop, tell):
                first += len(piece)
                yield piece

    def parallel(self, first: int, *, pool: Executor, tell: Tell) -> Iterator[bytes]:
        """The same, by several connections, part by part; at most ``AHEAD`` are in memory."""
        parts = self._parts(first)
        waiting: deque[Future[list[bytes]]] = deque()

        def submit(count: int) -> None:
            for begin, stop in islice(parts, count):
                waiting.append(
                    pool.submit(
                        lambda a, b: [bytes(piece) for piece in self._pieces(a, b, tell)],
                        begin,
                        stop,
                    )
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

    def _pieces(self, begin: int, stop: int, tell: Tell) -> Iterator[Piece]:
        own_file = self._start_of(begin)
        here = self._read(own_file, begin, stop)
        if here:
            tell(len(here))
            yield here
        at = begin + len(here)
        if at == stop:
            return
        start: int | None = own_file
        for piece in self._remote.stream(at, stop):
            tell(len(piece))
            if self._remote.is_slow:
                for own in self._cut(piece, at):
                    if at % self.part == 0 or start is None:
                        start = at
                    self._append(start, own)
                    at += len(own)
            else:  # what comes fast is sooner fetched anew than kept
                at, start = at + len(piece), None
            yield piece

    def _cut(self, piece: Piece, at: int) -> Iterator[Piece]:
        """A piece that begins at ``at``, cut where a part ends."""
        begin = 0
        while begin < len(piece):
            end = begin + self.part - (at + begin) % self.part
            yield piece[begin:end]
            begin = end

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

    def _append(self, start: int, piece: Piece) -> None:
        with self._lock:
            if self._is_off:
                return
            self._sizes[start] = self._sizes.get(start, 0) + len(piece)
        with open(self._folder / str(start), "ab") as file:
            file.write(piece)
