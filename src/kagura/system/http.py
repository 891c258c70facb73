"""The one door to HTTP: calls with JSON, and bodies as streams; proxies and CA bundles honoured.

``requests`` reads the environment as Kaggle's official clients do, which are built on it:
``HTTP_PROXY``, ``HTTPS_PROXY``, ``NO_PROXY``, ``REQUESTS_CA_BUNDLE`` and ``CURL_CA_BUNDLE``.
Unlike them, every wait has a limit, and ``~/.netrc`` and cookies are left out.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from types import TracebackType
from typing import Any, Self
from urllib.parse import urljoin, urlsplit

import requests
import urllib3

from kagura import __version__
from kagura.system.faults import (
    BadAddress,
    BadCertificate,
    BadProxy,
    HttpFault,
    Refused,
    Reset,
    TimedOut,
    TooLong,
    Unresolved,
)

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
        self._silence = silence
        self._session = _Session()
        adapter = _Adapter(pool_maxsize=connections)
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, adapter)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections that are kept."""
        self._session.close()

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
        sent = {"Content-Type": "application/json", "Accept": "application/json", **headers}
        with _faults(url):
            response = self._session.post(
                url,
                data=json.dumps(body).encode(),
                headers=sent,
                timeout=(CONNECT_SECONDS, seconds or self._silence),
                allow_redirects=False,
                stream=True,
            )
            with response:
                content = bytearray()
                for piece in response.iter_content(PIECE):
                    content += piece
                    if len(content) > BODY_LIMIT:
                        raise TooLong(_host(url), f"the answer is longer than {BODY_LIMIT} bytes")
        location = response.headers.get("Location")
        return Answer(
            status=response.status_code,
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
        # By hand: requests would carry cookies along, and ask ~/.netrc for each new host.
        for _ in range(REDIRECTS):
            with _faults(url):
                response = self._session.get(
                    url,
                    headers=sent,
                    timeout=(CONNECT_SECONDS, self._silence),
                    allow_redirects=False,
                    stream=True,
                )
            if not response.is_redirect:
                return Stream(response)
            url = urljoin(url, response.headers["Location"])
            response.close()
        raise HttpFault(_host(url), "it redirects without end")


class Stream:
    """A body that is being received.  Belongs to one thread; close it, or use ``with``.

    ``url`` is where it came from in the end; ``headers`` ignore case.
    """

    def __init__(self, response: requests.Response) -> None:
        self._response = response
        self.status = response.status_code
        self.headers: Mapping[str, str] = response.headers
        self.url = response.url
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
            count: int = self._response.raw.readinto(buffer) or 0
        return count or self._end()

    def read(self, count: int) -> bytes:
        """Up to ``count`` bytes, fewer only at the end.  Raises as ``readinto`` does."""
        with _faults(self.url):
            piece: bytes = self._response.raw.read(count, decode_content=False)
        return piece or bytes(self._end())

    def close(self) -> None:
        """Give the connection back, or close it if the body was not read to its end."""
        self._response.close()

    def interrupt(self) -> None:
        """Break the connection, from another thread: who reads now gets Reset at once."""
        self._is_interrupted = True
        with suppress(ValueError, RuntimeError, OSError):  # it is over already
            self._response.raw.shutdown()

    def _end(self) -> int:
        # A body without a length ends by the connection's end: then only we know that it broke.
        if self._is_interrupted:
            raise Reset(_host(self.url), "interrupted")
        return 0


class _Session(requests.Session):
    """A session that remembers no cookies and takes no password from ``~/.netrc``."""

    def __init__(self) -> None:
        super().__init__()
        self.headers["User-Agent"] = f"kagura/{__version__}"
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.auth = lambda request: request  # something is set: ~/.netrc is not asked


class _Adapter(requests.adapters.HTTPAdapter):
    """Sends at once what is written, to a proxy too.

    Else a request's body waits there until the proxy has confirmed its headers: 40 ms a call.
    """

    def proxy_manager_for(self, proxy: str, **options: Any) -> urllib3.PoolManager:
        options.setdefault(
            "socket_options", urllib3.connection.HTTPConnection.default_socket_options
        )
        manager: urllib3.PoolManager = super().proxy_manager_for(proxy, **options)
        return manager


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or "no host"
    except ValueError:
        return "no host"


@contextmanager
def _faults(url: str) -> Iterator[None]:
    try:
        yield
    except HttpFault:
        raise
    except (OSError, urllib3.exceptions.HTTPError, ValueError) as error:
        raise _fault(error, host=_host(url)) from error


def _fault(error: Exception, *, host: str) -> HttpFault:
    causes = list(_causes(error))
    kinds = tuple(type(cause) for cause in causes)

    def caused_by(*wanted: type[Exception]) -> bool:
        return any(issubclass(kind, wanted) for kind in kinds)

    known = requests.exceptions
    if caused_by(ConnectionResetError, BrokenPipeError):  # behind a proxy too, so before it
        return Reset(host, "the connection broke")
    if caused_by(known.ProxyError, known.InvalidProxyURL):
        return BadProxy(host, f"the proxy does not serve: {_innermost(causes)}")
    if caused_by(known.SSLError, urllib3.exceptions.SSLError):
        return BadCertificate(host, _innermost(causes))
    if caused_by(socket.gaierror, urllib3.exceptions.NameResolutionError):
        return Unresolved(host, "this name has no address here")
    if caused_by(urllib3.exceptions.NewConnectionError):
        return Refused(host, _innermost(causes))
    if caused_by(TimeoutError, known.Timeout, urllib3.exceptions.TimeoutError):
        return TimedOut(host, "no answer in time")
    if caused_by(known.ConnectionError, known.ChunkedEncodingError, urllib3.exceptions.HTTPError):
        return Reset(host, "the connection broke")
    if caused_by(known.InvalidURL, known.InvalidSchema, known.MissingSchema):
        return BadAddress(host, "this is no address of a server")
    if not caused_by(known.RequestException) and "CA certificate bundle" in str(error):
        return BadCertificate(host, str(error))  # requests tells it by a bare OSError
    return HttpFault(host, _innermost(causes))


def _causes(error: BaseException) -> Iterator[BaseException]:
    # The libraries wrap by `raise … from`, by argument, and by an attribute of their own.
    seen: list[BaseException] = [error]
    while seen:
        cause = seen.pop()
        yield cause
        inner = (cause.__cause__, getattr(cause, "reason", None), *cause.args[:1])
        seen += [one for one in inner if isinstance(one, BaseException)]


def _innermost(causes: list[BaseException]) -> str:
    cause = causes[-1]
    return getattr(cause, "strerror", None) or type(cause).__name__
