"""Fetching in the test's own process, where waits are short and what a machine loses is played."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from kagura.inputs.kaggle import ready_input
from kagura.inputs.ready import ReadyInput
from kagura.kaggle.client import connect
from kagura.model.handle import input_handle
from kagura.progress import Silent
from kagura.store.objects import Store
from kagura.system.http import Http
from kagura.testing import Standin

Fetch = Callable[[str], ReadyInput]


def fetcher(standin: Standin, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Fetch:
    """What fetches a handle into ``folder/store``."""
    monkeypatch.setattr("kagura.inputs.remote.LONGEST_WAIT", 0.01)
    for name, value in standin.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("HOME", str(folder))

    def fetch(handle: str) -> ReadyInput:
        with Http(silence=1.5) as http:
            client = connect(os.environ, home=folder, http=http, sleep=lambda _: None)
            return ready_input(
                input_handle(handle),
                store=Store(folder / "store"),
                client=client,
                http=http,
                progress=Silent(),
            )

    return fetch


def contents(folder: Path) -> dict[str, bytes]:
    """The files below a folder."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}
