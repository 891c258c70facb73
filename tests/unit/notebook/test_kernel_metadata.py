"""The kernel-metadata.json beside a notebook, and what it and the notebook say of the settings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kagura.model.needs import Source
from kagura.model.notebook import Notebook
from kagura.notebook.metadata import accelerator, internet, read_kernel_metadata, sources


def beside(tmp_path: Path, content: Any) -> Any:
    text = content if isinstance(content, str) else json.dumps(content)
    (tmp_path / "kernel-metadata.json").write_text(text)
    (tmp_path / "mine.ipynb").touch()
    return read_kernel_metadata(tmp_path / "mine.ipynb")


def notebook(**kaggle: Any) -> Notebook:
    return Notebook(
        path=Path("nb.ipynb"),
        slug="nb",
        kind="notebook",
        cells=(),
        metadata={"kaggle": kaggle},
        document={},
    )


def test_without_one_there_is_nothing(tmp_path: Path) -> None:
    assert read_kernel_metadata(tmp_path / "mine.ipynb") == {}


@pytest.mark.parametrize("content", ["", "{", "[]", "5", "[" * 100_000])
def test_a_broken_one_counts_as_none(tmp_path: Path, content: str) -> None:
    assert beside(tmp_path, content) == {}


@pytest.mark.parametrize("name", ["mine.ipynb", "./mine.ipynb", "", None, 5])
def test_one_that_names_this_notebook_or_none_counts(tmp_path: Path, name: Any) -> None:
    (tmp_path / "other.ipynb").touch()
    assert beside(tmp_path, {"code_file": name})


def test_one_that_names_another_counts_only_for_a_lone_notebook(tmp_path: Path) -> None:
    assert beside(tmp_path, {"code_file": "other.ipynb"})
    (tmp_path / "other.ipynb").touch()
    assert beside(tmp_path, {"code_file": "other.ipynb"}) == {}


@pytest.mark.parametrize(
    ("value", "expected"),
    [(True, True), ("true", True), ("False", False), (False, False), (None, None), ("", None)],
)
def test_the_internet_may_be_told_in_words(value: Any, expected: bool | None) -> None:
    assert internet(notebook(), {"enable_internet": value}) is expected
    assert internet(notebook(isInternetEnabled=value), {}) is expected


@pytest.mark.parametrize(
    ("kaggle", "settings", "expected"),
    [
        ({}, {}, None),
        ({"accelerator": "nvidiaTeslaT4"}, {}, "nvidiaTeslaT4"),
        ({"accelerator": "nvidiaTeslaT4"}, {"machine_shape": "NvidiaL4"}, "NvidiaL4"),
        ({"accelerator": "gpu"}, {"machine_shape": ""}, "gpu"),
        ({}, {"machine_shape": "None"}, "none"),
        ({}, {"enable_gpu": "true"}, "gpu"),
        ({}, {"enable_gpu": False}, "none"),
        ({}, {"enable_tpu": True, "enable_gpu": False}, "tpu"),
        ({"isGpuEnabled": True}, {}, "gpu"),
        ({"accelerator": 5}, {"machine_shape": []}, None),
    ],
)
def test_the_accelerator(kaggle: Any, settings: Any, expected: str | None) -> None:
    assert accelerator(notebook(**kaggle), settings) == expected


def test_what_a_notebook_counts_as_its_sources_is_read() -> None:
    listed = [
        {"sourceId": 228180, "datasetId": 14872, "sourceType": "datasetVersion"},
        {"sourceId": 3136, "databundleVersionId": 26502, "sourceType": "competition"},
        {"sourceId": 5, "sourceType": "kernelVersion"},
        {"sourceId": 7, "modelInstanceId": 6, "sourceType": "modelInstanceVersion"},
        {"sourceId": "7", "sourceType": "somethingNew"},
        {"sourceType": ["competition"]},
        "datasetVersion",
    ]
    assert sources(notebook(dataSources=listed)) == (
        Source(kind="dataset", version_id=228180, dataset_id=14872),
        Source(kind="competition", version_id=3136),
        Source(kind="notebook", version_id=5),
        Source(kind="model", version_id=7),
    )


@pytest.mark.parametrize("listed", [None, {}, "x", 5])
def test_sources_that_are_no_list_are_none(listed: Any) -> None:
    assert sources(notebook(dataSources=listed)) == ()
