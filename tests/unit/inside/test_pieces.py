from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kagura.inside.pieces import stream_pieces

TEXTS = st.text(st.sampled_from('\\"/\nn\tu0dä€😀x\x00\ud83d\udc00'), max_size=60)


@given(text=TEXTS, size=st.integers(1, 20), ascii_only=st.booleans())
def test_the_pieces_together_are_the_text(text: str, size: int, ascii_only: bool) -> None:
    text = text if ascii_only else text.encode("utf-8", "replace").decode()
    content = json.dumps({"name": "stderr", "text": text}, ensure_ascii=ascii_only).encode()
    pieces = list(stream_pieces(memoryview(content), size))
    assert "".join(piece["text"] for piece in pieces) == json.loads(content)["text"]
    assert {piece["name"] for piece in pieces} <= {"stderr"}


def test_no_piece_is_much_longer_than_asked_for() -> None:
    for text in ("\n" * 5000, "\\" * 5000, "😀" * 5000, "x\u20ac\n" * 5000):
        for ascii_only in (True, False):
            content = json.dumps({"name": "stdout", "text": text}, ensure_ascii=ascii_only).encode()
            assert all(len(piece["text"]) <= 112 for piece in stream_pieces(content, 100))


@pytest.mark.parametrize(
    "content", [{"text": "b", "name": "stdout"}, {"name": "other", "text": "b"}, {}]
)
def test_what_looks_different_is_read_as_a_whole(content: dict[str, str]) -> None:
    assert list(stream_pieces(json.dumps(content).encode(), 1)) == [content]
