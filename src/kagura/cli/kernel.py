"""``kagura kernelspec run``: what an installed ``kernel.json`` starts, and whose environment."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from kagura.cli.console import console

__all__ = ["run_command", "whose_environment"]


def whose_environment(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say whose environment it is."""
    for option in (
        click.option("--no-internet", is_flag=True, help="No network inside at all."),
        click.option(
            "--gpus",
            default="auto",
            metavar="auto|all|none",
            help="NVIDIA GPUs inside: those that are here (auto), surely (all), or none.",
        ),
        click.option(
            "--input",
            "inputs",
            multiple=True,
            metavar="NAME=FOLDER",
            help="A folder as an input of a notebook.",
        ),
        click.option(
            "--base",
            metavar="DATE|vNNN|DIGEST|python=X.Y",
            help="Another base than the notebook's or the project's; or that base alone.",
        ),
        click.option(
            "--project",
            metavar="FOLDER",
            type=click.Path(path_type=Path, file_okay=False),
            help="The project there, not the one here.",
        ),
    ):
        command = option(command)
    return command


@click.command("run", hidden=True)
@click.option(
    "--connection-file", required=True, type=click.Path(path_type=Path), help="Jupyter's."
)
@click.option("--notebook", type=click.Path(path_type=Path), help="Its environment.")
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="That of a bare Python's packages.")
@click.option("--ready-fd", type=int, help="Where it is told that it is up, or why not.")
@whose_environment
def run_command(
    *,
    connection_file: Path,
    notebook: Path | None,
    day: datetime | None,
    ready_fd: int | None,
    project: Path | None,
    base: str | None,
    inputs: tuple[str, ...],
    gpus: str,
    no_internet: bool,
) -> None:
    """Be a kernel, for the client that starts this: what an installed kernel.json names.

    An interrupt (SIGINT) is the kernel's; it ends with SIGTERM, or with its client.
    """
    parent = os.getppid()
    # From now on: a client may send one while the kernel is not yet there.
    signal.signal(signal.SIGINT, lambda _number, _frame: None)
    from kagura.cli.settings import engine_and_store
    from kagura.errors import KaguraError
    from kagura.workflows.kernel import KernelOptions, client_lives, run_kernel

    tell = _teller(ready_fd)
    # What Jupyter's own server tells its kernels.
    named, opened = (os.environ.get(f"JPY_{name}", "") for name in ("PARENT_PID", "SESSION_NAME"))
    engine, store = engine_and_store()
    try:
        run_kernel(
            KernelOptions(
                project=project,
                notebook=notebook,
                base=base,
                day=day.date() if day else None,
                inputs=inputs,
                gpus=gpus,
                internet=not no_internet,
            ),
            connection_file.absolute(),
            here=Path.cwd(),
            opened=Path(opened) if opened else None,
            store=store,
            engine=engine,
            progress=console(quiet=True),
            is_wanted=client_lives(parent, int(named) if named.isdigit() else None),
            on_ready=lambda: tell({"ready": True}),
        )
    except KaguraError as error:
        tell({"error": error.message, "hint": error.hint})
        raise


def _teller(descriptor: int | None) -> Callable[[object], None]:
    """Tells the client once, if it wants to know."""
    import json

    def tell(what: object) -> None:
        nonlocal descriptor
        if descriptor is not None:
            with os.fdopen(descriptor, "w", encoding="utf-8") as pipe:
                pipe.write(json.dumps(what))
            descriptor = None

    return tell
