"""``kagura run``: declares the options, calls the workflow, says where the outputs are."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated, Literal

import typer

from kagura.cli.console import console
from kagura.cli.render import size_text
from kagura.model.report import Report
from kagura.model.serial import as_json

__all__ = ["run_command"]

EXIT_CODES = {"ok": 0, "interrupted": 130}

EPILOG = """
Examples:

  kagura run titanic.ipynb

  kagura run titanic.ipynb --input titanic=./data --base 2023-07

  kagura run train.py --with optuna --timeout 2h --format json > report.json
"""


def run_command(
    notebook: Annotated[Path, typer.Argument(help="An .ipynb, or a Kaggle script (.py).")],
    inputs: Annotated[
        list[str] | None,
        typer.Option(
            "--input",
            metavar="NAME=FOLDER",
            help="A folder to be seen as /kaggle/input/NAME, read-only. Repeatable. Without it, "
            "the folder input/ beside the notebook is used.",
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="An empty or new folder for what the run writes (default: runs/NAME/TIME).",
        ),
    ] = None,
    base: Annotated[
        str | None,
        typer.Option(
            metavar="DATE|vNNN|DIGEST",
            help="The era to run in: 2023-07, 2023-07-05, v170 or sha256:…; without it, the "
            "notebook's own evidence decides.",
        ),
    ] = None,
    no_internet: Annotated[
        bool, typer.Option("--no-internet", help="No network inside at all.")
    ] = False,
    timeout: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Stop the run after this time: 90, 90s, 15m or 12h."),
    ] = None,
    parameters: Annotated[
        list[str] | None,
        typer.Option(
            "--param",
            "-P",
            metavar="NAME=VALUE",
            help="Set a variable, by papermill's convention (a cell tagged `parameters`). "
            "Repeatable.",
        ),
    ] = None,
    extra: Annotated[
        list[str] | None,
        typer.Option(
            "--with",
            metavar="REQUIREMENT",
            help="A package to add for this run, as for pip. Repeatable.",
        ),
    ] = None,
    strict: Annotated[
        bool,
        typer.Option("--strict", help="Fail rather than run on another Python than the era's."),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the sandbox's command; build and run nothing.")
    ] = False,
    output_format: Annotated[
        Literal["text", "json"],
        typer.Option("--format", help="json: stdout is the report, one JSON document."),
    ] = "text",
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say only warnings.")] = False,
) -> None:
    """Run a notebook in the environment of its own time, in a sandbox that is thrown away.

    What it writes to /kaggle/working stays, in the run's folder.
    """
    from kagura.cli.settings import engine_and_store
    from kagura.notebook.parameters import parse
    from kagura.workflows.run import RunOptions
    from kagura.workflows.run import dry_run as dry
    from kagura.workflows.run import run as run_it

    options = RunOptions(
        notebook=notebook,
        base=base,
        inputs=tuple(inputs or ()),
        output=output,
        internet=not no_internet,
        timeout=seconds_of(timeout) if timeout else None,
        parameters=dict(parse(text) for text in parameters or ()),
        extra=tuple(extra or ()),
        strict=strict,
    )
    engine, store = engine_and_store()
    shown = console(quiet=quiet)
    try:
        if dry_run:
            typer.echo(shlex.join(dry(options, store=store, engine=engine, progress=shown)))
            return
        report = run_it(options, store=store, engine=engine, progress=shown)
    finally:
        shown.close()
    if output_format == "json":
        typer.echo(as_json(report), nl=False)
    show_end(report, json=output_format == "json")
    raise typer.Exit(EXIT_CODES.get(report.status, 1))


def seconds_of(text: str) -> float:
    """Seconds of ``90``, ``90s``, ``15m`` or ``12h``.  Raises UsageError."""
    from kagura.errors import UsageError

    units = {"s": 1.0, "m": 60.0, "h": 3600.0}
    number, unit = (text[:-1], text[-1]) if text[-1:] in units else (text, "s")
    try:
        seconds = float(number) * units[unit]
    except ValueError:
        seconds = -1.0
    if not 0 < seconds < float("inf"):
        raise UsageError(
            f"--timeout {text}: this is not a time", hint="write it as 90, 90s, 15m or 12h"
        )
    return seconds


def show_end(report: Report, *, json: bool) -> None:
    """The last lines: what failed (stderr), and where everything is (stdout, unless it is JSON)."""
    failure = report.failure
    if failure:
        place = "" if failure.cell is None else f" in cell {failure.cell + 1}"
        typer.echo(f"{'failed':<9}{failure.name}{place}: {_first_line(failure.message)}", err=True)
        if failure.hint:
            typer.echo(f"{'hint:':<9}{failure.hint}", err=True)
    folder = Path(report.folder)
    try:
        shown = folder.relative_to(Path.cwd())
    except ValueError:
        shown = folder
    named = [f"{output.path} ({size_text(output.size)})" for output in report.outputs[:4]]
    if len(report.outputs) > 4:
        named.append(f"{len(report.outputs) - 4} more")
    text = " · ".join([*named, "report.json", "__results__.html"])
    word = "done" if report.status == "ok" else report.status
    typer.echo(f"{word:<9}{shown}: {text}", err=json)


def _first_line(text: str) -> str:
    return (text.strip().splitlines() or [""])[0][:200]
