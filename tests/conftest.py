"""One store for all tests that build bases: each base is built once in a session."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One store for the whole session.  KAGURA_TEST_HOME keeps it for next time."""
    given = os.environ.get("KAGURA_TEST_HOME")
    folder = Path(given).resolve() if given else tmp_path_factory.mktemp("home")
    yield folder
    if not given:
        shutil.rmtree(folder, ignore_errors=True)  # some 11 GB, and pytest keeps three sessions
