"""What a session serves: JupyterLab behind one port, or a kernel behind one a channel."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from kagura.session.connection import CHANNELS, socket_of
from kagura.session.forward import Forwarder
from kagura.session.inner import connect_inside

__all__ = ["LAB", "Service", "kernel_service", "lab_service"]

LAB = "lab.sock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """``ways`` are listening sockets of the host, each with its socket's name inside.

    ``called`` is its name in messages; ``answers`` tells whether it is up, given the folder of
    the sockets inside.
    """

    called: str
    ways: tuple[tuple[socket.socket, str], ...]
    answers: Callable[[Path], Awaitable[bool]]

    def forwarders(self, folder: Path) -> list[Forwarder]:
        """What passes connections on, one a way."""
        return [Forwarder(listener, folder, name) for listener, name in self.ways]


def lab_service(listener: socket.socket) -> Service:
    """JupyterLab behind a port."""
    return Service(called="JupyterLab", ways=((listener, LAB),), answers=_lab_answers)


def kernel_service(listeners: list[socket.socket]) -> Service:
    """A kernel behind the listening sockets of its channels, in the order of ``CHANNELS``."""
    names = map(socket_of, CHANNELS)
    return Service(
        called="the kernel",
        ways=tuple(zip(listeners, names, strict=True)),
        answers=_kernel_answers,
    )


async def _lab_answers(folder: Path) -> bool:
    try:
        inner = connect_inside(folder, LAB)
    except OSError:
        return False
    inner.setblocking(False)
    reader, writer = await asyncio.open_unix_connection(sock=inner)
    try:
        writer.write(b"GET /api HTTP/1.0\r\nHost: localhost\r\n\r\n")
        return (await reader.readline()).startswith(b"HTTP/1.1 200")
    except OSError:
        return False
    finally:
        writer.close()


async def _kernel_answers(folder: Path) -> bool:
    # All that it imports at its start is imported by then, and what is sent to it waits there.
    try:
        for channel in CHANNELS:
            connect_inside(folder, socket_of(channel)).close()
    except OSError:
        return False
    return True
