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
FLAT: Files = {"big.bin": bytes(18 << 20)}


@pytest.mark.parametrize(
    ("files", "handle", "told"),
    [
        (MANY, "me/data", "needs 10.0 MB more"),
        (ONE, "me/data", "needs 18.9 MB more"),
        # Of a model nobody knows how long it will be.
        (FLAT, "models/me/data/pyTorch/1/1", "the disk is full"),
    ],
    ids=["many", "one", "model"],
)
def test_a_disk_that_is_too_small_is_told(
    standin: Standin, tmp_path: Path, files: Files, handle: str, told: str
) -> None:
    standin.dataset("me/data", files)
    standin.model("me/data/pyTorch/1", files)
    (tmp_path / "store").mkdir()
    command = shlex.join([*KAGURA, "input", "add", handle])
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
    assert told in errors[0]
    assert "hint: " in answer.stderr
    assert "clean --inputs" in answer.stderr
    assert list((tmp_path / "project").iterdir()) == []
