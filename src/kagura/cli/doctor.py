"""``kagura doctor``: declares, delegates, renders."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from kagura.model.serial import as_json

__all__ = ["doctor_command"]

MARKS = {"ok": "ok", "warning": "!", "broken": "BROKEN"}


def doctor_command(
    output_format: Annotated[Literal["text", "json"], typer.Option("--format")] = "text",
) -> None:
    """Say what works on this machine, what does not, and how to mend it.

    Exit code 3 if something is broken.
    """
    from kagura.cli.settings import engine_and_store
    from kagura.workflows.doctor import doctor

    engine, store = engine_and_store()
    findings = doctor(store=store, engine=engine)
    if output_format == "json":
        typer.echo(as_json(findings), nl=False)
    else:
        for finding in findings:
            typer.echo(f"{MARKS[finding.state]:<7}{finding.topic:<9}{finding.text}")
            if finding.mend:
                typer.echo(f"{'':<7}{'hint:':<9}{finding.mend}")
    raise typer.Exit(3 if any(finding.state == "broken" for finding in findings) else 0)
