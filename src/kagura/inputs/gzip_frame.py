"""What is around a deflate stream in a gzip file (RFC 1952): a header, and the sums at the end."""

from __future__ import annotations

import struct

__all__ = ["TRAILER", "header_length", "is_gzip", "sums"]

TRAILER = 8
FIXED = 10
HAS_HEADER_SUM, HAS_EXTRA, HAS_NAME, HAS_COMMENT = 2, 4, 8, 16


def is_gzip(head: bytes) -> bool:
    """Whether bytes begin as a gzip file does."""
    return head[:3] == b"\x1f\x8b\x08" and len(head) > FIXED


def header_length(head: bytes) -> int:
    """Where the deflate stream begins; after the end of ``head`` if the header is longer."""
    flags, at = head[3], FIXED
    if flags & HAS_EXTRA:
        at += 2 + int.from_bytes(head[at : at + 2], "little")
    for text in (HAS_NAME, HAS_COMMENT):
        if flags & text:
            end = head.find(b"\0", at)
            at = len(head) + 1 if end < 0 else end + 1
    return at + 2 if flags & HAS_HEADER_SUM else at


def sums(trailer: bytes) -> tuple[int, int]:
    """The check sum of the content, and its length modulo 2**32, from the last eight bytes."""
    if len(trailer) < TRAILER:
        return -1, -1
    crc, length = struct.unpack("<2L", trailer[:TRAILER])
    return crc, length
