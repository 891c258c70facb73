"""``kagura du`` and ``kagura clean`` on a real store, by the command line."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from commands import ERA, kagura, write_notebook


@pytest.fixture(scope="module")
def built(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The store with the base of the era."""
    answer = kagura("base", "build", ERA, home=home, folder=tmp_path_factory.mktemp("build"))
    assert answer.returncode == 0, answer.stderr
    return home


def on_disk(folder: Path) -> int:
    answer = subprocess.run(
        ["du", "-s", "--block-size=1", folder], check=True, capture_output=True, text=True
    )
    return int(answer.stdout.split()[0])


def test_the_ledgers_bytes_are_those_of_du(built: Path, tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "kagura.toml").write_text(f'[project]\nbase = "{ERA}"\n')
    notebook = write_notebook(project / "n.ipynb", "print(1)")
    answer = kagura("run", notebook, home=built, folder=project)
    assert answer.returncode == 0, answer.stderr
    shown = kagura("du", "--format", "json", home=built, folder=tmp_path)
    ledger = json.loads(shown.stdout)
    assert ledger["size"] == pytest.approx(on_disk(built), rel=0.05)
    assert sum(part["size"] for part in ledger["parts"]) == ledger["size"]
    (use,) = [use for use in ledger["projects"] if use["folder"] == str(project)]
    (digest,) = use["objects"]
    folder = built / "bases" / digest.removeprefix("sha256:")
    assert use["size"] == pytest.approx(on_disk(folder), rel=0.05)
    text = kagura("du", home=built, folder=tmp_path).stdout
    assert str(project) in text
    assert re.search(rf"base {ERA} · \d+ project", text)
