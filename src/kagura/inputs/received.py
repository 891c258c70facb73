"""One object from its first byte to its last, in order, whatever breaks: no ranges are needed."""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from kagura.errors import ServiceError
from kagura.inputs.pace import Pace
from kagura.inputs.remote import PIECE, Busy, Changed, pause, told_md5, wanted_wait
from kagura.system.faults import HttpFault
from kagura.system.http import Http, Stream

__all__ = ["Address", "Received", "name_in"]

ATTEMPTS = 6

Address = Callable[[], str]
"""Asks for a signed address; each call gives one that is new."""


class Received:
    """The pieces of an object.  ``name`` and ``size`` (None: not told) are known from the first on.

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
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.name, self.size, self.done = "", None, 0  # type: str, int | None, int
        self._address, self._http, self._title = address, http, title
        self._pace, self._sleep = pace, sleep
        self._mark: str | None = None
        self._wanted_md5: str | None = None

    def __iter__(self) -> Iterator[bytes]:
        md5 = hashlib.md5(usedforsecurity=False)
        failures, url, why = 0, self._address(), ""
        while failures < ATTEMPTS:
            before = self.done
            try:
                with self._opened(url) as stream:
                    if stream.status in (200, 206):
                        for piece in self._pieces(stream):
                            md5.update(piece)
                            yield piece
                        if self._wanted_md5 not in (None, base64.b64encode(md5.digest()).decode()):
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
        headers = {"If-Range": self._mark} if self._mark else {}
        return self._http.open(url, headers=headers, first=self.done)

    def _pieces(self, stream: Stream) -> Iterator[bytes]:
        mark = stream.headers.get("ETag") or stream.headers.get("Last-Modified")
        if not self.done:
            self._mark, self.name = mark, name_in(stream.url)
            length = stream.headers.get("Content-Length")
            self.size = int(length) if length else None
            self._wanted_md5 = told_md5(stream.headers)
        elif mark is None or mark != self._mark:
            raise Changed
        passed = self.done if stream.status == 200 else 0
        while passed > 0 and (piece := stream.read(min(PIECE, passed))):
            passed -= len(piece)
        while piece := stream.read(PIECE):
            if self._pace is not None:
                self._pace.wait_for(len(piece))
            self.done += len(piece)
            yield piece


def name_in(url: str) -> str:
    """What the object at an address is called: the last part of its path."""
    return PurePosixPath(unquote(urlsplit(url).path)).name
