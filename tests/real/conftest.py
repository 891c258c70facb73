"""One browser for the tests, and a folder with a session for each."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

sys.path.insert(0, str(Path(__file__).parents[1] / "contract"))
from browser import browser
from commands import kagura


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """A browser; every ``Desk`` in it has cookies of its own."""
    with browser() as started:
        yield started


@pytest.fixture
def project(tmp_path: Path, home: Path) -> Iterator[Path]:
    """A folder for notebooks; its session ends with the test."""
    folder = tmp_path / "irises"
    folder.mkdir()
    yield folder
    kagura("down", "--all", home=home, folder=folder)
