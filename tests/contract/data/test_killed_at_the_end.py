"""Killed when all has come, and is not yet an object of the store: none of it comes twice."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from kagura.testing import Standin

sys.path.insert(0, str(Path(__file__).parents[1]))
from pulling import Command

MODEL = "google/gemma/pyTorch/2b"
KILLED = """
import os, signal, sys
from {module} import {name} as real
import {module} as module

def killed(*arguments, **named):
    if {after}:
        real(*arguments, **named)
    os.kill(os.getpid(), signal.SIGKILL)

module.{name} = killed
from kagura.cli.main import main
main()
"""
MOMENTS = {
    "before its manifest": ("kagura.inputs.kaggle", "write_manifest", False),
    "after its manifest": ("kagura.inputs.kaggle", "write_manifest", True),
    "with its record": ("kagura.store.objects", "write_atomically", True),
    "in its place": ("kagura.store.objects", "remove_tree", False),
}


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("handle", ["me/data", f"models/{MODEL}/1"])
def test_a_kill_at_the_end_costs_no_byte(
    kagura: Command, standin: Standin, tmp_path: Path, here: Path, handle: str, moment: str
) -> None:
    chance = random.Random(5)
    files = {"one.bin": chance.randbytes(3_000_000), "deep/two.csv": b"1,2\n" * 100_000}
    standin.dataset("me/data", dict(files), version=1)
    standin.model(MODEL, dict(files), version=1)
    where = "me/data" if handle == "me/data" else MODEL
    module, name, after = MOMENTS[moment]
    own = {"HOME": str(tmp_path / "user"), "KAGURA_HOME": str(tmp_path / "store")}
    code = KILLED.format(module=module, name=name, after=after)
    killed = subprocess.run(
        [sys.executable, "-c", code, "input", "add", handle],
        env=os.environ | standin.environment() | own,
        cwd=here,
        capture_output=True,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    before = standin.served(where)
    added = kagura("input", "add", handle)
    assert added.returncode == 0, added.stderr
    # Its first bytes tell what it is.
    assert standin.served(where) - before < 100_000
    assert kagura("input", "verify").returncode == 0
    (tree,) = (tmp_path / "store" / "inputs").glob("*/tree")
    assert {
        path.relative_to(tree).as_posix(): path.read_bytes()
        for path in tree.rglob("*")
        if path.is_file()
    } == files
