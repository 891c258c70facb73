"""``kagura status`` and ``kagura keep``: what runs and sessions changed; keep it, or let it go."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from kagura.cli.console import console
from kagura.progress import size_text

if TYPE_CHECKING:
    from kagura.model.drift import Drift
    from kagura.workflows.last_run import LastRun
    from kagura.workflows.session_drift import SessionDrift
    from kagura.workflows.status import ProjectStatus

__all__ = ["keep_command", "status_command"]

FORMAT = click.option(
    "--format", "output_format", type=click.Choice(["text", "json"]), default="text"
)

NAMES_IN_HINT = 4

KEEP_EPILOG = """\b
Examples:
  kagura keep rich-argparse
  kagura keep --all
"""


@click.command("status", short_help="Show the project here, and what runs and sessions changed.")
@click.argument("folder", required=False, type=click.Path(path_type=Path))
@FORMAT
def status_command(*, folder: Path | None, output_format: str) -> None:
    """Show the packages of the project in FOLDER (default: here), its last run, its sessions that
    are up, and what these installed, changed or removed by themselves.

    Such changes go with the run, or with the next reset; `kagura keep` puts them into the project.
    """
    from kagura.cli.settings import engine_and_store
    from kagura.workflows.status import status

    _, store = engine_and_store(tidy=False)
    found = status(folder or Path.cwd(), store=store)
    if output_format == "json":
        from kagura.model.serial import as_json

        click.echo(as_json(found), nl=False)
        return
    if found.project is None:
        click.echo(f"{'project':<10}none here: `kagura init` makes one")
    else:
        _show_project(found.project)
    if found.last_run is None:
        click.echo(f"{'last run':<10}none yet")
    else:
        _show_run(found.last_run, found.project)
    for session in found.sessions:
        _show_session(session, found.project)


@click.command(
    "keep", epilog=KEEP_EPILOG, short_help="Put what a run or session installed into it."
)
@click.argument("names", nargs=-1, metavar="NAME...")
@click.option("--all", "everything", is_flag=True, help="All packages that were changed.")
@FORMAT
def keep_command(*, names: tuple[str, ...], everything: bool, output_format: str) -> None:
    """Put packages that the last run, or a session that is up, installed by itself into the
    project here, at the version that it had.

    `kagura status` shows which there are. What was removed from the base is taken out of the
    project.
    """
    from kagura.cli.settings import engine_and_store
    from kagura.workflows.keep import keep

    if bool(names) == everything:
        raise click.UsageError("give the names of packages, or --all")
    engine, store = engine_and_store()
    shown = console()
    try:
        changed = keep(
            names,
            everything=everything,
            here=Path.cwd(),
            store=store,
            engine=engine,
            progress=shown,
        )
    finally:
        shown.close()
    if output_format == "json":
        from kagura.model.serial import as_json

        click.echo(as_json(changed), nl=False)
    else:
        click.echo(f"{'done':<9}kept {'all that was changed' if everything else ', '.join(names)}")


def _show_project(project: ProjectStatus) -> None:
    direct = ", ".join(text.replace("==", " ") for text in project.direct)
    needed = f" (and {project.needed} they need)" if project.needed and direct else ""
    base = f" over base {project.base}" if project.base else ""
    click.echo(f"{'project':<10}{direct or 'nothing'}{needed}{base}")
    if project.removed:
        click.echo(f"{'':<10}without {', '.join(project.removed)} of the base")
    if project.behind:
        click.echo(f"{'':<10}the lock is behind: {project.behind} (`kagura lock`)")


def _show_run(run: LastRun, project: ProjectStatus | None) -> None:
    name = Path(run.notebook).name
    error = f" ({run.error})" if run.error else ""
    _say(f"{'last run':<10}{name} · {run.status}{error} · {run.started} · {run.folder}")
    noun = "script" if name.endswith(".py") else "notebook"
    _show_drift(run.drift, project, who=f"the {noun}", fate="thrown away")


def _show_session(session: SessionDrift, project: ProjectStatus | None) -> None:
    _say(f"{'session':<10}{session.name} · up since {session.started}")
    if not session.drift:
        _say(f"{'':<10}its environment is as it was")
    _show_drift(session.drift, project, who="it", fate="gone with `kagura reset`")


def _show_drift(drift: Drift, project: ProjectStatus | None, *, who: str, fate: str) -> None:
    from kagura.workflows.drifting import describe

    if drift.packages:
        _say(f"{'':<10}{who} also {describe(drift.packages)}; {fate}")
    if drift.files.count:
        count = drift.files.count
        more = ", …" if count > len(drift.files.examples) else ""
        _say(
            f"{'':<10}{count} other {'file' if count == 1 else 'files'} changed "
            f"({size_text(drift.files.size)}): {', '.join(drift.files.examples)}{more}"
        )
    had = (
        {text.partition("==")[0] for text in (*project.direct, *project.removed)} if project else ()
    )
    found = [item for item in drift.packages if item.installer == "python"]
    # What was asked for brings the others along.
    asked = [item for item in found if item.asked] or found
    kept = [item.name for item in asked if item.name not in had]
    if kept:
        first = "" if project else "kagura init, then "
        chosen = " ".join(kept) if len(kept) <= NAMES_IN_HINT else "--all"
        _say(f"{'hint:':<10}{first}kagura keep {chosen}")


def _say(text: str) -> None:
    """One line; names of files and messages are a notebook's, and may hold more than letters."""
    click.echo("".join(letter if letter.isprintable() else "�" for letter in text))
