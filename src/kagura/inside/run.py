"""A run from its first process to its last file: execute, end what is left, write the artefacts."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

from .artefacts import document_bytes, put_bytes, put_chunk, put_in_place, remove
from .control import Control
from .converter import ConversionFailed, Converter
from .events import Events
from .failure import Failed
from .kernel import Kernel
from .log import Log
from .processes import end_all_others, peak_memory

__all__ = ["Run"]

OUTPUT_LIMIT = 8 * 1024 * 1024
PICTURES = "__results___files"


class Run:
    """What all kinds of jobs have in common; ``started`` is a time of ``time.monotonic``."""

    def __init__(
        self,
        job: dict[str, Any],
        *,
        events: Events,
        control: Control,
        converter: Converter,
        started: float,
    ) -> None:
        self._job = job
        self._events = events
        self._control = control
        self._converter = converter
        self._started = started
        self._begun = datetime.now(UTC)
        self._log = Log("/tmp", started)
        self._limit = job.get("output_limit") or OUTPUT_LIMIT
        self._seconds: float | None = job.get("timeout")

    def execute(self, kernel: Kernel | None) -> str:
        """Do the job; the run's status."""
        failed: Failed | None
        if kernel is not None:
            name = "__notebook__.ipynb"
            document, failed = self._notebook(kernel, name)
        else:
            name = "__script__.ipynb"
            document, failed = self._script()
        if failed is not None:
            self._events.tell("failure", **failed.details)
        self._write(name, document)
        return "ok" if failed is None else failed.status

    def memory(self) -> int:
        """The most memory that this process has had, in bytes."""
        return peak_memory()

    def _notebook(self, kernel: Kernel, name: str) -> tuple[dict[str, Any], Failed | None]:
        from .dialogue import Dialogue
        from .notebook import NotebookRun

        with open(self._job["document"], encoding="utf-8") as file:
            document: dict[str, Any] = json.load(file)
        self._try(name, lambda: put_bytes(self._path(name), document_bytes(document)))
        dialogue = Dialogue(
            kernel,
            control=self._control,
            log=self._log.write,
            started=self._started,
            seconds=self._seconds,
        )
        run = NotebookRun(
            document,
            dialogue=dialogue,
            events=self._events,
            log=self._log.write,
            output_limit=self._limit,
        )
        failed = None
        try:
            about = dialogue.wait_until_ready()
            document["metadata"]["language_info"] = about.get("language_info", {})
            self._events.tell("ready", seconds=time.monotonic() - self._started)
            run.run()
        except Failed as end:
            failed = end
        document["metadata"]["papermill"] = self._papermill(name, failed)
        # The page is made while the kernel ends.
        self._converter.ask(document_bytes(document))
        dialogue.shut_down()
        return document, failed

    def _script(self) -> tuple[dict[str, Any], Failed | None]:
        from .outputs import CellOutputs
        from .script import ScriptRun

        path = self._job["script"]
        run = ScriptRun(self._job["python"], path)

        def log(stream: str, text: str) -> None:
            self._log.write(stream, text)
            self._events.tell("output", stream=stream, text=text)

        self._events.tell("cell", index=0, number=1, status="running")
        outputs = CellOutputs(limit=self._limit, displays={})
        failed = None
        try:
            run.run(
                outputs,
                control=self._control,
                log=log,
                started=self._started,
                seconds=self._seconds,
            )
        except Failed as end:
            failed = end
        self._events.tell(
            "cell",
            index=0,
            number=1,
            status="ok" if failed is None else "error",
            seconds=time.monotonic() - self._started,
        )
        document = run.document(outputs)
        document["metadata"]["papermill"] = self._papermill("__script__.ipynb", failed)
        self._converter.ask(document_bytes(document))
        return document, failed

    def _write(self, name: str, document: dict[str, Any]) -> None:
        pages = None
        log_name = self._free(f"{self._job['slug']}.log")
        # The page may take long, or take us with it: the outputs are safe before that.
        self._try(name, lambda: put_bytes(self._path(name), document_bytes(document)))
        try:
            pages = self._converter.answer(self._control)
        except ConversionFailed as error:
            self._warn("__results__.html", error)
        # From here on nothing may change the files under our hands.
        if self._job.get("kill_all"):
            end_all_others()
        self._try(name, lambda: put_bytes(self._path(name), document_bytes(document)))
        if self._job["kind"] == "script":
            source = document["cells"][0]["source"].encode("utf-8", "surrogateescape")
            path = self._path("__script__.py")
            self._try("__script__.py", lambda: put_bytes(path, iter([source])))
        self._try(log_name, lambda: put_in_place(self._path(log_name), self._log.copy_to))
        if self._log.complaint:
            self._events.tell("warning", text=self._log.complaint)
        if pages is not None:
            self._try(PICTURES, lambda: remove(self._path(PICTURES)))
            for page, chunk in pages.items():
                self._try(page, partial(put_chunk, self._path(page), chunk))

    def _free(self, name: str) -> str:
        """The name, or another one where the notebook has left a file of its own."""
        path = self._path(name)
        if os.path.islink(path) or not os.path.isfile(path):
            return name
        stem, ending = os.path.splitext(name)
        other = f"{stem}.kagura{ending}"
        self._events.tell("warning", text=f"{name} is the notebook's own: the run's is {other}")
        return other

    def _path(self, name: str) -> str:
        return os.path.join(self._job["directory"], name)

    def _try(self, name: str, step: Callable[[], None]) -> None:
        try:
            step()
        except OSError as error:
            self._warn(name, error)

    def _warn(self, name: str, error: Exception) -> None:
        self._events.tell("warning", text=f"{name} could not be written: {error}")

    def _papermill(self, name: str, failed: Failed | None) -> dict[str, Any]:
        return {
            "default_parameters": {},
            "duration": round(time.monotonic() - self._started, 6),
            "end_time": datetime.now(UTC).isoformat(),
            "environment_variables": {},
            "exception": None if failed is None else True,
            "input_path": name,
            "output_path": name,
            "parameters": {},
            "start_time": self._begun.isoformat(),
            "version": "kagura",
        }
