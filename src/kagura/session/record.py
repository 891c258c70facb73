"""What is known about a session by every shell: a file in the store, true or not there.

A lock beside it is held by the session's own process for as long as that lives: after a kill or
a restart of the machine, nobody takes a dead session for a live one.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from kagura.system.files import Lock, write_atomically

__all__ = [
    "Session",
    "SessionState",
    "all_sessions",
    "connection_of",
    "guard_of",
    "log_of",
    "save",
    "save_connection",
    "withdraw",
]

FOLDER = "sessions"
CONNECTION = ".kernel.json"

SessionState = Literal["starting", "running", "resetting", "gone"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A session: ``folder`` is the project's, ``working`` what is seen as ``/kaggle/working``.

    ``pid`` is the session's own process on the host; ``run`` the folder with its sockets;
    ``started`` an ISO 8601 time (UTC); ``rounds`` counts its environments, one more a reset.
    One without the Lab has a ``connection``, the file for clients of its kernel, and no token.
    """

    name: str
    folder: str
    working: str
    notebook: str | None
    base: str
    host: str
    port: int
    token: str
    pid: int
    run: str
    started: str
    connection: str | None = None
    rounds: int = 1
    state: SessionState = "starting"

    @property
    def url(self) -> str:
        """The address of its Lab for a browser, with the token."""
        from urllib.parse import quote

        path = f"/tree/{quote(self.notebook)}" if self.notebook else ""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}/lab{path}?token={self.token}"


def save(home: Path, session: Session) -> None:
    """Write what is known now; only the user can read it, for the token is in it."""
    _write(_path(home, session.name), json.dumps(dataclasses.asdict(session)))


def save_connection(home: Path, name: str, text: str) -> None:
    """Write the connection file of a session without the Lab; only the user can read it."""
    _write(connection_of(home, name), text)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    before = os.umask(0o077)
    try:
        write_atomically(path, text)
    finally:
        os.umask(before)


def withdraw(home: Path, name: str) -> None:
    """Forget a session, what it logged, and how to reach its kernel."""
    for path in (_path(home, name), log_of(home, name), connection_of(home, name)):
        path.unlink(missing_ok=True)


def all_sessions(home: Path) -> list[Session]:
    """Every session that is known, by name; one whose process has died has the state ``gone``."""
    found = []
    for path in sorted((home / FOLDER).glob("*.json")):
        if path.name.endswith(CONNECTION):
            continue
        with contextlib.suppress(OSError, ValueError, TypeError):
            session = Session(**json.loads(path.read_bytes()))
            if not _lives(home, session.name):
                session = dataclasses.replace(session, state="gone")
            found.append(session)
    return found


def guard_of(home: Path, name: str) -> Lock:
    """The lock that a session's process holds while it lives."""
    return Lock(home / "locks" / f"session-{name}.lock")


def log_of(home: Path, name: str) -> Path:
    """Where a session's server and its supervisor tell what happens."""
    return home / FOLDER / f"{name}.log"


def connection_of(home: Path, name: str) -> Path:
    """Where clients find how to reach the kernel of a session without the Lab."""
    return home / FOLDER / f"{name}{CONNECTION}"


def _path(home: Path, name: str) -> Path:
    return home / FOLDER / f"{name}.json"


def _lives(home: Path, name: str) -> bool:
    lock = guard_of(home, name)
    if lock.acquire(wait=False):
        lock.release()
        return False
    return True
