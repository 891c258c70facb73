"""The one door to other programs: argument lists, a built environment, an end in three steps."""

from __future__ import annotations

import contextlib
import logging
import os
import shlex
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kagura.errors import MachineError

__all__ = [
    "Completed",
    "Process",
    "children_of",
    "clean_environment",
    "run",
    "start",
    "stop",
    "wait",
]

log = logging.getLogger(__name__)

Process = subprocess.Popen[bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """A program that has ended: its exit status (negative: the signal) and what it printed."""

    status: int
    stdout: str
    stderr: str


def clean_environment(*, keep: Sequence[str] = ()) -> dict[str, str]:
    """The least environment a helper program needs, and the variables named in ``keep``."""
    names = ("PATH", "HOME", "LANG", "TMPDIR", *keep)
    return {name: os.environ[name] for name in names if name in os.environ}


def run(
    argv: Sequence[str],
    *,
    environment: Mapping[str, str] | None = None,
    directory: Path | None = None,
    seconds: float | None = None,
) -> Completed:
    """Run a program to its end, with stdin closed and both pipes drained.

    A program that is still running after ``seconds``, or when this call is interrupted, is
    asked to end, then killed.  Raises MachineError if it can't be started or took too long.
    """
    process = start(argv, environment=environment, directory=directory, stdin=False, own_group=True)
    try:
        stdout, stderr = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired as error:
        raise MachineError(f"{argv[0]} did not end within {seconds:.0f} s") from error
    finally:
        stop(process)
    return Completed(
        status=process.returncode,
        stdout=stdout.decode(errors="replace"),
        stderr=stderr.decode(errors="replace"),
    )


def start(
    argv: Sequence[str],
    *,
    environment: Mapping[str, str] | None = None,
    directory: Path | None = None,
    stdin: bool = True,
    own_group: bool = True,
    group: int | None = None,
    keep_descriptors: Sequence[int] = (),
    streams: tuple[int, int, int] | None = None,
) -> Process:
    """Start a program with pipes for stdout and stderr (and stdin, if wanted).

    ``streams`` are open files that it gets as stdin, stdout and stderr instead of pipes.

    ``own_group`` keeps the terminal's Ctrl-C from it: who started it decides when it ends.
    ``group`` is a process group that it joins instead.
    """
    log.debug("run: %s", shlex.join(argv))
    first = subprocess.PIPE if stdin else subprocess.DEVNULL
    piped = streams or (first, subprocess.PIPE, subprocess.PIPE)
    try:
        return subprocess.Popen(
            list(argv),
            stdin=piped[0],
            stdout=piped[1],
            stderr=piped[2],
            env=dict(clean_environment() if environment is None else environment),
            cwd=directory,
            process_group=group if group is not None else 0 if own_group else None,
            pass_fds=tuple(keep_descriptors),
        )
    except OSError as error:
        raise MachineError(f"{argv[0]} cannot be started: {error.strerror}") from error


def wait(process: Process, seconds: float | None = None) -> int:
    """The exit status of a program once it has ended; TimeoutError after ``seconds``."""
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired as error:
        raise TimeoutError(f"{process.args!r} still runs after {seconds} s") from error


def children_of(number: int) -> list[int]:
    """The ids of the processes that a process has started and that still live; oldest first."""
    try:
        text = Path(f"/proc/{number}/task/{number}/children").read_text("ascii")
    except OSError:
        return []
    return [int(word) for word in text.split()]


def stop(process: Process, *, patience: float = 5.0) -> None:
    """End a program whatever state it is in: ask (SIGTERM), wait ``patience`` seconds, kill."""
    if process.stdin:
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    for output in (process.stdout, process.stderr):
        if output:
            output.close()
