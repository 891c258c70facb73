"""Sockets that programs inside listen on, reached from the host without being led astray."""

from __future__ import annotations

import os
import socket
import stat
from pathlib import Path

__all__ = ["connect_inside"]


def connect_inside(folder: Path, name: str) -> socket.socket:
    """Connect to a socket in a folder that a sandbox can write to.  Raises OSError.

    What is there was made by code that nobody trusts: a link would lead to a socket of the host.
    The socket itself is opened first, without following links, and it is that which is connected
    to; a long path does no harm that way either (a socket's address has 107 bytes).
    """
    descriptor = os.open(folder / name, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        if not stat.S_ISSOCK(os.fstat(descriptor).st_mode):
            raise ConnectionRefusedError(f"{folder / name} is no socket")
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.connect(f"/proc/self/fd/{descriptor}")
        except BaseException:
            connection.close()
            raise
        return connection
    finally:
        os.close(descriptor)
