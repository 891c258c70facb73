"""The program that executes a notebook (or a script) in the sandbox and leaves Kaggle's files.

Started as ``PYTHON -I -S -c 'import sys; sys.path.insert(0, "/opt/kagura"); from inside.execute
import main; main()' JOB``.  JOB is a JSON file: see ``workflows/root.py``.  Events go to standard
output as JSON lines; ``stop`` comes by standard input.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from .control import Control
from .events import Events
from .kernel import Kernel
from .log import Log

__all__ = ["main"]

OUTPUT_LIMIT = 8 * 1024 * 1024
END_SECONDS = 5.0


def main() -> None:
    """Do the job whose file is named by the first argument."""
    started = time.monotonic()
    with open(sys.argv[1], encoding="utf-8") as file:
        job: dict[str, Any] = json.load(file)
    events = Events()
    log_descriptor, log_path = tempfile.mkstemp(prefix="log-")
    os.unlink(log_path)
    log = Log(log_descriptor, started)
    if job["kind"] == "script":
        sys.path += job["tool_paths"]
        from .script import run_script

        begun = time.monotonic()
        events.tell("cell", index=0, number=1, status="running")
        document, status, failure = run_script(job, log=log, control=Control())
        state = "error" if failure else "ok"
        seconds = time.monotonic() - begun
        events.tell("cell", index=0, number=1, status=state, seconds=seconds)
    else:
        kernel = Kernel(job["python"], directory=job["directory"], log=_raw_output(log, job))
        sys.path += job["tool_paths"]
        document, status, failure = _run_notebook(job, kernel, events, log, started)
    if failure:
        events.tell("failure", **failure)
    if job.get("kill_all"):
        _kill_all_others()
    _write(job, document, log, events)
    events.tell("end", status=status, seconds=time.monotonic() - started)


def _run_notebook(
    job: dict[str, Any], kernel: Kernel, events: Events, log: Log, started: float
) -> tuple[dict[str, Any], str, dict[str, Any] | None]:
    from .notebook import Failed, NotebookRun
    from .results import Converter, write_json

    control = Control()
    with open(job["document"], encoding="utf-8") as file:
        document: dict[str, Any] = json.load(file)
    kernel.connect()
    write_json(os.path.join(job["directory"], "__notebook__.ipynb"), document)
    times = {"start_time": datetime.now(UTC).isoformat()}
    timeout = job.get("timeout")
    run = NotebookRun(
        document,
        kernel=kernel,
        events=events,
        control=control,
        log=log,
        output_limit=job.get("output_limit", OUTPUT_LIMIT),
        deadline=None if timeout is None else started + timeout,
    )
    # The conversion at the end needs half a second of imports: they fit beside the kernel's start.
    converter = Converter(templates=job["template_paths"])
    loader = threading.Thread(target=converter.load, daemon=True)
    loader.start()
    status, failure = "ok", None
    try:
        run.run(lambda: events.tell("ready", seconds=time.monotonic() - started))
    except Failed as end:
        status, failure = end.status, end.failure
    finally:
        _end(kernel)
    document["metadata"]["papermill"] = {
        "default_parameters": {},
        "duration": round(time.monotonic() - started, 6),
        "end_time": datetime.now(UTC).isoformat(),
        "environment_variables": {},
        "exception": True if failure else None,
        "input_path": "__notebook__.ipynb",
        "output_path": "__notebook__.ipynb",
        "parameters": {},
        **times,
        "version": "kagura",
    }
    loader.join()
    return document, status, failure


def _raw_output(log: Log, job: dict[str, Any]) -> int:
    """A descriptor for what the kernel's process prints past its kernel.

    It goes to the log, unless the kernel (ipykernel 6 and newer) reports it as output anyway.
    """
    reading, writing = os.pipe()

    def copy() -> None:
        with os.fdopen(reading, "r", encoding="utf-8", errors="replace") as pipe:
            for line in pipe:
                if not job.get("kernel_captures"):
                    log.write("stderr", line)

    threading.Thread(target=copy, daemon=True).start()
    return writing


def _end(kernel: Kernel) -> None:
    # Asked, it runs its exit handlers and writes out files that the notebook never closed.
    if kernel.process.poll() is None:
        kernel.send("shutdown_request", {"restart": False})
        with contextlib.suppress(subprocess.TimeoutExpired):
            kernel.process.wait(END_SECONDS)
    if kernel.process.poll() is None:
        os.killpg(kernel.process.pid, signal.SIGKILL)
        kernel.process.wait()


def _kill_all_others() -> None:
    """End what the notebook left running, so that nothing changes the files under our hands."""
    own = {1, os.getpid(), os.getppid()}
    for _ in range(3):
        others = {int(name) for name in os.listdir("/proc") if name.isdigit()} - own
        for process in others:
            try:
                os.kill(process, signal.SIGKILL)
            except OSError:
                continue


def _write(job: dict[str, Any], document: dict[str, Any], log: Log, events: Events) -> None:
    from .results import Converter, put_in_place, write_json

    directory = job["directory"]
    name = "__script__.ipynb" if job["kind"] == "script" else "__notebook__.ipynb"
    log_name = f"{job['slug']}.log"

    def write_page() -> None:
        Converter(templates=job["template_paths"]).write(document, directory)

    steps: list[tuple[str, Callable[[], None]]] = [
        (name, lambda: write_json(os.path.join(directory, name), document)),
        (log_name, lambda: put_in_place(os.path.join(directory, log_name), log.copy_to)),
        ("__results__.html", write_page),
    ]
    for label, step in steps:
        try:
            step()
        except Exception as error:  # noqa: BLE001 - what one file lacks must not cost the others
            events.tell("warning", text=f"{label} could not be written: {error}")
