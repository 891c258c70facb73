"""What can go wrong between us and a server, each an ``HttpFault``; loads no HTTP library.

HttpFault(OSError)
├── Unresolved      no such host, or no network at all
├── Refused         the host is there, and nothing answers
├── TimedOut        connecting took too long, or the server went silent
├── Reset           the connection broke, or ended before the body did
├── BadCertificate  TLS failed: an unknown authority, or a bundle that is not there
├── BadProxy        the configured proxy can't
├── BadAddress      not an address that can be asked
└── TooLong         more came than was agreed

A status such as 404 or 503 is an answer, no fault.
"""

from __future__ import annotations

__all__ = [
    "BadAddress",
    "BadCertificate",
    "BadProxy",
    "HttpFault",
    "Refused",
    "Reset",
    "TimedOut",
    "TooLong",
    "Unresolved",
]


class HttpFault(OSError):  # noqa: N818 (a fault is what the network does to us)
    """A request that got no whole answer.

    ``host`` is who was asked, ``reason`` what happened, in words.  Neither holds the address's
    path or query: a signed address is a secret.
    """

    may_pass = False
    """Whether asking again can help."""

    def __init__(self, host: str, reason: str) -> None:
        super().__init__(f"{host}: {reason}")
        self.host = host
        self.reason = reason

    def __reduce__(self) -> tuple[type[HttpFault], tuple[str, str]]:
        # OSError's own way would call __init__ with one argument (worker processes pickle faults).
        return type(self), (self.host, self.reason)


class Unresolved(HttpFault):
    """The host's name has no address: no network, or a wrong name."""

    may_pass = True


class Refused(HttpFault):
    """Nothing listens there, or no way leads there."""

    may_pass = True


class TimedOut(HttpFault):
    """Connecting took too long, or the server went silent."""

    may_pass = True


class Reset(HttpFault):
    """The connection broke, or ended before the body did."""

    may_pass = True


class BadCertificate(HttpFault):
    """TLS failed: an unknown authority, or a bundle of authorities that is not there."""


class BadProxy(HttpFault):
    """The configured proxy cannot be reached, or refuses."""


class BadAddress(HttpFault):
    """Not an address that can be asked."""


class TooLong(HttpFault):
    """More came than was agreed."""
