"""What of the network a sandbox is to have: no loopback, but the user's proxy, index, resolver."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from kagura.engines.base import Reason, Sandbox
from kagura.env import reach
from kagura.env.network import NetworkSettings
from kagura.env.reach import loopback_ports, nameservers, wanted_isolation, write_resolver
from kagura.env.site import Site
from kagura.errors import MachineError
from kagura.model.sandbox import Isolated, SandboxSpec
from kagura.progress import Silent
from kagura.store.objects import Store


def settings(index: str = "", **environment: str) -> NetworkSettings:
    options = {"index-url": index} if index else {}
    return NetworkSettings(mounts=(), environment=environment, pip_options=options)


@pytest.mark.parametrize(
    ("url", "ports"),
    [
        ("http://127.0.0.1:3128", (3128,)),
        ("http://localhost:8080/simple", (8080,)),
        ("localhost:3128", (3128,)),
        ("http://[::1]:8080", (8080,)),
        ("http://localhost", (80,)),
        ("socks5://127.0.0.1", (1080,)),
        ("https://index.example/simple", ()),
        ("http://192.0.2.7:3128", ()),
    ],
)
def test_a_port_of_the_loopback_that_the_user_names_stays_open(
    url: str, ports: tuple[int, ...]
) -> None:
    assert loopback_ports([url]) == ports


@pytest.mark.parametrize("name", ["127.0.1.1", socket.gethostname()])
def test_a_name_of_this_machine_that_means_another_one_inside_is_refused(name: str) -> None:
    with pytest.raises(MachineError, match="name this machine as"):
        loopback_ports([f"http://{name}:3128"])


def test_proxies_and_indexes_count_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    resolver = tmp_path / "resolv.conf"
    resolver.write_text("nameserver 192.0.2.53\n")
    monkeypatch.setattr(reach, "RESOLVER", resolver)
    given = settings(
        index="corp=http://localhost:81/simple",
        HTTPS_PROXY="http://127.0.0.1:3128",
        NO_PROXY="localhost",
        SSL_CERT_FILE="/etc/127.0.0.1",
    )
    assert wanted_isolation(given) == Isolated(ports=(81, 3128))


@pytest.mark.parametrize(
    ("text", "elsewhere"),
    [
        ("nameserver 127.0.0.53\noptions edns0\n", True),
        ("nameserver 192.0.2.53\nnameserver ::1\n", True),
        ("# nameserver 127.0.0.53\nnameserver 192.0.2.53\n", False),
        ("", True),
    ],
)
def test_a_resolver_on_the_loopback_answers_at_another_address(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str, elsewhere: bool
) -> None:
    resolver = tmp_path / "resolv.conf"
    resolver.write_text(text)
    monkeypatch.setattr(reach, "RESOLVER", resolver)
    assert (wanted_isolation(settings()).nameserver is not None) is elsewhere


def test_the_file_inside_names_that_address_and_keeps_the_rest(tmp_path: Path) -> None:
    (tmp_path / "resolv.conf").write_text("search lan\nnameserver 127.0.0.53\noptions edns0\n")
    write_resolver(tmp_path, Isolated())
    assert nameservers((tmp_path / "resolv.conf").read_text()) == ["127.0.0.53"]
    write_resolver(tmp_path, Isolated(nameserver="10.0.2.3"))
    assert (tmp_path / "resolv.conf").read_text() == (
        "search lan\noptions edns0\nnameserver 10.0.2.3\n"
    )


@dataclass
class FakeEngine:
    """An engine that answers one question."""

    reason: Reason | None = None
    name: str = "fake"

    def why_not(self) -> Reason | None:
        return None

    def why_not_isolated(self, network: Isolated) -> Reason | None:
        return self.reason

    def command(self, spec: SandboxSpec) -> Sequence[str]:
        raise NotImplementedError

    def start(self, spec: SandboxSpec, *, streams: tuple[int, int, int] | None = None) -> Sandbox:
        raise NotImplementedError


class Heard(Silent):
    """Remembers warnings."""

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def warn(self, text: str, *, hint: str | None = None) -> None:
        self.warnings.append(text)


def site(folder: Path, reason: Reason | None) -> tuple[Site, Heard]:
    heard = Heard()
    return Site(store=Store(folder), engine=FakeEngine(reason), progress=heard), heard


def test_a_sandbox_is_isolated_where_the_engine_can(tmp_path: Path) -> None:
    place, heard = site(tmp_path, None)
    assert isinstance(place.network(), Isolated)
    assert place.network(internet=False) == "none"
    assert heard.warnings == []


def test_what_fails_is_told_once_and_the_hosts_network_is_used(tmp_path: Path) -> None:
    place, heard = site(tmp_path, Reason(why="no tunnel device", mend="modprobe tun"))
    assert [place.network(), place.network()] == ["host", "host"]
    assert len(heard.warnings) == 1
    assert "no tunnel device" in heard.warnings[0]


def test_a_program_that_is_not_installed_is_for_doctor_to_tell(tmp_path: Path) -> None:
    place, heard = site(tmp_path, Reason(why="none", mend="install", absent=True))
    assert place.network() == "host"
    assert heard.warnings == []
