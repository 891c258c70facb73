"""One store for the tests that build bases, and which tests may run beside which."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from xdist.scheduler import LoadScopeScheduling

# The tests of each of these share a store; the other files stand alone.
STORES = (
    "tests/cases/",
    "tests/real/",
    "tests/contract/data/",
    "tests/contract/projects/",
    "tests/contract/sessions/",
    "tests/contract/",
)


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One store for the whole session.  KAGURA_TEST_HOME keeps it for next time."""
    given = os.environ.get("KAGURA_TEST_HOME")
    folder = Path(given).resolve() if given else tmp_path_factory.mktemp("home")
    yield folder
    if not given:
        shutil.rmtree(folder, ignore_errors=True)  # some 11 GB, and pytest keeps three sessions


class Schedule(LoadScopeScheduling):  # type: ignore[misc]  # it has no types
    """Tests that share a store run one after the other, in one process; else file by file."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return next((store for store in STORES if nodeid.startswith(store)), file)


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> LoadScopeScheduling:
    """What ``--numprocesses`` shares out."""
    return Schedule(config, log)
