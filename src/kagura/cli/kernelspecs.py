"""``kagura kernelspec …``: declares, delegates, renders."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from kagura.cli.console import console
from kagura.cli.kernel import run_command, whose_environment

__all__ = ["kernelspec_group"]

INSTALL_EPILOG = """\b
Examples:
  kagura kernelspec install                     the project here
  kagura kernelspec install titanic.ipynb       a notebook's own environment
  kagura kernelspec install --base 2018-07 --name old --display-name "Python 3.6 of 2018"
  kagura kernelspec install --prefix ~/.venvs/jupyter
"""

FORMAT = click.option(
    "--format", "output_format", type=click.Choice(["text", "json"]), default="text"
)


# Named as `jupyter kernelspec install` does.
USER = click.option(
    "--user", is_flag=True, help="Your own Jupyter folder, for all environments: the default."
)
PREFIX = click.option(
    "--prefix",
    metavar="FOLDER",
    type=click.Path(path_type=Path, file_okay=False),
    help="A virtual or conda environment's Jupyter folder.",
)
SYS_PREFIX = click.option("--sys-prefix", is_flag=True, help="That of kagura's own environment.")


@click.group("kernelspec")
def kernelspec_group() -> None:
    """Use environments as kernels of your own JupyterLab or VS Code."""


kernelspec_group.add_command(run_command)


@kernelspec_group.command(
    "install", epilog=INSTALL_EPILOG, short_help="Make an environment a kernel."
)
@click.argument("notebook", required=False, type=click.Path(path_type=Path))
@click.option("--name", help="The kernel's name for Jupyter.")
@click.option("--display-name", metavar="TEXT", help="What people see.")
@whose_environment
@USER
@PREFIX
@SYS_PREFIX
@click.option(
    "--provisioner",
    is_flag=True,
    help="For a Jupyter in kagura's own environment: it waits for builds and uses no ports.",
)
@click.option("-q", "--quiet", is_flag=True, help="Say only warnings, and what was installed.")
def install_command(
    *,
    notebook: Path | None,
    name: str | None,
    display_name: str | None,
    project: Path | None,
    base: str | None,
    inputs: tuple[str, ...],
    gpus: str,
    no_internet: bool,
    user: bool,
    prefix: Path | None,
    sys_prefix: bool,
    provisioner: bool,
    quiet: bool,
) -> None:
    """Make an environment a kernel of your own JupyterLab, VS Code, or whatever knows Jupyter.

    It is NOTEBOOK's environment, the project's here, or a base's. Every kernel starts in a
    throw-away sandbox of its own, and a restart gives a new one. The project's working/ is
    /kaggle/working for notebooks in it; for others it is the folder that they are in. All is built
    now, so that kernels start at once.
    """
    from kagura.cli.settings import engine_and_store
    from kagura.errors import UsageError
    from kagura.workflows.fresh import project_here
    from kagura.workflows.kernel import KernelOptions
    from kagura.workflows.kernelspecs import install

    if notebook is not None and project is not None:
        raise UsageError("give a notebook or --project", hint="a notebook's own project counts")
    if notebook is None and project is None:
        here = project_here(Path.cwd())
        project = here.folder if here else None
    engine, store = engine_and_store()
    shown = console(quiet=quiet)
    try:
        made = install(
            KernelOptions(
                project=project,
                notebook=notebook,
                base=base,
                inputs=inputs,
                gpus=gpus,
                internet=not no_internet,
            ),
            name=name,
            display_name=display_name,
            prefix=_prefix(prefix, sys_prefix, user=user),
            provisioner=provisioner,
            # The store of a user who has set one, also from a desktop's menu.
            variables={"KAGURA_HOME": os.fspath(store.home)} if "KAGURA_HOME" in os.environ else {},
            store=store,
            engine=engine,
            progress=shown,
        )
    finally:
        shown.close()
    click.echo(f"{'kernel':<9}{made.name}   {made.display_name}   {made.folder}")


@kernelspec_group.command("list", short_help="Show the kernels that were installed.")
@PREFIX
@SYS_PREFIX
@FORMAT
def list_command(*, prefix: Path | None, sys_prefix: bool, output_format: str) -> None:
    """Show the kernels that were installed, what they are of, and where they are."""
    from kagura.workflows.kernelspecs import installed

    found = installed(_prefix(prefix, sys_prefix))
    if output_format == "json":
        from kagura.model.serial import as_json

        click.echo(as_json(found), nl=False)
        return
    if not found:
        click.echo("no kernel is installed: `kagura kernelspec install`", err=True)
        return
    rows = [("KERNEL", "BASE", "OF", "WHERE")]
    rows += [(item.name, item.base, item.of, item.folder) for item in found]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        cells = (text.ljust(width) for text, width in zip(row, widths, strict=True))
        click.echo("  ".join(cells).rstrip())


def _complete(context: click.Context, _parameter: click.Parameter, start: str) -> list[str]:
    from kagura.workflows.kernelspecs import installed

    given = context.params
    prefix = _prefix(given.get("prefix"), bool(given.get("sys_prefix")))
    return [item.name for item in installed(prefix) if item.name.startswith(start.lower())]


@kernelspec_group.command("remove", short_help="Take kernels away again.")
@click.argument("names", nargs=-1, required=True, metavar="KERNEL...", shell_complete=_complete)
@PREFIX
@SYS_PREFIX
def remove_command(*, names: tuple[str, ...], prefix: Path | None, sys_prefix: bool) -> None:
    """Take kernels away from Jupyter again; what they were built from stays in the store."""
    from kagura.workflows.kernelspecs import remove

    for item in remove(names, prefix=_prefix(prefix, sys_prefix)):
        click.echo(f"{'removed':<9}{item.name}   {item.folder}")


def _prefix(prefix: Path | None, sys_prefix: bool, *, user: bool = False) -> Path | None:
    """Where kernels are installed; None: for the user.  Raises UsageError for two places."""
    from kagura.errors import UsageError

    if sum((user, prefix is not None, sys_prefix)) > 1:
        raise UsageError("give one of --user, --prefix and --sys-prefix")
    return Path(sys.prefix) if sys_prefix else prefix
