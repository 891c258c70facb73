"""``kagura ps``, ``reset``, ``down``, ``logs``, ``open``, ``shell``: for sessions that are up."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kagura.progress import size_text

if TYPE_CHECKING:
    from kagura.session.record import Session
    from kagura.store.objects import Store

__all__ = [
    "down_command",
    "logs_command",
    "open_command",
    "ps_command",
    "reset_command",
    "shell_command",
]

NAME = click.argument("name", required=False, metavar="[SESSION]")
FOLLOW_PAUSE = 0.2


@click.command("ps", short_help="List the sessions that are up.")
@click.option("--format", "output_format", type=click.Choice(["text", "json"]), default="text")
def ps_command(*, output_format: str) -> None:
    """List the sessions, with their state, memory and age.

    One whose process was killed is shown as gone until `kagura up` or `kagura down` is given.
    """
    from kagura.workflows.sessions import listed

    found = listed(_store())
    if output_format == "json":
        from kagura.model.serial import as_json

        click.echo(as_json(found), nl=False)
        return
    if not found:
        click.echo("no session is up: `kagura up` starts one")
        return
    rows = [("SESSION", "STATE", "MEMORY", "AGE", "BASE", "ADDRESS")]
    rows += [
        (
            item.name,
            item.state,
            "-" if item.memory is None else size_text(item.memory),
            _age(item.age),
            item.base,
            item.url or item.connection or "",
        )
        for item in found
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        cells = (text.ljust(width) for text, width in zip(row, widths, strict=True))
        click.echo("  ".join(cells).rstrip())


@click.command("reset", short_help="Give the session here a new environment.")
@NAME
def reset_command(*, name: str | None) -> None:
    """Throw away everything that changed inside a session, and start it anew.

    Notebooks and what they wrote to /kaggle/working stay; the address stays, and a browser that
    or another client that is open connects again. Kernels begin anew.
    """
    from kagura.workflows.sessions import reset

    store = _store()
    session = _session(name, store)
    seconds = reset(session, store=store)
    click.echo(f"{'done':<9}{session.name} has a new environment ({seconds:.1f} s)")


@click.command("down", short_help="End the session here.")
@NAME
@click.option("--all", "everything", is_flag=True, help="End all sessions.")
def down_command(*, name: str | None, everything: bool) -> None:
    """End a session, whatever runs in it; nothing of it is left but the folders of this machine."""
    from kagura.session.record import all_sessions
    from kagura.workflows.sessions import down

    if name and everything:
        raise click.UsageError("give the name of a session, or --all")
    store = _store()
    known = all_sessions(store.home)
    gone = [item for item in known if item.name == name and item.state == "gone"]
    for session in known if everything else gone or [_session(name, store)]:
        down(session, store=store)
        click.echo(f"{'down':<9}{session.name}")


@click.command("logs", short_help="Show what the session's server says.")
@NAME
@click.option("-f", "--follow", is_flag=True, help="Go on until Ctrl-C, or the session's end.")
def logs_command(*, name: str | None, follow: bool) -> None:
    """Show what JupyterLab (or the kernel) and kagura said in a session, also in one that is gone;
    tokens are left out.
    """
    from kagura.session.record import all_sessions, guard_of, log_of

    store = _store()
    gone = next((item.name for item in all_sessions(store.home) if item.name == name), None)
    found = gone or _session(name, store).name
    guard = guard_of(store.home, found)
    with log_of(store.home, found).open("rb") as log:
        while True:
            told = log.read()
            if told:
                sys.stdout.write(told.decode(errors="replace"))
                sys.stdout.flush()
            elif not follow:
                return
            elif guard.acquire(wait=False):
                guard.release()
                return
            else:
                time.sleep(FOLLOW_PAUSE)


@click.command("open", short_help="Open the session here in the browser.")
@NAME
@click.option("--print", "only_print", is_flag=True, help="Only print the address.")
def open_command(*, name: str | None, only_print: bool) -> None:
    """Open a session's JupyterLab in the browser; where there is none, print its address."""
    session = _session(name, _store())
    if session.connection:
        from kagura.errors import UsageError

        raise UsageError(
            f"the session {session.name} has no JupyterLab",
            hint=f"jupyter console --existing {session.connection}",
        )
    if not only_print:
        # Not by a program with the address as its argument: the token would be in process lists.
        click.launch(_doorway(session), wait=False)
    click.echo(session.url)


@click.command("shell", short_help="A shell in the running session.")
@NAME
def shell_command(*, name: str | None) -> int:
    """Open a shell inside a session, in /kaggle/working; the session goes on when it ends."""
    from kagura.cli.execute import run_in_session

    terminal = sys.stdin.isatty() and sys.stdout.isatty()
    command = ("bash", "-i") if terminal else ("bash",)
    return run_in_session(command, session=_session(name, _store()), variables={})


def _doorway(session: Session) -> str:
    """A page of the user's own that leads to the Lab."""
    import html

    page = Path(session.run).parent / "open.html"
    page.touch(mode=0o600)
    address = html.escape(session.url, quote=True)
    page.write_text(f'<meta http-equiv="refresh" content="0;url={address}">', encoding="utf-8")
    return page.as_uri()


def _store() -> Store:
    from kagura.cli.settings import engine_and_store

    return engine_and_store()[1]


def _session(name: str | None, store: Store) -> Session:
    from kagura.workflows.sessions import session_here

    return session_here(name, here=Path.cwd(), store=store)


def _age(seconds: float) -> str:
    minutes, hours = int(seconds // 60), int(seconds // 3600)
    if minutes < 1:
        return f"{seconds:.0f} s"
    if hours < 1:
        return f"{minutes} min"
    return f"{hours} h {minutes % 60} min" if hours < 48 else f"{hours // 24} days"
