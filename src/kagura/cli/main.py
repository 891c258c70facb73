"""The ``kagura`` command: its sub-commands, and the one place where errors become exit codes."""

from __future__ import annotations

import logging
import signal
import sys
from types import FrameType
from typing import Annotated

import typer

from kagura import __version__
from kagura.cli import bases, check, clean, doctor, run
from kagura.cli.console import show_error
from kagura.errors import KaguraError

__all__ = ["app", "main"]

INTERRUPTED = 130

EPILOG = (
    "Exit codes: 0 done; 1 the notebook failed; 2 usage; 3 this machine or a service can't; "
    "130 interrupted."
)

app = typer.Typer(
    name="kagura",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=EPILOG,
)
app.command("run")(run.run_command)
app.command("check")(check.check_command)
app.command("doctor")(doctor.doctor_command)
app.add_typer(bases.app, name="base")
app.command("clean")(clean.clean_command)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"kagura {__version__}")
        raise typer.Exit


@app.callback()
def top(
    version: Annotated[  # noqa: ARG001
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Show every command that is started.")
    ] = False,
) -> None:
    """Run any Kaggle notebook, from any year, unmodified, in the environment it was written for."""
    if verbose:
        logging.basicConfig(level=logging.DEBUG, format="%(levelname)s %(message)s")


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def main() -> None:
    """Run the command line and exit: every error of ours is one message, a hint and a code."""
    # `kill` and a closing terminal end a run as Ctrl-C does: with what there is, tidily.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        status = app(standalone_mode=False)
    except KaguraError as error:
        show_error(error)
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        print("interrupted", file=sys.stderr)  # noqa: T201
        sys.exit(INTERRUPTED)
    except Exception as error:
        if not hasattr(error, "exit_code") or not hasattr(error, "show"):
            raise
        error.show()
        sys.exit(error.exit_code)
    sys.exit(status if isinstance(status, int) else 0)
