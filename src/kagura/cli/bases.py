"""``kagura base …``: declares, delegates, renders."""

from __future__ import annotations

import click

from kagura.cli.console import console
from kagura.model.serial import as_json
from kagura.progress import size_text

__all__ = ["base_group"]

FORMAT = click.option(
    "--format", "output_format", type=click.Choice(["text", "json"]), default="text"
)


@click.group("base")
def base_group() -> None:
    """List, build, show and remove bases."""


@base_group.command("list")
@FORMAT
def list_command(*, output_format: str) -> None:
    """Show the bases that are built."""
    from kagura.cli.settings import engine_and_store
    from kagura.workflows.bases import list_bases

    _, store = engine_and_store()
    entries = list_bases(store)
    if output_format == "json":
        click.echo(as_json(entries), nl=False)
        return
    if not entries:
        click.echo("no base is built yet: `kagura base build 2023-07`, or run a notebook", err=True)
    for entry in entries:
        used = " · in use" if entry.in_use else ""
        named = f"as of {entry.era}" if entry.plain else f"era {entry.era}"
        click.echo(
            f"{entry.digest[7:19]}  {named:<16}  Python {entry.python:<8}"
            f"{entry.packages:>4} packages  {size_text(entry.size):>7}{used}"
        )


@base_group.command("build")
@click.argument("which", required=False)
@click.option("--strict", is_flag=True, help="Fail rather than use another Python.")
def build_command(*, which: str | None, strict: bool) -> None:
    """Build the base of an era, so that its notebooks run at once and offline.

    WHICH is 2023-07, 2023-07-05, v170, sha256:… or python=3.12; without it, the newest era.
    """
    from kagura.cli.settings import engine_and_store
    from kagura.workflows.bases import build_base

    engine, store = engine_and_store()
    shown = console()
    try:
        base = build_base(which, store=store, engine=engine, progress=shown, strict=strict)
    finally:
        shown.close()
    click.echo(
        f"{base.digest[7:19]}  {base.named}  Python {base.python.version}  "
        f"{len(base.packages)} packages"
    )
    for item in base.left_out:
        click.echo(f"{'warning':<9}left out {item.requirement}: {item.why}", err=True)


@base_group.command("show")
@click.argument("which")
@FORMAT
def show_command(*, which: str, output_format: str) -> None:
    """Show what a base holds, what was left out, and which pins gave way.

    WHICH is its era's date or month, or the start of its digest.
    """
    from kagura.cli.settings import engine_and_store
    from kagura.workflows.bases import show_base

    _, store = engine_and_store()
    base = show_base(which, store=store)
    if output_format == "json":
        click.echo(as_json(base), nl=False)
        return
    click.echo(f"{base.digest}  {base.named}  Python {base.python.version} at {base.prefix}")
    for package in base.packages:
        click.echo(f"  {package}")
    for item in base.left_out:
        click.echo(f"left out  {item.requirement}: {item.why}")
    for pin in base.given_way:
        click.echo(f"gave way  {pin.name}{pin.specifier} ({pin.strength}): {pin.got} instead")


@base_group.command("remove")
@click.argument("which")
def remove_command(*, which: str) -> None:
    """Remove a base from the store; the next run of its era builds it again."""
    from kagura.cli.settings import engine_and_store
    from kagura.workflows.bases import remove_base

    _, store = engine_and_store()
    click.echo(f"removed {remove_base(which, store=store)[7:19]}")
