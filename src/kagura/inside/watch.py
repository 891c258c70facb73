"""Waiting for whatever may happen next, and seeing to all of it that is no message of a kernel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .child import Child
from .control import Control
from .raw import RawStream

__all__ = ["Watch"]

READABLE = 1  # in zmq's poller and in select's
# How often to look after a child that has no descriptor.
LOOK_SECONDS = 0.2


class Watch:
    """One wait for a child's end, its raw output, the host's wishes and, perhaps, zmq sockets.

    ``poller`` is zmq's or select's; they are alike.
    """

    def __init__(
        self,
        poller: Any,
        *,
        child: Child,
        control: Control,
        streams: Sequence[RawStream],
        sockets: Sequence[Any] = (),
    ) -> None:
        self._poller = poller
        self._child = child
        self._control = control
        self._streams = {stream.descriptor: stream for stream in streams}
        self._watched = {*self._streams, control.descriptor}
        if child.descriptor is not None:
            self._watched.add(child.descriptor)
        for source in (*self._watched, *sockets):
            poller.register(source, READABLE)

    def wait(self, seconds: float | None) -> set[Any]:
        """Wait for something, at most so long; which sockets can be read.  Raises HostGone."""
        if self._child.descriptor is None:
            seconds = min(LOOK_SECONDS, LOOK_SECONDS if seconds is None else seconds)
        timeout = None if seconds is None else max(int(seconds * 1000) + 1, 0)
        ready = {source for source, _ in self._poller.poll(timeout)}
        for source in ready & self._watched:
            if source == self._control.descriptor:
                self._control.read()
            elif source in self._streams:
                if not self._streams[source].read():
                    self._forget(source)
            else:
                self._forget(source)
        return ready - self._watched

    def drain(self) -> None:
        """Read what is left in the raw streams; nobody waits for more of it."""
        while self._streams.keys() & self._watched:
            before = set(self._watched)
            ready = {source for source, _ in self._poller.poll(0)} & self._streams.keys()
            for source in ready:
                if not self._streams[source].read():
                    self._forget(source)
            if not ready and before == self._watched:
                break
        for stream in self._streams.values():
            stream.flush()

    def _forget(self, source: int) -> None:
        self._poller.unregister(source)
        self._watched.discard(source)
