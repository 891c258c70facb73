"""The commands of pasta and slirp4netns: pure, and shut in every spec."""

from __future__ import annotations

from pathlib import Path

import pytest

from kagura.engines.isolation import explain, why_isolation_fails
from kagura.engines.uplink import Uplink, uplink_command
from kagura.model.sandbox import Isolated

PASTA = Uplink(name="pasta", program=Path("/usr/bin/pasta"))
SLIRP = Uplink(name="slirp4netns", program=Path("/usr/bin/slirp4netns"))


def test_pasta_opens_nothing_in_either_direction() -> None:
    words = " ".join(uplink_command(PASTA, Isolated(), 77, root=False))
    assert words.startswith("/usr/bin/pasta ")
    assert "--tcp-ports none --udp-ports none --tcp-ns none --udp-ns none" in words
    assert "--no-map-gw" in words
    assert "--runas" not in words
    assert words.endswith(" 77")


def test_pasta_opens_the_ports_that_are_named_and_forwards_to_the_resolver() -> None:
    network = Isolated(ports=(3128, 8080), nameserver="10.0.2.3")
    words = " ".join(uplink_command(PASTA, network, 77, root=False))
    assert "--tcp-ns 3128,8080 --udp-ns none" in words
    assert "--dns-forward 10.0.2.3" in words


def test_pasta_stays_root_for_a_sandbox_of_roots() -> None:
    assert "--runas 0" in " ".join(uplink_command(PASTA, Isolated(), 77, root=True))


def test_slirp4netns_shuts_the_hosts_loopback() -> None:
    words = uplink_command(SLIRP, Isolated(), 77, root=True)
    assert "--disable-host-loopback" in words
    assert words[-2:] == ["77", "tap0"]


def test_only_pasta_can_open_single_ports() -> None:
    assert PASTA.can_open(Isolated(ports=(3128,)))
    assert SLIRP.can_open(Isolated())
    assert not SLIRP.can_open(Isolated(ports=(3128,)))


def never() -> None:
    raise AssertionError("nothing was to be tried")


def test_a_program_that_is_not_installed_is_absent_and_one_that_cannot_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("kagura.engines.isolation.find_uplinks", lambda: ())
    reason = why_isolation_fails(Isolated(), never, notes=None)
    assert reason is not None
    assert reason.absent
    assert "passt" in reason.mend
    monkeypatch.setattr("kagura.engines.isolation.find_uplinks", lambda: (SLIRP,))
    reason = why_isolation_fails(Isolated(ports=(3128,)), never, notes=None)
    assert reason is not None
    assert not reason.absent
    assert "3128" in reason.why


def test_a_machine_without_the_tunnel_device_is_told_how_to_get_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("kagura.engines.isolation.TUN", tmp_path / "tun")
    reason = explain("pasta could not bring the network: no such device")
    assert "modprobe tun" in reason.mend
    assert str(tmp_path / "tun") in reason.why
