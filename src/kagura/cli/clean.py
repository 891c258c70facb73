"""``kagura clean``: declares, delegates, renders."""

from __future__ import annotations

import click

from kagura.model.serial import as_json
from kagura.progress import size_text

__all__ = ["clean_command"]


@click.command("clean", short_help="Remove from the store what no run is using.")
@click.option(
    "--all", "everything", is_flag=True, help="Also uv's cache: the next build downloads again."
)
@click.option("--inputs", is_flag=True, help="Also data from Kaggle: a run downloads it again.")
@click.option("--dry-run", is_flag=True, help="Say what would be removed; remove nothing.")
@click.option("--format", "output_format", type=click.Choice(["text", "json"]), default="text")
def clean_command(*, everything: bool, inputs: bool, dry_run: bool, output_format: str) -> None:
    """Remove from the store what no run is using: bases, layers, leftovers of killed runs.

    Runs' folders, notebooks and folders of yours are never touched. What is removed is built or
    downloaded again when it is needed.
    """
    from kagura.cli.settings import engine_and_store
    from kagura.workflows.clean import clean

    _, store = engine_and_store(tidy=False)
    answer = clean(store=store, everything=everything, inputs=inputs, dry=dry_run)
    if output_format == "json":
        click.echo(as_json(answer), nl=False)
        return
    for label in answer.removed:
        click.echo(f"{'would remove' if answer.dry else 'removed'} {label}")
    for label in answer.kept:
        click.echo(f"kept {label}")
    click.echo(f"{'would free' if answer.dry else 'freed'} {size_text(answer.freed)}")
