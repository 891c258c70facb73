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


def round_trip(connection: socket.socket) -> float | None:
    """Seconds to the other end and back; None where the kernel doesn't tell.  Raises OSError."""
    if not hasattr(socket, "TCP_INFO"):
        return None
    told = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, LEAST_RTT + 4)
    # An old kernel tells less, and one that only plays Linux leaves it at nothing.
    return int.from_bytes(told[LEAST_RTT:], sys.byteorder) / 1e6 or None


def keep_short(connection: socket.socket, most: int) -> bool:
    """Let about ``most`` bytes wait here unread, if the other end is so near that it is no brake.

    Left alone, the kernel lets megabytes wait for who reads slower than they come.  Whether it was
    done; it can't be undone.  Raises OSError.
    """
    seconds = round_trip(connection)
    if seconds is None or most < FASTEST * seconds:
        return False
    # The kernel doubles it, for what it needs itself; on loopback it needs next to nothing.
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, most // 2)
    return True
