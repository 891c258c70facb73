"""``kagura base …``: declares, delegates, renders."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from kagura.cli.console import console
from kagura.cli.render import size_text
from kagura.model.serial import as_json

__all__ = ["app"]

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="List, build, show and remove bases."
)

Format = Annotated[Literal["text", "json"], typer.Option("--format")]
Which = Annotated[str, typer.Argument(help="An era's date or month, or the start of a digest.")]


@app.command("list")
def list_command(output_format: Format = "text") -> None:
    """Show the bases that are built."""
    from kagura.cli.settings import engine_and_store
    from kagura.workflows.bases import list_bases

    _, store = engine_and_store()
    entries = list_bases(store)
    if output_format == "json":
        typer.echo(as_json(entries), nl=False)
        return
    if not entries:
        typer.echo("no base is built yet: `kagura base build 2023-07`, or run a notebook", err=True)
    for entry in entries:
        used = " · in use" if entry.in_use else ""
        typer.echo(
            f"{entry.digest[7:19]}  era {entry.era}  Python {entry.python:<8}"
            f"{entry.packages:>4} packages  {size_text(entry.size):>7}{used}"
        )


@app.command("build")
def build_command(
    which: Annotated[
        str | None, typer.Argument(help="2023-07, 2023-07-05, v170 or sha256:…; default: newest.")
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Fail rather than use another Python than the era's.")
    ] = False,
) -> None:
    """Build the base of an era, so that its notebooks run at once and offline.

    Example: kagura base build 2023-07
    """
    from kagura.cli.settings import engine_and_store
    from kagura.workflows.bases import build_base

    engine, store = engine_and_store()
    shown = console()
    try:
        base = build_base(which, store=store, engine=engine, progress=shown, strict=strict)
    finally:
        shown.close()
    typer.echo(
        f"{base.digest[7:19]}  era {base.era}  Python {base.python.version}  "
        f"{len(base.packages)} packages"
    )
    for item in base.left_out:
        typer.echo(f"{'warning':<9}left out {item.requirement}: {item.why}", err=True)


@app.command("show")
def show_command(which: Which, output_format: Format = "text") -> None:
    """Show what a base holds, what was left out, and which pins gave way."""
    from kagura.cli.settings import engine_and_store
    from kagura.workflows.bases import show_base

    _, store = engine_and_store()
    base = show_base(which, store=store)
    if output_format == "json":
        typer.echo(as_json(base), nl=False)
        return
    typer.echo(f"{base.digest}  era {base.era}  Python {base.python.version} at {base.prefix}")
    for package in base.packages:
        typer.echo(f"  {package}")
    for item in base.left_out:
        typer.echo(f"left out  {item.requirement}: {item.why}")
    for pin in base.given_way:
        typer.echo(f"gave way  {pin.name}{pin.specifier} ({pin.strength}): {pin.got} instead")


@app.command("remove")
def remove_command(which: Which) -> None:
    """Remove a base from the store; the next run of its era builds it again."""
    from kagura.cli.settings import engine_and_store
    from kagura.workflows.bases import remove_base

    _, store = engine_and_store()
    typer.echo(f"removed {remove_base(which, store=store)[7:19]}")
