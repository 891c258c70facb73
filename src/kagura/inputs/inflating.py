"""Inflating bytes in their order, with marks from which a later process can go on."""

from __future__ import annotations

import base64
import zlib as standard_zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal

from kagura.inputs.deflate_points import WINDOW, find_point, lead_in

zlib: Any = standard_zlib
with suppress(ImportError):  # where there is no build of it, inflating takes twice as long
    from isal import isal_zlib

    zlib = isal_zlib

__all__ = ["FAULTS", "RAW", "SLICE", "Form", "Inflating", "Mark", "zlib"]

FAULTS: tuple[type[Exception], ...] = (standard_zlib.error, zlib.error)

RAW = -15

# However little something is packed in, this much of it is in memory.
MOST_AT_ONCE = 4 << 20

# A mark is looked for in so many packed bytes: several blocks of any known packer.
SLICE = 256 << 10

Form = Literal["stored", "deflate"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What to go on from: bit ``shift`` of byte ``at``; so many bytes were out, of this sum."""

    at: int
    shift: int
    plain: int
    crc: int
    window: bytes

    def as_json(self) -> dict[str, object]:
        """As a JSON object."""
        window = base64.b85encode(self.window).decode()
        return {
            "at": self.at,
            "shift": self.shift,
            "plain": self.plain,
            "crc": self.crc,
            "window": window,
        }

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> Mark:
        """From a JSON object.  Raises KeyError, ValueError, TypeError."""
        at, shift, plain, crc = (int(said[name]) for name in ("at", "shift", "plain", "crc"))
        window = base64.b85decode(said["window"])
        return cls(at=at, shift=shift, plain=plain, crc=crc, window=window)


class Inflating:
    """One deflate stream (or bytes that are stored as they are), from its start or from a mark.

    ``plain`` counts what has come out, ``crc`` is its sum; ``is_over`` says that the stream ended,
    ``rest`` is what came after its end, or the first of it.
    """

    def __init__(self, form: Form, *, mark: Mark | None = None) -> None:
        self.plain, self.crc = (mark.plain, mark.crc) if mark else (0, 0)
        self.is_over = False
        self.rest = b""
        self._form = form
        self._window: bytes = mark.window if mark else b""
        self._shift = mark.shift if mark else 0
        dictionary = {"zdict": self._window} if self._window else {}
        self._inflater = zlib.decompressobj(RAW, **dictionary)

    def push(self, packed: bytes | memoryview) -> Iterator[bytes]:
        """What these bytes inflate to, in pieces.  Raises FAULTS."""
        if self._form == "stored":
            yield self._came(bytes(packed))
            return
        if self._shift and packed:
            packed = lead_in(self._shift, bytes(packed[:1])) + packed[1:]
            self._shift = 0
        if self.is_over:
            self.rest = self.rest or bytes(packed[:1])
            return
        while True:
            piece = self._inflater.decompress(packed, MOST_AT_ONCE)
            if piece:
                yield self._came(piece)
            packed = self._inflater.unconsumed_tail
            if not packed and len(piece) < MOST_AT_ONCE:
                break
        if self._inflater.eof:
            self.is_over = True
            self.rest = self._inflater.unused_data

    def mark(self, packed: bytes, at: int) -> tuple[bytes, Mark | None, bytes]:
        """What these bytes, which begin at ``at``, inflate to: before a mark, it, and after it.

        The stream must go on after them.  Without a mark all is before it.
        """
        window, plain, crc = self._window, self.plain, self.crc
        if self._form == "stored":
            (out,) = self.push(packed)
            return b"", Mark(at=at, shift=0, plain=plain, crc=crc, window=b""), out
        shifted = self._shift
        out = b"".join(self.push(packed))
        if shifted or self.is_over or len(out) > 2 * MOST_AT_ONCE:
            return out, None, b""
        point = find_point(packed, out, window, inflater=zlib.decompressobj)
        if point is None:
            return out, None, b""
        before = out[: point.plain]
        mark = Mark(
            at=at + point.at,
            shift=point.shift,
            plain=plain + point.plain,
            crc=zlib.crc32(before, crc),
            window=(window + before)[-WINDOW:],
        )
        return before, mark, out[point.plain :]

    def _came(self, piece: bytes) -> bytes:
        self.plain += len(piece)
        self.crc = zlib.crc32(piece, self.crc)
        long = len(piece) >= WINDOW
        self._window = piece if long else (self._window + piece)[-WINDOW:]
        return piece
