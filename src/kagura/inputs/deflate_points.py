"""Where inflating can begin in the middle: at the start of a deflate block, found and proved.

A deflate stream is a chain of blocks (RFC 1951).  Who knows the bit at which one starts, and the
32 KiB that came out before it, can go on from there.  No library of Python tells that bit, so it
is searched: wherever the head of a block may be, inflating is tried, and the place counts only if
it gives, byte by byte, what the unbroken inflating gave.
"""

from __future__ import annotations

import zlib as standard_zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

__all__ = ["WINDOW", "Point", "find_point", "lead_in"]

WINDOW = 32 << 10
RAW = -15

# A wrong head seldom inflates for as long as this; a right one must for longer than that.
FIRST_TRY = 2048
SHORTEST_PROOF = 1024

# The shift of a stored block: its head's few bits are left out, it starts with its length.
STORED = 8

# The whole code space, in the parts that the longest code of three bits takes.
WHOLE = 128


@dataclass(frozen=True, slots=True)
class Point:
    """A block's start: bit ``shift`` of byte ``at`` (8: a stored block's length is there).

    ``plain`` bytes had come out before it.
    """

    at: int
    shift: int
    plain: int


def find_point(
    packed: bytes,
    plain: bytes,
    window: bytes,
    *,
    inflater: Callable[..., Any] = standard_zlib.decompressobj,
) -> Point | None:
    """A point in ``packed``, which is a part of a stream that goes on after it; None: none.

    ``plain`` is all that ``packed`` gave in the course of its stream, ``window`` what came out
    before that.
    """
    known = window[-WINDOW:] + plain
    for at, shift in _candidates(packed):
        if not _inflated(packed[: at + FIRST_TRY], at, shift, bytes(WINDOW), inflater):
            continue
        # With a wrong window the content is wrong, and its length is right.
        length = len(_inflated(packed, at, shift, bytes(WINDOW), inflater))
        if not SHORTEST_PROOF <= length <= len(plain):
            continue
        end = len(known) - length
        found = _inflated(packed, at, shift, known[max(end - WINDOW, 0) : end], inflater)
        if found == known[end:]:
            return Point(at, shift, len(plain) - length)
    return None


def lead_in(shift: int, first: bytes) -> bytes:
    """Bytes to inflate instead of the point's first byte, ``first``.

    They begin with empty blocks, which shift the rest into its place.
    """
    if shift == STORED:
        return b"\0" + first
    if not shift:
        return first
    bits, length = _empty_blocks()[shift]
    return (bits | first[0] >> shift << length).to_bytes((length + 8 - shift) // 8, "little")


def _inflated(
    packed: bytes, at: int, shift: int, window: bytes, inflater: Callable[..., Any]
) -> bytes:
    try:
        started = inflater(RAW, zdict=window)
        head = started.decompress(lead_in(shift, packed[at : at + 1]))
        return bytes(head + started.decompress(packed[at + 1 :]))
    except Exception:  # noqa: BLE001 - each library has an error of its own
        return b""


@cache
def _heads() -> list[tuple[int, ...]]:
    """At which shifts a head may be, by ten bits.

    Its first bit is 0 (not the last block), then two say that it brings its own tables.
    """
    return [
        tuple(shift for shift in range(8) if (value >> shift) & 7 == 0b100)
        for value in range(1 << 10)
    ]


@cache
def _shares() -> list[int]:
    """How much of the code space four code lengths of three bits take."""
    return [
        sum(WHOLE >> length for length in ((value >> at) & 7 for at in (0, 3, 6, 9)) if length)
        for value in range(1 << 12)
    ]


def _candidates(packed: bytes) -> Iterator[tuple[int, int]]:
    heads, shares = _heads(), _shares()
    for at in range(len(packed) - 12):
        for shift in heads[(packed[at] | packed[at + 1] << 8) & 1023]:
            word = int.from_bytes(packed[at : at + 12], "little") >> shift
            if (word >> 3) & 31 > 29 or (word >> 8) & 31 > 29:
                continue
            # The lengths of the code that the tables are written in must use it up.
            lengths = (word >> 17) & ((1 << 3 * (((word >> 13) & 15) + 4)) - 1)
            share = 0
            while lengths:
                share += shares[lengths & 4095]
                lengths >>= 12
            if share == WHOLE:
                yield at, shift
        if packed[at] ^ packed[at + 2] == 255 and packed[at + 1] ^ packed[at + 3] == 255:
            yield at, STORED


@cache
def _empty_blocks() -> dict[int, tuple[int, int]]:
    """For each shift, empty blocks as bits, so many (modulo 8), and their number."""
    short = (0b0000000_01_0, 10)  # no last block, the standard tables, the mark of the end
    fields = [(0, 1), (2, 2), (0, 5), (1, 5), (14, 4)]
    # Code lengths of the code lengths: 18 (many zeros) has 1; 1 and 2 have 2 bits.
    fields += [({2: 1, 15: 2, 17: 2}.get(place, 0), 3) for place in range(18)]
    zeros, one, two = (0, 1), (0b01, 2), (0b11, 2)
    # 254 literals without a code, one with 1 bit, another and the end with 2; distances with 1.
    fields += [zeros, (138 - 11, 7), zeros, (116 - 11, 7), one, two, two, one, one]
    fields += [(0b11, 2)]
    long = (0, 0)
    for value, width in fields:
        long = (long[0] | value << long[1], long[1] + width)
    blocks = {}
    for shift in range(1, 8):
        bits, length = long if shift % 2 else (0, 0)
        while length % 8 != shift:
            bits, length = bits | short[0] << length, length + short[1]
        blocks[shift] = (bits, length)
    return blocks
