"""What gives way when the resolver refuses: read from uv's own words, weakest evidence first."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kagura.env.names import name_of
from kagura.model.era import Pin

__all__ = ["requirement_to_leave_out", "to_drop"]


BUILD = re.compile(r"Failed to (?:download and )?build `([^`=]+)==")


def to_drop(text: str, pins: Sequence[Pin]) -> tuple[Pin, ...]:
    """The pin that should give way to uv's refusal; nothing if no pin is to blame.

    ``pins`` are those in force, strongest first.  Blamed are pins whose very words uv repeats
    (``numpy==1.26.4``), else pins of packages that it names; of these the last in order goes.
    Each call takes a pin away or gives nothing, so asking again comes to an end.
    """
    words = _flat(text.split("hint:")[0])
    failed = BUILD.search(words)
    if failed:  # its build tools are named as well, and are not to blame
        return tuple(pin for pin in pins if pin.name == failed[1])
    quoted = [pin for pin in pins if _quotes(words, pin)]
    named = quoted or [pin for pin in pins if _names(words, pin.name)]
    return (named[-1],) if named else ()


def requirement_to_leave_out(text: str, requirements: Sequence[str]) -> tuple[str, str]:
    """Which of the requirements uv's refusal is about, and why in one line.

    The one that it names first; the last one where it names none, so that asking again comes
    to an end all the same.
    """
    words = _flat(text)
    places = {
        requirement: place
        for requirement in requirements
        if (place := _place(words, name_of(requirement))) is not None
    }
    blamed = min(places, key=lambda requirement: places[requirement], default=requirements[-1])
    return blamed, _why(text)


def _flat(text: str) -> str:
    return " ".join(text.split())


def _quotes(words: str, pin: Pin) -> bool:
    return any(
        re.search(rf"(?<![\w.\-]){re.escape(pin.name)}{re.escape(part)}(?![\w.]*\w)", words)
        for part in (pin.specifier, *pin.specifier.split(","))
    )


def _names(words: str, name: str) -> bool:
    return _place(words, name) is not None


def _place(words: str, name: str) -> int | None:
    match = re.search(rf"(?<![\w.\-]){re.escape(name)}(?![\w\-]|\.\w)", words)
    return match.start() if match else None


def _why(text: str) -> str:
    """The innermost cause that uv tells, without its advice."""
    lines = [line.strip() for line in text.split("hint:")[0].splitlines()]
    causes = [line for line in lines if line.startswith(("cause:", "Because", "╰─▶", "error:"))]
    line = (causes or lines or [""])[-1]
    line = re.sub(r"^(error|cause|╰─▶):?\s*", "", line)
    return line[:200] or "uv gave no reason"
