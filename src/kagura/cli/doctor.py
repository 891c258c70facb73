"""``kagura doctor``: declares, delegates, renders."""

from __future__ import annotations

import click

from kagura.cli.console import console
from kagura.model.serial import as_json

__all__ = ["doctor_command"]

MARKS = {"ok": "ok", "warning": "!", "broken": "BROKEN"}


@click.command("doctor", short_help="Say what works on this machine, and the mend.")
@click.option(
    "--verify", is_flag=True, help="Also read every file of the store: is it as it was built?"
)
@click.option("--format", "output_format", type=click.Choice(["text", "json"]), default="text")
def doctor_command(*, verify: bool, output_format: str) -> int:
    """Say what works on this machine, what does not, and how to mend it.

    With --verify a damaged base, layer or input is named and put aside: the next run that needs
    it builds or fetches it again. Exit code 3 if something is broken.
    """
    from kagura.cli.settings import engine_and_store
    from kagura.engines.bubblewrap import Bubblewrap
    from kagura.workflows.doctor import doctor

    _, store = engine_and_store()
    # An engine without notes: all is tried anew.
    findings = doctor(store=store, engine=Bubblewrap())
    if verify:
        from kagura.workflows.integrity import check_store

        shown = console()
        try:
            findings = (*findings, *check_store(store=store, progress=shown))
        finally:
            shown.close()
    if output_format == "json":
        click.echo(as_json(findings), nl=False)
    else:
        for finding in findings:
            click.echo(f"{MARKS[finding.state]:<7}{finding.topic:<9}{finding.text}")
            if finding.mend:
                click.echo(f"{'':<7}{'hint:':<9}{finding.mend}")
    return 3 if any(finding.state == "broken" for finding in findings) else 0
