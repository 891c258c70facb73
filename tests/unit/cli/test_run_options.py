"""Times, sizes and the last lines of a run."""

from __future__ import annotations

import pytest

from kagura.cli.run import seconds_of
from kagura.errors import UsageError
from kagura.progress import size_text


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("90s", 90), ("15m", 900), ("1.5h", 5400)]
)
def test_a_time_has_a_unit_or_is_in_seconds(text: str, seconds: float) -> None:
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["", "0", "-1", "soon", "5d", "inf", "nan", "m"])
def test_what_is_no_time_is_told(text: str) -> None:
    with pytest.raises(UsageError, match="--timeout"):
        seconds_of(text)


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 B"), (999, "999 B"), (3200, "3.2 kB"), (99_960, "100 kB"), (2_100_000_000, "2.1 GB")],
)
def test_sizes_are_for_people(size: int, text: str) -> None:
    assert size_text(size) == text
