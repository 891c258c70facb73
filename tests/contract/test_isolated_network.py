"""A sandbox with the network on does not see the host's loopback: real pasta, real slirp4netns."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from kagura.engines import isolation
from kagura.engines.bubblewrap import Bubblewrap
from kagura.engines.collect import collect
from kagura.engines.uplink import NAMESERVER, Uplink, find_uplinks
from kagura.env.reach import write_resolver
from kagura.errors import MachineError
from kagura.model.sandbox import Isolated, SandboxSpec
from kagura.system.command import Completed

sys.path.insert(0, str(Path(__file__).parent))
from greeting import ASK, Greeter, gateway
from living import until

UPLINKS = ("pasta", "slirp4netns")


@pytest.fixture
def service() -> Iterator[Greeter]:
    greeter = Greeter("127.0.0.1")
    yield greeter
    greeter.close()


@pytest.fixture
def everywhere() -> Iterator[Greeter]:
    """A service that listens on all of the host's addresses."""
    greeter = Greeter("0.0.0.0")
    yield greeter
    greeter.close()


@pytest.fixture(params=UPLINKS)
def uplink(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Uplink:
    """One of the two programs, as the only one that is here."""
    found = [item for item in find_uplinks() if item.name == request.param]
    assert found, f"{request.param} is not installed: apt-get install passt slirp4netns"
    monkeypatch.setattr(isolation, "find_uplinks", lambda: tuple(found))
    return found[0]


Run = Callable[..., Completed]


@pytest.fixture
def isolated(spec: Callable[..., SandboxSpec], uplink: Uplink) -> Run:
    def run(script: str, network: Isolated | None = None) -> Completed:
        return collect(Bubblewrap(), spec(script, network=network or Isolated()), seconds=60)

    return run


def test_a_service_on_the_hosts_loopback_is_not_reached(isolated: Run, service: Greeter) -> None:
    ways = ["127.0.0.1", "::1", "127.0.0.2", "localhost", "0.0.0.0", "10.0.2.2", "169.254.1.2"]
    places = [(way, service.port) for way in (*ways, gateway())]
    answer = isolated(ASK.format(places=places))
    assert answer.status == 0, answer.stderr
    assert [line.split()[2] for line in answer.stdout.splitlines()] == ["shut"] * len(places)


def test_a_service_on_all_addresses_is_not_reached_by_the_loopback_nor_the_gateway(
    isolated: Run, everywhere: Greeter
) -> None:
    places = [(way, everywhere.port) for way in ("127.0.0.1", "::1", "10.0.2.2", gateway())]
    answer = isolated(ASK.format(places=places))
    assert [line.split()[2] for line in answer.stdout.splitlines()] == ["shut"] * len(places)


def test_there_is_a_way_out(isolated: Run) -> None:
    answer = isolated(
        "import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM);"
        "s.connect(('192.0.2.77', 9)); print(s.getsockname()[0])"
    )
    assert answer.status == 0, answer.stderr
    assert not answer.stdout.startswith("127.")


def test_a_port_inside_is_not_open_on_the_host(
    spec: Callable[..., SandboxSpec], uplink: Uplink
) -> None:
    sandbox = Bubblewrap().start(
        spec(
            "import socket, sys; s = socket.create_server(('0.0.0.0', 0));"
            "print(s.getsockname()[1], flush=True); sys.stdin.read()",
            network=Isolated(),
        )
    )
    try:
        port = int(sandbox.stdout.readline())
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), 5)
    finally:
        sandbox.stop()


def test_it_gains_no_capability_and_no_open_file(isolated: Run) -> None:
    answer = isolated(
        "import os; print([l.split()[1] for l in open('/proc/self/status') if 'CapEff' in l],"
        "[os.readlink(f'/proc/self/fd/{n}') for n in os.listdir('/proc/self/fd') if int(n) > 3])"
    )
    assert answer.stdout.strip() == "['0000000000000000'] []"


