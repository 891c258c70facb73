"""A folder with a notebook, whose sessions end with the test."""

from __future__ import annotations

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
