"""One store for the tests that build bases, and which tests may run beside which."""

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


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that share a store stay in one process; the cases, which build much, have another's."""
    for item in items:
        if "home" in getattr(item, "fixturenames", ()):
            group = "cases" if "cases" in item.path.parts else "store"
            item.add_marker(pytest.mark.xdist_group(group))
