"""``kagura run``: declares the options, calls the workflow, says where the outputs are."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from kagura.cli.console import console
from kagura.cli.downloads import download_options, terms_of
from kagura.model.report import Report
from kagura.model.serial import as_json
from kagura.progress import size_text

__all__ = ["run_command"]

EXIT_CODES = {"ok": 0, "interrupted": 130}

EPILOG = """\b
Examples:
  kagura run titanic.ipynb
  kagura run titanic.ipynb --input titanic=./data --base 2023-07
  kagura run train.py --with optuna --timeout 2h --format json > report.json
"""


@click.command("run", epilog=EPILOG, short_help="Run a notebook or script in its own era.")
@click.argument("notebook", required=False, type=click.Path(path_type=Path))
@click.option(
    "--input",
    "inputs",
    multiple=True,
    metavar="NAME=FOLDER",
    help="A folder to be seen as /kaggle/input/NAME, read-only. Repeatable. Without it, the folder "
    "input/ beside the notebook is used.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="An empty or new folder for what the run writes (default: runs/NAME/TIME).",
)
@click.option(
    "--base",
    metavar="DATE|vNNN|DIGEST",
    help="The era to run in: 2023-07, 2023-07-05, v170 or sha256:…; without it, the notebook's own "
    "evidence decides.",
)
@click.option("--no-internet", is_flag=True, help="No network inside at all.")
@click.option(
    "--gpus",
    type=click.Choice(["auto", "all", "none"]),
    default="auto",
    help="Pass this machine's NVIDIA GPUs: those that work (auto), all or an error, or none.",
)
@click.option(
    "--timeout", metavar="TIME", help="Stop the run after this time: 90, 90s, 15m or 12h."
)
@click.option(
    "-P",
    "--param",
    "parameters",
    multiple=True,
    metavar="NAME=VALUE",
    help="Set a variable, by papermill's convention (a cell tagged `parameters`). Repeatable.",
)
@click.option(
    "--with",
    "extra",
    multiple=True,
    metavar="REQUIREMENT",
    help="A package to add for this run, as for pip. Repeatable.",
)
@download_options
@click.option("--strict", is_flag=True, help="Fail rather than run on another Python.")
@click.option("--dry-run", is_flag=True, help="Print the sandbox's command; build and run nothing.")
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "json"]),
    default="text",
    help="json: stdout is the report, one JSON document.",
)
@click.option("-q", "--quiet", is_flag=True, help="Say only warnings and the end.")
def run_command(
    *,
    notebook: Path | None,
    inputs: tuple[str, ...],
    output: Path | None,
    base: str | None,
    no_internet: bool,
    gpus: str,
    timeout: str | None,
    parameters: tuple[str, ...],
    extra: tuple[str, ...],
    limit_rate: int | None,
    max_size: int | None,
    strict: bool,
    dry_run: bool,
    output_format: str,
    quiet: bool,
) -> int:
    """Run a notebook in the environment of its own time, in a sandbox that is thrown away.

    Without NOTEBOOK: that of the project here (kagura.toml). What it writes to /kaggle/working
    stays, in the run's folder.
    """
    from kagura.cli.settings import engine_and_store
    from kagura.notebook.parameters import parse
    from kagura.workflows.plan import notebook_of
    from kagura.workflows.run import RunOptions
    from kagura.workflows.run import dry_run as dry
    from kagura.workflows.run import run as run_it

    options = RunOptions(
        notebook=notebook_of(notebook),
        base=base,
        inputs=inputs,
        output=output.expanduser() if output else None,
        internet=not no_internet,
        timeout=None if timeout is None else seconds_of(timeout),
        parameters=dict(parse(text) for text in parameters),
        extra=extra,
        strict=strict,
        terms=terms_of(limit_rate, max_size),
        gpus=gpus,
    )
    engine, store = engine_and_store()
    shown = console(quiet=quiet, has_data=output_format == "json")
    try:
        if dry_run:
            click.echo(shlex.join(dry(options, store=store, engine=engine, progress=shown)))
            return 0
        report = run_it(options, store=store, engine=engine, progress=shown)
    finally:
        shown.close()
    if output_format == "json":
        click.echo(as_json(report), nl=False)
    show_end(report, json=output_format == "json")
    return EXIT_CODES.get(report.status, 1)


def seconds_of(text: str, *, option: str = "--timeout") -> float:
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
            f"{option} {text}: this is not a time", hint="write it as 90, 90s, 15m or 12h"
        )
    return seconds


def show_end(report: Report, *, json: bool) -> None:
    """The last lines: what failed (stderr), and where everything is.

    That is on stdout, unless this has something else: JSON, or what a script printed.
    """
    is_script = report.notebook.endswith(".py")
    failure = report.failure
    if failure:
        numbers = {cell.index: cell.number for cell in report.cells}
        known = not is_script and failure.cell in numbers
        place = (
            f" in code cell {numbers[failure.cell]}" if known and failure.cell is not None else ""
        )
        text = ": ".join(filter(None, [f"{failure.name}{place}", _first_line(failure.message)]))
        status = "stopped" if report.status == "interrupted" else report.status
        click.echo(f"{status:<9}{text}", err=True)
        if failure.hint:
            click.echo(f"{'hint:':<9}{failure.hint}", err=True)
    folder = Path(report.folder)
    try:
        shown = folder.relative_to(Path.cwd())
    except ValueError:
        shown = folder
    named = [f"{output.path} ({size_text(output.size)})" for output in report.outputs[:4]]
    if len(report.outputs) > 4:
        named.append(f"{len(report.outputs) - 4} more")
    written = (name for name in ("report.json", "__results__.html") if (folder / name).is_file())
    text = " · ".join([*named, *written])
    word = "done" if report.status == "ok" else "outputs"
    click.echo(f"{word:<9}{shown}: {text}", err=json or is_script)


def _first_line(text: str) -> str:
    return (text.strip().splitlines() or [""])[0][:200]
