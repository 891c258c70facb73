"""devcontainer.json: by the rules of the dev container reference, with the project's paths."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from typing import Any

import jsonschema
import pytest

from kagura.project.export.devcontainer import devcontainer_text
from kagura.project.export.outline import Gpus, Outline
from kagura.project.record import Limits

Draw = Callable[..., Outline]

# Our own words for those properties that we use, from
# https://containers.dev/implementors/json_reference/: nothing else may be there.
TEXTS = {"type": "array", "items": {"type": "string"}}
RULES = {
    "type": "object",
    "additionalProperties": False,
    # A Dockerfile's container needs the folder's mount if its place is given.
    "required": ["build", "workspaceMount", "workspaceFolder"],
    "properties": {
        "name": {"type": "string"},
        "build": {
            "type": "object",
            "additionalProperties": False,
            "required": ["dockerfile"],
            "properties": {"dockerfile": {"type": "string"}, "context": {"type": "string"}},
        },
        "workspaceMount": {"type": "string"},
        "workspaceFolder": {"type": "string", "pattern": "^/"},
        "mounts": TEXTS,
        "containerEnv": {"type": "object", "additionalProperties": {"type": "string"}},
        "runArgs": {"type": "array", "items": {"type": "string", "pattern": "^--[a-z-]+="}},
        "forwardPorts": {
            "type": "array",
            "items": {"type": "integer", "minimum": 0, "maximum": 65535},
        },
        "customizations": {
            "type": "object",
            "properties": {
                "vscode": {
                    "type": "object",
                    "properties": {"extensions": TEXTS, "settings": {"type": "object"}},
                }
            },
        },
        "remoteUser": {"type": "string"},
        "hostRequirements": {
            "type": "object",
            "additionalProperties": False,
            "properties": {"gpu": {"enum": [True, False, "optional"]}},
        },
    },
}


def read(outline: Outline) -> dict[str, Any]:
    first, _, rest = devcontainer_text(outline).partition("\n")
    assert first.startswith("// ")
    document: dict[str, Any] = json.loads(rest)
    jsonschema.validate(document, RULES)
    return document


def parts(mount: str) -> dict[str, str]:
    """A mount as Docker reads it: a line of CSV, of keys and values."""
    (fields,) = csv.reader([mount])
    return {key: value for key, _, value in (field.partition("=") for field in fields)}


@pytest.mark.parametrize("gpus", ["auto", "all", "none"])
def test_every_file_keeps_the_rules(draw: Draw, gpus: Gpus) -> None:
    read(draw(gpus=gpus))
    read(draw(gpus=gpus, ports=(), importable=(), limits=Limits(), internet=False))


def test_it_opens_at_the_working_folder(draw: Draw) -> None:
    document = read(draw())
    assert document["workspaceFolder"] == "/kaggle/working"
    assert parts(document["workspaceMount"]) == {
        "source": "${localWorkspaceFolder}/working",
        "target": "/kaggle/working",
        "type": "bind",
    }
    assert document["build"] == {"dockerfile": "../Dockerfile", "context": ".."}


def test_inputs_are_read_only_at_kaggles_paths(draw: Draw) -> None:
    code, store, odd = (parts(mount) for mount in read(draw())["mounts"])
    assert code["source"] == "${localWorkspaceFolder}/src"
    assert store["source"] == "${localEnv:HOME}/store/inputs/1/tree"
    assert store["target"] == "/kaggle/input/titanic"
    assert odd["source"] == "/data/a$b, c"
    assert all("readonly" in mount for mount in (code, store, odd))


def test_a_project_without_a_folder_for_its_notebook_is_the_working_folder(draw: Draw) -> None:
    from kagura.project.export.outline import Place

    here = Place(source=".", target="/kaggle/working", writable=True)
    mount = read(draw(places=(here,)))["workspaceMount"]
    assert parts(mount)["source"] == "${localWorkspaceFolder}"


def test_the_gpu_is_optional_unless_it_is_asked_for(draw: Draw) -> None:
    assert read(draw())["hostRequirements"] == {"gpu": "optional"}
    wanted = read(draw(gpus="all"))
    assert wanted["hostRequirements"] == {"gpu": True}
    assert "--gpus=all" in wanted["runArgs"]
    assert "hostRequirements" not in read(draw(gpus="none"))


def test_the_interpreter_is_the_bases(draw: Draw) -> None:
    settings = read(draw())["customizations"]["vscode"]["settings"]
    assert settings == {"python.defaultInterpreterPath": "/opt/conda/bin/python"}
    assert {"--cpus=2", "--memory=8g", "--shm-size=2gb"} <= set(read(draw())["runArgs"])
