"""The contract of an engine: a spec becomes a running sandbox, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO, Protocol

from kagura.model.sandbox import Isolated, SandboxSpec

__all__ = ["Engine", "Reason", "Sandbox"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why an engine cannot do something here, and the mend.

    ``absent``: nothing is broken, only a program that it could use is not installed.
    """

    why: str
    mend: str
    absent: bool = False


class Sandbox(Protocol):
    """One live isolated process tree with one main process; shaped after ``Popen``."""

    @property
    def stdin(self) -> IO[bytes]:
        """What the main process reads."""

    @property
    def stdout(self) -> IO[bytes]:
        """What the main process prints."""

    @property
    def stderr(self) -> IO[bytes]:
        """What the engine and the main process complain of."""

    def poll(self) -> int | None:
        """The exit status of the main process, None while it runs."""

    def wait(self, seconds: float | None = None) -> int:
        """Wait for the main process; TimeoutError after ``seconds``."""

    def signal(self, number: int) -> None:
        """Hand a signal to the main process and its group; harmless when it has ended."""

    def stop(self) -> None:
        """End the whole tree, whatever state it is in; harmless when it has ended."""


class Engine(Protocol):
    """A program that starts sandboxes."""

    name: str

    def why_not(self) -> Reason | None:
        """Why it cannot be used on this machine; None if it can."""

    def why_not_isolated(self, network: Isolated) -> Reason | None:
        """Why it cannot give a sandbox this network on this machine; None if it can."""

    def command(self, spec: SandboxSpec) -> Sequence[str]:
        """The command that starts the sandbox: pure, and what ``--dry-run`` prints."""

    def start(self, spec: SandboxSpec, *, streams: tuple[int, int, int] | None = None) -> Sandbox:
        """Start it.  Raises MachineError if the machine can't.

        ``streams`` are open files that the main process gets as stdin, stdout and stderr; without
        them, it gets pipes.
        """
