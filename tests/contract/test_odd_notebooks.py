"""What notebooks do that nobody plans for: odd names, files of ours, links, Kaggle's modules."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from commands import ERA, kagura, write_notebook


def test_names_and_texts_that_are_not_utf_8_are_no_fault(home: Path, tmp_path: Path) -> None:
    notebook = write_notebook(
        tmp_path / "n.ipynb",
        "open(b'bad\\xff.csv', 'w').write('1')",
        "display('\\udcff')\nprint('\\udcff')",
        "raise ValueError('bad \\udcff name')",
    )
    run = ("run", notebook, "--base", ERA, "--output", tmp_path / "out", "--format", "json")
    answer = kagura(*run, home=home, folder=tmp_path)
    assert answer.returncode == 1, answer.stderr
    report = json.loads(answer.stdout)
    assert report["failure"]["name"] == "ValueError"
    assert [output["size"] for output in report["outputs"]] == [1]
    assert json.loads((tmp_path / "out" / "report.json").read_bytes()) == report
    assert "Traceback" not in answer.stderr


def test_files_that_are_called_as_ours_stay_the_notebooks(home: Path, tmp_path: Path) -> None:
    notebook = write_notebook(
        tmp_path / "train.ipynb",
        "open('report.json', 'w').write('{}'); open('train.log', 'w').write('mine')",
    )
    run = ("run", notebook, "--base", ERA, "--output", tmp_path / "out")
    answer = kagura(*run, home=home, folder=tmp_path)
    assert answer.returncode == 0, answer.stderr
    folder = tmp_path / "out"
    assert (folder / "report.json").read_text() == "{}"
    assert (folder / "train.log").read_text() == "mine"
    report = json.loads((folder / "report.kagura.json").read_text())
    assert [output["path"] for output in report["outputs"]] == ["report.json", "train.log"]
    # Nothing was printed, but for what asyncio may say of a kernel that ends.
    assert not [
        record
        for record in json.loads((folder / "train.kagura.log").read_text())
        if record["stream_name"] == "stdout"
    ]
    assert answer.stderr.count("is the notebook's own") == 2


def test_kaggles_own_modules_are_not_looked_for_elsewhere(home: Path, tmp_path: Path) -> None:
    notebook = write_notebook(tmp_path / "n.ipynb", "from kaggle_secrets import UserSecretsClient")
    answer = kagura("run", notebook, "--base", ERA, home=home, folder=tmp_path)
    assert answer.returncode == 1
    assert "kaggle_secrets is Kaggle's own" in answer.stderr
    assert "--with" not in answer.stderr


@pytest.mark.parametrize("text", ["==3", "", "./x-1.0-py3-none-any.whl", "--index-url=http://x"])
def test_what_is_no_requirement_is_told_at_once(home: Path, tmp_path: Path, text: str) -> None:
    notebook = write_notebook(tmp_path / "n.ipynb", "1")
    answer = kagura("run", notebook, "--base", ERA, "--with", text, home=home, folder=tmp_path)
    assert answer.returncode == 2
    assert "this is not a package's name" in answer.stderr
    assert not (tmp_path / "runs").exists()


def test_a_version_that_came_later_names_the_day(home: Path, tmp_path: Path) -> None:
    notebook = write_notebook(tmp_path / "n.ipynb", "1")
    run = ("run", notebook, "--base", ERA, "--with", "humanize>=99")
    answer = kagura(*run, home=home, folder=tmp_path)
    assert answer.returncode == 3
    assert "only what there was on 2023-07" in answer.stderr


def test_a_file_where_the_runs_should_be_is_told_before_anything_is_built(tmp_path: Path) -> None:
    notebook = write_notebook(tmp_path / "n.ipynb", "1")
    (tmp_path / "runs").touch()
    answer = kagura("run", notebook, "--base", "2019-05", home=tmp_path / "new", folder=tmp_path)
    assert answer.returncode == 3
    assert "the run's folder cannot be made" in answer.stderr
    assert not (tmp_path / "new" / "bases").exists()


def test_links_that_lead_out_of_an_input_are_told(home: Path, tmp_path: Path) -> None:
    (data := tmp_path / "data").mkdir()
    (tmp_path / "outside.csv").write_text("1")
    (data / "in.csv").write_text("1")
    os.symlink(tmp_path / "outside.csv", data / "out.csv")
    os.symlink("in.csv", data / "fine.csv")
    notebook = write_notebook(tmp_path / "n.ipynb", "open('../input/t/fine.csv')")
    run = ("run", notebook, "--base", ERA, "--input", f"t={data}")
    answer = kagura(*run, home=home, folder=tmp_path)
    assert answer.returncode == 0, answer.stderr
    assert "links in the input t lead out of it" in answer.stderr
    assert "out.csv" in answer.stderr
    assert "fine.csv" not in answer.stderr


def test_an_input_may_be_called_as_a_folder_of_the_layout(home: Path, tmp_path: Path) -> None:
    (tmp_path / "input" / "models").mkdir(parents=True)
    (tmp_path / "input" / "models" / "m.txt").write_text("1")
    notebook = write_notebook(tmp_path / "n.ipynb", "open('../input/models/m.txt')")
    answer = kagura("run", notebook, "--base", ERA, home=home, folder=tmp_path)
    assert answer.returncode == 0, answer.stderr


def test_a_dead_run_names_only_files_that_are_there(home: Path, tmp_path: Path) -> None:
    notebook = write_notebook(tmp_path / "n.ipynb", "import os; os.kill(-1, 9)")
    run = ("run", notebook, "--base", ERA, "--output", tmp_path / "out")
    answer = kagura(*run, home=home, folder=tmp_path)
    assert answer.returncode == 1
    named = answer.stdout.rpartition(": ")[2].strip().split(" · ")
    assert all((tmp_path / "out" / name).exists() for name in named), answer.stdout
