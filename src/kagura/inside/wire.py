"""The kernel's protocol over zmq, from the client's side: the little of it that a run needs.

https://jupyter-client.readthedocs.io/en/stable/messaging.html
"""

from __future__ import annotations

import hmac
import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

import zmq

from .kernel import Kernel
from .pieces import stream_pieces

__all__ = ["Message", "Wire"]

DELIMITER = b"<IDS|MSG>"
# Longer texts are never in memory as a whole more often than once.
LARGE = 1024 * 1024


class Message(NamedTuple):
    """One message, or a piece of a very long one; ``size`` is that of its content in bytes."""

    kind: str
    parent: str
    date: str
    content: dict[str, Any]
    buffers: list[bytes]
    size: int


class Wire:
    """The sockets that lead to a kernel; it may still be starting."""

    def __init__(self, kernel: Kernel) -> None:
        self._key = kernel.key.encode()
        self._session = os.urandom(16).hex()
        self._count = 0
        context = zmq.Context()
        self.shell = context.socket(zmq.DEALER)
        self.iopub = context.socket(zmq.SUB)
        for socket, name in ((self.shell, "shell"), (self.iopub, "iopub")):
            socket.linger = 0
            # Nothing may be dropped, however much is printed; we read faster than Python prints.
            socket.rcvhwm = 0
            # The sockets are not there yet: by default zmq looks again after 100 ms only.
            socket.reconnect_ivl = 5
            socket.connect(kernel.channel(name))
        self.iopub.setsockopt(zmq.SUBSCRIBE, b"")

    def send(self, kind: str, content: dict[str, Any]) -> str:
        """Send a request; the number that what comes of it will name as its parent."""
        self._count += 1
        number = f"{self._session}_{self._count}"
        header = {
            "msg_id": number,
            "msg_type": kind,
            "session": self._session,
            "username": "root",
            "version": "5.3",
            "date": datetime.now(UTC).isoformat(),
        }
        parts = [json.dumps(part).encode() for part in (header, {}, {}, content)]
        self.shell.send_multipart([DELIMITER, self._sign(parts), *parts])
        return number

    def messages(self, socket: zmq.Socket[bytes], most: int = 100) -> Iterator[Message]:
        """What has come and was not yet read, at most so many; does not wait."""
        for _ in range(most):
            try:
                frames = socket.recv_multipart(zmq.NOBLOCK, copy=False)
            except zmq.Again:
                return
            yield from self._parse(frames)

    def _parse(self, frames: list[zmq.Frame]) -> Iterator[Message]:
        start = [index for index, frame in enumerate(frames[:4]) if frame.bytes == DELIMITER]
        if not start or len(frames) < start[0] + 6:
            return
        signature, header, parent, _, content = (
            frame.buffer for frame in frames[start[0] + 1 : start[0] + 6]
        )
        signed = [frame.buffer for frame in frames[start[0] + 2 : start[0] + 6]]
        if not hmac.compare_digest(self._sign(signed), bytes(signature)):
            return
        head = json.loads(bytes(header))
        number = json.loads(bytes(parent)).get("msg_id", "")
        kind, date = head["msg_type"], str(head.get("date") or "")
        if kind == "stream" and len(content) > LARGE:
            for piece in stream_pieces(content, LARGE):
                yield Message(kind, number, date, piece, [], len(piece["text"]))
            return
        buffers = [frame.bytes for frame in frames[start[0] + 6 :]]
        text = str(content, "utf-8", "replace")  # as Jupyter's own client does
        yield Message(kind, number, date, json.loads(text), buffers, len(content))

    def _sign(self, parts: list[Any]) -> bytes:
        digest = hmac.new(self._key, digestmod="sha256")
        for part in parts:
            digest.update(part)
        return digest.hexdigest().encode()
