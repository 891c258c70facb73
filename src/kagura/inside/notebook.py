"""Executing a notebook cell by cell, as "Save & Run All" does: it ends at the first error."""

from __future__ import annotations

import os
import re
import signal
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from .control import Control
from .events import Events
from .kernel import Kernel
from .log import Log
from .outputs import CellOutputs

__all__ = ["Failed", "NotebookRun"]

READY_SECONDS = 120.0
# After the reply, its `idle` is on the way: it has never been seen to take a tenth of this.
IDLE_SECONDS = 5.0
PATIENCE = 5.0
COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


class Failed(Exception):  # noqa: N818 - it is how a run ends, not an error of this program
    """The run ended before its last cell; ``status`` is the run's."""

    def __init__(self, status: str, **failure: Any) -> None:
        super().__init__(status)
        self.status = status
        self.failure = failure


class NotebookRun:
    """One execution: a kernel, a document that is filled with outputs, and who hears of it."""

    def __init__(
        self,
        document: dict[str, Any],
        *,
        kernel: Kernel,
        events: Events,
        control: Control,
        log: Log,
        output_limit: int,
        deadline: float | None,
    ) -> None:
        self.document = document
        self._kernel = kernel
        self._events = events
        self._control = control
        self._log = log
        self._limit = output_limit
        self._deadline = deadline
        self._displays: dict[str, list[dict[str, Any]]] = {}
        self._out_of_memory = _kills_for_memory()
        self._cell: int | None = None

    def run(self, when_ready: Callable[[], None]) -> None:
        """Execute every code cell.  Raises Failed at the first one that fails."""
        self._wait_until_ready()
        when_ready()
        number = 0
        for index, cell in enumerate(self.document["cells"]):
            if cell["cell_type"] != "code":
                continue
            number += 1
            if not "".join(cell["source"]).strip():
                self._events.tell("cell", index=index, number=number, status="ok", seconds=0.0)
                continue
            self._cell = index
            self._events.tell("cell", index=index, number=number, status="running")
            started = time.monotonic()
            try:
                status = self._execute(cell)
            except Failed:
                seconds = time.monotonic() - started
                self._events.tell(
                    "cell", index=index, number=number, status="error", seconds=seconds
                )
                raise
            seconds = time.monotonic() - started
            self._events.tell("cell", index=index, number=number, status=status, seconds=seconds)

    def _wait_until_ready(self) -> None:
        # Each channel connects in its own time: until something has come by iopub too, what the
        # first cell prints would be lost.
        self._kernel.send("kernel_info_request", {})
        missing = {"shell", "iopub"}
        give_up = time.monotonic() + READY_SECONDS
        while True:
            for channel, _ in self._kernel.receive(0.5 if "shell" in missing else 0.05):
                missing.discard(channel)
            if not missing:
                return
            if missing == {"iopub"}:
                self._kernel.send("kernel_info_request", {})
            self._check()
            if time.monotonic() > give_up:
                raise Failed(
                    "died",
                    kind="kernel died",
                    cell=None,
                    name="KernelNotReady",
                    message=f"the kernel did not answer within {READY_SECONDS:.0f} s",
                    traceback="",
                )

    def _execute(self, cell: dict[str, Any]) -> str:
        times: dict[str, str] = {}
        cell.setdefault("metadata", {})["execution"] = times
        outputs = CellOutputs(limit=self._limit, displays=self._displays)
        request = self._kernel.send(
            "execute_request",
            {
                "code": "".join(cell["source"]),
                "silent": False,
                "store_history": True,
                "user_expressions": {},
                "allow_stdin": False,
                "stop_on_error": True,
            },
        )
        try:
            reply = self._follow(request, cell, outputs, times)
        finally:
            cell["outputs"] = outputs.finish()
        return self._judge(cell, reply)

    def _follow(
        self, request: str, cell: dict[str, Any], outputs: CellOutputs, times: dict[str, str]
    ) -> dict[str, Any]:
        reply: dict[str, Any] | None = None
        idle = False
        give_up = 0.0
        while reply is None or (not idle and time.monotonic() < give_up):
            messages = self._kernel.receive(0.5 if reply is None else 0.1)
            if not messages:
                self._check()
            for channel, message in messages:
                if message["parent_header"].get("msg_id") != request:
                    if channel == "iopub":
                        self._take_late(message)
                    continue
                kind, content = message["header"]["msg_type"], message["content"]
                if channel == "shell":
                    reply = content
                    times["shell.execute_reply"] = _now()
                    give_up = time.monotonic() + IDLE_SECONDS
                elif kind == "status":
                    idle = content["execution_state"] == "idle"
                    times[f"iopub.status.{content['execution_state']}"] = _now()
                elif kind == "execute_input":
                    cell["execution_count"] = content["execution_count"]
                    times["iopub.execute_input"] = _now()
                else:
                    self._take(kind, content, outputs)
            if self._is_over():
                self._check()
        return reply

    def _take(self, kind: str, content: dict[str, Any], outputs: CellOutputs) -> None:
        outputs.take(kind, content)
        if kind == "stream":
            self._log.write(content["name"], content["text"])
        elif kind == "error":
            self._log.write("stderr", "\n".join(content["traceback"]) + "\n")

    def _take_late(self, message: dict[str, Any]) -> None:
        # A thread of an earlier cell: its text belongs to no cell any more.
        if message["header"].get("msg_type") == "stream":
            self._log.write(message["content"]["name"], message["content"]["text"])

    def _judge(self, cell: dict[str, Any], reply: dict[str, Any]) -> str:
        asked_to_exit = any(item.get("source") == "ask_exit" for item in reply.get("payload", []))
        if reply["status"] == "ok" and not asked_to_exit:
            return "ok"
        if "raises-exception" in cell["metadata"].get("tags", []) and not asked_to_exit:
            return "ok"
        if asked_to_exit:
            reply = {"ename": "SystemExit", "evalue": "the notebook called exit() or quit()"}
        self._check()
        raise Failed(
            "failed",
            kind="error",
            cell=self._cell,
            name=reply.get("ename", "Error"),
            message=COLOURS.sub("", reply.get("evalue", "")),
            traceback=COLOURS.sub("", "\n".join(reply.get("traceback", []))),
        )

    def _is_over(self) -> bool:
        late = self._deadline is not None and time.monotonic() > self._deadline
        return late or self._control.stopped.is_set()

    def _check(self) -> None:
        """Raise Failed if the run must end: the kernel is dead, time is up, or it was asked to."""
        if self._control.stopped.is_set():
            self._interrupt()
            raise Failed(
                "interrupted",
                kind="interrupted",
                cell=self._cell,
                name="Interrupted",
                message="the run was interrupted",
                traceback="",
            )
        if self._deadline is not None and time.monotonic() > self._deadline:
            self._interrupt()
            raise Failed(
                "timeout",
                kind="timeout",
                cell=self._cell,
                name="Timeout",
                message="the run took longer than its time limit",
                traceback="",
            )
        status = self._kernel.process.poll()
        if status is not None:
            raise Failed("died", **self._death(status))

    def _death(self, status: int) -> dict[str, Any]:
        how = f"exit status {status}"
        if status < 0:
            how = f"killed by {signal.Signals(-status).name}"
        by_memory = status == -signal.SIGKILL and _kills_for_memory() > self._out_of_memory
        return {
            "kind": "out of memory" if by_memory else "kernel died",
            "cell": self._cell,
            "name": "OutOfMemory" if by_memory else "DeadKernel",
            "message": "the machine ran out of memory" if by_memory else f"the kernel died ({how})",
            "traceback": "",
        }

    def _interrupt(self) -> None:
        process = self._kernel.process
        for number in (signal.SIGINT, signal.SIGKILL):
            if process.poll() is not None:
                return
            os.killpg(process.pid, number)
            waiter = threading.Event()
            until = time.monotonic() + (1.0 if number == signal.SIGINT else PATIENCE)
            while process.poll() is None and time.monotonic() < until:
                waiter.wait(0.05)


def _kills_for_memory() -> int:
    try:
        with open("/proc/vmstat", encoding="ascii") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("oom_kill "))
    except (OSError, StopIteration, ValueError):
        return 0


def _now() -> str:
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")
