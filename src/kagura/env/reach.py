"""What of the network a sandbox gets: all but the host's loopback, where that can be had."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from kagura.engines.uplink import NAMESERVER
from kagura.env.network import NetworkSettings, network_settings
from kagura.errors import MachineError
from kagura.model.sandbox import Isolated, Network

__all__ = ["wanted_isolation", "write_resolver"]

RESOLVER = Path("/etc/resolv.conf")
PORTS = {"http": 80, "https": 443, "socks": 1080, "socks4": 1080, "socks5": 1080, "socks5h": 1080}
LOOPBACK = ("localhost", "127.0.0.1", "::1")


def wanted_isolation(settings: NetworkSettings | None = None) -> Isolated:
    """The isolated network that works as the host's does, for what its user has set.

    A proxy or a package index on the host's loopback stays within reach, and a resolver there
    answers at another address.  Raises MachineError where that cannot be.
    """
    settings = settings or network_settings()
    proxies = ("http_proxy", "https_proxy", "all_proxy")
    urls = [url for name, url in settings.environment.items() if name.lower() in proxies]
    urls += [url for option in ("index-url", "extra-index-url") for url in _words(settings, option)]
    ports = loopback_ports(urls)
    servers = nameservers(_text(RESOLVER))
    own = [server for server in servers if server.startswith("127.") or server == "::1"]
    # Without any in the file, the C library asks the loopback.
    return Isolated(ports=ports, nameserver=NAMESERVER if own or not servers else None)


def loopback_ports(urls: list[str]) -> tuple[int, ...]:
    """The ports of this machine's loopback that URLs name.

    Raises MachineError for one that names this machine by another of its addresses: that one is
    the sandbox's own inside.
    """
    ports = set()
    for url in urls:
        parts = urlsplit(url if "//" in url else f"http://{url}")
        name = (parts.hostname or "").lower()
        if name in LOOPBACK:
            ports.add(parts.port or PORTS.get(parts.scheme, 80))
        elif name == socket.gethostname().lower() or _is_ours(name):
            raise MachineError(
                f"your settings for proxies and packages name this machine as {name}",
                hint=f"name it 127.0.0.1 instead of {name}",
            )
    return tuple(sorted(ports))


def _is_ours(name: str) -> bool:
    """Whether an address is one of this machine's; asks nobody."""
    family = socket.AF_INET6 if ":" in name else socket.AF_INET
    try:
        socket.inet_pton(family, name)
        with socket.socket(family) as tried:
            tried.bind((name, 0))
    except OSError:
        return False
    return True


def nameservers(text: str) -> list[str]:
    """The addresses in a ``resolv.conf``."""
    return re.findall(r"^\s*nameserver\s+(\S+)", text, flags=re.MULTILINE)


def write_resolver(etc: Path, network: Network) -> None:
    """Name the resolver in the ``resolv.conf`` inside, where it is not at the host's addresses."""
    if not isinstance(network, Isolated) or network.nameserver is None:
        return
    path = etc / "resolv.conf"
    kept = [line for line in _text(path).splitlines() if not nameservers(line)]
    path.write_text("\n".join([*kept, f"nameserver {network.nameserver}", ""]), encoding="utf-8")


def _words(settings: NetworkSettings, option: str) -> Iterator[str]:
    options: Mapping[str, str] = settings.pip_options
    for word in options.get(option, "").split():
        # uv's indexes may have a name before them.
        yield word.partition("=")[2] if re.match(r"[\w-]+=", word) else word


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
