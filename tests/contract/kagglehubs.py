"""What the real kagglehub leaves in its cache, and what it costs to have the same in the store."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from fetching import contents
from pulling import Command

from kagura.testing import Standin


def download(standin: Standin, tmp_path: Path, call: str) -> None:
    """What a user's own program did, some other day."""
    subprocess.run(
        [sys.executable, "-c", f"import kagglehub; kagglehub.{call}"],
        env=os.environ | standin.environment() | {"HOME": str(tmp_path / "user")},
        check=True,
        capture_output=True,
    )


def fetched(kagura: Command, standin: Standin, what: str, handle: str, *arguments: str) -> int:
    """How many bytes it takes to have it, whole."""
    before = standin.served(handle)
    added = kagura("input", "add", what, *arguments)
    assert added.returncode == 0, added.stderr
    assert kagura("input", "verify").returncode == 0
    return standin.served(handle) - before


def here(tmp_path: Path) -> dict[str, bytes]:
    """The files of the one input in the store."""
    (tree,) = (tmp_path / "store" / "inputs").glob("*/tree")
    return contents(tree)
