from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from kagura.inside.outputs import OVERHEAD, TAIL, CellOutputs

MEGABYTE = 1024 * 1024


def cell(limit: int = MEGABYTE, displays: dict[str, list[Any]] | None = None) -> CellOutputs:
    return CellOutputs(limit=limit, displays={} if displays is None else displays)


def show(outputs: CellOutputs, text: str, name: str = "stdout") -> None:
    outputs.take("stream", {"name": name, "text": text}, size=len(text))


def display(
    outputs: CellOutputs, value: str, identity: str = "", kind: str = "display_data"
) -> None:
    content = {
        "data": {"text/plain": value},
        "metadata": {},
        "transient": {"display_id": identity} if identity else {},
    }
    outputs.take(kind, content, size=len(value))


def texts(outputs: list[dict[str, Any]]) -> list[str]:
    return [output.get("text") or output["data"]["text/plain"] for output in outputs]


def test_consecutive_texts_of_one_stream_are_one_output() -> None:
    outputs = cell()
    for name, text in (("stdout", "a"), ("stdout", "b"), ("stderr", "c"), ("stdout", "d")):
        show(outputs, text, name)
    assert outputs.finish() == [
        {"output_type": "stream", "name": "stdout", "text": "ab"},
        {"output_type": "stream", "name": "stderr", "text": "c"},
        {"output_type": "stream", "name": "stdout", "text": "d"},
    ]


def test_carriage_returns_are_kept() -> None:
    outputs = cell()
    show(outputs, " 10%\r")
    show(outputs, "100%\r")
    assert texts(outputs.finish()) == [" 10%\r100%\r"]


def test_outputs_have_the_keys_that_nbformat_wants_and_no_others() -> None:
    outputs = cell()
    display(outputs, "x", "identity")
    result = {"execution_count": 3, "data": {}, "metadata": {}, "transient": {}}
    outputs.take("execute_result", result, size=2)
    error = {"ename": "E", "evalue": "v", "traceback": [], "execution_count": 3, "user": {}}
    outputs.take("error", error, size=2)
    assert [sorted(output) for output in outputs.finish()] == [
        ["data", "metadata", "output_type"],
        ["data", "execution_count", "metadata", "output_type"],
        ["ename", "evalue", "output_type", "traceback"],
    ]


def test_messages_of_other_kinds_are_no_outputs() -> None:
    outputs = cell()
    outputs.take("comm_msg", {}, size=2)
    outputs.take("status", {"execution_state": "idle"}, size=2)
    assert outputs.finish() == []


def test_an_update_changes_the_outputs_of_all_cells_that_show_it() -> None:
    displays: dict[str, list[Any]] = {}
    first, second = cell(displays=displays), cell(displays=displays)
    display(first, "old", "x")
    display(first, "other", "y")
    display(second, "newer", "x")
    assert texts(first.outputs) == ["newer", "other"]
    display(second, "newest", "x", kind="update_display_data")
    assert texts(first.finish()) == ["newest", "other"]
    assert texts(second.finish()) == ["newest"]


def test_an_update_of_what_was_never_shown_is_nothing() -> None:
    outputs = cell()
    display(outputs, "new", "x", kind="update_display_data")
    assert outputs.finish() == []


def test_clearing_with_wait_keeps_the_outputs_until_there_are_others() -> None:
    outputs = cell()
    show(outputs, "old")
    outputs.take("clear_output", {"wait": True}, size=2)
    assert len(outputs.outputs) == 1
    display(outputs, "new")
    assert texts(outputs.finish()) == ["new"]


def test_what_was_cleared_is_not_remembered() -> None:
    displays: dict[str, list[Any]] = {}
    outputs = cell(displays=displays)
    for _ in range(100):
        display(outputs, "same", "x")
        outputs.take("clear_output", {"wait": False}, size=2)
    assert displays == {"x": []}
    assert outputs.finish() == []


def test_after_clearing_the_limit_begins_anew() -> None:
    outputs = cell(limit=1000)
    show(outputs, "a" * 500_000)
    outputs.take("clear_output", {"wait": False}, size=2)
    show(outputs, "b")
    assert texts(outputs.finish()) == ["b"]
    assert outputs.left_out == 0


def test_of_very_much_text_the_begin_and_the_end_are_kept() -> None:
    outputs = cell(limit=1000)
    for number in range(100_000):
        show(outputs, f"{number:09}\n")
    (output,) = outputs.finish()
    first, _, rest = output["text"].partition("\n[kagura left ")
    size, _, last = rest.partition(" bytes out here; the log has all of it]\n")
    assert len(first) == 1000 - OVERHEAD
    assert first.startswith("000000000\n000000001\n")
    assert last.endswith("000099999\n")
    assert len(first) + int(size) + len(last) == 1_000_000
    assert outputs.left_out == int(size)


def test_text_a_little_over_the_limit_is_whole() -> None:
    outputs = cell(limit=1000)
    show(outputs, "x" * 1500)
    show(outputs, "y" * 1500)
    assert texts(outputs.finish()) == ["x" * 1500 + "y" * 1500]


@given(
    sizes=st.lists(st.tuples(st.sampled_from(["stdout", "stderr"]), st.integers(1, 5000))),
    letter=st.sampled_from(["x", "€"]),
)
def test_what_is_kept_is_bounded_whatever_is_printed(
    sizes: list[tuple[str, int]], letter: str
) -> None:
    outputs = cell(limit=10_000)
    for name, size in sizes * 20:
        show(outputs, letter * size, name)
    kept = "".join(texts(outputs.finish()))
    assert len(kept.encode()) <= 10_000 + TAIL + 5000 * 3 + 100
    printed = 20 * sum(size for _, size in sizes) * len(letter.encode())
    assert kept.count(letter) * len(letter.encode()) + outputs.left_out == printed


def test_a_million_changes_between_streams_are_bounded() -> None:
    outputs = cell(limit=10_000)
    for _ in range(50_000):
        show(outputs, "a", "stdout")
        show(outputs, "b", "stderr")
    assert len(outputs.finish()) < 2 * (10_000 + TAIL) / OVERHEAD + 10


def test_pictures_are_bounded_too() -> None:
    outputs = cell(limit=10_000)
    for _ in range(100):
        display(outputs, "x" * 5000)
    assert 10 < len(outputs.finish()) < 20
    assert outputs.left_out > 80 * 5000
