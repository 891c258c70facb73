"""Sessions from any shell: which there are, a new environment for one, its end."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from kagura.errors import MachineError, UsageError
from kagura.session.record import Session, all_sessions, guard_of, withdraw
from kagura.session.supervise import RESET
from kagura.store.objects import Store
from kagura.store.scratch import sweep
from kagura.system.memory import memory_below

__all__ = ["Listed", "down", "listed", "reset", "session_here"]

# In seconds.
PATIENCE_DOWN = 10.0
PATIENCE_RESET = 180.0
PAUSE = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A session as ``kagura ps`` tells it: ``age`` in seconds, ``memory`` in bytes (None: gone).

    It has the Lab's ``url``, without the token, or the ``connection`` file of its kernel.
    """

    name: str
    state: str
    base: str
    folder: str
    url: str | None
    connection: str | None
    age: float
    memory: int | None


def listed(store: Store) -> tuple[Listed, ...]:
    """All sessions, by name."""
    now = datetime.now(UTC)
    return tuple(
        Listed(
            name=item.name,
            state=item.state,
            base=item.base,
            folder=item.folder,
            url=None if item.connection else item.url.partition("?")[0],
            connection=item.connection,
            age=(now - datetime.fromisoformat(item.started)).total_seconds(),
            memory=None if item.state == "gone" else memory_below(item.pid),
        )
        for item in all_sessions(store.home)
    )


def session_here(name: str | None, *, here: Path, store: Store) -> Session:
    """The live session of a name; without one, that of the folder here, or the only one.

    Raises UsageError where there is none, or no telling which.
    """
    found = all_sessions(store.home)
    live = [item for item in found if item.state != "gone"]
    if name is not None:
        session = next((item for item in found if item.name == name), None)
        if session is None:
            names = ", ".join(item.name for item in live) or "none is up"
            raise UsageError(f"there is no session {name}", hint=f"sessions: {names}")
    else:
        place = here.resolve()
        around = [item for item in live if place.is_relative_to(item.folder)]
        # The innermost: a project may lie in another's folder.
        around.sort(key=lambda item: len(item.folder), reverse=True)
        chosen = around or (live if len(live) == 1 else [])
        if not chosen and not live:
            raise UsageError("no session is up", hint="`kagura up` starts one")
        if not chosen or (len(around) > 1 and around[0].folder == around[1].folder):
            names = ", ".join(item.name for item in live)
            raise UsageError("there are several sessions", hint=f"name one: {names}")
        session = chosen[0]
    if session.state == "gone":
        raise MachineError(
            f"the session {session.name} is gone: its process was killed, or the machine restarted",
            hint="`kagura up` starts it again; its notebooks are where they were",
        )
    return session


def reset(session: Session, *, store: Store) -> float:
    """Give a session a new environment; the seconds that it took until it answered.

    Raises MachineError if it does not come up again.
    """
    began = time.monotonic()
    _tell(session, RESET)
    while time.monotonic() < began + PATIENCE_RESET:
        now = next((item for item in all_sessions(store.home) if item.name == session.name), None)
        if now is None or now.state == "gone":
            raise MachineError(
                f"the session {session.name} ended while it was reset", hint="`kagura up`"
            )
        if now.rounds > session.rounds and now.state == "running":
            return time.monotonic() - began
        time.sleep(PAUSE)
    raise MachineError(
        f"the session {session.name} did not come up again within {PATIENCE_RESET:.0f} s",
        hint="`kagura logs` tells what its server says",
    )


def down(session: Session, *, store: Store) -> None:
    """End a session, and everything in it; kill it if it does not end by itself."""
    guard = guard_of(store.home, session.name)
    for number in (signal.SIGTERM, signal.SIGKILL):
        if session.state != "gone":
            _tell(session, number)
        until = time.monotonic() + PATIENCE_DOWN
        while time.monotonic() < until:
            if guard.acquire(wait=False):
                withdraw(store.home, session.name)
                guard.release()
                sweep(store.home)
                return
            time.sleep(PAUSE)
    raise MachineError(
        f"the session {session.name} (process {session.pid}) cannot be ended",
        hint="it may wait for a disk that does not answer",
    )


def _tell(session: Session, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(session.pid, number)
