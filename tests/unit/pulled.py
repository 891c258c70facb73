"""A notebook on Kaggle, and the folder that a pull of it makes, without any server."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from kagura.kaggle.answers import Kernel
from kagura.project.config import edit_project, read_project
from kagura.workflows.pulling import Written, read_theirs, write_folder

TODAY = date(2026, 11, 23)
# Python 3.10: its era is told by the notebook.
JULY, AUGUST = 30527, 30558


def notebook(text: str, image: int = JULY) -> str:
    cell = {"cell_type": "code", "source": text, "metadata": {}, "outputs": []}
    metadata = {"kaggle": {"dockerImageVersionId": image}}
    return json.dumps({"cells": [cell], "metadata": metadata, "nbformat": 4, "nbformat_minor": 4})


KERNEL = Kernel(
    handle="alice/first-steps",
    id=1,
    title="First steps",
    version=1,
    newest=1,
    source=notebook("1"),
    language="python",
    kind="notebook",
    is_private=False,
    has_gpu=False,
    has_tpu=False,
    has_internet=True,
    keywords=(),
    datasets=("uciml/iris",),
    competitions=("titanic",),
    kernels=(),
    models=("google/gemma/pyTorch/2b/1",),
    image=None,
    machine=None,
    last_run=None,
)
FIRST = ("competitions/titanic", "datasets/uciml/iris", "models/google/gemma/pyTorch/2b/versions/1")


def pulled(folder: Path, *, overwrite: bool = False, **changed: Any) -> Written:
    theirs = read_theirs(replace(KERNEL, **changed), today=TODAY)
    return write_folder(folder, theirs, overwrite=overwrite, today=TODAY)


def inputs(folder: Path) -> tuple[str, ...]:
    return read_project(folder).inputs


def chosen(folder: Path, *inputs: str) -> None:
    edit_project(folder, lambda old: replace(old, inputs=inputs))
