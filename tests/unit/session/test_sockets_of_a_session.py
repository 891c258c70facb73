"""Sockets: those inside are not followed elsewhere, and ports are the first that are free."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from kagura.errors import UsageError
from kagura.session.forward import FIRST_PORT, listen
from kagura.session.inner import connect_inside


def listener_at(path: Path) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX)
    # The address has 107 bytes; the folder may have more.
    folder = os.open(path.parent, os.O_PATH)
    listener.bind(f"/proc/self/fd/{folder}/{path.name}")
    os.close(folder)
    listener.listen()
    return listener


def test_a_socket_in_a_long_path_is_connected_to(tmp_path: Path) -> None:
    folder = tmp_path / ("long" * 40)
    folder.mkdir()
    with listener_at(folder / "s"), connect_inside(folder, "s") as connection:
        assert connection.getpeername()


def test_a_link_to_a_socket_is_not_followed(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    with listener_at(tmp_path / "host"):
        (inside / "s").symlink_to(tmp_path / "host")
        with pytest.raises(OSError, match="no socket"):
            connect_inside(inside, "s")


def test_what_is_no_socket_or_not_there_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    os.mkfifo(tmp_path / "pipe")
    for name in ("file", "pipe", "nothing"):
        with pytest.raises(OSError, match=name):
            connect_inside(tmp_path, name)


def test_a_free_port_is_found_and_a_taken_one_is_told() -> None:
    with listen("127.0.0.1", None) as first, listen("127.0.0.1", None) as second:
        ports = first.getsockname()[1], second.getsockname()[1]
        assert FIRST_PORT <= ports[0] < ports[1]
        with pytest.raises(UsageError, match=str(ports[0])):
            listen("127.0.0.1", ports[0])
    with pytest.raises(UsageError, match="cannot be listened on"):
        listen("192.0.2.1", None)  # an address of documentation: nobody's
