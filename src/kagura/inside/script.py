"""Running a Kaggle script as Kaggle does; all that it prints goes to the log."""

from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Callable
from typing import Any

from .child import Child
from .control import Control
from .failure import MemoryKills, death, error, host_asked, timeout
from .outputs import CellOutputs
from .raw import RawStream
from .watch import Watch

__all__ = ["ScriptRun"]

PATIENCE = 5.0
TRACEBACK = "Traceback (most recent call last):"


class ScriptRun:
    """A script's process, started at once; ``document`` is a notebook of one cell about it."""

    def __init__(self, python: str, path: str) -> None:
        self.child = Child([python, path], dict(os.environ))
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            self.source = file.read()

    def run(
        self,
        outputs: CellOutputs,
        *,
        control: Control,
        log: Callable[[str, str], None],
        started: float,
        seconds: float | None,
    ) -> None:
        """Follow it to its end; what it prints is folded into ``outputs``.  Raises Failed."""

        def sink(name: str, text: str) -> None:
            log(name, text)
            outputs.take("stream", {"name": name, "text": text}, size=len(text))

        deadline = None if seconds is None else started + seconds
        kills = MemoryKills()
        stderr = RawStream(self.child.stderr, name="stderr", sink=sink)
        stdout = RawStream(self.child.stdout, name="stdout", sink=sink)
        watch = Watch(select.poll(), child=self.child, control=control, streams=(stdout, stderr))
        try:
            while self.child.poll() is None:
                if control.stopped:
                    self._interrupt(watch)
                    raise host_asked(cell=0)
                left = None if deadline is None else deadline - time.monotonic()
                if left is not None and left <= 0:
                    self._interrupt(watch)
                    raise timeout(cell=0, seconds=seconds or 0.0)
                watch.wait(left)
        finally:
            self.child.kill()
            watch.drain()
        self._judge(stderr.tail, kills)

    def _interrupt(self, watch: Watch) -> None:
        self.child.signal(signal.SIGINT)
        until = time.monotonic() + PATIENCE
        while self.child.poll() is None and (left := until - time.monotonic()) > 0:
            watch.wait(left)

    def _judge(self, complaints: str, kills: MemoryKills) -> None:
        status = self.child.status or 0
        if status < 0:
            failed = death(cell=0, status=status, kills=kills, complaints=complaints)
            failed.details["message"] = failed.details["message"].replace("kernel", "script")
            raise failed
        if status:
            name, message, traceback = last_error(complaints)
            if name == "SystemExit":
                message = f"{message or 'the script ended by itself'} (exit status {status})"
            raise error(cell=0, name=name, message=message, traceback=traceback)

    def document(self, outputs: CellOutputs) -> dict[str, Any]:
        """The notebook that Kaggle makes of a script."""
        cell = {
            "cell_type": "code",
            "execution_count": 1,
            "metadata": {},
            "outputs": outputs.finish(),
            "source": self.source,
        }
        kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
        return {
            "cells": [cell],
            "metadata": {"kernelspec": kernel},
            "nbformat": 4,
            "nbformat_minor": 4,
        }


def last_error(complaints: str) -> tuple[str, str, str]:
    """The name, message and traceback that a text on stderr ends with, as far as there are any."""
    start = complaints.rfind(TRACEBACK)
    if start < 0:
        lines = complaints.rstrip().splitlines()
        last = lines[-1] if lines else ""
        # Code that cannot be compiled is told without the word; else these are its own words,
        # as of `sys.exit("no data")` or argparse.
        name, _, message = last.partition(": ")
        if name in ("SyntaxError", "IndentationError", "TabError"):
            return name, message, complaints
        return "SystemExit", last, complaints
    traceback = complaints[start:]
    for line in traceback.splitlines()[1:]:
        if line and not line[0].isspace():
            name, _, message = line.partition(":")
            return name.strip(), message.strip(), traceback
    return "Error", "", traceback
