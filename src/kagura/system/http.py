"""The one door to HTTP: calls with JSON, and bodies as streams; proxies and CA bundles honoured.

The environment is read as Kaggle's official clients do, which are built on requests:
``HTTP_PROXY``, ``HTTPS_PROXY``, ``NO_PROXY``, ``REQUESTS_CA_BUNDLE`` and ``CURL_CA_BUNDLE``.
Unlike them, every wait has a limit, and ``~/.netrc`` and cookies are left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from socket import socket
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urljoin, urlsplit

from kagura.system.faults import HttpFault, Reset, TooLong
from kagura.system.tcp import keep_short

if TYPE_CHECKING:
    from urllib3 import HTTPResponse

__all__ = ["Answer", "Http", "Stream"]

CONNECT_SECONDS = 15.0
SILENCE_SECONDS = 30.0

# A notebook with its outputs is the longest JSON that Kaggle sends; Kaggle refuses longer ones.
BODY_LIMIT = 256 * 2**20
PIECE = 2**16
REDIRECTS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A whole answer.  ``headers`` ignore case; ``location`` is absolute."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    location: str | None


class Http:
    """Connections to servers, kept and reused.  May be used by several threads at once.

    ``connections`` is how many are kept to one host; ``silence`` how many seconds a server
    may send nothing.
    """

    def __init__(self, *, connections: int = 16, silence: float = SILENCE_SECONDS) -> None:
        from kagura.system.http_library import Connections

        self._silence = silence
        self._connections = Connections(each=connections)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def anew(self) -> Http:
        """One with the same terms and authorities that has no connection yet."""
        other = Http(silence=self._silence)
        other._connections = self._connections.anew()
        return other

    def close(self) -> None:
        """Close the connections that are kept."""
        self._connections.close()

    def post_json(
        self,
        url: str,
        *,
        body: Mapping[str, object],
        headers: Mapping[str, str],
        seconds: float | None = None,
    ) -> Answer:
        """POST ``body`` as JSON; redirects are not followed but told, as ``location``.

        The server may be silent for ``seconds``.  Raises HttpFault.
        """
        sent = {
            "Accept-Encoding": "gzip, deflate",
            "Content-Type": "application/json",
            "Accept": "application/json",
            **headers,
        }
        with _faults(url):
            response = self._connections.ask(
                "POST",
                url,
                headers=sent,
                seconds=(CONNECT_SECONDS, seconds or self._silence),
                body=json.dumps(body).encode(),
            )
            with closing(response):
                content = bytearray()
                for piece in response.stream(PIECE, decode_content=True):
                    content += piece
                    if len(content) > BODY_LIMIT:
                        raise TooLong(_host(url), f"the answer is longer than {BODY_LIMIT} bytes")
        location = response.headers.get("Location")
        return Answer(
            status=response.status,
            headers=response.headers,
            body=bytes(content),
            location=urljoin(url, location) if location else None,
        )

    def open(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        first: int | None = None,
        last: int | None = None,
        tail: int | None = None,
    ) -> Stream:
        """GET a body as it is stored: nothing is decoded.  Redirects are followed.

        ``first`` and ``last`` ask for these bytes and those between them (without ``last``:
        to the end); ``tail`` for so many at the end.  A server may ignore it: look at
        ``status``.  Credentials don't belong here: ValueError.  Raises HttpFault.
        """
        sent = {"Accept-Encoding": "identity", **(headers or {})}
        if any(name.lower() == "authorization" for name in sent):
            raise ValueError("credentials are for the API alone: a signed address needs none")
        if first is not None:
            sent["Range"] = f"bytes={first}-{'' if last is None else last}"
        elif tail is not None:
            sent["Range"] = f"bytes=-{tail}"
        seconds = (CONNECT_SECONDS, self._silence)
        for _ in range(REDIRECTS):
            with _faults(url):
                response = self._connections.ask("GET", url, headers=sent, seconds=seconds)
            location = response.get_redirect_location()
            if not location:
                return Stream(response, url=url)
            url = urljoin(url, location)
            response.close()
        raise HttpFault(_host(url), "it redirects without end")


class Stream:
    """A body that is being received.  Belongs to one thread; close it, or use ``with``.

    ``url`` is where it came from in the end; ``headers`` ignore case.
    """

    def __init__(self, response: HTTPResponse, *, url: str) -> None:
        self._response = response
        # The standard library's response, below urllib3's, which would read to a buffer of its own
        # and copy that.
        self._body: Any = response._original_response  # noqa: SLF001
        self.status = response.status
        self.headers: Mapping[str, str] = response.headers
        self.url = url
        self._is_interrupted = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def readinto(self, buffer: bytearray | memoryview) -> int:
        """Fill the buffer; how many bytes came, fewer only at the end (0: it is over).

        Raises Reset when the body is shorter than the server said, TimedOut when it is silent.
        """
        with _faults(self.url):
            count: int = self._body.readinto(buffer)
        if not count and self._body.length:
            raise Reset(_host(self.url), "the connection broke")
        return count or self._end()

    def read(self, count: int) -> bytes:
        """Up to ``count`` bytes, fewer only at the end.  Raises as ``readinto`` does."""
        with _faults(self.url):
            piece: bytes = self._response.read(count, decode_content=False)
        return piece or bytes(self._end())

    def close(self) -> None:
        """Give the connection back, or close it if the body was not read to its end."""
        if self._body.isclosed():
            self._response.release_conn()
        self._response.close()

    def keep_short(self, most: int) -> None:
        """Let about ``most`` bytes wait in the kernel, if the server is near (see ``tcp.py``)."""
        line = getattr(self._response.connection, "sock", None)
        # By a proxy that has TLS of its own it is no socket, but something of urllib3's.
        if isinstance(line, socket):
            with suppress(OSError):
                keep_short(line, most)

    def interrupt(self) -> None:
        """Break the connection, from another thread: who reads now gets Reset at once."""
        self._is_interrupted = True
        with suppress(ValueError, RuntimeError, OSError):  # it is over already
            self._response.shutdown()

    def _end(self) -> int:
        # A body without a length ends by the connection's end: then only we know that it broke.
        if self._is_interrupted:
            raise Reset(_host(self.url), "interrupted")
        return 0


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or "no host"
    except ValueError:
        return "no host"


@contextmanager
def _faults(url: str) -> Iterator[None]:
    from kagura.system.http_library import FAULTS, fault_of

    try:
        yield
    except HttpFault:
        raise
    except FAULTS as error:
        raise fault_of(error, host=_host(url)) from error
