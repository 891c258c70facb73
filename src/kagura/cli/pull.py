"""``kagura pull``: declares, delegates, renders."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kagura.cli.console import console
from kagura.cli.downloads import download_options, terms_of
from kagura.errors import UsageError

if TYPE_CHECKING:
    from kagura.workflows.pull import Pulled

__all__ = ["pull_command"]

EPILOG = """\b
Examples:
  kagura pull https://www.kaggle.com/code/alexisbcook/titanic-tutorial
  kagura pull alexisbcook/titanic-tutorial/12 tutorial
  kagura pull old-notebook.ipynb --yes
"""


@click.command("pull", epilog=EPILOG, short_help="Get a notebook from Kaggle, with its data.")
@click.argument("notebook", metavar="ADDRESS|OWNER/SLUG[/VERSION]|FILE.ipynb")
@click.argument("folder", required=False, type=click.Path(path_type=Path))
@click.option("--no-inputs", is_flag=True, help="Leave the data for later: a run fetches it.")
@click.option("--outputs", is_flag=True, help="Also the files that its run left on Kaggle.")
@click.option("--overwrite", is_flag=True, help="Take Kaggle's files where yours were edited.")
@click.option("-y", "--yes", is_flag=True, help="For a file: take what is guessed of its inputs.")
@download_options
@click.option("--format", "output_format", type=click.Choice(["text", "json"]), default="text")
def pull_command(
    *,
    notebook: str,
    folder: Path | None,
    no_inputs: bool,
    outputs: bool,
    overwrite: bool,
    yes: bool,
    limit_rate: int | None,
    max_size: int | None,
    output_format: str,
) -> None:
    """Get a notebook from Kaggle, what it needs, and the name of its environment.

    It becomes a folder that runs: `cd FOLDER && kagura run`. Data is downloaded once for all
    projects. Pulling again brings it up to date and keeps what you edited. With a FILE that is
    already here, its inputs are found out and fetched.
    """
    from kagura.cli.settings import the_store
    from kagura.model.serial import as_json
    from kagura.workflows.adopt import adopt
    from kagura.workflows.pull import PullOptions, pull

    store = the_store()
    shown = console()
    terms = terms_of(limit_rate, max_size)
    try:
        path = Path(notebook)
        if path.suffix in (".ipynb", ".py") and not notebook.startswith(("http:", "https:")):
            _refuse_for_file(folder, outputs=outputs, overwrite=overwrite)
            answer = adopt(
                path,
                ask=None if yes else _ask,
                fetch=not no_inputs,
                store=store,
                progress=shown,
                terms=terms,
            )
        else:
            options = PullOptions(
                what=notebook,
                folder=folder,
                inputs=not no_inputs,
                outputs=outputs,
                overwrite=overwrite,
                terms=terms,
            )
            answer = pull(options, store=store, progress=shown)
    finally:
        shown.close()
    if output_format == "json":
        click.echo(as_json(answer), nl=False)
    else:
        is_here = Path(answer.folder).resolve() == Path.cwd()
        there = "" if is_here else f"cd {shlex.quote(answer.folder)} && "
        click.echo(f"{'next':<9}{there}kagura run{_unless_its_own(answer)}")


def _unless_its_own(answer: Pulled) -> str:
    """The notebook as `kagura run` must be told it, if the project has another."""
    from kagura.project.config import read_project

    folder, notebook = Path(answer.folder), Path(answer.notebook)
    own = read_project(folder).notebook
    if own is None or (folder / own).resolve() == notebook.resolve():
        return ""
    return f" {shlex.quote(os.path.relpath(notebook, folder))}"


def _refuse_for_file(folder: Path | None, *, outputs: bool, overwrite: bool) -> None:
    """Raise UsageError for what only a notebook that comes from Kaggle can have."""
    if folder is not None:
        raise UsageError(
            f"a notebook that is here already stays in its folder: {folder} means nothing",
            hint="copy the file there first, or leave FOLDER out",
        )
    for name, is_given in (("--outputs", outputs), ("--overwrite", overwrite)):
        if is_given:
            raise UsageError(
                f"{name} is for a notebook that comes from Kaggle, not for a file",
                hint="give its address or OWNER/SLUG, or leave the option out",
            )


def _ask(question: str) -> bool:
    try:
        return click.confirm(question, default=True, err=True)
    except click.Abort:
        # Ctrl-C goes on as such; but a script's stdin is just at its end.
        if sys.stdin.isatty():
            raise
        raise UsageError("nobody is there to answer", hint="--yes takes what was guessed") from None
