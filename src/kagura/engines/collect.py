"""Run a sandbox to its end and collect what it prints (a convenience over the contract)."""

from __future__ import annotations

import threading
from collections.abc import Callable

from kagura.engines.base import Engine
from kagura.errors import MachineError
from kagura.model.sandbox import SandboxSpec
from kagura.system.command import Completed

__all__ = ["collect"]


def collect(
    engine: Engine,
    spec: SandboxSpec,
    *,
    seconds: float | None = None,
    on_line: Callable[[str], None] | None = None,
) -> Completed:
    """Start the sandbox, wait for its end, give its exit status and output.

    ``on_line`` hears each line of stderr as it comes.  Raises MachineError after ``seconds``.
    """
    sandbox = engine.start(spec)
    errors: list[str] = []

    def listen() -> None:
        for line in iter(sandbox.stderr.readline, b""):
            errors.append(line.decode(errors="replace"))
            if on_line:
                on_line(errors[-1].rstrip("\n"))

    output: list[bytes] = []
    listeners = [
        threading.Thread(target=listen, daemon=True),
        threading.Thread(target=lambda: output.append(sandbox.stdout.read()), daemon=True),
    ]
    try:
        for listener in listeners:
            listener.start()
        status = sandbox.wait(seconds)
        for listener in listeners:
            listener.join()
    except TimeoutError as error:
        raise MachineError(f"{spec.argv[0]} in the sandbox did not end in {seconds} s") from error
    finally:
        sandbox.stop()
    return Completed(
        status=status, stdout=b"".join(output).decode(errors="replace"), stderr="".join(errors)
    )
