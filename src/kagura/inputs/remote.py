"""A file in an object store that answers byte ranges: read in pieces, by several connections."""

from __future__ import annotations

import io
import re
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice

from kagura.errors import ServiceError
from kagura.system.faults import HttpFault
from kagura.system.http import Http, Stream

__all__ = ["Changed", "Ended", "NoRanges", "Remote", "RemoteFile", "Source", "probed"]

PIECE = 1 << 20
PART = 4 << 20
ATTEMPTS = 6
LONGEST_WAIT = 16.0
# The store's word for a signed address that has ended.
ENDED = (400, 401, 403)
TAIL = 1 << 20


class NoRanges(Exception):  # noqa: N818 - it is no error: another way serves it
    """The server gives whole files only."""


class Changed(Exception):  # noqa: N818
    """The object is another one by now: all of it must be fetched anew."""


class Ended(Exception):  # noqa: N818
    """The signed address has ended: another one must be asked for."""


@dataclass(frozen=True, slots=True)
class Source:
    """An object as it was when its fetching began: where, how long, and a mark that changes."""

    url: str
    size: int
    mark: str | None


class Remote:
    """Reads ranges of one source; what breaks is asked for again, from where it broke."""

    def __init__(
        self, source: Source, *, http: Http, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self.source = source
        self._http, self._sleep = http, sleep

    def stream(self, first: int, end: int) -> Iterator[bytes]:
        """The bytes from ``first`` up to ``end``.  Raises Changed, Ended, ServiceError."""
        failures = 0
        while first < end:
            before = first
            try:
                with self._opened(first, end) as stream:
                    while first < end and (piece := stream.read(min(PIECE, end - first))):
                        first += len(piece)
                        yield piece
                why = "the answer was too short"
            except HttpFault as fault:
                why = fault.reason
            failures = 0 if first > before else failures + 1
            if failures >= ATTEMPTS:
                raise ServiceError(
                    f"the download does not go on: {why}, {ATTEMPTS} times in a row",
                    hint="try again later: it goes on from what is here",
                )
            if failures:
                self._sleep(min(2.0**failures / 4, LONGEST_WAIT))

    def parallel(
        self,
        first: int,
        end: int,
        *,
        pool: ThreadPoolExecutor,
        ahead: int,
        tell: Callable[[int], None],
    ) -> Iterator[bytes]:
        """The same bytes, in order, by several connections; at most ``ahead`` parts in memory."""

        def part(start: int) -> list[bytes]:
            pieces = list(self.stream(start, min(start + PART, end)))
            tell(sum(map(len, pieces)))
            return pieces

        starts = iter(range(first, end, PART))
        waiting: deque[Future[list[bytes]]] = deque()
        try:
            waiting.extend(pool.submit(part, start) for start in islice(starts, ahead))
            while waiting:
                yield from waiting.popleft().result()
                waiting.extend(pool.submit(part, start) for start in islice(starts, 1))
        finally:
            for future in waiting:
                future.cancel()

    def _opened(self, first: int, end: int) -> Stream:
        headers = {"If-Range": self.source.mark} if self.source.mark else {}
        stream = self._http.open(self.source.url, headers=headers, first=first, last=end - 1)
        status = stream.status
        if status == 206 and _total(stream) in (None, self.source.size):
            return stream
        stream.close()
        if status in (200, 206, 404, 412, 416):
            raise Changed
        if status in ENDED:
            raise Ended
        raise HttpFault("the store", f"it answered {status}")


class RemoteFile(io.RawIOBase):
    """A source as a file that can be sought: its end is here, the rest is asked for."""

    def __init__(self, remote: Remote, tail: bytes) -> None:
        self._remote, self._tail = remote, tail
        self._start = remote.source.size - len(tail)
        self._place = 0

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def tell(self) -> int:
        """Where the next read begins."""
        return self._place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go somewhere; where that is."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._remote.source.size}
        self._place = max(base[whence] + offset, 0)
        return self._place

    def read(self, size: int = -1) -> bytes:
        """Up to ``size`` bytes."""
        end = self._remote.source.size
        if size >= 0:
            end = min(self._place + size, end)
        if self._place >= end:
            return b""
        if self._place >= self._start:
            data = self._tail[self._place - self._start : end - self._start]
        else:
            data = b"".join(self._remote.stream(self._place, end))
        self._place += len(data)
        return data


def probed(
    url: str, *, http: Http, sleep: Callable[[float], None] = time.sleep
) -> tuple[Source, bytes]:
    """What an address leads to, and its last bytes.  Raises NoRanges, Ended, ServiceError."""
    why = ""
    for attempt in range(ATTEMPTS):
        try:
            with http.open(url, tail=TAIL) as stream:
                if stream.status in ENDED:
                    raise Ended
                if stream.status < 500:
                    total = _total(stream)
                    if stream.status != 206 or total is None:
                        raise NoRanges
                    mark = stream.headers.get("ETag") or stream.headers.get("Last-Modified")
                    tail = b"".join(iter(lambda: stream.read(PIECE), b""))
                    return Source(url, total, mark), tail
                why = f"it answers {stream.status}"
        except HttpFault as fault:
            why = fault.reason
        sleep(min(2.0**attempt / 4, LONGEST_WAIT))
    raise ServiceError(
        f"the store of Kaggle's files does not answer: {why}, {ATTEMPTS} times in a row",
        hint="try again later",
    )


def _total(stream: Stream) -> int | None:
    found = re.fullmatch(r"bytes \d+-\d+/(\d+)", stream.headers.get("Content-Range") or "")
    return int(found[1]) if found else None
