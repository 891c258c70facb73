"""The real ``kaggle`` command, unmodified from PyPI, works against the stand-in."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from kagura.kaggle.client import Client
from kagura.system.command import Completed
from kagura.testing import Drop, Standin

Command = Callable[..., Completed]


def _good(completed: Completed) -> str:
    assert completed.status == 0, completed.stdout + completed.stderr
    return completed.stdout


def test_it_lists_and_downloads_a_dataset(
    kaggle: Standin, kaggle_command: Command, tmp_path: Path
) -> None:
    assert "uciml/iris" in _good(kaggle_command("datasets", "list", "-s", "iris"))
    listed = _good(kaggle_command("datasets", "files", "uciml/iris"))
    assert "Iris.csv" in listed
    assert "images/deep/two.png" in listed
    _good(
        kaggle_command("datasets", "download", "uciml/iris", "--unzip", "-p", str(tmp_path / "all"))
    )
    assert (tmp_path / "all/Iris.csv").read_text() == "Id,Species\n1,setosa\n"
    assert (tmp_path / "all/images/deep/two.png").read_bytes() == b"\x89PNG two"
    assert {call.scheme for call in kaggle.calls} == {"Basic"}
    assert all(call.is_absolute for call in kaggle.calls)


def test_it_downloads_an_older_version_and_a_zipped_file_without_signing_in(
    kaggle: Standin, kaggle_command: Command, tmp_path: Path
) -> None:
    folder = str(tmp_path / "one")
    _good(
        kaggle_command(
            *("datasets", "download", "uciml/iris/1", "--unzip", "-p", folder),
            credential="none",
        )
    )
    assert (tmp_path / "one/Iris.csv").read_text() == "Id,Species\n1,old\n"
    _good(kaggle_command("datasets", "download", "uciml/iris", "-f", "big.csv", "-p", folder))
    with zipfile.ZipFile(tmp_path / "one/big.csv.zip") as archive:
        assert archive.read("big.csv") == b"1,2\n" * 1000
    assert kaggle.calls[0].scheme == ""


def test_it_downloads_a_competition(kaggle_command: Command, tmp_path: Path) -> None:
    assert "train.csv" in _good(kaggle_command("competitions", "files", "titanic"))
    _good(kaggle_command("competitions", "download", "titanic", "-p", str(tmp_path)))
    with zipfile.ZipFile(tmp_path / "titanic.zip") as archive:
        assert archive.namelist() == ["train.csv", "test.csv"]
    refused = kaggle_command("competitions", "download", "closed", "-p", str(tmp_path))
    assert refused.status != 0
    assert "403" in refused.stdout + refused.stderr


def test_it_pulls_a_notebook_with_the_metadata_that_our_client_gives(
    kaggle: Standin, kaggle_command: Command, client: Client, tmp_path: Path
) -> None:
    _good(kaggle_command("kernels", "pull", "alice/first-notebook", "-m", "-p", str(tmp_path)))
    ours = client.kernel("alice/first-notebook")
    assert json.loads((tmp_path / "kernel-metadata.json").read_text()) == ours.metadata()
    assert (tmp_path / ours.file_name).read_text(encoding="utf-8") == ours.source


def test_it_lists_notebooks_by_user_and_by_words(kaggle: Standin, kaggle_command: Command) -> None:
    kaggle.kernel("bob/irises", "1", title="Flowers of bob", kernel_type="script")
    kaggle.kernel("tester/mine", "1", is_private=True)
    listing = ("kernels", "list", "--csv")

    def listed(*arguments: str) -> list[str]:
        lines = _good(kaggle_command(*listing, *arguments)).splitlines()
        return [line.partition(",")[0] for line in lines if "/" in line.partition(",")[0]]

    assert listed("--user", "alice") == ["alice/first-notebook"]
    assert listed("-s", "flowers") == ["bob/irises"]
    assert listed("--kernel-type", "script") == ["bob/irises"]
    assert listed("--competition", "titanic") == ["alice/first-notebook"]
    assert listed("--dataset", "uciml/iris") == ["alice/first-notebook"]
    assert listed("--mine") == ["tester/mine"]
    assert listed("--page-size", "1", "--page", "2") == ["bob/irises"]
    assert "Not found" in _good(kaggle_command(*listing, "-s", "nothing-like-it"))
    assert "First notebook" in _good(kaggle_command("kernels", "list", "--user", "alice"))


def test_it_gets_a_notebooks_output(kaggle_command: Command, tmp_path: Path) -> None:
    assert "submission.csv" in _good(kaggle_command("kernels", "files", "alice/first-notebook"))
    assert "COMPLETE" in _good(kaggle_command("kernels", "status", "alice/first-notebook")).upper()
    _good(kaggle_command("kernels", "output", "alice/first-notebook", "-p", str(tmp_path)))
    assert (tmp_path / "submission.csv").read_text() == "2\n"
    assert (tmp_path / "first-notebook.log").read_text() == "[second]"


def test_it_gets_a_model_with_a_token(
    kaggle: Standin, kaggle_command: Command, tmp_path: Path
) -> None:
    version = "google/gemma/pyTorch/2b/1"
    instances = ("models", "instances", "versions")
    listed = _good(kaggle_command(*instances, "files", version, credential="token"))
    assert "w/a.bin" in listed
    assert "2" in _good(kaggle_command(*instances, "list", "google/gemma/pyTorch/2b"))
    _good(kaggle_command(*instances, "download", version, "--untar", "-p", str(tmp_path)))
    assert (tmp_path / "w/a.bin").read_bytes() == b"\0" * 99
    assert kaggle.called("IntrospectToken") == 1


@pytest.mark.parametrize("has_hash", [True, False])
def test_it_goes_on_by_range_after_a_cut(
    has_hash: bool, kaggle: Standin, kaggle_command: Command, tmp_path: Path
) -> None:
    content = bytes(range(256)) * 20_000
    (tmp_path / "noise.zip").write_bytes(b"")
    with zipfile.ZipFile(tmp_path / "noise.zip", "w") as archive:
        archive.writestr("noise.bin", content)
    kaggle.dataset("alice/noise", archive=tmp_path / "noise.zip", has_hash=has_hash)
    kaggle.fail("alice/noise", Drop(after=2_000_000))
    _good(
        kaggle_command("datasets", "download", "alice/noise", "--unzip", "-p", str(tmp_path / "to"))
    )
    assert (tmp_path / "to/noise.bin").read_bytes() == content
    first, second = kaggle.objects("alice/noise")[0].ranges
    assert first[0] == 0
    assert second[0] > 0
