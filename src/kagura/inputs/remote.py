"""A file in an object store that answers byte ranges: read in pieces, by several connections."""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kagura.errors import ServiceError
from kagura.inputs.pace import Pace
from kagura.kaggle.retries import retry_after
from kagura.system.faults import HttpFault
from kagura.system.http import Http, Stream

if TYPE_CHECKING:
    from hashlib import _Hash

__all__ = [
    "PIECE",
    "Busy",
    "Changed",
    "Ended",
    "NoRanges",
    "Piece",
    "Remote",
    "Source",
    "Stopped",
    "as_told",
    "pause",
    "probed",
    "told_md5",
    "wanted_wait",
]

PIECE = 1 << 20

# Where it is fast, few long reads: with short ones, whoever reads and the server take turns too
# often, and threads wait for each other.  Where it is slow, short ones: a kill loses what is under
# way.
FAST_PIECE, SLOW_PIECE, SHORT_PIECE = 4 << 20, 64 << 10, 8 << 10
QUICK = 0.01
ATTEMPTS = 6
LONGEST_WAIT = 16.0
# The store's word for a signed address that has ended, or leads nowhere.
ENDED = (400, 401, 403, 404, 410)
TAIL = 256 << 10

# What a connection brings faster than this, in bytes a second, is sooner fetched anew than kept.
FAST = 64 << 20

# So many bytes may have come at once, before anybody read.
BURST = 4 << 20

Piece = bytes | memoryview
"""Bytes of a source, good until the next piece is asked for: that one comes into their place."""


class NoRanges(Exception):  # noqa: N818 - it is no error: another way serves it
    """The server gives whole files only."""


class Changed(Exception):  # noqa: N818
    """The object is another one by now: all of it must be fetched anew."""


class Ended(Exception):  # noqa: N818
    """The signed address has ended: another one must be asked for."""


class Stopped(Exception):  # noqa: N818
    """The download is given up, for a reason that is told elsewhere."""


class Busy(HttpFault):
    """The store gives nothing, at least now; it asks to wait for ``seconds`` (None: not told)."""

    def __init__(self, status: int, headers: Mapping[str, str]) -> None:
        super().__init__("the store", f"the store answered {status}")
        self.seconds = retry_after(headers)


def wanted_wait(fault: HttpFault) -> float | None:
    """How many seconds the store asks to wait, if it does."""
    return fault.seconds if isinstance(fault, Busy) else None


def pause(failures: int, asked: float | None) -> float:
    """Seconds to wait after so many failures in a row."""
    return min(max(2.0**failures / 4, asked or 0.0), LONGEST_WAIT)


@dataclass(frozen=True, slots=True)
class Source:
    """An object as it was when its fetching began: where, how long, and a mark that changes.

    ``md5`` (base64) is its hash, if its store tells it.
    """

    url: str
    size: int
    mark: str | None
    md5: str | None = None


