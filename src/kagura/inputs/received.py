"""One object from its first byte to its last, in order, whatever breaks: no ranges are needed."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from kagura.errors import ServiceError
from kagura.inputs.pace import Pace
from kagura.inputs.remote import PIECE, Busy, Changed, as_told, pause, told_md5, wanted_wait
from kagura.system.faults import HttpFault
from kagura.system.http import Http, Stream

__all__ = ["Address", "Received", "name_in"]

ATTEMPTS = 6

Address = Callable[[], str]
"""Asks for a signed address; each call gives one that is new."""


class Received:
    """The pieces of an object.  ``name``, ``size`` and ``mark`` (None: not told) are known from the
    first on; ``piece`` is how many bytes one has at most.

    A broken connection is begun again where it broke, or, where the server answers no ranges, from
    its beginning, of which what was had is passed over.  Raises ServiceError; Changed, when it is
    another object by now, or its hash is not what the server says.
    """

    def __init__(
        self,
        address: Address,
        *,
        http: Http,
        title: str,
        pace: Pace | None = None,
        piece: int = PIECE,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.name, self.size, self.done = "", None, 0  # type: str, int | None, int
        self._address, self._http, self._title = address, http, title
        self._pace, self._piece, self._sleep = pace, piece, sleep
        self.mark: str | None = None
        self._here: Path | None = None
        self._wanted_md5: str | None = None

    def go_on(self, here: Path, *, mark: str) -> None:
        """Begin behind what a file has of the object: an earlier process left it so."""
        self._here, self.mark, self.done = here, mark, here.stat().st_size

    def __iter__(self) -> Iterator[bytes]:
        md5 = hashlib.md5(usedforsecurity=False)
        if self._here is not None:
            with self._here.open("rb") as file:
                hashlib.file_digest(file, lambda: md5)
        failures, url, why = 0, self._address(), ""
        while failures < ATTEMPTS:
            before = self.done
            try:
                with self._opened(url) as stream:
                    if stream.status == 416:  # it ends before what is here does
                        raise Changed
                    if stream.status in (200, 206):
                        for piece in self._pieces(stream):
                            md5.update(piece)
                            yield piece
                        if self._wanted_md5 not in (None, as_told(md5)):
                            raise Changed
                        return
                    raise Busy(stream.status, stream.headers)
            except HttpFault as fault:
                why, asked = fault.reason, wanted_wait(fault)
            failures = 0 if self.done > before else failures + 1
            if failures:
                self._sleep(pause(failures, asked))
                url = self._address()
        raise ServiceError(
            f"{self._title} could not be fetched: {why}, {ATTEMPTS} times in a row",
            hint="try again later; if the network is behind a proxy, set HTTPS_PROXY",
        )

    def _opened(self, url: str) -> Stream:
        if not self.done:
            return self._http.open(url)
        headers = {"If-Range": self.mark} if self.mark else {}
        return self._http.open(url, headers=headers, first=self.done)

    def _pieces(self, stream: Stream) -> Iterator[bytes]:
        mark = stream.headers.get("ETag") or stream.headers.get("Last-Modified")
        if not self.done:
            self.mark = mark
        elif mark is None or mark != self.mark:
            raise Changed
        passed = self.done if stream.status == 200 else 0
        if not self.name or not self.done:
            self.name, self._wanted_md5 = name_in(stream.url), told_md5(stream.headers)
            length = stream.headers.get("Content-Length")
            self.size = int(length) + self.done - passed if length else None
        while passed > 0 and (piece := stream.read(min(self._piece, passed))):
            passed -= len(piece)
        while piece := stream.read(self._piece):
            if self._pace is not None:
                self._pace.wait_for(len(piece))
            self.done += len(piece)
            yield piece


def name_in(url: str) -> str:
    """What the object at an address is called: the last part of its path."""
    return PurePosixPath(unquote(urlsplit(url).path)).name
