"""The ports of a session: every connection is passed on to the server's socket inside."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from pathlib import Path

from kagura.errors import MachineError, UsageError
from kagura.session.inner import connect_inside

__all__ = ["Forwarder", "listen"]

FIRST_PORT = 8888
PORTS = 200
CHUNK = 65536

# A browser that comes while the environment is made anew waits this long, in seconds.
PATIENCE = 15.0
PAUSE = 0.05


def listen(host: str, port: int | None) -> socket.socket:
    """A listening socket: on ``port``, else the first free one from 8888 on.

    Raises UsageError for a port that is taken or a host that is not this machine's.
    """
    wanted = [port] if port is not None else list(range(FIRST_PORT, FIRST_PORT + PORTS))
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for number in wanted:
        listener = socket.socket(family)
        # A port whose last connections are just closing is free.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, number))
            listener.listen(128)
        except PermissionError as error:
            listener.close()
            raise UsageError(
                f"--port {number}: ports below 1024 are the system's", hint="take a higher one"
            ) from error
        except OSError as error:
            listener.close()
            if port is not None or error.errno not in (98, 13):
                raise UsageError(
                    f"{host}:{number} cannot be listened on: {error.strerror}",
                    hint="without --port, a free one is found",
                ) from error
            continue
        return listener
    raise MachineError(
        f"no port from {FIRST_PORT} to {FIRST_PORT + PORTS - 1} is free on {host}",
        hint="`kagura down --all` ends sessions; --port names another port",
    )


class Forwarder:
    """Passes on what comes to a listening socket to the server's, ``name`` in ``folder``."""

    def __init__(self, listener: socket.socket, folder: Path, name: str) -> None:
        self._listener = listener
        self._folder = folder
        self._name = name
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._through = asyncio.Event()

    async def open(self) -> None:
        """Begin to accept."""
        self._through.set()
        is_path = self._listener.family == socket.AF_UNIX
        begin = asyncio.start_unix_server if is_path else asyncio.start_server
        self._server = await begin(self._begin, sock=self._listener)

    async def drop(self) -> None:
        """End the connections that there are; new ones wait for ``let_through``."""
        self._through.clear()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def let_through(self) -> None:
        """Pass on again what comes, and what has waited."""
        self._through.set()

    async def close(self) -> None:
        """End all, and give the port back."""
        if self._server:
            self._server.close()
        await self.drop()

    async def _begin(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - start_server makes one
        self._tasks.add(task)
        try:
            with contextlib.suppress(OSError, asyncio.CancelledError):
                await self._serve(reader, writer)
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner = await self._connect()
        inner_reader, inner_writer = await asyncio.open_unix_connection(sock=inner)
        ways = {
            asyncio.ensure_future(_pass_on(reader, inner_writer)),
            asyncio.ensure_future(_pass_on(inner_reader, writer)),
        }
        try:
            # Either side may be done with speaking and still listen.
            await asyncio.gather(*ways)
        finally:
            for way in ways:
                way.cancel()
            inner_writer.close()

    async def _connect(self) -> socket.socket:
        await self._through.wait()
        until = asyncio.get_running_loop().time() + PATIENCE
        while True:
            try:
                inner = connect_inside(self._folder, self._name)
            except OSError:
                if asyncio.get_running_loop().time() > until:
                    raise
                await asyncio.sleep(PAUSE)
                continue
            inner.setblocking(False)
            return inner


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(CHUNK):
        writer.write(data)
        await writer.drain()
    with contextlib.suppress(OSError):
        writer.write_eof()
