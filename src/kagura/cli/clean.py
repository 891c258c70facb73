"""``kagura clean``: declares, asks, delegates, renders."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kagura.errors import UsageError
from kagura.model.serial import as_json
from kagura.progress import size_text

if TYPE_CHECKING:
    from kagura.model.ledger import Cleaning

__all__ = ["clean_command"]


@click.command("clean", short_help="Remove from the store what no project and no run needs.")
@click.option(
    "--all", "everything", is_flag=True, help="Also uv's cache: the next build downloads again."
)
@click.option("--inputs", is_flag=True, help="Also data from Kaggle: a run downloads it again.")
@click.option(
    "--projects",
    is_flag=True,
    help="Also what projects need, if nothing uses it now: their next run builds it again.",
)
@click.option("--dry-run", is_flag=True, help="Say what would be removed; remove nothing.")
@click.option("-y", "--yes", is_flag=True, help="Remove it without asking.")
@click.option("--format", "output_format", type=click.Choice(["text", "json"]), default="text")
def clean_command(
    *,
    everything: bool,
    inputs: bool,
    projects: bool,
    dry_run: bool,
    yes: bool,
    output_format: str,
) -> None:
    """Remove from the store what no project and no run needs: bases, layers, leftovers of kills.

    It says first what goes and what that frees, and asks. A project is known to the store since
    its last run; what it used then, or has in its kagura.lock, stays, and so does what is in use
    at this moment. Runs' folders, notebooks and folders of yours are never touched. What is
    removed is built or downloaded again when it is needed.
    """
    from kagura.cli.settings import engine_and_store
    from kagura.model.ledger import Cleaned
    from kagura.workflows.clean import clean, survey

    _, store = engine_and_store(tidy=False)
    cleaning = survey(store=store, everything=everything, inputs=inputs, projects=projects)
    is_data = output_format == "json"
    _tell(cleaning, store.home, on_stderr=is_data)
    if not dry_run and not yes and cleaning.leaving and not _is_wanted():
        click.echo("nothing was removed", err=True)
        return
    if dry_run:
        answer = Cleaned(
            removed=tuple(item.title for item in cleaning.leaving),
            kept=tuple(f"{item.title} ({item.why})" for item in cleaning.kept),
            freed=cleaning.frees,
            dry=True,
        )
    else:
        answer = clean(cleaning, store=store)
    if is_data:
        click.echo(as_json(answer), nl=False)
    elif not dry_run:
        for label in answer.kept[len(cleaning.kept) :]:
            click.echo(f"{'kept':<9}{label}")
        click.echo(f"{'freed':<9}{size_text(answer.freed)}")


def _tell(cleaning: Cleaning, home: Path, *, on_stderr: bool) -> None:
    click.echo(f"{'store':<9}{'':>8}  {home}", err=on_stderr)
    for item in cleaning.kept:
        click.echo(f"{'keep':<9}{'':>8}  {item.title}: {item.why}", err=on_stderr)
    for leaving in cleaning.leaving:
        size = size_text(leaving.size)
        click.echo(f"{'remove':<9}{size:>8}  {leaving.title}", err=on_stderr)
    listed = sum(item.size for item in cleaning.leaving)
    # Files of a base that are uv's too, or another base's, are not free when it goes.
    more = listed - cleaning.frees
    rest = f"  ({size_text(more)} of it is elsewhere too, as in uv's cache)" if more > 0 else ""
    click.echo(f"{'frees':<9}{size_text(cleaning.frees):>8}{rest}", err=on_stderr)


def _is_wanted() -> bool:
    if not sys.stdin.isatty():
        raise UsageError(
            "nothing was removed: there is no terminal to ask on",
            hint="add --yes to remove this, or --dry-run to look only",
        )
    return click.confirm("Remove this?", err=True)
