"""Connections: staying silent on one, closing one, and what of an answer has arrived."""

from __future__ import annotations

import asyncio
import fcntl
import socket
import sys
import termios

from aiohttp import web

__all__ = ["Arrivals", "hang_up", "until_gone"]

# Where it is in the kernel's `struct tcp_info` (linux/tcp.h).
BYTES_ACKED = 120


class Arrivals:
    """What arrives at a client from now on.  Close it."""

    def __init__(self, request: web.BaseRequest) -> None:
        if request.transport is None:
            raise ConnectionResetError
        # A copy, that can be asked when the connection is gone.
        self._line = request.transport.get_extra_info("socket").dup()
        waiting = fcntl.ioctl(self._line, termios.TIOCOUTQ, bytes(4))
        self._begin = self._confirmed() + int.from_bytes(waiting, sys.byteorder)

    def count(self) -> int:
        """So many bytes, as its system has confirmed."""
        return max(self._confirmed() - self._begin, 0)

    def _confirmed(self) -> int:
        told = self._line.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, BYTES_ACKED + 8)
        return int.from_bytes(told[BYTES_ACKED:], sys.byteorder)

    def close(self) -> None:
        """Forget the connection, which lives on if it is not closed."""
        self._line.close()


async def until_gone(request: web.BaseRequest) -> None:
    """Say nothing until the other side has had enough."""
    while request.transport is not None and not request.transport.is_closing():
        await asyncio.sleep(0.05)


def hang_up(request: web.BaseRequest) -> None:
    """Close the connection; what was handed to it is still sent, so counts are exact."""
    if request.transport is not None:
        request.transport.close()
