"""``devcontainer.json``: the same environment for VS Code, with the same paths."""

from __future__ import annotations

import json
from typing import Any

from kagura.project.export.compose import SHARED_MEMORY
from kagura.project.export.mark import marked
from kagura.project.export.outline import WORKING, Outline, Place

__all__ = ["devcontainer_text"]


def devcontainer_text(outline: Outline) -> str:
    """A dev container: https://containers.dev/implementors/json_reference/.

    It is JSON with one comment, which that format allows.  The internet stays on: the editor
    fetches its own parts into the container.
    """
    working, *others = outline.places
    document: dict[str, Any] = {
        "name": outline.name,
        "build": {"dockerfile": "../Dockerfile", "context": ".."},
        "workspaceMount": _mount(working),
        "workspaceFolder": WORKING,
        "mounts": [_mount(place) for place in others],
        "containerEnv": dict(sorted(outline.environment().items())),
        "runArgs": [f"--shm-size={SHARED_MEMORY}", *_limits(outline)],
        "forwardPorts": list(outline.ports),
        "customizations": {
            "vscode": {
                "extensions": ["ms-python.python", "ms-toolsai.jupyter"],
                "settings": {"python.defaultInterpreterPath": f"{outline.prefix}/bin/python"},
            }
        },
        "remoteUser": "root",
    }
    if outline.gpus != "none":
        document["hostRequirements"] = {"gpu": "optional" if outline.gpus == "auto" else True}
    text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    return marked(text, kind="devcontainer", comment="//")


def _limits(outline: Outline) -> list[str]:
    found = []
    if outline.limits.cpus is not None:
        found.append(f"--cpus={outline.limits.cpus:g}")
    if outline.limits.memory is not None:
        found.append(f"--memory={outline.limits.memory.lower()}")
    if outline.gpus == "all":
        found.append("--gpus=all")
    return found


def _mount(place: Place) -> str:
    source = place.source
    if source.startswith("~/"):
        source = "${localEnv:HOME}" + source[1:]
    elif not source.startswith("/"):
        folder = "${localWorkspaceFolder}"
        source = folder if source == "." else f"{folder}/{source}"
    # Docker reads a mount as a line of CSV.
    named = f'"source={source}"' if "," in source else f"source={source}"
    end = "" if place.writable else ",readonly"
    return f"{named},target={place.target},type=bind{end}"
