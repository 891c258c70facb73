"""``kagura clean``: declares, delegates, renders."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from kagura.cli.render import size_text
from kagura.model.serial import as_json

__all__ = ["clean_command"]


def clean_command(
    everything: Annotated[
        bool, typer.Option("--all", help="Also uv's cache: the next build downloads again.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be removed; remove nothing.")
    ] = False,
    output_format: Annotated[Literal["text", "json"], typer.Option("--format")] = "text",
) -> None:
    """Remove from the store what no run is using: bases, layers, leftovers of killed runs.

    Runs' folders, notebooks and inputs are never touched. What is removed is built again when it
    is needed.
    """
    from kagura.cli.settings import engine_and_store
    from kagura.workflows.clean import clean

    _, store = engine_and_store(tidy=False)
    answer = clean(store=store, everything=everything, dry=dry_run)
    if output_format == "json":
        typer.echo(as_json(answer), nl=False)
        return
    for label in answer.removed:
        typer.echo(f"{'would remove' if answer.dry else 'removed'} {label}")
    for label in answer.kept:
        typer.echo(f"kept {label}")
    typer.echo(f"{'would free' if answer.dry else 'freed'} {size_text(answer.freed)}")
