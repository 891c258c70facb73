"""Running a Kaggle script as Kaggle does; all that it prints goes to the log."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
import time
from typing import IO, Any

from .control import Control
from .log import Log
from .outputs import CellOutputs

__all__ = ["run_script"]


def run_script(
    job: dict[str, Any], *, log: Log, control: Control
) -> tuple[dict[str, Any], str, dict[str, Any] | None]:
    """Run it to its end; a notebook of one cell with its output, the status, the failure."""
    directory = job["directory"]
    shutil.copyfile(job["script"], os.path.join(directory, "__script__.py"))
    with open(job["script"], encoding="utf-8") as file:
        source = file.read()
    outputs = CellOutputs(limit=job.get("output_limit", 8 * 1024 * 1024), displays={})
    lock = threading.Lock()
    process = subprocess.Popen(
        [job["python"], "-u", job["script"]],  # what it prints comes in order, and at once
        cwd=directory,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        process_group=0,
    )

    def copy(name: str, pipe: IO[bytes]) -> None:
        for line in iter(pipe.readline, b""):
            text = line.decode(errors="replace")
            log.write(name, text)
            with lock:
                outputs.take("stream", {"name": name, "text": text})

    pipes = (("stdout", process.stdout), ("stderr", process.stderr))
    readers = [
        threading.Thread(target=copy, args=(name, pipe), daemon=True)
        for name, pipe in pipes
        if pipe
    ]
    for reader in readers:
        reader.start()
    status = _wait(process, job.get("timeout"), control)
    for reader in readers:
        reader.join(1)
    with lock:
        kept = outputs.finish()
    document = {
        "cells": [
            {
                "cell_type": "code",
                "execution_count": 1,
                "metadata": {},
                "outputs": kept,
                "source": source,
            }
        ],
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}
        },
        "nbformat": 4,
        "nbformat_minor": 4,
    }
    if status == "ok":
        return document, "ok", None
    texts = [output["text"] for output in kept if output["name"] == "stderr"]
    traceback = "".join(texts)[-8192:]
    last = (traceback.strip().splitlines() or [f"exit status {process.returncode}"])[-1]
    name, _, message = last.partition(": ")
    kind = {"failed": "error", "timeout": "timeout", "interrupted": "interrupted"}[status]
    failure = {
        "kind": kind,
        "cell": 0,
        "name": name if status == "failed" else status.capitalize(),
        "message": message or last,
        "traceback": traceback,
    }
    return document, status, failure


def _wait(process: subprocess.Popen[bytes], timeout: float | None, control: Control) -> str:
    until = None if timeout is None else time.monotonic() + timeout
    while process.poll() is None:
        if control.stopped.wait(0.02):
            _stop(process)
            return "interrupted"
        if until is not None and time.monotonic() > until:
            _stop(process)
            return "timeout"
    return "ok" if process.returncode == 0 else "failed"


def _stop(process: subprocess.Popen[bytes]) -> None:
    os.killpg(process.pid, signal.SIGINT)
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
