"""The page's maker, as seen from the program that executes: a process that waits to be asked.

It imports nbconvert while the kernel starts, before the notebook can change what is on the disk,
and it may fail, hang or be killed without harm to the rest.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import time

from .artefacts import Chunk

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from .control import Control

__all__ = ["ConversionFailed", "Converter"]

SECONDS = 120.0


class ConversionFailed(Exception):  # noqa: N818 - it says what happened
    """There is no page; the message says why."""


class Converter:
    """Start it early, ``ask`` once, take the ``answer``."""

    def __init__(self, job: dict[str, Any]) -> None:
        self._job = job
        self._document = os.memfd_create("document")
        self._page = os.memfd_create("page")
        self._process = 0
        self._complaint = ""
        self._start()

    def ask(self, document: Iterable[bytes]) -> None:
        """Hand over the notebook (JSON); the conversion begins."""
        try:
            with open(self._document, "wb", closefd=False) as file:
                file.writelines(document)
        except OSError as error:
            self._complaint = str(error)
            return
        self._go()

    def answer(self, control: Control) -> dict[str, Chunk]:
        """The files that make the page, by name.  Raises ConversionFailed, HostGone."""
        if self._complaint:
            self.end()
            raise ConversionFailed(self._complaint)
        told = self._told(control)
        if not told:
            # The notebook may have killed it, with all that it could reach.
            self.end()
            self._start()
            self._go()
            told = self._told(control)
        self.end()
        try:
            reply = json.loads(told)
        except ValueError:
            raise ConversionFailed("its maker ended without a word, or took too long") from None
        if "error" in reply:
            raise ConversionFailed(reply["error"])
        files, start = {}, 0
        for name, size in reply["files"]:
            files[name] = Chunk(self._page, start, size)
            start += size
        return files

    def end(self) -> None:
        """End the process, if it has not ended."""
        if self._process:
            os.kill(self._process, signal.SIGKILL)
            os.waitpid(self._process, 0)
            self._process = 0

    def _start(self) -> None:
        root, package = os.path.split(os.path.dirname(__file__))
        code = f"import sys; sys.path.insert(0, {root!r}); from {package}.page import main; main()"
        settings = {
            "tool_paths": self._job["tool_paths"],
            "template_paths": self._job["template_paths"],
            "document": self._document,
            "page": self._page,
        }
        orders, self._orders = os.pipe()
        self._reports, reports = os.pipe()
        os.set_inheritable(self._document, True)
        os.set_inheritable(self._page, True)
        self._process = os.posix_spawn(
            sys.executable,
            [sys.executable, "-I", "-S", "-c", code, json.dumps(settings)],
            os.environ,
            file_actions=[
                (os.POSIX_SPAWN_DUP2, orders, 0),
                (os.POSIX_SPAWN_DUP2, reports, 1),
                (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
            ],
            setpgroup=0,
        )
        os.set_inheritable(self._document, False)
        os.set_inheritable(self._page, False)
        os.close(orders)
        os.close(reports)

    def _go(self) -> None:
        try:
            os.write(self._orders, b"go\n")
        except BrokenPipeError:
            return

    def _told(self, control: Control) -> bytes:
        poller = select.poll()
        for descriptor in (control.descriptor, self._reports):
            poller.register(descriptor, select.POLLIN)
        told, until = b"", time.monotonic() + SECONDS
        while not told.endswith(b"\n") and (left := until - time.monotonic()) > 0:
            ready = {descriptor for descriptor, _ in poller.poll(1000 * left + 1)}
            if control.descriptor in ready:
                control.read()
            if self._reports in ready:
                data = os.read(self._reports, 65536)
                told += data
                if not data:
                    break
        return told
