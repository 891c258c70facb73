"""``python -m kagura.testing`` prints what to set, and serves until it is interrupted."""

from __future__ import annotations

import os
import shlex
import signal
import sys
from pathlib import Path

import pytest

from kagura.kaggle.client import connect
from kagura.system.command import start, stop, wait
from kagura.system.http import Http


def test_a_stand_in_is_started_by_hand_and_interrupted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "iris").mkdir()
    (tmp_path / "iris/Iris.csv").write_text("Id\n")
    (tmp_path / "nb.ipynb").write_text("{}")
    (tmp_path / "kernel-metadata.json").write_text('{"dataset_sources": ["uciml/iris"]}')
    what = ["--dataset", "uciml/iris=iris", "--closed", "shut=iris", "--kernel", "a/b=nb.ipynb"]
    argv = [sys.executable, "-m", "kagura.testing", *what]
    process = start(argv, environment={"PATH": os.environ["PATH"]}, directory=tmp_path)
    try:
        assert process.stdout is not None
        environment: dict[str, str] = {}
        while len(environment) < 6:
            (pair,) = shlex.split(process.stdout.readline().decode().removeprefix("export "))
            name, _, value = pair.partition("=")
            environment[name] = value
            monkeypatch.setenv(name, value)
        with Http() as http:
            client = connect(environment, home=tmp_path, http=http)
            assert client.kernel("a/b").datasets == ("uciml/iris",)
            assert [file.name for file in client.dataset_files("uciml/iris")] == ["Iris.csv"]
        process.send_signal(signal.SIGINT)
        assert wait(process, 20) == 0
    finally:
        stop(process)
