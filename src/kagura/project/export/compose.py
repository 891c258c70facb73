"""``compose.yaml``: the Dockerfile with its folders, ports, shared memory, limits and GPU."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from kagura.project.export.mark import marked
from kagura.project.export.outline import WORKING, Outline

__all__ = ["SHARED_MEMORY", "compose_text", "name_for_compose"]

# Docker gives 64 MB, with which PyTorch's workers die: https://github.com/pytorch/pytorch/issues/5040
SHARED_MEMORY = "2gb"

Value = str | int | bool | Mapping[str, "Value"] | Sequence["Value"]


def compose_text(outline: Outline) -> str:
    """A compose file: https://github.com/compose-spec/compose-spec/blob/main/spec.md.

    Ports are on this machine only.  A project without internet has no ports either.
    """
    service: dict[str, Value] = {
        "build": {"context": ".", "dockerfile": "Dockerfile"},
        "command": ["sleep", "infinity"],
        "init": True,
        "working_dir": WORKING,
        "environment": dict(sorted(outline.environment().items())),
        "volumes": [
            {
                "type": "bind",
                "source": _source(place.source),
                "target": place.target,
                "read_only": not place.writable,
            }
            for place in outline.places
        ],
        "shm_size": SHARED_MEMORY,
    }
    if not outline.internet:
        service["network_mode"] = "none"
    elif outline.ports:
        service["ports"] = [f"127.0.0.1:{port}:{port}" for port in outline.ports]
    resources = _resources(outline)
    if resources:
        service["deploy"] = {"resources": resources}
    document: Mapping[str, Value] = {
        "name": name_for_compose(outline.name),
        "services": {"project": service},
    }
    head = "# docker compose up --detach --build\n# docker compose exec project python SCRIPT.py\n"
    return marked(head + "".join(f"{line}\n" for line in _lines(document)), kind="compose")


def name_for_compose(name: str) -> str:
    """A project's name as compose allows it: lower case, digits, dashes, underscores."""
    plain = re.sub(r"[^a-z0-9_-]+", "-", name.lower()).lstrip("-_")
    return plain or "project"


def _source(source: str) -> str:
    # To compose a dollar begins a variable.
    plain = source.replace("$", "$$")
    if plain.startswith("~/"):
        return "${HOME}" + plain[1:]
    return plain if plain.startswith("/") or plain == "." else f"./{plain}"


def _resources(outline: Outline) -> dict[str, Value]:
    resources: dict[str, Value] = {}
    limits: dict[str, Value] = {}
    if outline.limits.cpus is not None:
        limits["cpus"] = f"{outline.limits.cpus:g}"
    if outline.limits.memory is not None:
        limits["memory"] = outline.limits.memory.lower()
    if limits:
        resources["limits"] = limits
    if outline.gpus == "all":
        device = {"driver": "nvidia", "count": "all", "capabilities": ["gpu"]}
        resources["reservations"] = {"devices": [device]}
    return resources


def _lines(value: Value, depth: int = 0) -> list[str]:
    """YAML in block style, every text quoted."""
    space = "  " * depth
    if isinstance(value, Mapping):
        lines = []
        for key, item in value.items():
            if isinstance(item, (Mapping, list)):
                lines += [f"{space}{key}:", *_lines(item, depth + 1)]
            else:
                lines.append(f"{space}{key}: {_scalar(item)}")
        return lines
    lines = []
    for item in value if isinstance(value, list) else [value]:
        inner = _lines(item, depth + 1) if isinstance(item, Mapping) else []
        first = inner[0].strip() if inner else _scalar(item)
        lines += [f"{space}- {first}", *inner[1:]]
    return lines


def _scalar(value: Value) -> str:
    # As in JSON; but a character beyond 16 bits, two escapes there, is one in YAML.
    if not isinstance(value, str):
        return json.dumps(value)
    return f'"{"".join(map(_character, value))}"'


def _character(one: str) -> str:
    if ord(one) > 0xFFFF:
        return f"\\U{ord(one):08x}"
    return one if one.isprintable() and one not in '"\\' else json.dumps(one)[1:-1]
