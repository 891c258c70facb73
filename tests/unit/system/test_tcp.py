"""What the kernel tells of connections, and how much it lets wait."""

from __future__ import annotations

import fcntl
import socket
import sys
import termios
import time
from collections.abc import Iterator

import pytest

from kagura.system.tcp import keep_short, round_trip

KIB = 1 << 10


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        near = socket.create_connection(server.getsockname())
        far, _ = server.accept()
    with near, far:
        yield near, far


def waiting(connection: socket.socket) -> int:
    """Bytes that came and were not read."""
    told = fcntl.ioctl(connection, termios.FIONREAD, bytes(4))
    return int.from_bytes(told, sys.byteorder)


def send_while_it_takes(connection: socket.socket, *, seconds: float = 0.3) -> None:
    connection.setblocking(False)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            connection.send(bytes(64 * KIB))
        except BlockingIOError:
            time.sleep(0.01)


def test_a_round_trip_on_loopback_is_short(pair: tuple[socket.socket, socket.socket]) -> None:
    near, far = pair
    near.sendall(b"hello")
    assert far.recv(5) == b"hello"
    seconds = round_trip(near)
    assert seconds is not None
    assert 0 < seconds < 0.5


def test_little_waits_of_a_near_server(
    pair: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    near, far = pair
    monkeypatch.setattr("kagura.system.tcp.round_trip", lambda _: 0.0001)
    assert keep_short(near, 64 * KIB)
    send_while_it_takes(far)
    assert 0 < waiting(near) <= 128 * KIB


def test_where_it_would_be_a_brake_the_kernel_decides(
    pair: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    near, _ = pair
    before = near.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
    monkeypatch.setattr("kagura.system.tcp.round_trip", lambda _: 0.02)
    assert not keep_short(near, 256 * KIB)
    assert near.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) == before


def test_a_kernel_that_tells_nothing_is_left_alone(
    pair: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(socket, "TCP_INFO")
    assert not keep_short(pair[0], 64 * KIB)


class Silent(socket.socket):
    """A connection of which the kernel tells so much."""

    told = b""

    def getsockopt(self, *_: object) -> bytes:  # type: ignore[override]
        return self.told


@pytest.mark.parametrize("told", [bytes(100), bytes(152)], ids=["older", "plays"])
def test_a_kernel_that_tells_less_is_left_alone(told: bytes) -> None:
    with Silent() as connection:
        connection.told = told
        assert round_trip(connection) is None
        assert not keep_short(connection, 64 * KIB)
