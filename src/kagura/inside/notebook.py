"""Executing a notebook cell by cell, as "Save & Run All" does: it ends at the first error."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from .dialogue import Dialogue
from .events import Events
from .failure import Failed, error
from .outputs import CellOutputs
from .widgets import WidgetStates
from .wire import Message

__all__ = ["NotebookRun"]

# What all cells together may keep in memory, and what a cell may keep whatever others have kept.
ALL_OUTPUTS = 64 * 1024 * 1024
LEAST = 64 * 1024


class NotebookRun:
    """One execution of a document (nbformat 4), which is filled with outputs on the way."""

    def __init__(
        self,
        document: dict[str, Any],
        *,
        dialogue: Dialogue,
        events: Events,
        log: Callable[[str, str], None],
        output_limit: int,
    ) -> None:
        self._document = document
        self._dialogue = dialogue
        self._events = events
        self._log = log
        self._limit = output_limit
        self._room = max(ALL_OUTPUTS, output_limit)
        self._displays: dict[str, list[dict[str, Any]]] = {}
        self._widgets = WidgetStates()

    def run(self) -> None:
        """Execute every code cell.  Raises Failed at the first one that fails."""
        number = 0
        try:
            for index, cell in enumerate(self._document["cells"]):
                if cell["cell_type"] != "code":
                    continue
                number += 1
                if _source(cell).strip():
                    self._execute(cell, index=index, number=number)
                else:
                    self._events.tell("cell", index=index, number=number, status="ok", seconds=0.0)
        finally:
            widgets = self._widgets.metadata()
            if widgets is not None:
                self._document["metadata"]["widgets"] = widgets

    def _execute(self, cell: dict[str, Any], *, index: int, number: int) -> None:
        self._dialogue.cell = index
        self._events.tell("cell", index=index, number=number, status="running")
        begun, started = _now(), time.monotonic()
        cell["execution_count"] = None
        metadata = cell.setdefault("metadata", {})
        metadata["execution"] = {}
        limit = max(LEAST, min(self._limit, self._room))
        outputs = CellOutputs(limit=limit, displays=self._displays)
        status = "error"

        def take(message: Message) -> None:
            self._take(message, cell, outputs)

        try:
            reply = self._dialogue.execute(_source(cell), take)
            failure = _failure(_with_shown_error(reply, outputs), cell, index)
            if failure is not None:
                raise failure
            status = "ok"
        finally:
            seconds = time.monotonic() - started
            cell["outputs"] = outputs.finish()
            self._room -= sum(
                len(output["text"])
                for output in cell["outputs"]
                if output["output_type"] == "stream"
            )
            metadata["papermill"] = {
                "duration": round(seconds, 6),
                "end_time": _now(),
                "exception": status == "error",
                "start_time": begun,
                "status": "failed" if status == "error" else "completed",
            }
            if outputs.left_out:
                text = f"cell {number} put out very much: {outputs.left_out} bytes of it were left"
                self._events.tell("warning", text=f"{text} out of the notebook")
            self._events.tell("cell", index=index, number=number, status=status, seconds=seconds)

    def _take(self, message: Message, cell: dict[str, Any], outputs: CellOutputs) -> None:
        times, content = cell["metadata"]["execution"], message.content
        match message.kind:
            case "status":
                times[f"iopub.status.{content['execution_state']}"] = _date(message)
            case "execute_input":
                cell["execution_count"] = content["execution_count"]
                times["iopub.execute_input"] = _date(message)
            case "execute_reply":
                times["shell.execute_reply"] = _date(message)
            case "comm_open" | "comm_msg":
                self._widgets.take(message.kind, content, message.buffers)
            case "stream":
                self._log(content["name"], content["text"])
                outputs.take(message.kind, content, size=message.size)
            case "error":
                self._log("stderr", "\n".join(content["traceback"]) + "\n")
                outputs.take(message.kind, content, size=message.size)
            case _:
                outputs.take(message.kind, content, size=message.size)


def _with_shown_error(reply: dict[str, Any], outputs: CellOutputs) -> dict[str, Any]:
    """The reply, or the error that a cell showed and whose reply is ok all the same.

    Under ``%%time`` some IPythons swallow the error; Kaggle's run fails by what was shown.
    """
    if reply["status"] != "ok":
        return reply
    shown = [output for output in outputs.outputs if output["output_type"] == "error"]
    return {**reply, "status": "error", **shown[-1]} if shown else reply


def _failure(reply: dict[str, Any], cell: dict[str, Any], index: int) -> Failed | None:
    payload = reply.get("payload") or []
    if any(item.get("source") == "ask_exit" for item in payload):
        # exit() and quit() end the kernel without an error: nothing could run after them.
        reply = {"ename": "SystemExit", "evalue": "the notebook called exit() or quit()"}
    elif reply["status"] == "ok" or "raises-exception" in cell["metadata"].get("tags", []):
        return None
    return error(
        cell=index,
        name=reply.get("ename", "Error"),
        message=reply.get("evalue", ""),
        traceback="\n".join(reply.get("traceback", [])),
    )


def _source(cell: dict[str, Any]) -> str:
    return "".join(cell["source"])


def _date(message: Message) -> str:
    return message.date.replace("+00:00", "Z") or _now().replace("+00:00", "Z")


def _now() -> str:
    return datetime.now(UTC).isoformat()
