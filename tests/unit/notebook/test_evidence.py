"""The evidence of a notebook's date."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from kagura.model.needs import Evidence
from kagura.model.notebook import Cell, Notebook
from kagura.notebook.evidence import evidence

DIGEST = "sha256:" + "0123456789abcdef" * 4


def found(
    metadata: Mapping[str, Any] | None = None, *executions: Any, beside: Any = None
) -> Evidence:
    cells = tuple(
        Cell(index=index, kind="code", source="", metadata={"execution": execution})
        for index, execution in enumerate(executions)
    )
    notebook = Notebook(
        path=Path("nb.ipynb"),
        slug="nb",
        kind="notebook",
        cells=cells,
        metadata=metadata or {},
        document={},
    )
    return evidence(notebook, beside or {})


def test_a_silent_notebook_tells_nothing() -> None:
    assert found() == Evidence()


def test_the_images_digest_comes_from_beside() -> None:
    image = f"gcr.io/kaggle-images/python@{DIGEST}"
    assert found(beside={"docker_image": image}).image_digest == DIGEST


@pytest.mark.parametrize("image", [None, "", 5, [], "sha256:abc", "python:latest", DIGEST + "0"])
def test_what_is_no_digest_is_none(image: Any) -> None:
    assert found(beside={"docker_image": image}).image_digest is None


@pytest.mark.parametrize(("number", "expected"), [(30786, 30786), ("30786", 30786)])
def test_the_images_id(number: Any, expected: int) -> None:
    assert found({"kaggle": {"dockerImageVersionId": number}}).image_id == expected


@pytest.mark.parametrize("number", [None, True, -1, 0, 3.5, "x", "²", "9" * 5000, [], {}])
def test_what_is_no_images_id_is_none(number: Any) -> None:
    assert found({"kaggle": {"dockerImageVersionId": number}}).image_id is None


def test_papermills_end_counts_and_else_its_start() -> None:
    start, end = "2023-07-21T08:00:00.5", "2023-07-21T11:00:00+02:00"
    ended = found({"papermill": {"start_time": start, "end_time": end}})
    assert ended.papermill_time == datetime.datetime(2023, 7, 21, 9, tzinfo=datetime.UTC)
    for nothing in (None, "", "soon", 5):
        begun = found({"papermill": {"start_time": start, "end_time": nothing}})
        assert begun.papermill_time is not None
        assert begun.papermill_time.hour == 8


def test_the_latest_time_of_any_cell_counts() -> None:
    busy, idle = "2021-08-20T17:02:58Z", "2021-08-20T17:02:59.796011Z"
    times = found(
        None, {"iopub.status.busy": busy, "iopub.status.idle": idle}, {"x": busy}, None, 7
    )
    assert times.cell_time == datetime.datetime(2021, 8, 20, 17, 2, 59, 796011, tzinfo=datetime.UTC)
    assert times.run_time == times.cell_time


@pytest.mark.parametrize(
    "time", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "", "x"]
)
def test_a_time_that_cannot_be_is_none(time: str) -> None:
    assert found(None, {"a": time}).cell_time is None


def test_the_python_as_written() -> None:
    assert found({"language_info": {"name": "python", "version": "3.7.12"}}).python == "3.7.12"


@pytest.mark.parametrize(
    "language",
    [
        {"name": "julia", "version": "1.6.0"},
        {"name": "python", "version": "1.0"},
        {"name": "python", "version": 3.7},
        {"name": 5, "version": "3.7"},
        {"version": "latest"},
        "python",
    ],
)
def test_what_is_no_version_of_python_is_none(language: Any) -> None:
    assert found({"language_info": language}).python is None


def test_garbage_in_place_of_metadata_tells_nothing() -> None:
    garbage = {"kaggle": [], "papermill": "x", "language_info": 5}
    assert found(garbage, "x", []) == Evidence()
