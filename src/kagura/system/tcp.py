"""What Linux tells of a TCP connection, and how much of it may wait here."""

from __future__ import annotations

import socket
import sys

__all__ = ["keep_short", "round_trip"]

# Where it is in the kernel's `struct tcp_info` (linux/tcp.h), in microseconds.
RTT = 68

# Bytes a second: more than one connection brings and anybody unpacks.
FASTEST = 256 << 20


def round_trip(connection: socket.socket) -> float:
    """Seconds that the other end's answer to a packet takes.  Raises OSError."""
    told = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, RTT + 4)
    return int.from_bytes(told[RTT:], sys.byteorder) / 1e6


def keep_short(connection: socket.socket, most: int) -> bool:
    """Let about ``most`` bytes wait here unread, if the other end is so near that it is no brake.

    Left alone, the kernel lets megabytes wait for who reads slower than they come.  Whether it was
    done; it can't be undone.  Raises OSError.
    """
    if not hasattr(socket, "TCP_INFO") or most < FASTEST * round_trip(connection):
        return False
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, most)
    return True
