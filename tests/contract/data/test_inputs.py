"""kagura input, as a user types it, against the stand-in for Kaggle."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import pytest

from kagura.testing import Standin

sys.path.insert(0, str(Path(__file__).parents[1]))
from pulling import Command


def test_inputs_are_added_listed_verified_and_removed(kagura: Command, here: Path) -> None:
    assert kagura("input", "add", "uciml/iris/versions/1").returncode == 0
    assert kagura("input", "add", "competitions/titanic").returncode == 0
    (here / "data").mkdir()
    assert kagura("input", "add", "mine=data").returncode == 0
    listed = json.loads(kagura("input", "list", "--format", "json").stdout)
    assert [entry["state"] for entry in listed] == ["here"] * 3
    assert kagura("input", "verify").returncode == 0
    # A newer version takes the older one's place.
    assert kagura("input", "add", "uciml/iris").returncode == 0
    listed = json.loads(kagura("input", "list", "--format", "json").stdout)
    assert [entry["handle"] for entry in listed if entry["name"].startswith("datasets")] == [
        "datasets/uciml/iris/versions/2"
    ]
    file = Path(next(e["folder"] for e in listed if "iris" in e["name"])) / "Iris.csv"
    assert oct(file.stat().st_mode & 0o777) == "0o444"
    file.chmod(0o644)
    file.write_text("2\n1\n")
    damaged = kagura("input", "verify")
    assert damaged.returncode == 4
    assert "Iris.csv was changed" in damaged.stdout
    assert "missing" in kagura("input", "list").stdout
    assert kagura("input", "remove", "mine").stdout == "removed mine=data\n"
    assert kagura("input", "remove", "iris").stdout == "removed datasets/uciml/iris\n"
    assert kagura("input", "remove", "nothing").returncode == 2


def test_a_model_is_one_however_its_framework_is_spelled(kagura: Command, standin: Standin) -> None:
    standin.model("google/gemma/pyTorch/2b", {"config.json": "{}"}, version=1)
    assert kagura("input", "add", "google/gemma/pyTorch/2b").returncode == 0
    again = kagura("input", "add", "models/google/gemma/PyTorch/2b/1")
    assert again.stdout.endswith("already in the store\n"), again.stderr
    assert kagura("input", "remove", "gemma").returncode == 0


def test_data_stays_in_the_store_unless_it_is_named_and_no_lock_needs_it(
    kagura: Command, here: Path
) -> None:
    kagura("input", "add", "uciml/iris")
    assert "input" not in kagura("clean", "--yes").stdout
    kept = kagura("clean", "--inputs", "--yes")
    assert "needed by 1 project" in kept.stdout
    kagura("input", "remove", "uciml/iris")
    gone = kagura("clean", "--inputs", "--yes")
    assert "input datasets/uciml/iris" in gone.stdout
    assert list((here.parent / "store" / "inputs").iterdir()) == []
    assert "missing" not in kagura("input", "list").stdout


def names_in(folder: str) -> set[str]:
    root = Path(folder)
    return {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}


@pytest.fixture
def images(standin: Standin) -> Standin:
    files: dict[str, str | bytes] = {
        f"train/{n}.bin": bytes([n]) * 1000 + b"noise" for n in range(60)
    }
    files |= {"test/1.bin": b"1", "labels.csv": "a,b\n" * 10, "big.bin": _noise(3_000_000)}
    standin.dataset("me/images", files, version=3)
    return standin


def _noise(size: int) -> bytes:
    import random

    return random.Random(size).randbytes(size)


def test_only_some_files_are_fetched_and_only_their_bytes(
    kagura: Command, images: Standin, here: Path
) -> None:
    added = kagura("input", "add", "me/images", "--files", "train/1*.bin", "--files", "labels.csv")
    assert added.returncode == 0, added.stderr
    (entry,) = json.loads(kagura("input", "list", "--format", "json").stdout)
    assert entry["handle"] == "datasets/me/images/versions/3#train/1*.bin#labels.csv"
    wanted = {"labels.csv", "train/1.bin", *(f"train/1{n}.bin" for n in range(10))}
    assert names_in(entry["folder"]) == wanted
    # The archive's list, at its end, and the members; not the three megabytes between them.
    assert images.served("me/images") < 600_000
    assert '"datasets/me/images#train/1*.bin#labels.csv"' in (here / "kagura.toml").read_text()
    # All of it takes the choice's place, and fetches what was not there.
    assert kagura("input", "add", "me/images").returncode == 0
    (entry,) = json.loads(kagura("input", "list", "--format", "json").stdout)
    assert len(names_in(entry["folder"])) == 63
    # From all that is here, a choice costs no download.
    before = images.served("me/images")
    assert kagura("input", "add", "me/images#test/").returncode == 0
    (entry,) = json.loads(kagura("input", "list", "--format", "json").stdout)
    assert names_in(entry["folder"]) == {"test/1.bin"}
    assert images.served("me/images") - before < 300_000


def test_a_pattern_that_fits_nothing_is_told(kagura: Command, images: Standin, here: Path) -> None:
    answer = kagura("input", "add", "me/images", "--files", "train/*.bim")
    assert answer.returncode == 2
    assert "no file of datasets/me/images/versions/3 is called train/*.bim" in answer.stderr
    assert "train/" in answer.stderr.partition("hint:")[2]
    assert list(here.iterdir()) == []


def test_a_rate_is_kept(kagura: Command, images: Standin) -> None:
    started = time.monotonic()
    assert kagura("input", "add", "me/images", "--limit-rate", "1M").returncode == 0
    # No upper bound: only that three megabytes did not come at once.
    assert time.monotonic() - started > 2.0


def test_a_bomb_is_refused_until_the_user_allows_it(kagura: Command, standin: Standin) -> None:
    standin.dataset("me/zeros", {"zeros.bin": bytes(30_000_000)}, version=1)
    refused = kagura("input", "add", "me/zeros", "--max-size", "20M")
    assert refused.returncode == 3
    assert "a bomb" in refused.stderr
    assert "--max-size" in refused.stderr
    assert kagura("input", "add", "me/zeros", KAGURA_MAX_SIZE="30M").returncode == 0


def test_an_address_of_one_file_is_of_that_file(kagura: Command, standin: Standin) -> None:
    site = "https://www.kaggle.com"
    for address in ("datasets/uciml/iris?select=Iris.csv", "c/titanic/data?select=train.csv"):
        added = kagura("input", "add", f"{site}/{address}")
        assert added.returncode == 0, added.stderr
    listed = json.loads(kagura("input", "list", "--format", "json").stdout)
    assert [(entry["name"], entry["files"]) for entry in listed] == [
        ("datasets/uciml/iris#Iris.csv", 1),
        ("competitions/titanic#train.csv", 1),
    ]


def test_folders_are_shown_by_name_and_an_empty_one_is_refused(kagura: Command, here: Path) -> None:
    (here / "data").mkdir()
    assert kagura("input", "add", "mydata=./data").returncode == 0
    for verb in ("list", "verify"):
        assert "mydata=./data" in kagura("input", verb).stdout
    empty = kagura("input", "add", "mydata2=")
    assert empty.returncode == 2
    assert "kagura input add mydata2=: this is not NAME=FOLDER" in empty.stderr
    assert "mydata2" not in (here / "kagura.toml").read_text()


def test_two_inputs_at_one_path_are_refused(kagura: Command, here: Path) -> None:
    (here / "data").mkdir()
    assert kagura("input", "add", "titanic=./data").returncode == 0
    both = kagura("input", "add", "competitions/titanic")
    assert both.returncode == 2
    assert "titanic=./data is in the project already" in both.stderr
    assert kagura("input", "remove", "titanic").returncode == 0
    assert kagura("input", "add", "competitions/titanic").returncode == 0
    assert kagura("input", "add", "titanic=./data").returncode == 2
    assert kagura("input", "add", "own=./data").returncode == 0


def test_a_senseless_input_is_an_error_and_can_be_removed(kagura: Command, here: Path) -> None:
    (here / "kagura.toml").write_text('[project]\ninputs = ["nonsense", "uciml/iris"]\n')
    for verb in ("list", "verify"):
        answer = kagura("input", verb)
        assert answer.returncode == 2, answer.stdout
        assert "nonsense: this is not a dataset's handle" in answer.stderr
    assert kagura("input", "remove", "nonsense").returncode == 0
    assert kagura("input", "list").returncode == 0
