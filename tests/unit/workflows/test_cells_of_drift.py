"""Which cell a run's drift is put down to."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from kagura.model.drift import Drift, DriftPackage
from kagura.workflows.drifting import with_cells
from kagura.workflows.plan import Plan, plan

TODAY = date(2026, 1, 1)


def _plan(folder: Path, *cells: str, parameters: dict[str, int] | None = None) -> Plan:
    code: list[dict[str, object]] = [
        {
            "cell_type": "code",
            "source": cell,
            "metadata": {},
            "outputs": [],
            "execution_count": None,
        }
        for cell in cells
    ]
    text = {"cell_type": "markdown", "source": "text", "metadata": {}}
    document = {"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": [text, *code]}
    (folder / "a.ipynb").write_text(json.dumps(document))
    return plan(
        folder / "a.ipynb",
        base="2023-07-08",
        inputs=(),
        parameters=parameters or {},
        internet=True,
        today=TODAY,
    )


def _cells(folder: Path, planned: Plan, *names: str) -> list[tuple[int | None, bool]]:
    packages = tuple(DriftPackage(name=name, change="added", version="1") for name in names)
    found = with_cells(Drift(packages=packages), planned, folder)
    return [(package.cell, package.asked) for package in found.packages]


def test_a_package_is_put_down_to_the_cell_that_names_it(tmp_path: Path) -> None:
    planned = _plan(tmp_path, "1", "!pip install -q Rich_Argparse>=1", "%pip install six")
    assert _cells(tmp_path, planned, "rich-argparse", "six") == [(2, True), (3, True)]


def test_what_came_along_belongs_to_the_only_cell_that_installs(tmp_path: Path) -> None:
    planned = _plan(tmp_path, "1", "!pip install -q rich-argparse")
    assert _cells(tmp_path, planned, "rich") == [(2, False)]
    planned = _plan(tmp_path, "!pip install six", "!pip install -q rich-argparse")
    assert _cells(tmp_path, planned, "rich") == [(None, False)]


def test_what_pip_printed_counts_before_what_cells_say(tmp_path: Path) -> None:
    planned = _plan(tmp_path, "!pip install six", "install()")
    text = "Successfully installed six-1 rich-2\n"
    output = [{"output_type": "stream", "name": "stdout", "text": text}]
    executed = {"cells": [{}, {"outputs": []}, {"outputs": output}]}
    (tmp_path / "__notebook__.ipynb").write_text(json.dumps(executed))
    assert _cells(tmp_path, planned, "rich", "six") == [(2, False), (2, True)]


def test_given_parameters_move_the_cells_by_one(tmp_path: Path) -> None:
    planned = _plan(tmp_path, "!pip install six", parameters={"x": 1})
    assert _cells(tmp_path, planned, "six") == [(2, True)]


@pytest.mark.parametrize("content", ["", "[]", '{"cells": 3}', "[" * 100_000])
def test_an_executed_notebook_that_is_none_tells_nothing(tmp_path: Path, content: str) -> None:
    planned = _plan(tmp_path, "1")
    (tmp_path / "__notebook__.ipynb").write_text(content)
    assert _cells(tmp_path, planned, "six") == [(None, False)]


def test_a_link_in_place_of_the_executed_notebook_is_not_followed(tmp_path: Path) -> None:
    planned = _plan(tmp_path, "1")
    output = [{"output_type": "stream", "text": "Successfully installed six-1"}]
    (tmp_path / "other").write_text(json.dumps({"cells": [{}, {"outputs": output}]}))
    (tmp_path / "__notebook__.ipynb").symlink_to("other")
    assert _cells(tmp_path, planned, "six") == [(None, False)]
