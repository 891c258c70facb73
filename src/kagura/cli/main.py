"""The ``kagura`` command: its sub-commands, and the one place where errors become exit codes."""

from __future__ import annotations

import io
import signal
import sys
from importlib import import_module
from types import FrameType

import click

from kagura import __version__
from kagura.cli.console import show_error
from kagura.errors import KaguraError

__all__ = ["app", "main"]

INTERRUPTED = 130

EPILOG = (
    "Exit codes: 0 done; 1 the notebook failed; 2 usage; 3 this machine or a service can't; "
    "4 a check found a difference; 130 interrupted."
)


# Where each command is: a page is read only when its command is given, or listed.
COMMANDS = {
    "add": "packages.add_command",
    "base": "bases.base_group",
    "check": "check.check_command",
    "clean": "clean.clean_command",
    "completion": "completion.completion_command",
    "doctor": "doctor.doctor_command",
    "down": "sessions.down_command",
    "du": "du.du_command",
    "exec": "execute.exec_command",
    "export": "export.export_group",
    "init": "projects.init_command",
    "input": "inputs.input_group",
    "keep": "status.keep_command",
    "kernelspec": "kernelspecs.kernelspec_group",
    "lock": "projects.lock_command",
    "logs": "sessions.logs_command",
    "open": "sessions.open_command",
    "ps": "sessions.ps_command",
    "pull": "pull.pull_command",
    "remove": "packages.remove_command",
    "reset": "sessions.reset_command",
    "run": "run.run_command",
    "shell": "sessions.shell_command",
    "status": "status.status_command",
    "sync": "projects.sync_command",
    "tree": "packages.tree_command",
    "up": "up.up_command",
    "why": "packages.why_command",
}


class Commands(click.Group):
    """The commands by name; each is imported when it is asked for."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """Their names, sorted."""
        return sorted(COMMANDS)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        """One of them; None for a name that is none."""
        if cmd_name not in COMMANDS:
            return None
        page, _, name = COMMANDS[cmd_name].partition(".")
        command: click.Command = getattr(import_module(f"kagura.cli.{page}"), name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The same, from the words of the command line; a wrong one gets the nearest named."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from difflib import get_close_matches  # seldom needed, long to load

            near = get_close_matches(args[0], COMMANDS, n=1)
            hint = f" Did you mean {near[0]}?" if near else " kagura --help lists them."
            ctx.fail(f"No such command {args[0]!r}.{hint}")
        return super().resolve_command(ctx, args)


@click.group(cls=Commands, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="kagura", message="%(prog)s %(version)s")
@click.option("-v", "--verbose", is_flag=True, help="Show every command that is started.")
def app(*, verbose: bool) -> None:
    """Run any Kaggle notebook, from any year, unmodified, in the environment it was written for."""
    if verbose:
        import logging

        logging.basicConfig(level=logging.DEBUG, format="%(levelname)s %(message)s")


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
    out = sys.stdout
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
    except SystemExit as end:
        # Of a closed pipe click takes the stream away, and answers 1: that a notebook failed.
        sys.exit(end.code if sys.stdout is out else 0)
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
