"""A long packed stream, inflated in its order, so that a later process can go on from its middle.

Beside what is written lie the packed bytes that were fetched and not yet used, and a mark: from
where inflating can go on.  Both are small, and renewed as it goes on.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kagura.inputs.inflate import Bytes
from kagura.inputs.inflating import SLICE, Form, Inflating, Mark
from kagura.inputs.kept import Kept, Tell
from kagura.system.files import write_atomically

__all__ = ["MARK", "Inflow", "Saved", "saved_mark"]

MARK = "mark.json"

# A mark costs some hundredths of a second: one in so many seconds, or when much is on disk.
SECONDS_BETWEEN = 2.0
BYTES_BETWEEN = 4 << 20
MOST_HELD, FEW_HELD = 0.02, 4 << 20
MOST_FAILURES = 4


@dataclass(frozen=True, slots=True)
class Saved:
    """A mark, the place in the source at which the stream ends, and what its writer noted."""

    mark: Mark
    end: int
    note: Mapping[str, Any]


def saved_mark(beside: Path) -> Saved | None:
    """The mark that an earlier process left; None if there is none that can be read."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        said = json.loads((beside / MARK).read_bytes())
        return Saved(Mark.from_json(said), int(said["end"]), said["note"])
    return None


class Inflow:
    """What a part of a source inflates to, from its start or from a mark.

    Whoever writes it tells how far it is on disk, by ``written``: only then a mark counts.
    """

    def __init__(
        self,
        kept: Kept,
        form: Form,
        beside: Path,
        *,
        first: int,
        size: int,
        tell: Tell,
        pool: Executor | None,
        mark: Mark | None = None,
    ) -> None:
        pieces = (
            kept.stream(first, tell=tell)
            if pool is None
            else kept.parallel(first, pool=pool, tell=tell)
        )
        self.packed = Bytes(pieces)
        self.inflating = Inflating(form, mark=mark)
        self._kept, self._beside, self._size = kept, beside, size
        self._at = self._end = first
        self._pending: Mark | None = None
        self._failures = 0

    def pieces(self, *, at: int, end: int) -> Iterator[bytes]:
        """All of it; the packed bytes are those from ``at`` to ``end``.  Raises FAULTS."""
        self._end = end
        marked, marked_at = time.monotonic(), at
        while at < end:
            if not self._is_due(at - marked_at, time.monotonic() - marked) or end - at <= SLICE:
                piece = next(self.packed.upto(end - at), None)
                if piece is None:
                    return
                yield from self.inflating.push(piece)
                at += len(piece)
                continue
            # Pieces that come slowly are short, and a block is to begin in this one.
            slice_ = self.packed.take(SLICE)
            before, mark, after = self.inflating.mark(slice_, at)
            self._found(mark)
            yield from (data for data in (before, after) if data)
            marked, marked_at = time.monotonic(), at
            at += len(slice_)

    def written(self, plain: int, note: Mapping[str, Any]) -> None:
        """So many bytes of it are on disk; ``note`` says what a later process must know."""
        mark = self._pending
        if mark is not None and plain >= mark.plain:
            said = {**mark.as_json(), "end": self._end, "note": note}
            write_atomically(self._beside / MARK, json.dumps(said))
            self._kept.forget(before=mark.at)
            self._pending = None

    def _is_due(self, count: int, seconds: float) -> bool:
        if self._failures >= MOST_FAILURES or self._pending is not None:
            return False
        if count >= BYTES_BETWEEN and seconds >= SECONDS_BETWEEN:
            return True
        most = max(int(self._size * MOST_HELD), FEW_HELD)
        return count >= self._kept.part and self._kept.held > most

    def _found(self, mark: Mark | None) -> None:
        self._pending = mark
        self._failures = 0 if mark else self._failures + 1
        if self._failures >= MOST_FAILURES:  # packed as nobody does: a kill begins it anew
            (self._beside / MARK).unlink(missing_ok=True)
            self._kept.stop()
