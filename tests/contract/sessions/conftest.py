"""A folder with a notebook, whose sessions end with the test."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))
from commands import kagura, write_notebook


@pytest.fixture
def project(tmp_path: Path, home: Path) -> Iterator[Path]:
    folder = tmp_path / "irises"
    folder.mkdir()
    write_notebook(folder / "irises.ipynb", "print('read')")
    yield folder
    kagura("down", "--all", home=home, folder=folder)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a notebook, and a Jupyter folder of its own."""
    monkeypatch.setenv("JUPYTER_DATA_DIR", os.fspath(tmp_path / "jupyter"))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", os.fspath(tmp_path / "runtime"))
    made = tmp_path / "irises"
    made.mkdir()
    (tmp_path / "runtime").mkdir(mode=0o700)
    write_notebook(made / "irises.ipynb", "print('read')")
    return made
