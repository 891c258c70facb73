"""``kagura completion``: prints the script that makes a shell complete kagura's commands."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

__all__ = ["completion_command"]


@click.command("completion", short_help="Print a shell's completion script.")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion_command(context: click.Context, shell: str) -> None:
    """Print the completion script of a shell.

    For bash, add this line to ~/.bashrc:  eval "$(kagura completion bash)"
    """
    kind = get_completion_class(shell)
    root = context.find_root().command
    if kind is None:
        raise click.UsageError(f"no completion is known for {shell}")
    click.echo(kind(root, {}, "kagura", "_KAGURA_COMPLETE").source())
