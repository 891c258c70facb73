from __future__ import annotations

from typing import Any

from kagura.inside.widgets import MIME, WidgetStates


def opened(identity: str, **state: Any) -> dict[str, Any]:
    return {"comm_id": identity, "target_name": "jupyter.widget", "data": {"state": state}}


def changed(identity: str, **state: Any) -> dict[str, Any]:
    return {"comm_id": identity, "data": {"method": "update", "state": state}}


def test_the_last_state_of_each_widget_is_kept() -> None:
    widgets = WidgetStates()
    widgets.take("comm_open", opened("a", _model_name="M", _model_module="m", value=1, max=9), [])
    widgets.take("comm_msg", changed("a", value=2), [])
    metadata = widgets.metadata()
    assert metadata is not None
    entry = metadata[MIME]["state"]["a"]
    assert (entry["model_name"], entry["model_module"]) == ("M", "m")
    assert entry["state"]["value"] == 2
    assert entry["state"]["max"] == 9


def test_binary_parts_are_kept_as_base64() -> None:
    widgets = WidgetStates()
    content = opened("a", _model_name="Image")
    content["data"]["buffer_paths"] = [["value"]]
    widgets.take("comm_open", content, [b"\x00\x01"])
    metadata = widgets.metadata()
    assert metadata is not None
    buffer = {"path": ["value"], "data": "AAE=", "encoding": "base64"}
    assert metadata[MIME]["state"]["a"]["buffers"] == [buffer]


def test_other_conversations_are_not_widgets() -> None:
    widgets = WidgetStates()
    widgets.take("comm_open", {"comm_id": "a", "target_name": "other", "data": {"state": {}}}, [])
    widgets.take("comm_msg", changed("a", _model_name="M"), [])
    widgets.take("comm_msg", {"comm_id": "b", "data": {"method": "custom"}}, [])
    widgets.take("comm_close", {"comm_id": "b", "data": {}}, [])
    assert widgets.metadata() is None
