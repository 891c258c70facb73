"""What ``system/http.py`` has of ``urllib3``; loaded with the first ``Http``, not before.

It takes a fifth of the time that kagura needs to be there, and most commands ask nobody.
"""

from __future__ import annotations

import os
import socket
import ssl
from collections.abc import Iterator, Mapping
from http.client import HTTPException, IncompleteRead
from importlib.util import find_spec
from threading import Lock
from typing import Any, cast
from urllib.parse import unquote, urlsplit

import urllib3
from urllib3 import exceptions as known
from urllib3.connection import HTTPConnection

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
from kagura.system.proxies import proxy_for

__all__ = ["FAULTS", "Connections", "fault_of"]

FAULTS = (OSError, HTTPException, known.HTTPError, ValueError)
"""What the library raises, and the standard one below it."""


class Connections:
    """Connections to servers, by the proxies and with the authorities that the environment names.

    ``each`` is how many are kept to one host.  Threads may share it.
    """

    def __init__(self, *, each: int) -> None:
        self._each = each
        self._lock = Lock()
        self._managers: dict[tuple[str | None, str | None], urllib3.PoolManager] = {}
        self._tls: dict[str, ssl.SSLContext] = {}

    def anew(self) -> Connections:
        """The same, of which there is none yet."""
        others = Connections(each=self._each)
        others._tls = self._tls
        return others

    def close(self) -> None:
        """Close all that are kept."""
        with self._lock:
            for manager in self._managers.values():
                manager.clear()

    def ask(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        seconds: tuple[float, float],
        body: bytes | None = None,
    ) -> urllib3.HTTPResponse:
        """Ask once: no redirect is followed, nothing retried, and the body is not yet read.

        ``seconds`` to connect, and of silence.  Raises HttpFault and ``FAULTS``.
        """
        parts = urllib3.util.parse_url(url)
        if not parts.scheme or not parts.host:
            raise known.LocationParseError("it names no server")
        bundle = _bundle() if parts.scheme == "https" else None
        connect, silence = seconds
        response = self._manager(proxy_for(parts.url), bundle, host=parts.host).urlopen(
            method,
            parts.url,
            redirect=False,
            body=body,
            headers={"User-Agent": f"kagura/{__version__}", **headers},
            retries=False,
            timeout=urllib3.Timeout(connect=connect, read=silence),
            preload_content=False,
            decode_content=False,
        )
        return cast(urllib3.HTTPResponse, response)  # another kind comes by HTTP/2 alone

    def _manager(self, proxy: str | None, bundle: str | None, *, host: str) -> urllib3.PoolManager:
        with self._lock:
            manager = self._managers.get((proxy, bundle))
            if manager is None:
                options: dict[str, Any] = {
                    "maxsize": self._each,
                    # Sends at once what is written, to a proxy too: else a request's body waits
                    # there until the proxy has confirmed its headers, 40 ms a call.
                    "socket_options": HTTPConnection.default_socket_options,
                }
                if bundle is not None:
                    # One for all connections: to read the authorities takes 25 ms.
                    if bundle not in self._tls:
                        self._tls[bundle] = _tls(bundle, host=host)
                    options["ssl_context"] = self._tls[bundle]
                manager = (
                    _by_proxy(proxy, host, options) if proxy else urllib3.PoolManager(**options)
                )
                self._managers[proxy, bundle] = manager
            return manager


def fault_of(error: Exception, *, host: str) -> HttpFault:
    """What an error of the library means."""
    causes = list(_causes(error))
    kinds = tuple(type(cause) for cause in causes)

    def caused_by(*wanted: type[Exception]) -> bool:
        return any(issubclass(kind, wanted) for kind in kinds)

    # Behind a proxy too, so before it.
    if caused_by(ConnectionResetError, BrokenPipeError, IncompleteRead):
        return Reset(host, "the connection broke")
    if caused_by(known.ProxyError):
        return BadProxy(host, f"the proxy does not serve: {_innermost(causes)}")
    if caused_by(known.SSLError, ssl.SSLError):
        return BadCertificate(host, _innermost(causes))
    if caused_by(socket.gaierror, known.NameResolutionError):
        return Unresolved(host, "this name has no address here")
    if caused_by(known.LocationValueError):
        return BadAddress(host, "this is no address of a server")
    if caused_by(known.NewConnectionError):
        return Refused(host, _innermost(causes))
    if caused_by(TimeoutError, known.TimeoutError):
        return TimedOut(host, "no answer in time")
    if caused_by(known.HTTPError):
        return Reset(host, "the connection broke")
    return HttpFault(host, _innermost(causes))


def _by_proxy(proxy: str, host: str, options: Mapping[str, Any]) -> urllib3.PoolManager:
    try:
        parts = urlsplit(proxy)
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        if parts.scheme.startswith("socks"):
            if find_spec("socks") is None:
                raise BadProxy(host, "a SOCKS proxy needs PySocks: pip install pysocks")
            from urllib3.contrib.socks import SOCKSProxyManager

            return SOCKSProxyManager(proxy, user or None, password or None, **options)
        signed_in = urllib3.make_headers(proxy_basic_auth=f"{user}:{password}") if user else None
        if not parts.hostname:
            raise known.LocationParseError("it has no host")
        return urllib3.ProxyManager(proxy, proxy_headers=signed_in, **options)
    except ValueError as error:
        raise BadProxy(host, "what the environment names as the proxy is none") from error


def _bundle() -> str:
    """The file or folder of authorities that the environment names, else the one of certifi."""
    named = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")
    if named:
        return named
    import certifi

    return certifi.where()


def _tls(bundle: str, *, host: str) -> ssl.SSLContext:
    context = urllib3.util.create_urllib3_context()
    try:
        if os.path.isdir(bundle):
            context.load_verify_locations(capath=bundle)
        else:
            context.load_verify_locations(cafile=bundle)
    except ssl.SSLError as error:
        raise BadCertificate(host, f"{bundle} holds no certificates of authorities") from error
    except OSError as error:
        raise BadCertificate(host, f"the authorities in {bundle}: {error.strerror}") from error
    return context


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
