"""``kagura exec``: declares the options; the command has our terminal and gives its exit status."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kagura.cli.console import console

if TYPE_CHECKING:
    from kagura.session.record import Session

__all__ = ["exec_command", "run_in_session"]

EPILOG = """\b
Examples:
  kagura exec -- nvidia-smi                       in the session that is up
  kagura exec --fresh -- pytest -q
  kagura exec --fresh -- python train.py --epochs 3 > log.txt
  kagura exec --fresh --base python=3.12 -- python
  kagura exec --fresh -- bash                     a shell to look around in
"""


@click.command(
    "exec",
    epilog=EPILOG,
    short_help="Run any command in the session here, or in a fresh sandbox.",
    context_settings={"allow_interspersed_args": False},
)
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED, metavar="COMMAND...")
@click.option(
    "--fresh", "is_fresh", is_flag=True, help="In a sandbox of its own, thrown away after."
)
@click.option(
    "--base",
    metavar="DATE|vNNN|DIGEST|python=X.Y",
    help="Another base than the project's; without a project, the newest era is the default.",
)
@click.option(
    "--gpus",
    default="auto",
    metavar="auto|all|none",
    help="NVIDIA GPUs inside: those that are here (auto), surely (all), or none.",
)
@click.option("--no-internet", is_flag=True, help="No network inside at all.")
@click.option(
    "-e",
    "--env",
    "variables",
    multiple=True,
    metavar="NAME[=VALUE]",
    help="A variable inside; without a value, the one that it has here. Repeatable.",
)
@click.option("-q", "--quiet", is_flag=True, help="Say only warnings.")
def exec_command(
    *,
    command: tuple[str, ...],
    is_fresh: bool,
    base: str | None,
    gpus: str,
    no_internet: bool,
    variables: tuple[str, ...],
    quiet: bool,
) -> int:
    """Run COMMAND in the environment of the project here: tests, a training job, a shell.

    Without --fresh it runs in the session that is up (`kagura up`), in /kaggle/working, and sees
    what notebooks installed there. With --fresh, it has a sandbox of its own: the project's folder
    is /kaggle/working, writable, and the command starts where you are in it; its inputs are in
    /kaggle/input, its `paths` on PYTHONPATH. The exit status is the command's own.
    """
    from kagura.cli.settings import engine_and_store
    from kagura.errors import UsageError
    from kagura.workflows.fresh import FreshOptions, fresh

    engine, store = engine_and_store()
    terminal = sys.stdin.isatty() and sys.stdout.isatty()
    if not is_fresh:
        from kagura.workflows.sessions import session_here

        if base is not None or no_internet or gpus != "auto":
            raise UsageError(
                "--base, --gpus and --no-internet are the session's own", hint="--fresh takes them"
            )
        try:
            session = session_here(None, here=Path.cwd(), store=store)
        except UsageError as error:
            raise UsageError(
                error.message, hint=f"{error.hint}; --fresh runs it in a sandbox of its own"
            ) from error
        return run_in_session(command, session=session, variables=_variables(variables))
    shown = console(quiet=quiet)
    options = FreshOptions(
        command=command,
        here=Path.cwd(),
        base=base,
        gpus=gpus,
        internet=not no_internet,
        terminal=terminal,
        variables=_terminal_variables(terminal) | _variables(variables),
    )
    try:
        return fresh(options, store=store, engine=engine, progress=shown, on_start=shown.close)
    finally:
        shown.close()


def run_in_session(
    command: tuple[str, ...], *, session: Session, variables: Mapping[str, str]
) -> int:
    """Run a command inside a session that is up, in ``/kaggle/working``; its exit status."""
    from kagura.session.command import run_inside

    terminal = sys.stdin.isatty() and sys.stdout.isatty()
    return run_inside(
        Path(session.run),
        command,
        directory="/kaggle/working",
        terminal=terminal,
        variables=_terminal_variables(terminal) | dict(variables),
    )


def _terminal_variables(terminal: bool) -> dict[str, str]:
    names = ("TERM", "COLORTERM", "NO_COLOR") if terminal else ("NO_COLOR",)
    return {name: os.environ[name] for name in names if name in os.environ}


def _variables(given: tuple[str, ...]) -> dict[str, str]:
    """The variables of ``--env``.  Raises UsageError."""
    from kagura.errors import UsageError

    found = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not name or "\0" in text:
            raise UsageError(f"--env {text}: no name of a variable", hint="--env NAME=VALUE")
        if equals:
            found[name] = value
        elif name in os.environ:
            found[name] = os.environ[name]
    return found
