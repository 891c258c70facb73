"""A disk that is too small for the data: told once, and what was there before stays as it was."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from kagura.testing import Files, Standin

sys.path.insert(0, str(Path(__file__).parents[1]))
from commands import KAGURA

MANY: Files = {f"{number}.bin": os.urandom(20_000) for number in range(500)}
ONE: Files = {"big.bin": os.urandom(18 << 20)}


@pytest.mark.parametrize("files", [MANY, ONE], ids=["many", "one"])
def test_a_disk_that_fills_while_data_comes_is_told(
    standin: Standin, tmp_path: Path, files: Files
) -> None:
    standin.dataset("me/data", files)
    (tmp_path / "store").mkdir()
    command = shlex.join([*KAGURA, "input", "add", "me/data"])
    # Seen by this process alone; what it leaves there is shown at its end.
    script = f"mount -t tmpfs -o size=4m tmpfs ../store && {command}; echo $?; ls ../store/inputs"
    (tmp_path / "project").mkdir()
    answer = subprocess.run(
        ["unshare", "--map-root-user", "--mount", "sh", "-c", script],
        env=os.environ
        | standin.environment()
        | {"HOME": str(tmp_path), "KAGURA_HOME": str(tmp_path / "store")},
        cwd=tmp_path / "project",
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert answer.stdout == "3\n", answer.stderr
    errors = [line for line in answer.stderr.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1, answer.stderr
    assert "the disk is full" in errors[0]
    assert "hint: " in answer.stderr
    assert list((tmp_path / "project").iterdir()) == []
