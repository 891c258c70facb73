"""kagura pull FILE: a notebook that is here, and what its inputs are."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

from kagura.testing import Standin

sys.path.insert(0, str(Path(__file__).parents[1]))
from pulling import Command, source


def test_a_notebook_that_is_here_becomes_a_project(
    kagura: Command, standin: Standin, here: Path
) -> None:
    cells = (
        "open('/kaggle/input/titanic/train.csv')",
        "open('/kaggle/input/datasets/uciml/iris/Iris.csv')",
        "open('/kaggle/input/my-houses/x.csv')",
        "open('/kaggle/input/nobody-knows/x.csv')",
    )
    (here / "old.ipynb").write_text(source(*cells))
    standin.dataset("someone/my-houses", {"x.csv": "1"})
    asked = kagura("pull", "old.ipynb")
    assert asked.returncode == 2, asked.stderr
    assert "--yes" in asked.stderr
    assert not (here / "kagura.toml").exists()
    answer = kagura("pull", "old.ipynb", "--yes")
    assert answer.returncode == 0, answer.stderr
    assert "guess    competitions/titanic" in answer.stderr
    assert "sure     datasets/uciml/iris" in answer.stderr
    assert "guess    datasets/someone/my-houses" in answer.stderr
    assert "kagura input add OWNER/nobody-knows" in answer.stderr
    listed = json.loads(kagura("input", "list", "--format", "json").stdout)
    assert [entry["handle"] for entry in listed] == [
        "competitions/titanic",
        "datasets/uciml/iris/versions/2",
        "datasets/someone/my-houses/versions/1",
    ]
    assert {entry["state"] for entry in listed} == {"here"}


def counted(standin: Standin, handle: str, version: int) -> dict[str, object]:
    """A data set's version as notebooks' metadata has it: by numbers."""
    found = re.search(r"/kaggle-data-sets/(\d+)/(\d+)/", standin.address(handle, version=version))
    assert found
    own, number = int(found[1]), int(found[2])
    return {"sourceType": "datasetVersion", "datasetId": own, "sourceId": number}


def inputs(kagura: Command) -> list[str]:
    """What the project file lists."""
    listed = json.loads(kagura("input", "list", "--format", "json").stdout)
    return [entry["name"] for entry in listed]


def test_the_numbers_in_the_metadata_tell_which_data_set_and_which_version(
    kagura: Command, standin: Standin, here: Path
) -> None:
    standin.dataset("aaa/houses", {"x.csv": "wrong"}, version=1)
    for version in (1, 2, 3):
        standin.dataset("someone/houses", {"x.csv": str(version)}, version=version)
    standin.dataset("aaa/shops", {"x.csv": "wrong"}, version=1)
    cells = (
        "open('/kaggle/input/houses/x.csv')",
        "open('/kaggle/input/datasets/uciml/iris/Iris.csv')",
        "open('/kaggle/input/shops/x.csv')",
    )
    sources = [
        counted(standin, "someone/houses", 2),
        counted(standin, "uciml/iris", 1),
        {"sourceType": "datasetVersion", "datasetId": 9_999_999, "sourceId": 9_999_998},
        {"sourceType": "competition", "sourceId": 5},
    ]
    (here / "old.ipynb").write_text(source(*cells, sources=sources))
    pulled = kagura("pull", "old.ipynb")
    assert pulled.returncode == 0, pulled.stderr  # nothing is a guess: nobody is asked
    assert "sure     datasets/someone/houses/versions/2" in pulled.stderr
    assert inputs(kagura) == [
        "datasets/someone/houses/versions/2",
        "datasets/uciml/iris/versions/1",
    ]
    assert "aaa/shops is called so, but is none of those in the notebook's metadata" in (
        pulled.stderr
    )
    assert (
        "the notebook had 4 data sources; 1 competition and 1 data set are not found"
        in pulled.stderr
    )


def test_what_is_read_and_not_listed_is_told(kagura: Command, here: Path) -> None:
    cells = ("open('../input/train.csv')", "open('/kaggle/input/titanic/train.csv')")
    (here / "old.ipynb").write_text(source(*cells))
    metadata = {"code_file": "old.ipynb", "dataset_sources": ["uciml/iris"]}
    (here / "kernel-metadata.json").write_text(json.dumps(metadata))
    pulled = kagura("pull", "old.ipynb", "--no-inputs")
    assert pulled.returncode == 0, pulled.stderr
    assert "reads /kaggle/input/titanic, which kernel-metadata.json does not list" in pulled.stderr
    assert "/kaggle/input/train.csv: files of the one input" in pulled.stderr
    (here / "kernel-metadata.json").unlink()
    (here / "kagura.toml").unlink()
    (here / "old.ipynb").write_text(source("open('../input/train.csv')"))
    pulled = kagura("pull", "old.ipynb", "--no-inputs")
    assert "/kaggle/input/train.csv, and of which data that is nothing tells" in pulled.stderr


def test_flat_paths_of_what_was_found_in_full_are_covered(
    kagura: Command, standin: Standin, here: Path
) -> None:
    standin.model("google/gemma/pyTorch/2b", {"config.json": "{}"}, version=1)
    cells = (
        "open('/kaggle/input/gemma/pytorch/2b/1/config.json')",
        "open('/kaggle/input/models/google/gemma/pytorch/2b/1/config.json')",
        "open('/kaggle/input/notebooks/someone/my-helper/x.txt')",
        "open('/kaggle/input/my-helper/x.txt')",
        "open('/kaggle/input/nobodys/pytorch/2b/1/config.json')",
    )
    (here / "old.ipynb").write_text(source(*cells))
    pulled = kagura("pull", "old.ipynb", "--no-inputs")
    assert pulled.returncode == 0, pulled.stderr
    assert pulled.stderr.count("nothing tells") == 1
    assert "kagura input add OWNER/nobodys/pytorch/2b/1" in pulled.stderr


def test_an_input_that_was_removed_comes_back_only_by_an_answer(
    kagura: Command, here: Path
) -> None:
    cells = (
        "open('/kaggle/input/datasets/uciml/iris/Iris.csv')",
        "open('/kaggle/input/competitions/titanic/train.csv')",
    )
    (here / "old.ipynb").write_text(source(*cells))
    assert kagura("pull", "old.ipynb").returncode == 0
    again = kagura("pull", "old.ipynb")
    assert again.returncode == 0, again.stderr
    assert kagura("input", "remove", "iris").returncode == 0
    assert kagura("input", "add", "uciml/iris/1").returncode == 0
    assert kagura("pull", "old.ipynb").returncode == 0  # another version is the same input
    assert inputs(kagura) == ["competitions/titanic", "datasets/uciml/iris/versions/1"]
    assert kagura("input", "remove", "iris").returncode == 0
    asked = kagura("pull", "old.ipynb")
    assert asked.returncode == 2
    assert inputs(kagura) == ["competitions/titanic"]
    assert kagura("pull", "old.ipynb", "--yes").returncode == 0
    assert inputs(kagura) == ["competitions/titanic", "datasets/uciml/iris"]


def test_what_comes_next_names_the_notebook_if_the_project_has_another(
    kagura: Command, here: Path
) -> None:
    for name in ("one.ipynb", "an other.ipynb"):
        (here / name).write_text(source("1"))
    assert kagura("pull", "one.ipynb").stdout.splitlines() == ["next     kagura run"]
    assert kagura("pull", "an other.ipynb").stdout.splitlines() == [
        "next     kagura run 'an other.ipynb'"
    ]
