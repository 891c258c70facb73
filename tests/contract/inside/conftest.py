"""The program that runs inside, for real: its own process, a real kernel, no sandbox around it."""

from __future__ import annotations

import json
import site
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import kagura

sys.path.insert(0, str(Path(__file__).parents[1]))
from jobs import Execute, Job, Result, Start

ROOT = Path(kagura.__file__).parent
START = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from inside.execute import main; main()"
TEMPLATES = Path(sys.prefix, "share", "jupyter", "nbconvert", "templates")


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start a notebook of these cells (texts, or dictionaries), or a script."""
    started = []

    def begin(*cells: str | dict[str, Any], script: str | None = None, **settings: Any) -> Job:
        working = tmp_path / "working"
        working.mkdir(exist_ok=True)
        document = {
            "cells": [_cell(cell) for cell in cells],
            "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3"}},
            "nbformat": 4,
            "nbformat_minor": 4,
        }
        (tmp_path / "notebook.ipynb").write_text(json.dumps(document))
        (tmp_path / "script.py").write_text(script or "")
        job = {
            "kind": "notebook" if script is None else "script",
            "document": str(tmp_path / "notebook.ipynb"),
            "script": str(tmp_path / "script.py"),
            "slug": "case",
            "python": sys.executable,
            "directory": str(working),
            "timeout": None,
            "tool_paths": site.getsitepackages(),
            "template_paths": [str(TEMPLATES)],
            **settings,
        }
        (tmp_path / "job.json").write_text(json.dumps(job))
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", START, str(tmp_path / "job.json")],
            cwd=working,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        started.append(process)
        return Job(process=process, folder=working)

    yield begin
    for process in started:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe:
                pipe.close()


@pytest.fixture
def execute(start: Start) -> Execute:
    """Run it to its end."""

    def run(*cells: str | dict[str, Any], **settings: Any) -> Result:
        result = start(*cells, **settings).finish()
        assert result.status == 0
        return result

    return run


def _cell(cell: str | dict[str, Any]) -> dict[str, Any]:
    given = {"source": cell} if isinstance(cell, str) else cell
    code: dict[str, Any] = {
        "cell_type": "code",
        "execution_count": None,
        "metadata": {},
        "outputs": [],
    }
    return given if given.get("cell_type") == "markdown" else {**code, **given}
