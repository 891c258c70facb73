"""``kagura up``: a session over a notebook's or project's environment, until it is told to end."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from kagura.engines.base import Engine
from kagura.env.site import Site
from kagura.errors import UsageError
from kagura.progress import Progress
from kagura.session.forward import listen
from kagura.session.record import (
    Session,
    all_sessions,
    connection_of,
    guard_of,
    log_of,
    save_connection,
    withdraw,
)
from kagura.session.supervise import End, Life, supervise
from kagura.store.objects import Store, digest_of
from kagura.store.scratch import scratch_folder
from kagura.system.host import compile_tools, tool_environment
from kagura.workflows.offer import kernel_offer, lab_offer
from kagura.workflows.session_drift import noting_places
from kagura.workflows.workplace import Place, is_too_much, place_of, ready_workplace

__all__ = ["UpOptions", "running_here", "up"]

LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True, slots=True, kw_only=True)
class UpOptions:
    """What the user asked for; ``limit`` is in seconds.

    Without a notebook, the session is the project's around ``here``, or the folder's.  With
    ``kernel_only`` it has a kernel for other clients and no Lab.
    """

    here: Path
    notebook: Path | None = None
    base: str | None = None
    inputs: tuple[str, ...] = ()
    gpus: str = "auto"
    internet: bool = True
    host: str = "127.0.0.1"
    port: int | None = None
    limit: float | None = None
    kernel_only: bool = False


def running_here(options: UpOptions, *, store: Store) -> Session | None:
    """The session that is up already over the same folder.

    Raises UsageError if it has the Lab and none is wanted, or has none and it is.
    """
    working = os.fspath(place_of(options.here, options.notebook).working)
    live = (item for item in all_sessions(store.home) if item.state != "gone")
    found = next((item for item in live if item.working == working), None)
    if found is not None and options.kernel_only != (found.connection is not None):
        what = "without JupyterLab" if found.connection else "with JupyterLab"
        raise UsageError(
            f"the session {found.name} is up here already, {what}",
            hint=f"`kagura down {found.name}` ends it",
        )
    return found


def up(
    options: UpOptions,
    *,
    store: Store,
    engine: Engine,
    progress: Progress,
    on_ready: Callable[[Session, Path], None],
) -> End:
    """Run a session to its end, and tell which one.  One that ended by itself leaves its log.

    ``on_ready`` gets the session, with its URL, and its log, when it answers.  Raises the errors
    of ``kagura.errors``; nothing is left behind then.
    """
    place = place_of(options.here, options.notebook)
    if is_too_much(place.working):
        raise UsageError(
            f"notebooks would see all of {place.working}, and could write there",
            hint="start it from a folder of its own",
        )
    if options.host not in LOOPBACK:
        progress.warn(
            f"the Lab listens on {options.host}: who has the token can run code from there",
            hint="without --host it is for this machine only",
        )
    name = _name(place, store)
    guard = guard_of(store.home, name)
    with ExitStack() as stack:
        if not guard.acquire(wait=False):
            raise UsageError(
                f"another command is starting the session {name}", hint="`kagura ps` shows it"
            )
        stack.callback(guard.release)
        with_lab = not options.kernel_only
        listener = stack.enter_context(listen(options.host, options.port)) if with_lab else None
        leases = stack.enter_context(ExitStack())
        site = Site(store=store, engine=engine, progress=progress, leases=leases)
        scratch = stack.enter_context(scratch_folder(store.home, "lab"))
        run = scratch / "run"
        run.mkdir(mode=0o700)
        offer_of = (
            kernel_offer(stack, folder=scratch)
            if listener is None
            else lab_offer(listener, site=site, folder=scratch)
        )
        work = ready_workplace(
            place,
            base=options.base,
            inputs=options.inputs,
            gpus=options.gpus,
            internet=options.internet,
            site=site,
        )
        offer = offer_of(work)
        compile_tools(tool_environment())
        session = Session(
            name=name,
            folder=os.fspath(place.folder),
            working=os.fspath(place.working),
            notebook=place.shown,
            base=str(work.era),
            host=options.host,
            port=offer.port,
            token=offer.token,
            connection=os.fspath(connection_of(store.home, name)) if offer.connection else None,
            pid=os.getpid(),
            run=os.fspath(run),
            started=datetime.now(UTC).isoformat(timespec="seconds"),
        )
        withdraw(store.home, name)
        log = log_of(store.home, name)
        log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if offer.connection:
            save_connection(store.home, name, offer.connection.text)
        written = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        nothing = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
        life = Life(
            home=store.home,
            engine=engine,
            spec_of=noting_places(offer.spec_of, prefix=work.ready.base.prefix),
            scratch=scratch,
            service=offer.service,
            streams=(nothing, written, written),
            limit=options.limit,
        )
        end: End = "down"
        try:
            end = supervise(session, life, on_ready=lambda ready: on_ready(ready, log))
        finally:
            if end != "ended":
                withdraw(store.home, name)
        return end


def _name(place: Place, store: Store) -> str:
    """A short name: the folder's, with a few digits where another session has it."""
    plain = re.sub(r"[^a-z0-9]+", "-", place.folder.name.lower()).strip("-") or "session"
    for session in all_sessions(store.home):
        if session.name == plain and session.working != os.fspath(place.working):
            return f"{plain}-{digest_of(os.fspath(place.working))[7:11]}"
    return plain
