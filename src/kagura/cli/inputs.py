"""``kagura input …``: declares, delegates, renders."""

from __future__ import annotations

from pathlib import Path

import click

from kagura.cli.console import console
from kagura.cli.downloads import download_options, terms_of
from kagura.progress import size_text

__all__ = ["input_group"]

FORMAT = click.option(
    "--format", "output_format", type=click.Choice(["text", "json"]), default="text"
)
DAMAGED = 4


@click.group("input")
def input_group() -> None:
    """Add, list, remove and verify the inputs of a project."""


@input_group.command("add")
@click.argument("what", metavar="HANDLE|NAME=FOLDER")
@click.option(
    "--files",
    multiple=True,
    metavar="PATTERN",
    help="Only these files, as 'train/*.csv' or images/. Repeatable.",
)
@download_options
def add_command(
    *, what: str, files: tuple[str, ...], limit_rate: int | None, max_size: int | None
) -> None:
    """Add data to the project here, and download it if it is not in the store.

    \b
    kagura input add heptapod/titanic             a data set (…/versions/2: that version)
    kagura input add competitions/titanic         a competition's data
    kagura input add google/gemma/pyTorch/2b/3    a model
    kagura input add notebooks/OWNER/SLUG         another notebook's output
    kagura input add mydata=./data                a folder of this machine
    kagura input add uciml/iris --files '*.csv'   only some of its files
    """
    from kagura.cli.settings import the_store
    from kagura.workflows.inputs import add_input

    store = the_store()
    shown = console()
    try:
        ready = add_input(
            what,
            here=Path.cwd(),
            store=store,
            progress=shown,
            files=files,
            terms=terms_of(limit_rate, max_size),
        )
    finally:
        shown.close()
    click.echo(f"{'input':<9}{ready.described if ready else what}")


@input_group.command("list")
@FORMAT
def list_command(*, output_format: str) -> None:
    """Show the inputs of the project here, and whether they are here."""
    from kagura.cli.settings import the_store
    from kagura.model.serial import as_json
    from kagura.workflows.inputs import list_inputs

    store = the_store()
    entries = list_inputs(here=Path.cwd(), store=store)
    if output_format == "json":
        click.echo(as_json(entries), nl=False)
        return
    for entry in entries:
        size = f"{size_text(entry.size):>8}" if entry.size is not None else " " * 8
        click.echo(f"{entry.state:<9}{size}  {entry.title}  {entry.folder or ''}")


@input_group.command("remove")
@click.argument("what", metavar="HANDLE|NAME")
def remove_command(*, what: str) -> None:
    """Take an input out of the project here. The store keeps it until `kagura clean --inputs`."""
    from kagura.cli.settings import the_store
    from kagura.workflows.inputs import remove_input

    store = the_store(tidy=False)
    click.echo(f"removed {remove_input(what, here=Path.cwd(), store=store)}")


@input_group.command("verify")
@FORMAT
def verify_command(*, output_format: str) -> int:
    """Check every file of the project's inputs. A damaged input is fetched anew by the next run.

    Exit code 4 if one is damaged.
    """
    from kagura.cli.settings import the_store
    from kagura.model.serial import as_json
    from kagura.workflows.inputs import verify_inputs

    store = the_store()
    shown = console()
    try:
        entries = verify_inputs(here=Path.cwd(), store=store, progress=shown)
    finally:
        shown.close()
    if output_format == "json":
        click.echo(as_json(entries), nl=False)
    else:
        for entry in entries:
            click.echo(f"{entry.state:<9}{entry.title}")
            for fault in entry.faults:
                click.echo(f"{'':<9}{fault}")
    return DAMAGED if any(entry.state == "damaged" for entry in entries) else 0
