"""The state of ipywidgets, as a saved notebook keeps it, so that its page can show them.

https://ipywidgets.readthedocs.io/en/stable/embedding.html
"""

from __future__ import annotations

import base64
from typing import Any

__all__ = ["WidgetStates"]

MIME = "application/vnd.jupyter.widget-state+json"


class WidgetStates:
    """What each widget told of itself; nobody answers, so none can change by itself."""

    def __init__(self) -> None:
        self._states: dict[str, dict[str, Any]] = {}
        self._buffers: dict[str, dict[tuple[Any, ...], dict[str, Any]]] = {}

    def take(self, kind: str, content: dict[str, Any], buffers: list[bytes]) -> None:
        """Fold a ``comm_open`` or ``comm_msg``."""
        identity, data = content.get("comm_id"), content.get("data") or {}
        if kind not in ("comm_open", "comm_msg") or not isinstance(data.get("state"), dict):
            return
        if kind == "comm_open" and content.get("target_name") != "jupyter.widget":
            return
        if kind == "comm_msg" and identity not in self._states:
            return
        self._states.setdefault(str(identity), {}).update(data["state"])
        for path, buffer in zip(data.get("buffer_paths") or [], buffers, strict=False):
            self._buffers.setdefault(str(identity), {})[tuple(path)] = {
                "path": path,
                "data": base64.b64encode(buffer).decode("ascii"),
                "encoding": "base64",
            }

    def metadata(self) -> dict[str, Any] | None:
        """What goes into the notebook's ``metadata.widgets``; None if there are no widgets."""
        states = {
            identity: self._entry(identity, state)
            for identity, state in self._states.items()
            if "_model_name" in state
        }
        if not states:
            return None
        return {MIME: {"state": states, "version_major": 2, "version_minor": 0}}

    def _entry(self, identity: str, state: dict[str, Any]) -> dict[str, Any]:
        entry = {
            "model_name": state["_model_name"],
            "model_module": state.get("_model_module"),
            "model_module_version": state.get("_model_module_version"),
            "state": state,
        }
        if identity in self._buffers:
            entry["buffers"] = list(self._buffers[identity].values())
        return entry
