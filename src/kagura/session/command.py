"""A command in a running session, through the door of its main process."""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Mapping
from pathlib import Path

from kagura.errors import MachineError
from kagura.session.inner import connect_inside
from kagura.system.signals import handed_on
from kagura.system.terminal import own_terminal

__all__ = ["DOOR", "run_inside"]

DOOR = "door.sock"


def run_inside(
    run: Path,
    command: tuple[str, ...],
    *,
    directory: str,
    terminal: bool,
    variables: Mapping[str, str],
) -> int:
    """Run a command in the session whose sockets are in ``run``; its exit status.

    It has our stdin, stdout and stderr; with ``terminal`` a terminal of its own, joined to ours.
    Raises MachineError if the session does not answer, or ends before the command.
    """
    request = {
        "command": command,
        "kind": "terminal" if terminal else "streams",
        "directory": directory,
        "variables": dict(variables),
    }
    try:
        door = connect_inside(run, DOOR)
    except OSError as error:
        raise MachineError(
            f"the session does not answer: {error.strerror or error}",
            hint="`kagura ps` shows its state, `kagura reset` starts it anew",
        ) from error

    def hand_on(number: int) -> None:
        with contextlib.suppress(OSError):
            door.send(bytes([number]))

    with door, handed_on(hand_on):
        if not terminal:
            _send(door, request, (0, 1, 2))
            return _status(door)
        with own_terminal() as joined:
            _send(door, request, (joined.inner,) * 3)
            joined.join()
            return _status(door)


def _send(door: socket.socket, request: Mapping[str, object], files: tuple[int, ...]) -> None:
    socket.send_fds(door, [json.dumps(request).encode()], list(files))


def _status(door: socket.socket) -> int:
    told = b""
    while not told.endswith(b"\n"):
        try:
            more = door.recv(16)
        except ConnectionResetError:
            more = b""
        if not more:
            raise MachineError("the session ended while the command was running")
        told += more
    return int(told)
