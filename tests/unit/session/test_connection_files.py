"""Connection files: what is read of them, what the kernel inside is told, what is listened on."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path
from typing import Any

import pytest

from kagura.errors import MachineError, UsageError
from kagura.session.connection import CHANNELS, Connection, read_connection, reserved, socket_of

TOLD = {
    "shell_port": 1,
    "iopub_port": 2,
    "stdin_port": 3,
    "control_port": 4,
    "hb_port": 5,
    "ip": "127.0.0.1",
    "key": "secret",
    "transport": "tcp",
    "signature_scheme": "hmac-sha256",
    "curve_publickey": "something of a later Jupyter",
}


def written(folder: Path, **changes: Any) -> Path:
    path = folder / "kernel.json"
    told = {name: value for name, value in (TOLD | changes).items() if value is not None}
    path.write_text(json.dumps(told))
    return path


def test_the_kernel_inside_is_told_the_same_but_for_where_it_listens(tmp_path: Path) -> None:
    inside = read_connection(written(tmp_path)).inside("/run/kagura")
    told = json.loads(inside.text)
    assert (told["transport"], told["ip"]) == ("ipc", "/run/kagura/kernel")
    kept = ("key", "signature_scheme", "curve_publickey")
    assert {name: told[name] for name in kept} == {name: TOLD[name] for name in kept}
    # Jupyter's name of an ipc socket is its folder's, a dash and the number of the port.
    for name in CHANNELS:
        assert socket_of(name) == f"kernel-{told[f'{name}_port']}"


@pytest.mark.parametrize(
    "changes",
    [
        {"hb_port": None},
        {"hb_port": 0},
        {"hb_port": "5"},
        {"transport": "carrier pigeon"},
    ],
)
def test_what_is_no_connection_file_is_told(tmp_path: Path, changes: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=r"kernel\.json"):
        read_connection(written(tmp_path, **changes))


@pytest.mark.parametrize("text", ["", "[]", "{", "null"])
def test_what_is_no_json_object_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "kernel.json").write_text(text)
    with pytest.raises(UsageError, match="no connection file"):
        read_connection(tmp_path / "kernel.json")
    with pytest.raises(UsageError, match="No such file"):
        read_connection(tmp_path / "none.json")


def test_reserved_ports_are_listened_on_and_no_two_keys_are_the_same() -> None:
    connection, listeners = reserved()
    other, others = reserved()
    try:
        ports = [connection.told[f"{name}_port"] for name in CHANNELS]
        assert ports == [listener.getsockname()[1] for listener in listeners]
        assert len({*ports, *(item.getsockname()[1] for item in others)}) == 10
        assert connection.told["key"] != other.told["key"]
        # As a client says it: all are taken.
        with pytest.raises(MachineError, match="the shell channel"):
            connection.listeners()
    finally:
        for listener in (*listeners, *others):
            listener.close()
    for listener in connection.listeners():
        listener.close()


def test_sockets_take_the_place_of_those_of_a_killed_kernel_and_of_nothing_else(
    tmp_path: Path,
) -> None:
    connection = Connection(told=TOLD | {"transport": "ipc", "ip": os.fspath(tmp_path / "k")})
    for _ in range(2):
        listeners = connection.listeners()
        assert (tmp_path / "k-1").stat().st_mode & 0o077 == 0
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(os.fspath(tmp_path / "k-5"))
        for listener in listeners:
            listener.close()  # and the paths stay
    (tmp_path / "k-3").unlink()
    (tmp_path / "k-3").write_text("a file of the user's")
    with pytest.raises(MachineError, match="the stdin channel"):
        connection.listeners()
    assert (tmp_path / "k-3").read_text() == "a file of the user's"
