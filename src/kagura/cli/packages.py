"""``kagura add``, ``remove``, ``tree`` and ``why``: declare, delegate, render."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from kagura.cli.completing import complete_package
from kagura.cli.console import console

if TYPE_CHECKING:
    from kagura.workflows.add import Changed
    from kagura.workflows.tree import Node

__all__ = ["add_command", "remove_command", "tree_command", "why_command"]

FORMAT = click.option(
    "--format", "output_format", type=click.Choice(["text", "json"]), default="text"
)

ADD_EPILOG = """\b
Examples:
  kagura add optuna
  kagura add optuna "polars>=1.30" --no-change
  kagura add torch --dry-run --format json
"""

REMOVE_EPILOG = """\b
Examples:
  kagura remove polars        what the project required
  kagura remove tensorflow    what only the base has: a layer hides it
"""


@click.command("add", epilog=ADD_EPILOG, short_help="Add packages to the project here.")
@click.argument("requirements", nargs=-1, required=True, metavar="REQUIREMENT...")
@click.option("--no-change", is_flag=True, help="Fail rather than change one more of the base.")
@click.option("--dry-run", is_flag=True, help="Say what it would mean; write and build nothing.")
@FORMAT
def add_command(
    *, requirements: tuple[str, ...], no_change: bool, dry_run: bool, output_format: str
) -> None:
    """Add packages to the project here: resolved over its base, locked, and built as a layer.

    The base stays as it is for all other projects. What the project then has of it in another
    version is told, and which packages of the base want the old one.
    """
    from kagura.cli.settings import engine_and_store
    from kagura.workflows.add import add

    engine, store = engine_and_store()
    shown = console()
    try:
        changed = add(
            requirements,
            here=Path.cwd(),
            no_change=no_change,
            dry=dry_run,
            store=store,
            engine=engine,
            progress=shown,
        )
    finally:
        shown.close()
    _show(changed, f"added {', '.join(requirements)}", output_format)


@click.command("remove", epilog=REMOVE_EPILOG, short_help="Take packages out of the project here.")
@click.argument(
    "names", nargs=-1, required=True, metavar="NAME...", shell_complete=complete_package
)
@click.option("--dry-run", is_flag=True, help="Say what it would mean; write and build nothing.")
@FORMAT
def remove_command(*, names: tuple[str, ...], dry_run: bool, output_format: str) -> None:
    """Take packages out of the project here, with what only they needed.

    A package that the project does not require, but its base has, is taken out by the project's
    layer (`without` in kagura.toml); the base itself stays as it is. `kagura add` brings it back.
    """
    from kagura.cli.settings import engine_and_store
    from kagura.workflows.add import remove

    engine, store = engine_and_store()
    shown = console()
    try:
        changed = remove(
            names, here=Path.cwd(), dry=dry_run, store=store, engine=engine, progress=shown
        )
    finally:
        shown.close()
    _show(changed, f"removed {', '.join(names)}", output_format)


@click.command("tree", short_help="Show what the project's requirements brought.")
@FORMAT
def tree_command(*, output_format: str) -> None:
    """Show the project's requirements, what each brought, and what differs from the base.

    Example: kagura tree --format json
    """
    from kagura.workflows.tree import tree

    nodes = tree(Path.cwd())
    if output_format == "json":
        from kagura.model.serial import as_json

        click.echo(as_json(nodes), nl=False)
        return
    if not nodes:
        click.echo("the project adds nothing to its base: `kagura add PACKAGE`", err=True)
    for node in nodes:
        click.echo(_described(node))
        _show_below(node.needs, "")


@click.command("why", short_help="Say why a package is in the project.")
@click.argument("name", shell_complete=complete_package)
@FORMAT
def why_command(*, name: str, output_format: str) -> None:
    """Say why a package is in the project's environment, and who needs it.

    Example: kagura why colorlog
    """
    from kagura.workflows.tree import why

    reason = why(name, here=Path.cwd())
    if output_format == "json":
        from kagura.model.serial import as_json

        click.echo(as_json(reason), nl=False)
        return
    match reason.origin:
        case "base":
            click.echo(f"{reason.name} {reason.version} is the base's")
        case "added":
            click.echo(f"{reason.name} {reason.version} was added to the base")
        case "changed":
            click.echo(f"{reason.name} {reason.version} replaces the base's {reason.was}")
        case "removed":
            click.echo(f"{reason.name} {reason.was} of the base was taken out")
    for chain in reason.chains:
        click.echo(f"  {' → '.join(chain)}")
    if reason.origin == "changed" and not reason.chains:
        click.echo("  it had to change along with others: `kagura tree`")


def _show(changed: Changed, done: str, output_format: str) -> None:
    if output_format == "json":
        from kagura.model.serial import as_json

        click.echo(as_json(changed), nl=False)
    elif changed.dry:
        click.echo(f"{'dry run':<9}nothing was written")
    else:
        click.echo(f"{'done':<9}{done}")


def _show_below(nodes: tuple[Node, ...], indent: str) -> None:
    for number, node in enumerate(nodes, start=1):
        is_last = number == len(nodes)
        click.echo(f"{indent}{'└── ' if is_last else '├── '}{_described(node)}")
        _show_below(node.needs, indent + ("    " if is_last else "│   "))


def _described(node: Node) -> str:
    notes = []
    if node.requirement and node.requirement != node.name:
        notes.append(node.requirement)
    if node.origin == "changed":
        notes.append(f"base: {node.was}")
    elif node.origin == "base":
        notes.append("of the base")
    elif node.origin == "removed":
        notes.append("taken out of the base")
    if node.again:
        notes.append("see above")
    version = node.was if node.origin == "removed" else node.version
    noted = f" ({', '.join(notes)})" if notes else ""
    return f"{node.name} {version}{noted}"
