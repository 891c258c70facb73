"""``kagura init``, ``lock`` and ``sync``: declare, delegate, render."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from kagura.cli.console import console

__all__ = ["init_command", "lock_command", "sync_command"]

FORMAT = click.option(
    "--format", "output_format", type=click.Choice(["text", "json"]), default="text"
)

INIT_EPILOG = """\b
Examples:
  kagura init                            the newest era, or that of the one notebook here
  kagura init titanic --base 2023-07     Kaggle's packages of July 2023
  kagura init tool --base python=3.12    nothing of Kaggle's
  kagura init old --base python=3.11 --date 2024-05-01
"""

LOCK_EPILOG = """\b
Examples:
  kagura lock
  kagura lock --check      in a test: is kagura.lock what kagura.toml says?
  kagura lock --upgrade    the newest versions that fit
"""

SYNC_EPILOG = """\b
Examples:
  kagura sync
  kagura sync --locked     on another machine: exactly the lock, and it must be up to date
  kagura sync --frozen --offline
"""


@click.command("init", epilog=INIT_EPILOG, short_help="Make a folder a project.")
@click.argument("folder", required=False, type=click.Path(path_type=Path))
@click.option(
    "--base",
    metavar="DATE|vNNN|DIGEST|python=X.Y",
    help="An era of Kaggle's (2026-06: the newest of that month or before), or a bare Python.",
)
@click.option(
    "--date",
    "day",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    help="The last day whose packages count (default: the era's; with python=X.Y, today).",
)
@FORMAT
def init_command(
    *, folder: Path | None, base: str | None, day: datetime | None, output_format: str
) -> None:
    """Make FOLDER (default: this one) a project: a small file, kagura.toml, that names its base.

    A requirements.txt that is there stands in for the project's requirements.
    """
    from kagura.workflows.init import init

    made = init(folder or Path(), base=base, day=day.date() if day else None)
    if output_format == "json":
        from kagura.model.serial import as_json

        click.echo(as_json(made), nl=False)
        return
    click.echo(f"{'base':<9}{made.base} · {made.reason}", err=True)
    if made.requirements:
        click.echo(f"{'found':<9}requirements.txt: {', '.join(made.requirements)}", err=True)
    if made.inside:
        click.echo(f"{'note':<9}it lies in another project, {made.inside}", err=True)
    path = "" if folder is None or folder == Path() else f"cd {folder} && "
    follow = "kagura sync" if made.requirements else "kagura add PACKAGE"
    click.echo(f"{'next':<9}{path}{follow}")


@click.command("lock", epilog=LOCK_EPILOG, short_help="Write down exactly what kagura.toml means.")
@click.option("--check", is_flag=True, help="Only say whether the lock is up to date (exit 2).")
@click.option("--upgrade", is_flag=True, help="Resolve anew rather than keep locked versions.")
@FORMAT
def lock_command(*, check: bool, upgrade: bool, output_format: str) -> None:
    """Write kagura.lock: the base by digest, every other package with version and file hashes.

    A lock that is up to date stays as it is.
    """
    from kagura.cli.settings import engine_and_store
    from kagura.workflows.lock import lock

    if check and upgrade:
        raise click.UsageError("--check and --upgrade exclude each other")
    engine, store = engine_and_store()
    shown = console()
    try:
        made = lock(
            Path.cwd(), check=check, upgrade=upgrade, store=store, engine=engine, progress=shown
        )
    finally:
        shown.close()
    if output_format == "json":
        from kagura.model.serial import as_json

        click.echo(as_json(made), nl=False)
        return
    base = made.base.digest[:19] if made.base else ""
    count = len(made.packages)
    noun = "package" if count == 1 else "packages"
    click.echo(f"{'locked':<9}base {base}, {count} {noun} over it")


@click.command("sync", epilog=SYNC_EPILOG, short_help="Make the project's environment ready.")
@click.option("--locked", is_flag=True, help="Fail if kagura.lock is not what kagura.toml says.")
@click.option("--frozen", is_flag=True, help="Take kagura.lock as it is.")
@click.option("--offline", is_flag=True, help="Never touch the network.")
@FORMAT
def sync_command(*, locked: bool, frozen: bool, offline: bool, output_format: str) -> None:
    """Make the store hold what the project's lock says; a lock that is behind is made anew.

    With nothing to do it takes a blink.
    """
    from kagura.cli.settings import engine_and_store
    from kagura.workflows.sync import Mode, sync

    if locked and frozen:
        raise click.UsageError("--locked and --frozen exclude each other")
    mode: Mode = "locked" if locked else "frozen" if frozen else "update"
    engine, store = engine_and_store()
    shown = console()
    try:
        synced = sync(
            Path.cwd(), mode=mode, offline=offline, store=store, engine=engine, progress=shown
        )
    finally:
        shown.close()
    if output_format == "json":
        from kagura.model.serial import as_json

        click.echo(as_json(synced), nl=False)
        return
    layer = f" + layer {synced.layer[7:19]}" if synced.layer else ""
    word = "ready" if synced.was_ready else "synced"
    click.echo(f"{word:<9}base {synced.base[7:19]}{layer}")
