"""What a session changed is told while it is up, and can be kept; after a reset there is none."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))
from commands import kagura
from living import record_of, up

SPOIL = """
import pathlib, shutil, site
home = pathlib.Path(site.getsitepackages()[0])
(home / "mine.py").write_text("x = 1")
for name in ("humanize", "humanize-4.7.0.dist-info"):
    (home / name).mkdir()
(home / "humanize-4.7.0.dist-info/METADATA").write_text("Name: humanize\\nVersion: 4.7.0\\n")
(home / "humanize-4.7.0.dist-info/RECORD").write_text("humanize/__init__.py,,\\n")
(home / "humanize/__init__.py").write_text("")
for path in home.glob("seaborn*"):
    shutil.rmtree(path)
"""


def test_a_session_tells_what_it_changed_until_it_is_reset(project: Path, home: Path) -> None:
    up(project, home, "--kernel-only")
    assert _sessions(project, home) == [("irises", {}, 0)]
    answer = kagura("exec", "--", "python", "-c", SPOIL, home=home, folder=project)
    assert answer.returncode == 0, answer.stderr
    changed = {"humanize": "added", "seaborn": "removed"}
    assert _sessions(project, home) == [("irises", changed, 1)]
    shown = kagura("status", home=home, folder=project).stdout
    assert "it also installed humanize 4.7.0; removed seaborn" in shown
    assert "/opt/conda/lib/python3.10/site-packages/mine.py" in shown
    assert kagura("reset", home=home, folder=project).returncode == 0
    assert record_of(home, "irises")["rounds"] == 2
    assert _sessions(project, home) == [("irises", {}, 0)]
    assert kagura("down", home=home, folder=project).returncode == 0
    assert _sessions(project, home) == []


def test_pipes_and_links_that_a_session_leaves_as_metadata_hold_nobody_up(
    project: Path, home: Path
) -> None:
    up(project, home, "--kernel-only")
    trap = (
        "import os, site; home = site.getsitepackages()[0]; "
        "[os.mkdir(f'{home}/{name}-1.dist-info') for name in 'ab']; "
        "os.mkfifo(f'{home}/a-1.dist-info/METADATA'); "
        "os.symlink('/etc/shadow', f'{home}/b-1.dist-info/METADATA')"
    )
    answer = kagura("exec", "--", "python", "-c", trap, home=home, folder=project)
    assert answer.returncode == 0, answer.stderr
    ((name, _, _),) = _sessions(project, home)
    assert name == "irises"


def _sessions(project: Path, home: Path) -> list[tuple[str, dict[str, str], int]]:
    answer = kagura("status", "--format", "json", home=home, folder=project)
    assert answer.returncode == 0, answer.stderr
    told: list[dict[str, Any]] = json.loads(answer.stdout)["sessions"]
    return [
        (
            session["name"],
            {item["name"]: item["change"] for item in session["drift"]["packages"]},
            session["drift"]["files"]["count"],
        )
        for session in told
    ]