class Remote:
    """Reads ranges of one source; what breaks is asked for again, from where it broke.

    ``tail`` are its last bytes, if they are here already.  May be used by several threads.
    """

    def __init__(
        self,
        source: Source,
        *,
        http: Http,
        tail: bytes = b"",
        pace: Pace | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.source = source
        self.pace = pace
        self._http, self._tail, self._sleep = http, tail, sleep
        self._is_stopped = False
        self._came, self._waited = 0, 0.0  # bytes by all connections, and their seconds

    @contextmanager
    def anew(self) -> Iterator[Remote]:
        """The same, with connections of its own: for a copy of this process."""
        with self._http.anew() as http:
            yield Remote(self.source, http=http, tail=self._tail, pace=self.pace, sleep=self._sleep)

    @property
    def is_slow(self) -> bool:
        """Whether its connections are so slow, or may be, that what they brought is worth much."""
        return self.pace is not None or self._came < self._waited * FAST + BURST

    def stream(self, first: int, end: int, *, ahead: int | None = None) -> Iterator[Piece]:
        """The bytes from ``first`` up to ``end``, in pieces; each is good until the next one.

        ``ahead`` is how many are read before somebody takes them, and about how many more wait in
        the kernel, of a near server.  Raises Changed, Ended, ServiceError.
        """
        failures, asked, start_of_tail = 0, None, self.source.size - len(self._tail)
        if self._tail and end > start_of_tail:
            if first < start_of_tail:
                yield from self.stream(first, start_of_tail, ahead=ahead)
            yield self._tail[max(first - start_of_tail, 0) : end - start_of_tail]
            return
        while first < end:
            before = first
            try:
                with self._opened(first, end) as stream:
                    if ahead:
                        stream.keep_short(ahead)
                    for piece in self._received(stream, end - first, ahead or FAST_PIECE):
                        first += len(piece)
                        yield piece
                why, asked = "the answer was too short", None
            except HttpFault as fault:
                why, asked = fault.reason, wanted_wait(fault)
            failures = 0 if first > before else failures + 1
            if failures >= ATTEMPTS:
                raise ServiceError(
                    f"the download does not go on: {why}, {ATTEMPTS} times in a row",
                    hint="try again later: it goes on from what is here",
                )
            if failures:
                self._sleep(pause(failures, asked))

    def read(self, first: int, end: int) -> bytes:
        """The same, in one piece."""
        return b"".join(bytes(piece) for piece in self.stream(first, end))

    def stop(self) -> None:
        """Whoever reads from it, in any thread, gets Stopped soon."""
        self._is_stopped = True

    def _received(self, stream: Stream, length: int, longest: int) -> Iterator[memoryview]:
        size, buffer = SHORT_PIECE, bytearray()
        while length > 0:
            if self._is_stopped:
                raise Stopped
            if not self.is_slow:
                size = longest
            wanted = min(size, length)
            if len(buffer) < wanted:
                buffer = bytearray(wanted)
            if self.pace is not None:
                self.pace.wait_for(wanted)
            started = time.monotonic()
            count = stream.readinto(memoryview(buffer)[:wanted])
            if not count:
                return
            length -= count
            seconds = time.monotonic() - started
            self._came, self._waited = self._came + count, self._waited + seconds
            yield memoryview(buffer)[:count]
            size = min(size * 2 if seconds < QUICK else max(size // 2, SHORT_PIECE), SLOW_PIECE)

    def _opened(self, first: int, end: int) -> Stream:
        headers = {"If-Range": self.source.mark} if self.source.mark else {}
        stream = self._http.open(self.source.url, headers=headers, first=first, last=end - 1)
        status = stream.status
        if status == 206 and _total(stream) in (None, self.source.size):
            return stream
        stream.close()
        if status in (200, 206, 412, 416):
            raise Changed
        if status in ENDED:
            raise Ended
        raise Busy(status, stream.headers)


def probed(
    url: str,
    *,
    http: Http,
    known: tuple[Source, bytes] | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> tuple[Source, bytes]:
    """What an address leads to, and its last bytes.  Raises NoRanges, Ended, ServiceError.

    ``known`` is what an earlier process was told: if it is the same, its last bytes are not asked
    for again.
    """
    why = ""
    for attempt in range(ATTEMPTS):
        try:
            with http.open(url, tail=TAIL if known is None else 1) as stream:
                if stream.status in ENDED:
                    raise Ended
                if stream.status in (200, 206, 416):
                    total = _total(stream)
                    if stream.status != 206 or total is None:
                        raise NoRanges
                    mark = stream.headers.get("ETag") or stream.headers.get("Last-Modified")
                    source = Source(url, total, mark, told_md5(stream.headers))
                    tail = b"".join(iter(lambda: stream.read(PIECE), b""))
                    if known is None:
                        return source, tail
                    if mark is not None and (known[0].size, known[0].mark) == (total, mark):
                        return source, known[1]
                    known = None
                    continue
                raise Busy(stream.status, stream.headers)
        except HttpFault as fault:
            why, asked = fault.reason, wanted_wait(fault)
        sleep(pause(attempt, asked))
    raise ServiceError(
        f"the store of Kaggle's files gives nothing: {why}, {ATTEMPTS} times in a row",
        hint="try again later",
    )


def told_md5(headers: Mapping[str, str]) -> str | None:
    """The MD5 of an object as its store tells it (base64), whatever part of it is asked for."""
    hashes = (headers.get("x-goog-hash") or "").replace(" ", "").split(",")
    return next((one[4:] for one in hashes if one.startswith("md5=")), None)


def as_told(md5: _Hash) -> str:
    """An MD5 as the store writes it."""
    return base64.b64encode(md5.digest()).decode()


def _total(stream: Stream) -> int | None:
    found = re.fullmatch(r"bytes \d+-\d+/(\d+)", stream.headers.get("Content-Range") or "")
    return int(found[1]) if found else None
