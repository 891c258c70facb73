"""``kagura export …``: declares, delegates, renders."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from kagura.cli.console import console

if TYPE_CHECKING:
    from kagura.project.export.outline import Gpus
    from kagura.workflows.export import Exported, Target

__all__ = ["export_group"]

OUTPUT = click.option(
    "--output", "-o", metavar="PATH", help="Write there; - prints it, and writes nothing."
)
FORCE = click.option("--force", is_flag=True, help="Overwrite a file that was edited.")
GPUS = click.option(
    "--gpus",
    type=click.Choice(["auto", "all", "none"]),
    default="auto",
    help="auto: where the other tool can take one if there is one.",
)


@click.group("export")
def export_group() -> None:
    """Write the project as a file of another tool's: leave at any time."""


@export_group.command("requirements")
@click.option("--whole", is_flag=True, help="Also the base's packages; without hashes.")
@OUTPUT
@FORCE
def requirements_command(*, whole: bool, output: str | None, force: bool) -> None:
    """The locked packages for pip or uv, with hashes; printed, without --output.

    They are what the project adds to its base: pip install --no-deps -r FILE.
    """
    from kagura.cli.settings import engine_and_store
    from kagura.workflows.export import Exported, export_requirements

    _, store = engine_and_store()
    text = export_requirements(Path.cwd(), whole=whole, store=store, progress=console())
    _deliver((Exported(path=Path(output or "-"), text=text),), output or "-", force=force)


@export_group.command("dockerfile")
@OUTPUT
@FORCE
def dockerfile_command(*, output: str | None, force: bool) -> None:
    """A Dockerfile: a Python image, the base as one layer, the project's packages as another."""
    _export("dockerfile", "auto", output, force=force)


@export_group.command("compose")
@GPUS
@OUTPUT
@FORCE
def compose_command(*, gpus: Gpus, output: str | None, force: bool) -> None:
    """A compose.yaml with volumes, ports, shared memory, limits and GPU; and its Dockerfile."""
    _export("compose", gpus, output, force=force)


@export_group.command("devcontainer")
@GPUS
@OUTPUT
@FORCE
def devcontainer_command(*, gpus: Gpus, output: str | None, force: bool) -> None:
    """A .devcontainer/devcontainer.json, which VS Code opens; and its Dockerfile."""
    _export("devcontainer", gpus, output, force=force)


def _export(target: Target, gpus: Gpus, output: str | None, *, force: bool) -> None:
    from kagura.cli.settings import engine_and_store
    from kagura.workflows.export import export

    _, store = engine_and_store()
    files = export(target, Path.cwd(), gpus=gpus, store=store, progress=console())
    _deliver(files, output, force=force)


def _deliver(files: tuple[Exported, ...], output: str | None, *, force: bool) -> None:
    from dataclasses import replace

    from kagura.workflows.export import write

    first, *others = files
    if output == "-":
        click.echo(first.text, nl=False)
        return
    if output is not None:
        # Its paths are from the project's folder on, wherever it lies.
        first, others = replace(first, path=Path(output)), []
    wanted = (first, *others)
    written = write(wanted, force=force)
    for file in wanted:
        state = "written" if file.path in written else "the same"
        click.echo(f"{state:<9}{_shown(file.path)}")


def _shown(path: Path) -> Path:
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
