"""A session's own process: keeps the sandbox, passes the ports on, hears of reset and down."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from kagura.engines.base import Engine, Sandbox
from kagura.errors import MachineError
from kagura.model.sandbox import SandboxSpec
from kagura.session.record import Session, log_of, save
from kagura.session.service import Service
from kagura.system.files import remove_tree

__all__ = ["RESET", "End", "Life", "supervise"]

RESET = signal.SIGUSR1
DOWN = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

# In seconds: how long a server may take to answer on a slow disk, and how often it is asked.
START = 120.0
PAUSE = 0.02
LINES = 12

End = Literal["down", "limit", "ended"]
Event = Literal["down", "limit", "ended", "reset"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """What a session needs for all its rounds.

    ``spec_of`` makes the spec of a round over a new, empty scratch folder below ``scratch``;
    ``streams`` are the open files of its main process; ``limit`` is in seconds.
    """

    home: Path
    engine: Engine
    spec_of: Callable[[Path], SandboxSpec]
    scratch: Path
    service: Service
    streams: tuple[int, int, int]
    limit: float | None = None


def supervise(session: Session, life: Life, *, on_ready: Callable[[Session], None]) -> End:
    """Keep a session until it is told to end, its time is over, or its server has ended.

    ``on_ready`` is called once, when its server answers for the first time.  Raises MachineError if
    it never does.
    """
    return asyncio.run(_Supervisor(session, life, on_ready).live())


class _Supervisor:
    def __init__(self, session: Session, life: Life, on_ready: Callable[[Session], None]) -> None:
        self._session = session
        self._life = life
        self._on_ready = on_ready
        self._folder = Path(session.run)
        self._told: asyncio.Queue[Event] = asyncio.Queue()
        self._sandbox: Sandbox | None = None

    async def live(self) -> End:
        loop = asyncio.get_running_loop()
        for number in DOWN:
            loop.add_signal_handler(number, self._told.put_nowait, "down")
        loop.add_signal_handler(RESET, self._told.put_nowait, "reset")
        if self._life.limit is not None:
            loop.call_later(self._life.limit, self._told.put_nowait, "limit")
        forwarders = self._life.service.forwarders(self._folder)
        try:
            self._note(state="starting")
            if not await self._begin():
                return "down"
            for forwarder in forwarders:
                await forwarder.open()
            self._note(state="running")
            self._on_ready(self._session)
            while True:
                event = await self._event()
                for forwarder in forwarders:
                    await forwarder.drop()
                await self._life.service.hand_over(self._folder)
                if event != "reset":
                    return event
                self._note(state="resetting")
                self._end()
                self._note(rounds=self._session.rounds + 1)
                if not await self._begin():
                    return "down"
                for forwarder in forwarders:
                    forwarder.let_through()
                self._note(state="running")
        finally:
            for forwarder in forwarders:
                await forwarder.close()
            self._end()

    def _note(self, **changes: object) -> None:
        self._session = replace(self._session, **changes)  # type: ignore[arg-type]
        save(self._life.home, self._session)
        # The log is read beside it.
        told = f"{datetime.now(UTC):%H:%M:%S} {self._session.state}"
        os.write(self._life.streams[2], f"kagura: {told}, {self._session.rounds}\n".encode())

    async def _begin(self) -> bool:
        """Start a round and wait until its server answers; False if the session is to end first."""
        for name in os.listdir(self._folder):
            with contextlib.suppress(OSError):
                (self._folder / name).unlink()
        scratch = self._scratch()
        scratch.mkdir()
        # From the main thread: a sandbox dies with the thread that started it.
        self._sandbox = self._life.engine.start(
            self._life.spec_of(scratch), streams=self._life.streams
        )
        until = asyncio.get_running_loop().time() + START
        service = self._life.service
        while not await service.answers(self._folder):
            if self._sandbox.poll() is not None:
                told = f"{service.called} ended before it answered"
                raise MachineError(f"{told}:\n{self._last_words()}")
            if asyncio.get_running_loop().time() > until:
                raise MachineError(f"{service.called} did not answer within {START:.0f} s")
            if not self._told.empty() and self._told.get_nowait() == "down":
                return False
            await asyncio.sleep(PAUSE)
        return True

    async def _event(self) -> Event:
        """The next thing that happens: a word of the user's, or the end of the sandbox."""
        sandbox = self._sandbox
        if sandbox is None:
            return "ended"
        told = asyncio.ensure_future(self._told.get())
        ended = asyncio.get_running_loop().run_in_executor(None, sandbox.wait)
        happenings: set[asyncio.Future[Any]] = {told, ended}
        await asyncio.wait(happenings, return_when=asyncio.FIRST_COMPLETED)
        if told.done():
            return told.result()
        told.cancel()
        return "ended"

    def _last_words(self) -> str:
        text = log_of(self._life.home, self._session.name).read_text(errors="replace")
        return "\n".join(text.splitlines()[-LINES:])

    def _end(self) -> None:
        """End the round and throw its scratch away."""
        if self._sandbox is not None:
            self._sandbox.stop()
            self._sandbox = None
        with contextlib.suppress(OSError):
            remove_tree(self._scratch())

    def _scratch(self) -> Path:
        return self._life.scratch / f"round-{self._session.rounds}"
