"""What ``system/http.py`` has of ``requests``; loaded with the first ``Http``, not before.

It takes a quarter of the time that kagura needs to be there, and most commands ask nobody.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from http.client import HTTPException, IncompleteRead
from http.cookiejar import DefaultCookiePolicy
from typing import Any

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
    Unresolved,
)

__all__ = ["FAULTS", "Session", "fault_of"]

FAULTS = (OSError, HTTPException, urllib3.exceptions.HTTPError, ValueError)
"""What the library raises, and the standard one below it."""


class Session(requests.Session):
    """A session that remembers no cookies and takes no password from ``~/.netrc``.

    ``connections`` is how many are kept to one host.
    """

    def __init__(self, *, connections: int) -> None:
        super().__init__()
        self.headers["User-Agent"] = f"kagura/{__version__}"
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.auth = lambda request: request  # something is set: ~/.netrc is not asked
        adapter = _Adapter(pool_maxsize=connections)
        for scheme in ("http://", "https://"):
            self.mount(scheme, adapter)


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


def fault_of(error: Exception, *, host: str) -> HttpFault:
    """What an error of the library means."""
    causes = list(_causes(error))
    kinds = tuple(type(cause) for cause in causes)

    def caused_by(*wanted: type[Exception]) -> bool:
        return any(issubclass(kind, wanted) for kind in kinds)

    known = requests.exceptions
    # Behind a proxy too, so before it.
    if caused_by(ConnectionResetError, BrokenPipeError, IncompleteRead):
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
