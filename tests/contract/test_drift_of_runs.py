"""What notebooks and scripts change in their environment, as run and status tell it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from commands import ERA, kagura, write_notebook

LANTERN = """\
import sysconfig, pathlib
site = pathlib.Path(sysconfig.get_path("purelib"))
(site / "lantern-1.0.dist-info").mkdir()
(site / "lantern-1.0.dist-info" / "METADATA").write_text("Name: lantern")
(site / "lantern-1.0.dist-info" / "RECORD").write_text("lantern.py,,")
(site / "lantern.py").write_text("lit = True")
(site / "loose.py").write_text("nobody's")
"""


def test_a_run_tells_what_its_notebook_changed_and_leaves_no_trace(
    home: Path, tmp_path: Path
) -> None:
    write_notebook(tmp_path / "vandal.ipynb", "1", "!pip uninstall -y seaborn", LANTERN)
    ended = kagura("run", "vandal.ipynb", "--base", ERA, home=home, folder=tmp_path)
    assert ended.returncode == 0
    assert (
        "also installed lantern 1.0; removed seaborn 0.12.2 (cell 2); thrown away" in ended.stderr
    )

    answer = kagura("status", "--format", "json", home=home, folder=tmp_path)
    drift = json.loads(answer.stdout)["last_run"]["drift"]
    lantern, seaborn = drift["packages"]
    assert (lantern["name"], lantern["change"], lantern["version"]) == ("lantern", "added", "1.0")
    assert (seaborn["name"], seaborn["change"], seaborn["cell"]) == ("seaborn", "removed", 2)
    assert drift["files"]["count"] == 1
    assert drift["files"]["examples"][0].endswith("site-packages/loose.py")

    write_notebook(tmp_path / "calm.ipynb", "import seaborn", "import numpy")
    ended = kagura("run", "calm.ipynb", "--base", ERA, home=home, folder=tmp_path)
    assert ended.returncode == 0
    assert "drift" not in ended.stderr
    answer = kagura("status", "--format", "json", home=home, folder=tmp_path)
    found = json.loads(answer.stdout)["last_run"]
    assert found["notebook"].endswith("calm.ipynb")
    assert found["drift"] == {"packages": [], "files": {"count": 0, "size": 0, "examples": []}}


def test_what_a_run_removed_can_be_kept_so(home: Path, tmp_path: Path) -> None:
    write_notebook(tmp_path / "lean.ipynb", "!pip uninstall -y missingno")
    (tmp_path / "kagura.toml").write_text(f'[project]\nbase = "{ERA}"\nrequirements = ["six"]\n')
    assert kagura("run", "lean.ipynb", home=home, folder=tmp_path).returncode == 0
    ended = kagura("keep", "missingno", home=home, folder=tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert "missingno" in (tmp_path / "kagura.toml").read_text()
    status = kagura("status", home=home, folder=tmp_path)
    assert "without missingno of the base" in status.stdout
    assert "hint" not in status.stdout


def test_what_a_script_prints_comes_on_its_own_streams(home: Path, tmp_path: Path) -> None:
    code = "import sys\nprint('to stdout')\nprint('to stderr', file=sys.stderr)\nsys.exit('no')\n"
    (tmp_path / "train.py").write_text(code)
    ended = kagura("run", "train.py", "--base", ERA, home=home, folder=tmp_path)
    assert (ended.returncode, ended.stdout) == (1, "to stdout\n")
    assert "to stderr\n" in ended.stderr
    options = ("--base", ERA, "--format", "json")
    ended = kagura("run", "train.py", *options, home=home, folder=tmp_path)
    assert json.loads(ended.stdout)["status"] == "failed"
    assert "to stdout\n" in ended.stderr
