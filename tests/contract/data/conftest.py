"""The command line against the stand-in for Kaggle, in a folder of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kagura.testing import Standin

sys.path.insert(0, str(Path(__file__).parents[1]))
from commands import KAGURA
from pulling import READS, TUTORIAL, Command, source


@pytest.fixture
def standin() -> Iterator[Standin]:
    with Standin() as kaggle:
        kaggle.competition("titanic", {"train.csv": "a,b\n1,2\n", "test.csv": "a\n3\n"})
        kaggle.competition("closed", {"data.csv": "a\n"}, has_rules_accepted=False)
        kaggle.dataset("uciml/iris", {"Iris.csv": "1\n"}, version=1)
        kaggle.dataset("uciml/iris", {"Iris.csv": "1\n2\n", "deep/x.txt": "x"}, version=2)
        kaggle.kernel(
            "someone/my-helper",
            "answer = 42\n",
            version=1,
            kernel_type="script",
            output={"x.txt": "x"},
        )
        kaggle.kernel(
            TUTORIAL,
            source(*READS),
            version=12,
            title="Titanic Tutorial",
            datasets=["uciml/iris"],
            competitions=["titanic"],
            kernels=["someone/my-helper"],
            output={"submission.csv": "theirs"},
        )
        yield kaggle


@pytest.fixture
def kagura(standin: Standin, tmp_path: Path) -> Command:
    """Run kagura in a folder of its own, against the stand-in."""
    (tmp_path / "user").mkdir()
    (tmp_path / "here").mkdir()
    bare = {name: value for name, value in os.environ.items() if "KAGGLE" not in name}

    def run(
        *arguments: str | Path, folder: str = ".", store: Path | None = None, **more: str
    ) -> subprocess.CompletedProcess[str]:
        own = {"HOME": str(tmp_path / "user"), "KAGURA_HOME": str(store or tmp_path / "store")}
        return subprocess.run(
            [*KAGURA, *(os.fspath(word) for word in arguments)],
            env=bare | standin.environment() | own | more,
            cwd=tmp_path / "here" / folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    return run


@pytest.fixture
def here(tmp_path: Path) -> Path:
    return tmp_path / "here"
