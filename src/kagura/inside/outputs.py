"""A cell's outputs, folded from messages as a notebook keeps them, within bounds of memory."""

from __future__ import annotations

from typing import Any

__all__ = ["CellOutputs"]

TAIL = 64 * 1024


class CellOutputs:
    """The outputs of one cell; ``displays`` is shared by all cells (display_id → outputs)."""

    def __init__(self, *, limit: int, displays: dict[str, list[dict[str, Any]]]) -> None:
        self.outputs: list[dict[str, Any]] = []
        self._limit = limit
        self._displays = displays
        self._kept = 0
        self._streams: list[_Stream] = []
        self._clear_next = False

    def take(self, kind: str, content: dict[str, Any]) -> None:
        """Fold one message of the iopub channel."""
        if kind == "clear_output":
            if content.get("wait"):
                self._clear_next = True
            else:
                self._clear()
            return
        if kind == "update_display_data":
            for output in self._displays.get(_display_id(content), []):
                output["data"], output["metadata"] = content["data"], content["metadata"]
            return
        if kind not in ("stream", "display_data", "execute_result", "error"):
            return
        if self._clear_next:
            self._clear()
        if kind == "stream":
            self._take_stream(content["name"], content["text"])
            return
        output = {"output_type": kind, **content}
        output.pop("transient", None)
        self.outputs.append(output)
        identity = _display_id(content)
        if identity:
            self._displays.setdefault(identity, []).append(output)

    def finish(self) -> list[dict[str, Any]]:
        """The outputs, streams joined."""
        for stream in self._streams:
            stream.output["text"] = stream.text()
        return self.outputs

    def _take_stream(self, name: str, text: str) -> None:
        last = self.outputs[-1] if self.outputs else {}
        if last.get("output_type") != "stream" or last.get("name") != name:
            output = {"output_type": "stream", "name": name, "text": ""}
            self.outputs.append(output)
            self._streams.append(_Stream(output))
        self._kept += self._streams[-1].add(text, room=self._limit - self._kept)

    def _clear(self) -> None:
        self.outputs.clear()
        self._streams.clear()
        self._kept = 0
        self._clear_next = False


class _Stream:
    """The text of one stream output: all of it up to a limit, then only its end."""

    def __init__(self, output: dict[str, Any]) -> None:
        self.output = output
        self._first: list[str] = []
        self._last = ""
        self._dropped = 0

    def add(self, text: str, *, room: int) -> int:
        """Keep what there is room for (characters); how much that was."""
        first, rest = text[: max(room, 0)], text[max(room, 0) :]
        if first:
            self._first.append(first)
        if rest:
            joined = self._last + rest
            self._last = joined[-TAIL:]
            self._dropped += len(joined) - len(self._last)
        return len(first)

    def text(self) -> str:
        """What was kept, with a line where something is missing."""
        gap = f"\n… [{self._dropped} characters left out here; the log has them] …\n"
        return "".join(self._first) + (gap if self._dropped else "") + self._last


def _display_id(content: dict[str, Any]) -> str:
    return str((content.get("transient") or {}).get("display_id") or "")
