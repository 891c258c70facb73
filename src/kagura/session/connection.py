"""Connection files: the five channels between a kernel and its clients, and their key.

The bytes on ZeroMQ's ``tcp`` and ``ipc`` are the same.  So a kernel inside always listens on
``ipc`` sockets in a mounted folder, and whatever its clients use is passed on to those: there is
no port inside, and no network is needed.  What clients and kernel tell each other is signed with
the key, which both know from the connection file.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import socket
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kagura.errors import MachineError, UsageError

__all__ = ["CHANNELS", "Connection", "read_connection", "reserved", "socket_of"]

CHANNELS = ("shell", "iopub", "stdin", "control", "hb")
LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """What a connection file says; ``told`` is all of it, as Jupyter's documentation names it."""

    told: Mapping[str, object]

    @property
    def text(self) -> str:
        """The file's content."""
        return json.dumps(dict(self.told), indent=2)

    def inside(self, folder: str) -> Connection:
        """The same, key and all, for a kernel that listens in a folder."""
        ports = {f"{name}_port": number for number, name in enumerate(CHANNELS, 1)}
        return Connection(told={**self.told, **ports, "transport": "ipc", "ip": f"{folder}/kernel"})

    def listeners(self) -> list[socket.socket]:
        """A listening socket for each channel, in the order of ``CHANNELS``.

        Raises MachineError if one is taken.
        """
        opened: list[socket.socket] = []
        try:
            for name in CHANNELS:
                opened.append(self._listener(f"{name}_port"))
        except OSError as error:
            for listener in opened:
                listener.close()
            raise MachineError(
                f"the {name} channel of the kernel cannot be listened on: {error.strerror}",
                hint="another process has its port: start the kernel again",
            ) from error
        return opened

    def _listener(self, port: str) -> socket.socket:
        ip, number = str(self.told["ip"]), self.told[port]
        assert isinstance(number, int)  # noqa: S101 - looked at when it was read
        if self.told["transport"] == "ipc":
            return _listen_at(f"{ip}-{number}")
        return _listen_on(ip, number)


def socket_of(channel: str) -> str:
    """What the socket of a channel is called in the mounted folder."""
    return f"kernel-{CHANNELS.index(channel) + 1}"


def read_connection(path: Path) -> Connection:
    """A client's connection file.  Raises UsageError for what is none."""
    try:
        told = json.loads(path.read_bytes())
        connection = Connection(told={"transport": "tcp", "ip": LOOPBACK, **told})
        ports = [connection.told[f"{name}_port"] for name in CHANNELS]
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}", hint="Jupyter writes it") from error
    except (ValueError, TypeError, KeyError) as error:
        raise UsageError(f"{path} is no connection file of Jupyter's") from error
    known = connection.told["transport"] in ("tcp", "ipc")
    if not known or not all(isinstance(port, int) and port > 0 for port in ports):
        raise UsageError(f"{path}: kagura knows tcp and ipc, with the ports of all channels")
    return connection


def reserved() -> tuple[Connection, list[socket.socket]]:
    """A connection of our own: free ports of the loopback, already listened on, and a new key."""
    listeners = [_listen_on(LOOPBACK, 0) for _ in CHANNELS]
    ports = {
        f"{name}_port": listener.getsockname()[1]
        for name, listener in zip(CHANNELS, listeners, strict=True)
    }
    told = {
        **ports,
        "transport": "tcp",
        "ip": LOOPBACK,
        "key": secrets.token_hex(32),
        "signature_scheme": "hmac-sha256",
        "kernel_name": "python3",
    }
    return Connection(told=told), listeners


def _listen_on(host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    # A kernel that is started anew takes its ports again while old connections are closing.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    return _bound(listener, (host, port))


def _listen_at(path: str) -> socket.socket:
    # What a killed kernel left there; never a file that is no socket.
    with contextlib.suppress(FileNotFoundError):
        if stat.S_ISSOCK(os.lstat(path).st_mode):
            os.unlink(path)
    before = os.umask(0o077)
    try:
        return _bound(socket.socket(socket.AF_UNIX), path)
    finally:
        os.umask(before)


def _bound(listener: socket.socket, address: tuple[str, int] | str) -> socket.socket:
    try:
        listener.bind(address)
        listener.listen()
    except OSError:
        listener.close()
        raise
    return listener
