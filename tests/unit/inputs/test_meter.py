"""What a download tells of itself while it goes on."""

from __future__ import annotations

from kagura.inputs.meter import Meter
from kagura.progress import Silent


class Heard(Silent):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, int, int]] = []

    def update(
        self, topic: str, text: str, *, done: int = 0, total: int = 0, in_bytes: bool = False
    ) -> None:
        """Keep it."""
        assert (topic, in_bytes) == ("input", True)
        self.told.append((text, done, total))


class Clock:
    """A clock that is put on by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """The time."""
        return self.now


def test_rate_time_left_and_files_are_told_and_what_was_here_is_no_part_of_the_rate() -> None:
    heard, clock = Heard(), Clock()
    meter = Meter(
        heard,
        "datasets/a/b",
        size=100_000_000,
        files=2_000,
        here=40_000_000,
        files_here=800,
        clock=clock,
    )
    clock.now = 2.0
    meter.add(10_000_000, files=200)
    assert heard.told == [
        ("5.0 MB/s · 0:10 left · 1,000 of 2,000 files · datasets/a/b", 50_000_000, 100_000_000)
    ]


def test_it_tells_now_and_then_and_always_the_end() -> None:
    heard, clock = Heard(), Clock()
    meter = Meter(heard, "a/b", size=100, clock=clock)
    for _ in range(99):
        clock.now += 0.001
        meter.add(1)
    assert heard.told == []
    clock.now += 0.001
    meter.add(1)
    assert [(done, total) for _, done, total in heard.told] == [(100, 100)]


def test_of_a_stream_whose_length_nobody_tells_the_bytes_and_the_rate_are_told() -> None:
    heard, clock = Heard(), Clock()
    meter = Meter(heard, "a/b", size=0, clock=clock)
    clock.now = 1.0
    meter.add(3_000_000)
    assert heard.told == [("3.0 MB/s · a/b", 3_000_000, 0)]
