from __future__ import annotations

import os

from hypothesis import given
from hypothesis import strategies as st

from kagura.inside.raw import CHUNK, TAIL, RawStream


def passed_on(*writes: bytes) -> list[str]:
    reading, writing = os.pipe()
    got: list[str] = []
    stream = RawStream(reading, name="stderr", sink=lambda name, text: got.append(f"{name}:{text}"))
    for data in writes:
        os.write(writing, data)
        assert stream.read()
    os.close(writing)
    assert not stream.read()
    os.close(reading)
    return got


def test_lines_are_passed_on_whole() -> None:
    assert passed_on(b"a\nb", b"c\n", b"d") == ["stderr:a\n", "stderr:bc\n", "stderr:d"]


def test_characters_are_not_cut() -> None:
    assert passed_on("ä".encode()[:1], "ä".encode()[1:] + b"\n") == ["stderr:ä\n"]


def test_what_is_no_text_is_marked() -> None:
    assert passed_on(b"\xff\n\xc3") == ["stderr:\ufffd\n", "stderr:\ufffd"]


def test_a_line_without_end_is_passed_on_in_parts() -> None:
    half = b"x" * (CHUNK * 2 // 3)
    parts = passed_on(half, half, half)
    assert len(parts) == 2
    assert sum(len(part) - len("stderr:") for part in parts) == 3 * len(half)


@given(st.lists(st.binary(min_size=1, max_size=40), max_size=10))
def test_nothing_is_lost(writes: list[bytes]) -> None:
    text = "".join(part.removeprefix("stderr:") for part in passed_on(*writes))
    assert text == b"".join(writes).decode(errors="replace")


def test_the_end_is_remembered() -> None:
    reading, writing = os.pipe()
    stream = RawStream(reading, name="stdout", sink=lambda *_: None)
    os.write(writing, b"x" * TAIL + b"the end\n")
    stream.read()
    os.close(writing)
    os.close(reading)
    assert len(stream.tail) == TAIL
    assert stream.tail.endswith("the end\n")
