from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from kagura.inside.control import Control, HostGone


@pytest.fixture
def pipe() -> Iterator[tuple[Control, int]]:
    reading, writing = os.pipe()
    control = Control()
    control.descriptor = reading
    yield control, writing
    os.close(reading)
    os.close(writing)


def test_stop_stops_even_in_pieces(pipe: tuple[Control, int]) -> None:
    control, writing = pipe
    for data in (b"other\nst", b"op"):
        os.write(writing, data)
        control.read()
        assert not control.stopped
    os.write(writing, b"\nmore\n")
    control.read()
    assert control.stopped


def test_the_end_of_the_channel_is_the_end_of_the_host() -> None:
    reading, writing = os.pipe()
    os.close(writing)
    control = Control()
    control.descriptor = reading
    with pytest.raises(HostGone):
        control.read()
    os.close(reading)
