"""A very long text in a message, read piece by piece, so that it is never in memory twice."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

__all__ = ["stream_pieces"]

# As every ipykernel writes it; whatever looks different is read as a whole.
START = re.compile(rb'\{"name": ?"(stdout|stderr)", ?"text": ?"')
END = b'"}'
BACKSLASH, LETTER_U = b"\\", ord("u")
# The longest that must not be cut: a character written as two escapes of six.
LONGEST = 12
SURROGATES = re.compile(rb"\\u[dD][89abAB]..\\u[dD][c-fC-F]")


def stream_pieces(content: memoryview | bytes, size: int) -> Iterator[dict[str, Any]]:
    """The contents of messages that together say what the content of one ``stream`` says."""
    start = START.match(content)
    if start is None or bytes(content[-2:]) != END:
        yield json.loads(bytes(content))
        return
    name = start.group(1).decode()
    at, end = start.end(), len(content) - len(END)
    while at < end:
        cut = _cut(content, at, min(at + size, end), end)
        yield {"name": name, "text": json.loads(b'"%b"' % bytes(content[at:cut]))}
        at = cut


def _cut(content: memoryview | bytes, at: int, wanted: int, end: int) -> int:
    """The first place from ``wanted`` on that is neither in an escape nor in a character.

    ``at`` is such a place, too.
    """
    before = bytes(content[at:wanted])
    last = before.rfind(BACKSLASH, max(0, len(before) - LONGEST))
    place = wanted if last < 0 else at + _escape_before(before, last)
    while place < wanted:
        if content[place] != BACKSLASH[0]:
            place += 1
        elif content[place + 1] != LETTER_U:
            place += 2
        else:
            place += 12 if SURROGATES.match(content, place) else 6
    while place < end and content[place] & 0xC0 == 0x80:
        place += 1
    return place


def _escape_before(before: bytes, last: int) -> int:
    """Where an escape begins, at or a little before the one of the backslash at ``last``."""
    start = len(before[: last + 1].rstrip(BACKSLASH))
    # The first of a row of backslashes begins an escape; in a row, each second one does.
    start += (last - start) // 2 * 2
    return start - 6 if start >= 6 and SURROGATES.match(before, start - 6) else start
