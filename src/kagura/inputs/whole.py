"""A file from an object store, whole: resumed after every break, checked against its hash."""

from __future__ import annotations

import base64
import hashlib
import os
import time
from collections.abc import Callable
from pathlib import Path

from kagura.errors import ServiceError
from kagura.inputs.unpack import unpack
from kagura.progress import Progress, Silent
from kagura.system.faults import HttpFault
from kagura.system.http import Http, Stream

__all__ = ["fetch_archive", "fetch_file"]

PIECE = 1 << 20
ATTEMPTS = 6
LONGEST_WAIT = 16.0
# The store's word for an address that has ended, or that was never signed for us.
ENDED = (400, 401, 403)

Address = Callable[[], str]
"""Asks for a signed address; each call gives one that is new."""


def fetch_archive(
    address: Address, tree: Path, *, http: Http, progress: Progress, title: str
) -> None:
    """Fetch an archive and unpack it into a folder.  Raises ServiceError, OSError."""
    spool = tree.parent / "archive"
    name = fetch_file(address, spool, http=http, progress=progress, title=title)
    progress.update("input", f"{title}: unpacking")
    unpack(spool, tree, name=name, title=title)
    os.unlink(spool)


def fetch_file(
    address: Address,
    target: Path,
    *,
    http: Http,
    progress: Progress | None = None,
    title: str = "",
    sleep: Callable[[float], None] = time.sleep,
) -> str:
    """Fetch one object to a file; the last part of its address's path.

    Broken connections, silent servers and ended addresses are tried again, as long as it goes
    on; an object that changes meanwhile is begun anew.  Raises ServiceError.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.part")
    part.unlink(missing_ok=True)
    fetching = _Fetching(part, progress or Silent(), title or target.name)
    failures, url, why = 0, address(), ""
    while failures < ATTEMPTS:
        before = fetching.done
        try:
            with fetching.opened(http, url) as stream:
                status = stream.status
                if status in (200, 206) and fetching.receive(stream):
                    os.replace(part, target)
                    return stream.url.partition("?")[0].rpartition("/")[2]
                why = f"the store answered {status}" if status >= 300 else "the content was changed"
        except HttpFault as fault:
            status, why = 0, fault.reason
        failures = 0 if fetching.done > before else failures + 1
        if failures:
            sleep(min(2.0**failures / 2, LONGEST_WAIT))
        if status in ENDED or failures:
            url = address()
    part.unlink(missing_ok=True)
    raise ServiceError(
        f"{fetching.title} could not be fetched: {why}, {ATTEMPTS} times in a row",
        hint="try again later; if the network is behind a proxy, set HTTPS_PROXY",
    )


class _Fetching:
    """A file that is being fetched: how much of which object is here."""

    def __init__(self, part: Path, progress: Progress, title: str) -> None:
        self.done = 0
        self.title = title
        self._part, self._progress = part, progress
        self._mark: str | None = None
        self._hash = hashlib.md5(usedforsecurity=False)

    def opened(self, http: Http, url: str) -> Stream:
        """Ask for what is not here yet."""
        if not self.done:
            return http.open(url)
        headers = {"If-Range": self._mark} if self._mark else {}
        return http.open(url, headers=headers, first=self.done)

    def receive(self, stream: Stream) -> bool:
        """Take what comes to its end; whether the object is whole and right."""
        mark = stream.headers.get("ETag") or stream.headers.get("Last-Modified")
        if stream.status == 200 or mark != self._mark:
            # All of it again: the server knows no ranges, or has another object by now.
            self.done, self._mark = 0, mark
            self._hash = hashlib.md5(usedforsecurity=False)
            if stream.status == 206:
                return False
        length = int(stream.headers.get("Content-Length") or 0)
        total = self.done + length
        with open(self._part, "r+b" if self.done else "wb") as file:
            file.seek(self.done)
            while piece := stream.read(PIECE):
                file.write(piece)
                self._hash.update(piece)
                self.done += len(piece)
                self._progress.update("input", self.title, done=self.done, total=total)
        return self._is_right(stream)

    def _is_right(self, stream: Stream) -> bool:
        words = (stream.headers.get("x-goog-hash") or "").replace(" ", "").split(",")
        wanted = [word[4:] for word in words if word.startswith("md5=")]
        found = base64.b64encode(self._hash.digest()).decode()
        if wanted and found != wanted[0]:
            self.done = 0
            return False
        return True
