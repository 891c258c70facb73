from __future__ import annotations

from typing import Any

from kagura.inside import page
from kagura.inside.page import LONGEST_DATA, LONGEST_TEXT, shortened


def notebook(*outputs: dict[str, Any]) -> dict[str, Any]:
    return {"cells": [{"cell_type": "markdown"}, {"cell_type": "code", "outputs": [*outputs]}]}


def test_the_middle_of_very_long_texts_is_not_in_the_page() -> None:
    text = "a" * LONGEST_TEXT + "b" * LONGEST_TEXT
    (output,) = shortened(notebook({"text": text}))["cells"][1]["outputs"]
    assert len(output["text"]) < LONGEST_TEXT + 100
    assert output["text"].startswith("aaa")
    assert output["text"].endswith("bbb")
    assert f"[{LONGEST_TEXT} characters are not shown here" in output["text"]


def test_giant_data_is_not_in_the_page() -> None:
    data = {"text/html": "x" * (LONGEST_DATA + 1), "image/png": "y"}
    (output,) = shortened(notebook({"data": data}))["cells"][1]["outputs"]
    assert set(output["data"]) == {"image/png", "text/plain"}


def test_all_else_stays_as_it_is() -> None:
    outputs: list[dict[str, Any]] = [
        {"text": "a"},
        {"data": {"text/plain": "b", "application/json": {"c": 1}}},
    ]
    assert shortened(notebook(*outputs)) == notebook(*outputs)
    assert shortened(page.WARM_UP) == page.WARM_UP
