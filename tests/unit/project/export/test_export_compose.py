"""compose.yaml: valid by the compose specification's schema, and says what the project says."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from importlib.resources import files
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kagura.project.export.compose import compose_text, name_for_compose
from kagura.project.export.outline import Gpus, Outline, Place
from kagura.project.record import Limits

Draw = Callable[..., Outline]

SCHEMA = json.loads(
    (files("check_jsonschema") / "builtin_schemas" / "vendor" / "compose-spec.json").read_text()
)

PATHS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)


def read(outline: Outline) -> dict[str, Any]:
    document = yaml.safe_load(compose_text(outline))
    jsonschema.validate(document, SCHEMA)
    service: dict[str, Any] = document["services"]["project"]
    return service


@pytest.mark.parametrize("gpus", ["auto", "all", "none"])
@pytest.mark.parametrize("internet", [True, False])
def test_every_compose_file_is_valid_by_the_schema(draw: Draw, gpus: Gpus, internet: bool) -> None:
    read(draw(gpus=gpus, internet=internet))
    read(draw(gpus=gpus, internet=internet, ports=(), importable=(), limits=Limits()))


def test_the_schema_refuses_what_is_no_compose_file(draw: Draw) -> None:
    document = yaml.safe_load(compose_text(draw()))
    document["services"]["project"]["volumes"][0]["read_only"] = 7
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, SCHEMA)


def test_inputs_are_read_only_and_the_working_folder_is_not(draw: Draw) -> None:
    volumes = read(draw())["volumes"]
    assert [(one["source"], one["target"], one["read_only"]) for one in volumes] == [
        ("./working", "/kaggle/working", False),
        ("./src", "/opt/project/src", True),
        ("${HOME}/store/inputs/1/tree", "/kaggle/input/titanic", True),
        ("/data/a$$b, c", "/kaggle/input/mine", True),
    ]


def test_ports_are_on_loopback_only(draw: Draw) -> None:
    assert read(draw())["ports"] == ["127.0.0.1:8888:8888", "127.0.0.1:6006:6006"]


def test_without_internet_there_is_no_network_and_no_port(draw: Draw) -> None:
    service = read(draw(internet=False))
    assert service["network_mode"] == "none"
    assert "ports" not in service


def test_limits_shared_memory_and_gpu_are_told(draw: Draw) -> None:
    service = read(draw(gpus="all"))
    assert service["shm_size"] == "2gb"
    assert service["deploy"]["resources"] == {
        "limits": {"cpus": "2", "memory": "8g"},
        "reservations": {
            "devices": [{"driver": "nvidia", "count": "all", "capabilities": ["gpu"]}]
        },
    }
    assert "deploy" not in read(draw(limits=Limits()))


@pytest.mark.parametrize(
    ("name", "told"), [("My Titanic", "my-titanic"), ("日本", "project"), ("_x", "x")]
)
def test_any_name_becomes_one_that_compose_takes(draw: Draw, name: str, told: str) -> None:
    assert name_for_compose(name) == told
    read(draw(name=name))


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(source=PATHS, name=PATHS)
def test_any_path_and_name_come_out_as_they_went_in(draw: Draw, source: str, name: str) -> None:
    place = Place(source=f"/{source}", target="/kaggle/working", writable=True)
    outline = replace(draw(), places=(place,), name=name)
    (volume,) = read(outline)["volumes"]
    assert volume["source"].replace("$$", "$") == f"/{source}"
