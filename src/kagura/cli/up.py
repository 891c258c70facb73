"""``kagura up``: declares the options, goes to the background, tells where the Lab is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from kagura.cli.console import console, show_error

if TYPE_CHECKING:
    from kagura.session.record import Session
    from kagura.system.detach import Background
    from kagura.workflows.up import UpOptions

__all__ = ["up_command"]

EPILOG = """\b
Examples:
  kagura up                            the project here, or this folder
  kagura up titanic.ipynb              a notebook, in the environment of its era
  kagura up --base 2022-06 --port 8890
  kagura up --no-internet --time-limit 12h
  kagura up --foreground               until Ctrl-C
  kagura up --kernel-only              no Lab: a kernel for `jupyter console --existing` and others
"""


@click.command("up", epilog=EPILOG, short_help="Open JupyterLab in a throw-away environment.")
@click.argument("notebook", required=False, type=click.Path(path_type=Path))
@click.option(
    "--base",
    metavar="DATE|vNNN|DIGEST|python=X.Y",
    help="Another base than the notebook's or the project's.",
)
@click.option(
    "--input", "inputs", multiple=True, metavar="[NAME=]FOLDER", help="A folder as an input."
)
@click.option("--port", type=click.IntRange(1, 65535), help="This port, not the first free one.")
@click.option(
    "--host",
    default="127.0.0.1",
    metavar="ADDRESS",
    help="Listen there; by default for this machine only.",
)
@click.option(
    "--kernel-only", is_flag=True, help="No Lab: a kernel for other clients, by a connection file."
)
@click.option("--foreground", is_flag=True, help="Stay here; Ctrl-C ends the session.")
@click.option("--time-limit", metavar="TIME", help="End the session after: 90, 90s, 15m or 12h.")
@click.option(
    "--gpus",
    default="auto",
    metavar="auto|all|none",
    help="NVIDIA GPUs inside: those that are here (auto), surely (all), or none.",
)
@click.option("--no-internet", is_flag=True, help="No network inside at all.")
@click.option("--format", "output_format", type=click.Choice(["text", "json"]), default="text")
@click.option("-q", "--quiet", is_flag=True, help="Say only warnings, and how to reach it.")
def up_command(
    *,
    notebook: Path | None,
    base: str | None,
    inputs: tuple[str, ...],
    port: int | None,
    host: str,
    kernel_only: bool,
    foreground: bool,
    time_limit: str | None,
    gpus: str,
    no_internet: bool,
    output_format: str,
    quiet: bool,
) -> int:
    """Open JupyterLab over the environment of NOTEBOOK, of the project here, or of this folder.

    The Lab's folder is /kaggle/working inside: the project's working/, or the notebook's folder.
    What is written there is on this machine all the time; everything else is thrown away by
    `kagura reset` and `kagura down`. The command returns when the Lab answers.

    With --kernel-only there is a kernel and no Lab: consoles and editors reach it by the file that
    is printed, which stays the same through a reset.
    """
    from kagura.cli.run import seconds_of
    from kagura.cli.settings import engine_and_store
    from kagura.errors import UsageError
    from kagura.workflows.up import UpOptions, running_here

    if kernel_only and (port is not None or host != "127.0.0.1"):
        raise UsageError(
            "--port and --host are the Lab's",
            hint="with --kernel-only, free ports of this machine are in the connection file",
        )
    _, store = engine_and_store()
    options = UpOptions(
        here=Path.cwd(),
        notebook=notebook,
        base=base,
        inputs=inputs,
        gpus=gpus,
        internet=not no_internet,
        host=host,
        port=port,
        limit=None if time_limit is None else seconds_of(time_limit, option="--time-limit"),
        kernel_only=kernel_only,
    )
    there = running_here(options, store=store)
    if there is not None:
        click.echo(_told(there, output_format, already=True))
        return 0
    if foreground:
        return _stay(options, None, output_format, quiet=quiet)
    from kagura.system.detach import in_background

    side = in_background()
    if isinstance(side, tuple):
        text, status = side
        if text:
            click.echo(text)
        return status
    return _stay(options, side, output_format, quiet=quiet)


def _stay(
    options: UpOptions, background: Background | None, output_format: str, *, quiet: bool
) -> int:
    """Be the session."""
    from kagura.cli.settings import engine_and_store
    from kagura.errors import KaguraError
    from kagura.workflows.up import up

    engine, store = engine_and_store(tidy=False)
    shown = console(quiet=quiet)

    def on_ready(session: Session, log: Path) -> None:
        shown.close()
        text = _told(session, output_format, already=False)
        if background is None:
            click.echo(text)
        else:
            background.is_ready(text, log=log)

    try:
        end = up(options, store=store, engine=engine, progress=shown, on_ready=on_ready)
    except KaguraError as error:
        shown.close()
        show_error(error)
        return error.exit_code
    finally:
        shown.close()
    if end != "down":
        why = "its time limit was reached" if end == "limit" else "its server ended by itself"
        click.echo(f"the session ended: {why}", err=True)
    return 0


def _told(session: Session, output_format: str, *, already: bool) -> str:
    if output_format == "json":
        import json

        reached = (
            {"connection_file": session.connection}
            if session.connection
            else {"url": session.url, "port": session.port}
        )
        told = {"name": session.name, **reached, "base": session.base, "folder": session.folder}
        return json.dumps(told | {"was_up": already})
    if session.connection:
        import shlex

        line = f"{'kernel':<9}jupyter console --existing {shlex.quote(session.connection)}"
        more = "it was up already" if already else "kagura reset · kagura logs · kagura down"
        return f"{line}   ({more})"
    more = "it was up already" if already else "kagura open · kagura logs · kagura down"
    return f"{'lab':<9}{session.url}   ({more})"
