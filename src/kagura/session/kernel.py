"""One kernel in a sandbox, for as long as the client that started it wants it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

from kagura.engines.base import Engine, Sandbox
from kagura.errors import MachineError
from kagura.model.sandbox import SandboxSpec
from kagura.session.service import Service

__all__ = ["keep_kernel"]

# In seconds: how often it is looked whether the kernel answers, and whether the client lives.
PAUSE = 0.02
LOOK = 1.0
LINES = 12
CHUNK = 65536


async def keep_kernel(
    engine: Engine,
    spec: SandboxSpec,
    service: Service,
    *,
    run: Path,
    is_wanted: Callable[[], bool],
    on_ready: Callable[[], None],
) -> None:
    """Keep a kernel until it ends, we are told to (SIGTERM), or it is not wanted any more.

    Interrupts (SIGINT) are the kernel's.  What it prints beside its channels goes to our stderr.
    ``run`` is the folder of its sockets.  Raises MachineError if it ends before it answers.
    """
    loop = asyncio.get_running_loop()
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, told.set)
    forwarders = service.forwarders(run)
    printed = _Printed(loop)
    with printed.streams() as streams:
        # From the main thread: a sandbox dies with the thread that started it.
        sandbox = engine.start(spec, streams=streams)
    loop.add_signal_handler(signal.SIGINT, sandbox.signal, signal.SIGINT)
    answered = asyncio.ensure_future(_answers(service, run, on_ready))
    ended = asyncio.ensure_future(_ends(sandbox))
    happenings = {
        ended,
        asyncio.ensure_future(told.wait()),
        asyncio.ensure_future(_unwanted(is_wanted)),
    }
    try:
        for forwarder in forwarders:
            await forwarder.open()
        await asyncio.wait(happenings, return_when=asyncio.FIRST_COMPLETED)
        if ended.done() and not answered.done():
            last = await printed.last_words()
            raise MachineError(f"the kernel ended before it answered:\n{last}")
    finally:
        for happening in (answered, *happenings):
            happening.cancel()
        for forwarder in forwarders:
            await forwarder.close()
        sandbox.stop()


async def _answers(service: Service, run: Path, on_ready: Callable[[], None]) -> None:
    while not await service.answers(run):
        await asyncio.sleep(PAUSE)
    on_ready()


async def _ends(sandbox: Sandbox) -> None:
    await asyncio.get_running_loop().run_in_executor(None, sandbox.wait)


async def _unwanted(is_wanted: Callable[[], bool]) -> None:
    while is_wanted():
        await asyncio.sleep(LOOK)


class _Printed:
    """What the kernel prints beside its channels: read, and printed by us.

    Our own stderr may be the user's terminal, and who has that can read what is typed there.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._last = b""
        self._ended = asyncio.Event()

    @contextlib.contextmanager
    def streams(self) -> Iterator[tuple[int, int, int]]:
        """Files for the kernel, which has them when this ends."""
        heard, written = os.pipe()
        nothing = os.open(os.devnull, os.O_RDONLY)
        self._loop.add_reader(heard, self._pass_on, heard)
        try:
            yield nothing, written, written
        finally:
            os.close(nothing)
            os.close(written)

    def _pass_on(self, heard: int) -> None:
        told = os.read(heard, CHUNK)
        if told:
            self._last = (self._last + told)[-CHUNK:]
            with contextlib.suppress(OSError):
                os.write(2, told)
            return
        self._loop.remove_reader(heard)
        os.close(heard)
        self._ended.set()

    async def last_words(self) -> str:
        """Its last lines, when it has ended."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._ended.wait(), LOOK)
        return "\n".join(self._last.decode(errors="replace").splitlines()[-LINES:])
