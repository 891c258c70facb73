"""The start of bwrap: held back until nothing can be left of it, whatever becomes of us."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kagura.system.command import Process, start, stop
from kagura.system.tied import Guard, Tied

__all__ = ["Started", "Starting", "start_held"]


@dataclass(frozen=True, slots=True)
class Starting:
    """A sandbox whose mounts are being made; nothing of the user's runs in it yet."""

    process: Process
    guard: Guard
    first: int
    """The host's process id of the sandbox's first process."""

    def has_ended(self) -> bool:
        """Whether bwrap has failed."""
        return self.process.poll() is not None


@dataclass(frozen=True, slots=True)
class Started:
    """A running bwrap and what must end with it."""

    process: Process
    guard: Guard
    helper: Tied | None


def start_held(
    argv: Sequence[str],
    *,
    streams: tuple[int, int, int] | None,
    prepare: Callable[[Starting], Tied | None] | None = None,
) -> Started:
    """Start bwrap under a guard, ``prepare`` it while it mounts, and only then let it go on.

    Its own ``--die-with-parent`` comes some milliseconds after its start, and its first process
    inside leaves its group once it goes on.  So it goes on when the guard knows that process, and
    not because we have ended: the guard holds the pipe that it waits for open, too.

    Raises MachineError.  A bwrap that fails by itself is given back as it is: who started it reads
    its complaint.
    """
    told, telling = os.pipe()
    waiting, going = os.pipe()
    try:
        try:
            guard = Guard(holds=going)
            try:
                options = ["--info-fd", str(telling), "--block-fd", str(waiting)]
                process = start(
                    [argv[0], *options, *argv[1:]],
                    environment={},
                    group=guard.group,
                    streams=streams,
                    keep_descriptors=(telling, waiting),
                )
            except BaseException:
                guard.dismiss()
                raise
        finally:
            os.close(telling)
            os.close(waiting)
        helper = None
        try:
            first = _first_process(told)
            if first is not None:
                guard.kills_too(first)
                starting = Starting(process, guard, first)
                helper = prepare(starting) if prepare else None
                with contextlib.suppress(BrokenPipeError):  # bwrap has failed meanwhile
                    os.write(going, b"\n")
        except BaseException:
            guard.kill_all()
            stop(process, patience=0)
            raise
        return Started(process, guard, helper)
    finally:
        os.close(told)
        os.close(going)


def _first_process(told: int) -> int | None:
    """The id of the process inside, as bwrap tells it; None if it ended before that."""
    text = b""
    while chunk := os.read(told, 4096):
        text += chunk
        try:
            return int(json.loads(text)["child-pid"])
        except ValueError:
            continue
    return None
