"""Dockerfile: parsed by another tool's parser; base and delta are layers of their own."""

from __future__ import annotations

import io
import shlex
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from dockerfile_parse import DockerfileParser

from kagura.model.lock import Lock, LockedPackage
from kagura.project.export.dockerfile import dockerfile_text
from kagura.project.export.outline import Outline

Draw = Callable[..., Outline]


def steps(outline: Outline) -> list[tuple[str, str]]:
    # It reads bytes, whatever its types say.
    file: Any = io.BytesIO(dockerfile_text(outline).encode())
    parser = DockerfileParser(fileobj=file)
    return [
        (step["instruction"], step["value"])
        for step in parser.structure
        if step["instruction"] != "COMMENT"
    ]


def listed(command: str) -> list[str]:
    """The lines that a `printf '%s\\n' … > FILE && …` step writes."""
    words = shlex.split(command)
    assert words[:2] == ["printf", r"%s\n"]
    return words[2 : words.index(">")]


def test_base_and_delta_are_one_layer_each(draw: Draw) -> None:
    runs = [value for instruction, value in steps(draw()) if instruction == "RUN"]
    folders, venv, base, removal, delta = runs
    assert "/kaggle/working" in folders
    assert venv == "python -m venv /opt/conda"
    assert listed(base) == ["numpy==1.23.5", "pandas==1.5.3", "six==1.16.0"]
    assert removal == "pip uninstall --yes six"
    assert listed(delta) == [
        "optuna==4.4.0 --hash=sha256:a --hash=sha256:b",
        "pandas==2.0.0 --hash=sha256:c",
    ]
    assert "--require-hashes" in delta
    assert "--no-deps" in base
    assert "--no-deps" in delta


def test_the_image_has_the_projects_python(draw: Draw) -> None:
    assert steps(draw())[0] == ("FROM", "python:3.10-bookworm")
    old = replace(draw().base, python="3.6")
    assert steps(draw(base=old))[0] == ("FROM", "python:3.6-bullseye")


def test_paths_are_those_of_kaggle_then_and_now(draw: Draw) -> None:
    assert ("ENV", 'PATH="/opt/conda/bin:$PATH"') in steps(draw())
    now = steps(draw(prefix="/usr/local"))
    assert "dist-packages" in " ".join(value for _, value in now)
    assert "venv" not in " ".join(value for _, value in now)
    assert now[-1] == ("WORKDIR", "/kaggle/working")


def test_a_plain_python_has_nothing_of_kaggles_but_the_folders(draw: Draw) -> None:
    base = replace(draw().base, plain=True)
    text = dockerfile_text(draw(base=base, prefix="/usr/local"))
    assert "KAGGLE" not in text
    assert "dist-packages" not in text


def test_a_project_that_adds_nothing_has_no_layer_of_its_own(draw: Draw) -> None:
    runs = [value for name, value in steps(draw(lock=Lock(base=draw().base))) if name == "RUN"]
    assert sum("pip install" in run for run in runs) == 1


def test_without_hashes_none_are_required(draw: Draw) -> None:
    bare = LockedPackage(name="optuna", version="4.4.0", change="added")
    text = dockerfile_text(draw(lock=Lock(base=draw().base, packages=(bare,))))
    assert "--require-hashes" not in text


def test_the_same_project_gives_the_same_file(draw: Draw) -> None:
    assert dockerfile_text(draw()) == dockerfile_text(draw())
