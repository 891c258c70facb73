"""Watching a sandbox execute a notebook: its events become what the report needs to know."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import IO, Any

from kagura.engines.base import Engine, Sandbox
from kagura.errors import MachineError
from kagura.model.report import CellResult, Status
from kagura.model.sandbox import SandboxSpec
from kagura.progress import Progress
from kagura.workflows.plan import Plan

__all__ = ["Execution", "execute"]

# For what an interrupted kernel needs to end, and for the page to be made, which has a limit of
# its own inside: this one is only for a program inside that has lost its way.
PATIENCE = 180.0
COMPLAINTS_KEPT = 64 * 1024


@dataclass(slots=True, kw_only=True)
class Execution:
    """How it went, as it was told by the program inside."""

    status: Status = "died"
    cells: dict[int, CellResult] = field(default_factory=dict)
    failure: Mapping[str, Any] | None = None
    warnings: list[str] = field(default_factory=list)
    ended: bool = False


def execute(
    engine: Engine, spec: SandboxSpec, planned: Plan, timeout: float | None, progress: Progress
) -> Execution:
    """Start the sandbox, follow it to its end, give what happened.

    Ctrl-C asks the program inside to stop and to write what there is; a second one kills.
    Raises MachineError if the sandbox could not start at all.
    """
    execution = Execution()
    # A script has no cells to be counted: it is heard instead.
    total = 0 if planned.notebook.kind == "script" else len(planned.notebook.code)
    sandbox = engine.start(spec)
    complaints = _Complaints(sandbox.stderr)
    killer = _Killer(sandbox)
    if timeout is not None:
        killer.after(timeout + PATIENCE)
    try:
        while True:
            try:
                _follow(sandbox, execution, total, progress)
                break
            except KeyboardInterrupt:
                if execution.status == "interrupted":
                    raise
                execution.status = "interrupted"
                killer.after(PATIENCE)
                _ask_to_stop(sandbox)
        sandbox.wait(PATIENCE)
    except (KeyboardInterrupt, TimeoutError):
        pass
    finally:
        killer.cancel()
        sandbox.stop()
        complaints.join()
    if not execution.ended:
        _explain_death(execution, complaints.text(), sandbox.poll(), killed=killer.has_killed)
    return execution


def _follow(sandbox: Sandbox, execution: Execution, total: int, progress: Progress) -> None:
    for line in iter(sandbox.stdout.readline, b""):
        try:
            event = json.loads(line)
        except ValueError:
            continue
        match event.get("event"):
            case "cell":
                _note_cell(execution, event, total, progress)
            case "output":
                progress.output(str(event["text"]), is_error=event["stream"] == "stderr")
            case "failure":
                execution.failure = event
            case "warning":
                execution.warnings.append(str(event["text"]))
                progress.warn(str(event["text"]))
            case "end":
                execution.ended = True
                if execution.status != "interrupted":
                    execution.status = event["status"]
            case _:
                pass


def _note_cell(
    execution: Execution, event: Mapping[str, Any], total: int, progress: Progress
) -> None:
    if event["status"] == "running":
        if total:
            text = f"cell {event['number']}"
            progress.update("cells", text, done=len(execution.cells), total=total)
        return
    execution.cells[event["index"]] = CellResult(
        index=event["index"],
        number=event["number"],
        status=event["status"],
        seconds=round(event["seconds"], 3),
    )
    if total:
        progress.update("cells", "", done=len(execution.cells), total=total)


def _ask_to_stop(sandbox: Sandbox) -> None:
    try:
        sandbox.stdin.write(b"stop\n")
        sandbox.stdin.flush()
    except (BrokenPipeError, ValueError):
        return


def _explain_death(
    execution: Execution, complaints: str, status: int | None, *, killed: bool
) -> None:
    """The program inside ended without a word: bwrap failed, or the machine killed it."""
    lines = [line for line in complaints.splitlines() if line.strip()]
    if lines and lines[-1].startswith("bwrap: "):
        raise MachineError(
            f"the sandbox could not start: {lines[-1][7:]}",
            hint="`kagura doctor` tries it out and tells what to mend",
        )
    if execution.status == "interrupted":
        return
    execution.status = "died"
    execution.failure = {
        "kind": "kernel died",
        "cell": None,
        "name": "SandboxDied",
        "message": f"it did not end within {PATIENCE:.0f} s of its time, so kagura ended it"
        if killed
        else f"the sandbox ended by itself (exit status {status}); this machine may have run out "
        "of memory",
        "traceback": "\n".join(lines[-20:]),
    }


class _Complaints:
    """Reads a pipe to its end in the background; remembers the last of it."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self._kept = b""
        self._pipe = pipe
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        try:
            for chunk in iter(lambda: self._pipe.read1(65536), b""):  # type: ignore[attr-defined]
                self._kept = (self._kept + chunk)[-COMPLAINTS_KEPT:]
        except ValueError:
            return  # closed under us by stop()

    def join(self) -> None:
        self._thread.join(2)

    def text(self) -> str:
        return self._kept.decode(errors="replace")


class _Killer:
    """Ends a sandbox after a time, whatever its main process is doing."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._timer: threading.Timer | None = None
        self.has_killed = False

    def after(self, seconds: float) -> None:
        self.cancel()
        self._timer = threading.Timer(seconds, self._kill)
        self._timer.daemon = True
        self._timer.start()

    def cancel(self) -> None:
        if self._timer:
            self._timer.cancel()

    def _kill(self) -> None:
        self.has_killed = True
        self._sandbox.stop()
