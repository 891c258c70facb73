"""A cell's outputs, folded from messages as a notebook keeps them, within bounds of memory."""

from __future__ import annotations

from collections import deque
from typing import Any

__all__ = ["CellOutputs"]

Output = dict[str, Any]

TAIL = 64 * 1024
# What an output costs beside its text: without it, a million changes between stdout and stderr
# would be within any limit.
OVERHEAD = 512
# Pictures and tables may take so many times what text may take.
RICH = 8
KEPT = {
    "display_data": ("data", "metadata"),
    "execute_result": ("execution_count", "data", "metadata"),
    "error": ("ename", "evalue", "traceback"),
}


class CellOutputs:
    """The outputs of one cell.

    ``limit`` is in bytes of stream text; beyond it only the end is kept, with a line that tells of
    the gap.  ``displays`` is shared by all cells: display_id → the outputs that show it.
    """

    def __init__(self, *, limit: int, displays: dict[str, list[Output]]) -> None:
        self.outputs: list[Output] = []
        self.left_out = 0
        self._limit = limit
        self._displays = displays
        self._clear_next = False
        self._begin()

    def take(self, kind: str, content: dict[str, Any], *, size: int) -> None:
        """Fold one message of the iopub channel, whose content has ``size`` bytes."""
        if kind == "clear_output":
            if content.get("wait"):
                self._clear_next = True
            else:
                self._clear()
        elif kind == "update_display_data":
            self._update(content)
        elif kind == "stream" or kind in KEPT:
            if self._clear_next:
                self._clear()
            if kind == "stream":
                self._take_stream(content["name"], content["text"])
            else:
                self._take_rich(kind, content, size)

    def finish(self) -> list[Output]:
        """The outputs as a notebook has them; call it once."""
        left_out, pieces = self._tail.finish()
        if left_out:
            self.left_out += left_out
            gap = f"\n[kagura left {left_out} bytes out here; the log has all of it]\n"
            self._append(pieces[0][0], gap)
        for name, text in pieces:
            self._append(name, text)
        for output in self.outputs:
            if output["output_type"] == "stream":
                output["text"] = "".join(output["text"])
        return self.outputs

    def _begin(self) -> None:
        self._room = self._limit
        self._rich_room = RICH * self._limit
        self._tail = _Tail()
        self._shown: list[tuple[str, Output]] = []

    def _clear(self) -> None:
        for identity, output in self._shown:
            others = [other for other in self._displays[identity] if other is not output]
            self._displays[identity] = others
        self.outputs.clear()
        self._clear_next = False
        self._begin()

    def _update(self, content: dict[str, Any]) -> None:
        for output in self._displays.get(_display_id(content), []):
            output["data"], output["metadata"] = content["data"], content.get("metadata", {})

    def _take_rich(self, kind: str, content: dict[str, Any], size: int) -> None:
        self._update(content)
        output = {"output_type": kind, **{key: content.get(key) for key in KEPT[kind]}}
        if "metadata" in KEPT[kind]:
            output["metadata"] = content.get("metadata") or {}
        self._rich_room -= size + OVERHEAD
        if self._rich_room < 0:
            self.left_out += size
            return
        self.outputs.append(output)
        identity = _display_id(content)
        if identity:
            self._displays.setdefault(identity, []).append(output)
            self._shown.append((identity, output))

    def _take_stream(self, name: str, text: str) -> None:
        if self._room > 0:
            first = _first_bytes(text, self._room)
            self._room -= _size(first) + OVERHEAD * self._append(name, first)
            text = text[len(first) :]
            if text:
                self._room = 0
        if text:
            self._tail.add(name, text)

    def _append(self, name: str, text: str) -> bool:
        """Add to the stream that is the last output, or begin one; whether it was begun."""
        last = self.outputs[-1] if self.outputs else {}
        if last.get("output_type") == "stream" and last.get("name") == name:
            last["text"].append(text)
            return False
        self.outputs.append({"output_type": "stream", "name": name, "text": [text]})
        return True


class _Tail:
    """The last of what was printed, by whichever stream."""

    def __init__(self) -> None:
        self._pieces: deque[tuple[str, str]] = deque()
        self._size = 0
        self._left_out = 0

    def add(self, name: str, text: str) -> None:
        self._pieces.append((name, text))
        self._size += _size(text) + OVERHEAD
        while self._size - _size(self._pieces[0][1]) - OVERHEAD >= TAIL:
            self._left_out += _size(self._pieces[0][1])
            self._size -= _size(self._pieces.popleft()[1]) + OVERHEAD

    def finish(self) -> tuple[int, list[tuple[str, str]]]:
        """How many bytes were left out, and what comes after them."""
        pieces = list(self._pieces)
        if pieces and _size(pieces[0][1]) > TAIL:
            name, text = pieces[0]
            kept = text[-TAIL:]
            self._left_out += _size(text) - _size(kept)
            pieces[0] = (name, kept)
        return self._left_out, pieces


def _size(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "replace"))


def _first_bytes(text: str, size: int) -> str:
    # No character has more than four; only the one text that reaches the limit is cut too early.
    return text[:size] if text.isascii() else text[: size // 4]


def _display_id(content: dict[str, Any]) -> str:
    return str((content.get("transient") or {}).get("display_id") or "")
