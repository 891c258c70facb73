"""Fetching with short waits: in the test's own process, and in one that can make copies of itself.

The test's own has threads, the stand-in's among them, so it fetches by threads alone.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import kagura.inputs.remote
from kagura.errors import ServiceError
from kagura.inputs.kaggle import ready_input
from kagura.inputs.ready import ReadyInput
from kagura.kaggle.client import connect
from kagura.model.handle import input_handle
from kagura.progress import Silent
from kagura.store.objects import Store
from kagura.system.http import Http
from kagura.testing import Standin

Fetch = Callable[[str], ReadyInput]

SHORT_WAIT = 0.01


def fetcher(standin: Standin, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Fetch:
    """What fetches a handle into ``folder/store``."""
    monkeypatch.setattr("kagura.inputs.remote.LONGEST_WAIT", SHORT_WAIT)
    for name, value in standin.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("HOME", str(folder))
    return lambda handle: _fetched(handle, folder)


def fetcher_by_copies(standin: Standin, folder: Path) -> Fetch:
    """The same in a process of its own, which has no other thread."""

    def fetch(handle: str) -> ReadyInput:
        done = subprocess.run(
            [sys.executable, __file__, handle, folder],
            env=os.environ | standin.environment() | {"HOME": str(folder)},
            stdout=subprocess.PIPE,
            check=True,
        )
        answer = pickle.loads(done.stdout)
        if isinstance(answer, ReadyInput):
            return answer
        message, hint = answer
        raise ServiceError(message, hint=hint)

    return fetch


def _fetched(handle: str, folder: Path) -> ReadyInput:
    with Http(silence=1.5) as http:
        client = connect(os.environ, home=folder, http=http, sleep=lambda _: None)
        return ready_input(
            input_handle(handle),
            store=Store(folder / "store"),
            client=client,
            http=http,
            progress=Silent(),
        )


def contents(folder: Path) -> dict[str, bytes]:
    """The files below a folder."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def _main(handle: str, folder: str) -> None:
    kagura.inputs.remote.LONGEST_WAIT = SHORT_WAIT
    answer: ReadyInput | tuple[str, str | None]
    try:
        answer = _fetched(handle, Path(folder))
    except ServiceError as error:
        answer = (error.message, error.hint)
    sys.stdout.buffer.write(pickle.dumps(answer))


if __name__ == "__main__":
    _main(*sys.argv[1:])
