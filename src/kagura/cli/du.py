"""``kagura du``: declares, delegates, renders."""

from __future__ import annotations

import click

from kagura.cli.console import console
from kagura.model.ledger import Ledger, ObjectUse
from kagura.model.serial import as_json
from kagura.progress import size_text

__all__ = ["du_command"]


@click.command("du", short_help="Show what the store holds, and which project uses what.")
@click.option("--format", "output_format", type=click.Choice(["text", "json"]), default="text")
def du_command(*, output_format: str) -> None:
    """Show what the store holds, what each project uses of it, and what sharing saves.

    Bytes are those on the disk, as du counts: a file with several names counts once.
    """
    from kagura.cli.settings import engine_and_store
    from kagura.workflows.du import du

    _, store = engine_and_store(tidy=False)
    shown = console()
    try:
        ledger = du(store=store, progress=shown)
    finally:
        shown.close()
    if output_format == "json":
        click.echo(as_json(ledger), nl=False)
        return
    for line in (*_parts(ledger), *_projects(ledger), *_sums(ledger)):
        click.echo(line)


def _parts(ledger: Ledger) -> list[str]:
    lines = [f"{'store':<9}{size_text(ledger.size):>8}  {ledger.home}"]
    for part in ledger.parts:
        if part.size or part.objects:
            count = f"  {part.objects}" if part.objects else ""
            lines.append(f"{part.name:<9}{size_text(part.size):>8}{count}")
            lines += [_object(item) for item in ledger.objects if item.kind == part.name]
    return lines


def _object(item: ObjectUse) -> str:
    now = ", in use now" if item.leased else ""
    return f"{'':<9}{size_text(item.size):>8}    {item.title} · {_users(item)}{now}"


def _users(item: ObjectUse) -> str:
    count = len(item.projects)
    return "no project" if not count else "1 project" if count == 1 else f"{count} projects"


def _projects(ledger: Ledger) -> list[str]:
    titles = {item.digest: item for item in ledger.objects}
    lines = []
    for project in ledger.projects:
        lines.append(
            f"{'project':<9}{size_text(project.size):>8}  {project.folder}"
            f" · {size_text(project.own)} only for it"
        )
        for digest in project.objects:
            item = titles[digest]
            others = len(item.projects) - 1
            shared = f" · shared with {others} more" if others else ""
            lines.append(f"{'':<9}{size_text(item.size):>8}    {item.title}{shared}")
    return lines


def _sums(ledger: Ledger) -> list[str]:
    lines = []
    if ledger.projects:
        ratio = f" ({ledger.unshared / ledger.used:.1f} times)" if ledger.used else ""
        lines.append(
            f"{'shared':<9}{size_text(ledger.used):>8}  is what the projects use; with a copy each "
            f"it would be {size_text(ledger.unshared)}{ratio}"
        )
    if ledger.unused:
        lines.append(
            f"{'unused':<9}{size_text(ledger.unused):>8}  more is in objects that no project uses: "
            "kagura clean"
        )
    return lines
