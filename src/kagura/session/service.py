"""What a session serves: JupyterLab behind one port, or a kernel behind one a channel."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from kagura.session.connection import CHANNELS, socket_of
from kagura.session.forward import Forwarder
from kagura.session.inner import connect_inside

__all__ = ["LAB", "Service", "kernel_service", "lab_service"]

LAB = "lab.sock"

# The Lab's server is asked to save everything before it is ended; in seconds.
HANDOVER = "/kagura/handover"
LAST_WORDS = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """``ways`` are listening sockets of the host, each with its socket's name inside.

    ``called`` is its name in messages; ``answers`` tells whether it is up, given the folder of
    the sockets inside; ``hand_over`` is called before it is ended.
    """

    called: str
    ways: tuple[tuple[socket.socket, str], ...]
    answers: Callable[[Path], Awaitable[bool]]
    hand_over: Callable[[Path], Awaitable[None]]

    def forwarders(self, folder: Path) -> list[Forwarder]:
        """What passes connections on, one a way."""
        return [Forwarder(listener, folder, name) for listener, name in self.ways]


def lab_service(listener: socket.socket, *, token: str) -> Service:
    """JupyterLab behind a port."""
    return Service(
        called="JupyterLab",
        ways=((listener, LAB),),
        answers=_lab_answers,
        hand_over=lambda folder: _lab_hands_over(folder, token),
    )


def kernel_service(listeners: list[socket.socket]) -> Service:
    """A kernel behind the listening sockets of its channels, in the order of ``CHANNELS``."""
    names = map(socket_of, CHANNELS)
    return Service(
        called="the kernel",
        ways=tuple(zip(listeners, names, strict=True)),
        answers=_kernel_answers,
        hand_over=_nothing_to_hand_over,
    )


async def _lab_answers(folder: Path) -> bool:
    try:
        answer = await _ask(folder, "GET /api HTTP/1.0\r\nHost: localhost\r\n\r\n")
    except OSError:
        return False
    return answer.startswith(b"HTTP/1.1 200")


async def _lab_hands_over(folder: Path, token: str) -> None:
    """Let the server save what was typed a moment ago; one that does not listen is let be."""
    request = (
        f"POST {HANDOVER} HTTP/1.0\r\nHost: localhost\r\nContent-Length: 0\r\n"
        f"Authorization: token {token}\r\n\r\n"
    )
    with contextlib.suppress(OSError, TimeoutError):
        async with asyncio.timeout(LAST_WORDS):
            await _ask(folder, request)


async def _ask(folder: Path, request: str) -> bytes:
    """The first line of the server's answer.  Raises OSError."""
    inner = connect_inside(folder, LAB)
    inner.setblocking(False)
    reader, writer = await asyncio.open_unix_connection(sock=inner)
    try:
        writer.write(request.encode())
        return await reader.readline()
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


async def _nothing_to_hand_over(folder: Path) -> None:
    pass
