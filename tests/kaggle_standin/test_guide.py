"""The guide's examples run as they stand there."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest

from kagura.system.command import run

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "testing.md"
EXAMPLES = re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES, ids=range(1, len(EXAMPLES) + 1))
def test_an_example_runs(example: str, tmp_path: Path) -> None:
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {"PATH": programs, "HOME": os.fspath(tmp_path)}
    argv = [sys.executable, "-c", example]
    completed = run(argv, environment=environment, directory=tmp_path, seconds=90)
    assert completed.status == 0, completed.stderr


def test_the_table_names_every_fault() -> None:
    from kagura.testing import Fault

    text = GUIDE.read_text(encoding="utf-8")
    assert {kind.__name__ for kind in Fault.__args__ if f"`{kind.__name__}(" not in text} == set()
