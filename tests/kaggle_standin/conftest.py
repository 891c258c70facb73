"""A stand-in with something of everything, and the three clients that are held against it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest

from kagura.kaggle.client import Client, connect
from kagura.progress import Progress
from kagura.system.command import Completed, run
from kagura.system.http import Http
from kagura.testing import Content, Standin

Credential = Literal["token", "key", "none"]
IMAGE = "gcr.io/kaggle-images/python@sha256:" + "ab" * 32
SOURCE = json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


@pytest.fixture
def kaggle() -> Iterator[Standin]:
    """A stand-in with a small catalogue."""
    with Standin() as standin:
        standin.dataset("uciml/iris", {"Iris.csv": "Id,Species\n1,old\n"}, version=1)
        iris: dict[str, Content] = {
            "Iris.csv": "Id,Species\n1,setosa\n",
            "images/one.png": b"\x89PNG one",
            "images/deep/two.png": b"\x89PNG two",
            "big.csv": "1,2\n" * 1000,
        }
        standin.dataset("uciml/iris", iris, version=2, zipped=["big.csv"])
        standin.dataset("alice/diary", {"secret.txt": "dear diary"}, is_private=True)
        standin.competition("titanic", {"train.csv": "a,b\n1,2\n", "test.csv": "a\n3\n"})
        standin.competition("closed", {"data.csv": "a\n"}, has_rules_accepted=False)
        standin.kernel(
            "alice/first-notebook",
            SOURCE,
            version=1,
            output={"submission.csv": "1\n", "plots/a.png": b"\x89PNG"},
            log="[first]",
        )
        standin.kernel(
            "alice/first-notebook",
            SOURCE.replace("[]", '[{"cell_type": "raw", "metadata": {}, "source": "é 日本"}]', 1),
            version=2,
            title="First notebook",
            docker_image=IMAGE,
            machine_shape="NvidiaTeslaT4",
            datasets=["uciml/iris"],
            competitions=["titanic"],
            kernels=["alice/helpers"],
            models=["google/gemma/PyTorch/2b/1"],
            output={"submission.csv": "2\n"},
            log="[second]",
        )
        weights: dict[str, Content] = {
            "config.json": '{"code": 500, "message": "not an error"}',
            "w/a.bin": b"\0" * 99,
        }
        standin.model("google/gemma/pyTorch/2b", weights, version=1)
        standin.model("google/gemma/pyTorch/2b", {"config.json": "{}"}, version=2)
        standin.model("google/gated/pyTorch/7b", {"config.json": "{}"}, is_gated=True)
        yield standin


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("KAGGLE") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


@pytest.fixture
def sleeps() -> list[float]:
    """The seconds that the client wanted to sleep."""
    return []


@pytest.fixture
def client_of(
    kaggle: Standin, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, sleeps: list[float]
) -> Iterator[Callable[..., Client]]:
    """Makes our client, signed in as told; a server that is silent for a second is left."""
    https: list[Http] = []

    def make(
        *, credential: Credential = "key", progress: Progress | None = None, **more: str
    ) -> Client:
        environment = kaggle.environment(credential=credential) | more
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        https.append(Http(silence=1.0))
        home = tmp_path / "client-home"
        home.mkdir(exist_ok=True)
        return connect(
            environment, home=home, http=https[-1], sleep=sleeps.append, progress=progress
        )

    yield make
    for http in https:
        http.close()


@pytest.fixture
def client(client_of: Callable[..., Client]) -> Client:
    """Our client, signed in by a key."""
    return client_of()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home folder for Kaggle's own programs, which write into it."""
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def kaggle_command(kaggle: Standin, home: Path) -> Callable[..., Completed]:
    """Runs the real ``kaggle`` command, unmodified, in its own home."""

    def command(*arguments: str, credential: Credential = "key") -> Completed:
        program = os.fspath(Path(sys.executable).with_name("kaggle"))
        return run(
            [program, *arguments], environment=_outside(kaggle, home, credential), seconds=90
        )

    return command


@pytest.fixture
def kagglehub(kaggle: Standin, home: Path) -> Callable[..., Completed]:
    """Runs Python code with the real ``kagglehub``, unmodified, in its own home."""

    def python(code: str, *, credential: Credential = "key") -> Completed:
        argv = [sys.executable, "-c", f"import json, kagglehub\n{code}"]
        return run(argv, environment=_outside(kaggle, home, credential), seconds=90)

    return python


def _outside(kaggle: Standin, home: Path, credential: Credential) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": os.fspath(home),
        **kaggle.environment(credential=credential),
    }
