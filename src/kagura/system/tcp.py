"""What Linux tells of a TCP connection, and how much of it may wait here."""

from __future__ import annotations

import socket
import sys

__all__ = ["keep_short", "round_trip"]

# Where the least one is in the kernel's `struct tcp_info` (linux/tcp.h), in microseconds.
# The usual one has the time in it that the other end took to think of an answer.
LEAST_RTT = 148

# Bytes a second: more than one connection brings and anybody unpacks.
FASTEST = 256 << 20


def round_trip(connection: socket.socket) -> float:
    """Seconds to the other end and back.  Raises OSError."""
    told = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, LEAST_RTT + 4)
    return int.from_bytes(told[LEAST_RTT:], sys.byteorder) / 1e6


def keep_short(connection: socket.socket, most: int) -> bool:
    """Let about ``most`` bytes wait here unread, if the other end is so near that it is no brake.

    Left alone, the kernel lets megabytes wait for who reads slower than they come.  Whether it was
    done; it can't be undone.  Raises OSError.
    """
    if not hasattr(socket, "TCP_INFO") or most < FASTEST * round_trip(connection):
        return False
    # The kernel doubles it, for what it needs itself; on loopback it needs next to nothing.
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, most // 2)
    return True
