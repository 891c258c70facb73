"""``kagura check``: declares, delegates, renders."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from kagura.model.check import CheckReport
from kagura.model.serial import as_json

__all__ = ["check_command"]


def check_command(
    notebook: Annotated[Path, typer.Argument(help="An .ipynb, or a Kaggle script (.py).")],
    inputs: Annotated[
        list[str] | None, typer.Option("--input", metavar="NAME=FOLDER", help="As for run.")
    ] = None,
    base: Annotated[
        str | None, typer.Option(metavar="DATE|vNNN|DIGEST", help="As for run.")
    ] = None,
    output_format: Annotated[Literal["text", "json"], typer.Option("--format")] = "text",
) -> None:
    """Say what a notebook needs, what of it is here, and what a run would use. Runs nothing.

    Example: kagura check titanic.ipynb --format json
    """
    from kagura.cli.settings import engine_and_store
    from kagura.workflows.check import check

    engine, store = engine_and_store()
    report = check(notebook, base=base, inputs=tuple(inputs or ()), store=store, engine=engine)
    if output_format == "json":
        typer.echo(as_json(report), nl=False)
        return
    for topic, text in lines(report):
        typer.echo(f"{topic:<9}{text}")


def lines(report: CheckReport) -> list[tuple[str, str]]:
    """The report as lines of a topic and a text."""
    built = f"built ({report.base_digest[7:19]})" if report.base_digest else "not built yet"
    shown = [("base", f"era {report.era} · Python {report.python} · {report.reason} · {built}")]
    if report.in_base:
        shown.append(("base has", ", ".join(report.in_base)))
    if report.in_layer:
        shown.append(("layer", f"would add {', '.join(report.in_layer)}"))
    if report.lacking:
        shown.append(("lacking", f"{', '.join(report.lacking)} (could not be installed)"))
    if report.unknown:
        shown.append(("unknown", f"{', '.join(report.unknown)}: no known package has these"))
    shown += [("installs", line) for line in report.installs]
    for item in report.inputs:
        state = item.folder or "not here: give it with --input NAME=FOLDER"
        path = "/kaggle/input" if item.path == "." else f"/kaggle/input/{item.path}"
        shown.append(("input", f"{path} ← {state}"))
    if not report.internet:
        shown.append(("internet", "off, as the notebook's metadata says"))
    if report.accelerator not in (None, "none"):
        shown.append(("wants", f"accelerator {report.accelerator}"))
    return [*shown, *(("warning", text) for text in report.warnings)]
