"""A conversation with a kernel: ready, execute, interrupt, shut down; no step can hang."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from typing import Any

import zmq

from .control import Control
from .failure import MemoryKills, death, host_asked, never_ready, timeout
from .kernel import Kernel
from .raw import RawStream
from .watch import Watch
from .wire import Message, Wire

__all__ = ["Dialogue"]

READY_SECONDS = 60.0
# A kernel answers on two sockets; until the second is connected, what it says there is lost.
NUDGE_SECONDS = 0.25
# After its reply, a cell's `idle` is on the way; after an interrupt, the cell's reply.
PATIENCE = 5.0
SETTLE_SECONDS = 0.05
AGAIN_SECONDS = 1.0
# For the last words of a kernel that has died.
LAST_WORDS_SECONDS = 0.1


class Dialogue:
    """Talks to a kernel until ``deadline`` (of ``time.monotonic``), or until the host says stop.

    ``cell`` is the index of the cell that is blamed for what happens.
    """

    def __init__(
        self,
        kernel: Kernel,
        *,
        control: Control,
        log: Callable[[str, str], None],
        started: float,
        seconds: float | None,
    ) -> None:
        self.cell: int | None = None
        self._kernel = kernel
        self._control = control
        self._log = log
        self._seconds = seconds
        self._deadline = None if seconds is None else started + seconds
        self._kills = MemoryKills()
        self._wire = Wire(kernel)
        self._stderr = RawStream(kernel.stderr, name="stderr", sink=log)
        self._watch = Watch(
            zmq.Poller(),
            child=kernel,
            control=control,
            streams=(RawStream(kernel.stdout, name="stdout", sink=log), self._stderr),
            sockets=(self._wire.iopub, self._wire.shell),
        )

    def wait_until_ready(self) -> dict[str, Any]:
        """What the kernel says of itself, once both of its sockets are heard.  Raises Failed."""
        give_up = time.monotonic() + READY_SECONDS
        answer: dict[str, Any] | None = None
        heard = False
        self._wire.send("kernel_info_request", {})
        while answer is None or not heard:
            quiet = True
            for message in self._turn(NUDGE_SECONDS):
                quiet = False
                if message.kind == "kernel_info_reply":
                    answer = message.content
                else:
                    heard = True
            self._check()
            if quiet and answer is not None:
                self._wire.send("kernel_info_request", {})
            if time.monotonic() > give_up:
                self._watch.drain()
                raise never_ready(seconds=READY_SECONDS, complaints=self._stderr.tail)
        return answer

    def execute(self, code: str, take: Callable[[Message], None]) -> dict[str, Any]:
        """The reply to a cell; its messages go to ``take``.  Raises Failed if there is no reply."""
        content = {
            "code": code,
            "silent": False,
            "store_history": True,
            "user_expressions": {},
            "allow_stdin": False,
            "stop_on_error": False,
        }
        request = self._wire.send("execute_request", content)
        cell = _Cell(request, take)
        while not cell.is_done():
            for message in self._turn(cell.patience()):
                self._take(message, cell)
                # Checked here too: one that prints for ever must not keep us from ending it.
                self._check_wishes(cell)
            self._check_wishes(cell)
            if cell.reply is None:
                self._check_alive(cell)
        return cell.reply or {}

    def shut_down(self) -> None:
        """End the kernel as a server would: what it has to do at its exit is done, if it is quick.

        (A file that the notebook did not close is only written then.)
        """
        if self._kernel.poll() is None:
            # Asked on its control socket, ipykernel 6 may wait 10 s for itself (one in thirty).
            self._wire.send("shutdown_request", {"restart": False})
            give_up = time.monotonic() + PATIENCE
            while self._kernel.poll() is None and (left := give_up - time.monotonic()) > 0:
                for message in self._turn(left):
                    self._take(message, None)
        self._kernel.kill()
        self._watch.drain()

    def _turn(self, seconds: float | None) -> Iterator[Message]:
        if self._deadline is not None:
            left = max(self._deadline - time.monotonic(), 0.0)
            seconds = left if seconds is None else min(seconds, left)
        ready = self._watch.wait(seconds)
        for socket in (self._wire.iopub, self._wire.shell):
            if socket in ready:
                yield from self._wire.messages(socket)

    def _take(self, message: Message, cell: _Cell | None) -> None:
        if cell is not None and message.parent == cell.request:
            cell.take_message(message)
        elif message.kind == "stream":
            # A thread of an earlier cell: its text belongs to no cell any more.
            self._log(message.content["name"], message.content["text"])
        elif cell is not None and message.kind in ("update_display_data", "comm_open", "comm_msg"):
            cell.take(message)

    def _check(self) -> None:
        """Raise Failed if the run must end before its next cell."""
        if self._control.stopped:
            raise host_asked(cell=self.cell)
        if self._is_late():
            raise timeout(cell=self.cell, seconds=self._seconds or 0.0)
        self._check_alive(None)

    def _check_wishes(self, cell: _Cell) -> None:
        if not (self._control.stopped or self._is_late()):
            return
        failed = (
            host_asked(cell=self.cell)
            if self._control.stopped
            else timeout(cell=self.cell, seconds=self._seconds or 0.0)
        )
        self._interrupt(cell)
        raise failed

    def _interrupt(self, cell: _Cell) -> None:
        """Have the cell say where it was, which belongs into the notebook; if it will not, kill."""
        self._deadline = None
        give_up = time.monotonic() + PATIENCE
        # Too soon, the kernel takes no notice, or is hit before it runs the cell's code.
        again = time.monotonic() + SETTLE_SECONDS
        while not cell.is_done() and self._kernel.poll() is None:
            now = time.monotonic()
            if cell.begun and now >= again:
                self._kernel.signal(signal.SIGINT)
                again = now + AGAIN_SECONDS
            if now >= give_up:
                self._kernel.kill()
            for message in self._turn(max(min(give_up, again) - now, SETTLE_SECONDS)):
                self._take(message, cell)

    def _check_alive(self, cell: _Cell | None) -> None:
        status = self._kernel.poll()
        if status is None:
            return
        until = time.monotonic() + LAST_WORDS_SECONDS
        while time.monotonic() < until:
            for message in self._turn(until - time.monotonic()):
                self._take(message, cell)
        self._watch.drain()
        raise death(cell=self.cell, status=status, kills=self._kills, complaints=self._stderr.tail)

    def _is_late(self) -> bool:
        return self._deadline is not None and time.monotonic() > self._deadline


class _Cell:
    """What is known of a cell that is being executed."""

    def __init__(self, request: str, take: Callable[[Message], None]) -> None:
        self.request = request
        self.take = take
        self.begun = False
        self.reply: dict[str, Any] | None = None
        self._idle = False
        self._heard = 0.0

    def take_message(self, message: Message) -> None:
        self._heard = time.monotonic()
        if message.kind == "execute_reply":
            self.reply = message.content
        elif message.kind == "execute_input":
            self.begun = True
        elif message.kind == "status" and message.content["execution_state"] == "idle":
            self._idle = True
        self.take(message)

    def patience(self) -> float | None:
        """How long to wait for more; for ever while it runs."""
        if self.reply is None:
            return None
        return max(self._heard + PATIENCE - time.monotonic(), 0.0)

    def is_done(self) -> bool:
        return self.reply is not None and (self._idle or self.patience() == 0.0)
