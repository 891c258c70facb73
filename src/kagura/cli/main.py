"""The ``kagura`` command: its sub-commands, and the one place where errors become exit codes."""

from __future__ import annotations

import io
import logging
import signal
import sys
from types import FrameType

import click

from kagura import __version__
from kagura.cli.bases import base_group
from kagura.cli.check import check_command
from kagura.cli.clean import clean_command
from kagura.cli.completion import completion_command
from kagura.cli.console import show_error
from kagura.cli.doctor import doctor_command
from kagura.cli.du import du_command
from kagura.cli.execute import exec_command
from kagura.cli.export import export_group
from kagura.cli.inputs import input_group
from kagura.cli.packages import add_command, remove_command, tree_command, why_command
from kagura.cli.projects import init_command, lock_command, sync_command
from kagura.cli.pull import pull_command
from kagura.cli.run import run_command
from kagura.cli.status import keep_command, status_command
from kagura.errors import KaguraError

__all__ = ["app", "main"]

INTERRUPTED = 130

EPILOG = (
    "Exit codes: 0 done; 1 the notebook failed; 2 usage; 3 this machine or a service can't; "
    "130 interrupted."
)


@click.group(epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="kagura", message="%(prog)s %(version)s")
@click.option("-v", "--verbose", is_flag=True, help="Show every command that is started.")
def app(*, verbose: bool) -> None:
    """Run any Kaggle notebook, from any year, unmodified, in the environment it was written for."""
    if verbose:
        logging.basicConfig(level=logging.DEBUG, format="%(levelname)s %(message)s")


for command in (
    pull_command,
    run_command,
    exec_command,
    check_command,
    init_command,
    add_command,
    remove_command,
    lock_command,
    sync_command,
    tree_command,
    why_command,
    status_command,
    keep_command,
    input_group,
    doctor_command,
    base_group,
    export_group,
    du_command,
    clean_command,
    completion_command,
):
    app.add_command(command)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def main() -> None:
    """Run the command line and exit: every error of ours is one message, a hint and a code."""
    # `kill` and a closing terminal end a run as Ctrl-C does: with what there is, tidily.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # Names of files need not be UTF-8.
            stream.reconfigure(errors="backslashreplace")
    try:
        status = app.main(standalone_mode=False)
    except KaguraError as error:
        show_error(error)
        sys.exit(error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        click.echo("interrupted", err=True)
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        # Who read our output has enough (`kagura … | head`): nothing is left to say.
        sys.stderr.close()
        sys.exit(0)
    except OSError as error:
        # A disk or a folder that failed where nobody expected it; still no bug of kagura's.
        from kagura.system.files import explain

        told = explain(error, "kagura could not go on")
        show_error(told)
        sys.exit(told.exit_code)
    sys.exit(status if isinstance(status, int) else 0)
