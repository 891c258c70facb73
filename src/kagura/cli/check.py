"""``kagura check``: declares, delegates, renders."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from kagura.model.serial import as_json

if TYPE_CHECKING:
    from kagura.model.check import CheckReport

__all__ = ["check_command"]


@click.command("check", short_help="Say what a notebook needs and what is here.")
@click.argument("notebook", required=False, type=click.Path(path_type=Path))
@click.option("--input", "inputs", multiple=True, metavar="NAME=FOLDER", help="As for run.")
@click.option("--base", metavar="DATE|vNNN|DIGEST", help="As for run.")
@click.option("--format", "output_format", type=click.Choice(["text", "json"]), default="text")
def check_command(
    *, notebook: Path | None, inputs: tuple[str, ...], base: str | None, output_format: str
) -> None:
    """Say what a notebook needs, what of it is here, and what a run would use. Runs nothing.

    Example: kagura check titanic.ipynb --format json
    """
    from kagura.cli.settings import engine_and_store
    from kagura.workflows.check import check
    from kagura.workflows.plan import notebook_of

    engine, store = engine_and_store()
    report = check(notebook_of(notebook), base=base, inputs=inputs, store=store, engine=engine)
    if output_format == "json":
        click.echo(as_json(report), nl=False)
        return
    for topic, text in lines(report):
        click.echo(f"{topic:<9}{text}")


def lines(report: CheckReport) -> list[tuple[str, str]]:
    """The report as lines of a topic and a text."""
    built = f"built ({report.base_digest[7:19]})" if report.base_digest else "not built yet"
    named = f"era {report.era} · Python {report.python}"
    if report.plain:
        named = f"Python {report.python} as of {report.era}"
    shown = [("base", f"{named} · {report.reason} · {built}")]
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
        if item.handle:
            shown.append(("input", f"{item.handle}: not here yet, a run would fetch it"))
            continue
        state = item.folder or "not here: give it with --input NAME=FOLDER, or `kagura input add`"
        path = "/kaggle/input" if item.path == "." else f"/kaggle/input/{item.path}"
        shown.append(("input", f"{path} ← {state}"))
    if report.inputs:
        shown.append(("layout", report.layout))
    if not report.internet:
        shown.append(("internet", "off, as the notebook's metadata says"))
    if report.accelerator not in (None, "none"):
        shown.append(("wants", f"accelerator {report.accelerator}"))
    return [*shown, *(("warning", text) for text in report.warnings)]
