"""kagura sync has a project's inputs here too, and never fetches offline."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from pulling import Command

from kagura.project.lockfile import read_lock

PLAIN = f"python={sys.version_info[0]}.{sys.version_info[1]}"


def test_inputs_are_fetched_and_locked_and_offline_is_offline(
    kagura: Command, home: Path, here: Path
) -> None:
    text = f'[project]\nbase = "{PLAIN}"\ninputs = ["uciml/iris"]\n'
    (here / "kagura.toml").write_text(text)
    answer = kagura("lock", store=home)
    assert answer.returncode == 0, answer.stderr
    answer = kagura("sync", store=home)
    assert answer.returncode == 0, answer.stderr
    (item,) = read_lock(here).inputs
    assert (item.name, item.handle) == ("uciml/iris", "datasets/uciml/iris/versions/2")
    assert kagura("sync", "--offline", store=home).returncode == 0
    (here / "kagura.toml").write_text(text.replace("uciml/iris", "competitions/titanic"))
    answer = kagura("sync", "--offline", store=home)
    assert answer.returncode == 3
    assert "competitions/titanic is not in the store" in answer.stderr
    base = read_lock(here).base
    assert base is not None
    assert base.plain
