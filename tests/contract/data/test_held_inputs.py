"""What a run or a session reads is not taken away from under it."""

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
from living import until
from pulling import Command, source

PLAIN = f"python={sys.version_info[0]}.{sys.version_info[1]}"
WAITS = """
import os, time
open('started', 'w').close()
while not os.path.exists('go'):
    time.sleep(0.05)
open('seen.txt', 'w').write(open('/kaggle/input/datasets/me/held/held.csv').read())
"""


@pytest.fixture
def project(kagura: Command, standin: Standin, here: Path, home: Path) -> Iterator[Path]:
    standin.dataset("me/held", {"held.csv": "1\n2\n"})
    text = f'[project]\nbase = "{PLAIN}"\ninputs = ["datasets/me/held"]\n'
    (here / "kagura.toml").write_text(text)
    (here / "nb.ipynb").write_text(source(WAITS))
    for verb in ("lock", "sync"):
        answer = kagura(verb, store=home)
        assert answer.returncode == 0, answer.stderr
    yield here
    kagura("down", "--all", store=home)


def is_here(home: Path) -> bool:
    return any(home.glob("inputs/*/tree/held.csv"))


def clean(kagura: Command, home: Path) -> str:
    """Remove all data that is not in use; what was said."""
    # No project needs it any more, by its file or its lock: only a lease can keep it.
    assert kagura("input", "remove", "held", store=home).returncode == 0
    cleaned = kagura("clean", "--inputs", "--yes", store=home)
    assert cleaned.returncode == 0, cleaned.stderr
    return cleaned.stdout


def test_a_running_run_keeps_its_inputs(
    kagura: Command, standin: Standin, project: Path, home: Path, tmp_path: Path
) -> None:
    own = {"HOME": str(tmp_path / "user"), "KAGURA_HOME": str(home)}
    running = subprocess.Popen(
        [*KAGURA, "run", "nb.ipynb"],
        env=os.environ | standin.environment() | own,
        cwd=project,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert until(lambda: bool(list(project.glob("runs/nb/*/started"))), 60)
        (folder,) = project.glob("runs/nb/*")
        said = clean(kagura, home)
        (folder / "go").touch()
        _, stderr = running.communicate(timeout=60)
    finally:
        running.kill()
    assert running.returncode == 0, stderr
    assert "input datasets/me/held" in said
    assert "in use" in said
    assert (folder / "seen.txt").read_text() == "1\n2\n"
    assert "input datasets/me/held" in kagura("clean", "--inputs", "--yes", store=home).stdout
    assert not is_here(home)


def test_a_session_keeps_its_inputs(kagura: Command, project: Path, home: Path) -> None:
    up = kagura("up", "--kernel-only", store=home)
    assert up.returncode == 0, up.stderr
    said = clean(kagura, home)
    assert "in use" in said
    read = kagura("exec", "cat", "/kaggle/input/datasets/me/held/held.csv", store=home)
    assert read.stdout == "1\n2\n", read.stderr
    assert kagura("down", "--all", store=home).returncode == 0
    kagura("clean", "--inputs", "--yes", store=home)
    assert not is_here(home)