def test_the_hosts_resolver_answers_at_its_other_address(
    spec: Callable[..., SandboxSpec], uplink: Uplink, host: Path
) -> None:
    network = Isolated(nameserver=NAMESERVER)
    question = bytes.fromhex("123401000001000000000000") + b"\x09localhost\0\0\1\0\1"
    made = spec(
        "import re, socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(9)\n"
        "address = re.search(r'nameserver (\\S+)', open('/etc/resolv.conf').read()).group(1)\n"
        f"s.sendto({question!r}, (address, 53)); print(address, s.recv(512)[:2].hex())",
        network=network,
    )
    write_resolver(host / "scratch" / "etc", network)
    answer = collect(Bubblewrap(), made, seconds=60)
    assert answer.stdout.split() == [NAMESERVER, "1234"], answer.stderr


def test_pasta_opens_the_ports_that_are_named_and_no_other(
    spec: Callable[..., SandboxSpec], service: Greeter, everywhere: Greeter
) -> None:
    script = ASK.format(places=[("127.0.0.1", service.port), ("127.0.0.1", everywhere.port)])
    network = Isolated(ports=(service.port,))
    answer = collect(Bubblewrap(), spec(script, network=network), seconds=60)
    assert [line.split()[2] for line in answer.stdout.splitlines()] == ["host", "shut"]


SLEEPER = "import time; print('up', flush=True); time.sleep(600)"


def helpers() -> list[psutil.Process]:
    """What runs of the two programs for a child of this test."""
    return [child for child in psutil.Process().children() if called(child) in UPLINKS]


def called(process: psutil.Process) -> str:
    """The name by which a program was started: pasta becomes another one for newer processors."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return Path((process.cmdline() or [""])[0]).name
    return ""  # it has just ended


def test_no_helper_outlives_its_sandbox(spec: Callable[..., SandboxSpec], uplink: Uplink) -> None:
    sandbox = Bubblewrap().start(spec(SLEEPER, network=Isolated()))
    try:
        assert sandbox.stdout.readline() == b"up\n"
        (helper,) = helpers()
        os.kill(int(sandbox.id), signal.SIGKILL)
        sandbox.wait(10)
    finally:
        sandbox.stop()
    assert end_of([helper])


def test_a_killed_helper_takes_the_network_and_nothing_else(
    spec: Callable[..., SandboxSpec], uplink: Uplink
) -> None:
    sandbox = Bubblewrap().start(
        spec("import sys; print('up', flush=True); sys.stdin.read(1)", network=Isolated())
    )
    try:
        assert sandbox.stdout.readline() == b"up\n"
        (helper,) = helpers()
        helper.kill()
        sandbox.stdin.write(b"x")
        sandbox.stdin.flush()
        assert sandbox.wait(10) == 0
    finally:
        sandbox.stop()


def end_of(family: list[psutil.Process]) -> bool:
    return until(lambda: not any(lives(process) for process in family), 10)


def lives(process: psutil.Process) -> bool:
    try:
        # What nobody waits for stays as a zombie where a container has no first process for it.
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def test_a_helper_that_fails_is_named_with_its_own_words(
    spec: Callable[..., SandboxSpec], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken = tmp_path / "pasta"
    broken.write_text("#!/bin/sh\necho 'Failed to open() /dev/net/tun' >&2; exit 1\n")
    broken.chmod(0o755)
    found = (Uplink(name="pasta", program=broken),)
    monkeypatch.setattr(isolation, "find_uplinks", lambda: found)
    with pytest.raises(MachineError, match=r"pasta .*: Failed to open\(\) /dev/net/tun"):
        Bubblewrap().start(spec("pass", network=Isolated()))
    reason = Bubblewrap().why_not_isolated(Isolated())
    assert reason is not None
    assert "Failed to open" in reason.why
    assert not reason.absent


def test_what_has_worked_is_not_tried_again_until_something_changes(
    uplink: Uplink, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes = tmp_path / "isolation"
    assert Bubblewrap(notes=notes).why_not_isolated(Isolated()) is None
    tried = []

    def attempt() -> None:
        tried.append(1)

    assert isolation.why_isolation_fails(Isolated(), attempt, notes=notes) is None
    assert not tried
    copied = tmp_path / uplink.name
    shutil.copy(uplink.program, copied)
    monkeypatch.setattr(
        isolation, "find_uplinks", lambda: (Uplink(name=uplink.name, program=copied),)
    )
    assert isolation.why_isolation_fails(Isolated(), attempt, notes=notes) is None
    assert tried
