"""``kagura up``: a session over a notebook's or project's environment, until it is told to end."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from kagura.engines.base import Engine
from kagura.env.gpus import choose_gpus
from kagura.env.lab import ready_lab
from kagura.env.site import Site
from kagura.errors import UsageError
from kagura.progress import Progress
from kagura.project.config import Project
from kagura.session.forward import listen
from kagura.session.record import Session, all_sessions, guard_of, log_of, withdraw
from kagura.session.supervise import End, Life, supervise
from kagura.store.objects import Store, digest_of
from kagura.store.scratch import scratch_folder
from kagura.system.host import compile_tools, tool_environment
from kagura.workflows.attach import attach
from kagura.workflows.environment import ready_environment
from kagura.workflows.fresh import environment_here, placement_here, project_here
from kagura.workflows.needed import note_project
from kagura.workflows.plan import plan
from kagura.workflows.reporting import show_environment
from kagura.workflows.run import place_inputs
from kagura.workflows.session_root import Workplace, session_spec

__all__ = ["UpOptions", "running_here", "up"]

LOOPBACK = ("127.0.0.1", "::1", "localhost")
WORKING = "working"


@dataclass(frozen=True, slots=True, kw_only=True)
class UpOptions:
    """What the user asked for; ``limit`` is in seconds.

    Without a notebook, the session is the project's around ``here``, or the folder's.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where a session works: the project's folder, what is ``/kaggle/working``, the notebook."""

    project: Project | None
    folder: Path
    working: Path
    notebook: Path | None

    @property
    def shown(self) -> str | None:
        """The notebook as the Lab names it, if it is in the folder that the Lab shows."""
        if self.notebook is None or not self.notebook.is_relative_to(self.working):
            return None
        return os.fspath(self.notebook.relative_to(self.working))


def running_here(options: UpOptions, *, store: Store) -> Session | None:
    """The session that is up already over the same folder."""
    working = os.fspath(_place_of(options).working)
    live = (item for item in all_sessions(store.home) if item.state != "gone")
    return next((item for item in live if item.working == working), None)


def up(
    options: UpOptions,
    *,
    store: Store,
    engine: Engine,
    progress: Progress,
    on_ready: Callable[[Session, Path], None],
) -> End:
    """Run a session to its end, and tell which one.  One that ended by itself leaves its log.

    ``on_ready`` gets the session, with its URL, and its log, when the Lab answers.  Raises the
    errors of ``kagura.errors``; nothing is left behind then.
    """
    place = _place_of(options)
    if place.working in (Path("/"), Path.home().resolve()):
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
        listener = stack.enter_context(listen(options.host, options.port))
        leases = stack.enter_context(ExitStack())
        site = Site(store=store, engine=engine, progress=progress, leases=leases)
        scratch = stack.enter_context(scratch_folder(store.home, "lab"))
        for part in ("run", "state"):
            (scratch / part).mkdir(mode=0o700)
        settings = store.home / "lab-settings"
        settings.mkdir(exist_ok=True)
        token = secrets.token_urlsafe(32)
        work = _workplace(options, place, site)
        work = replace(
            work, run=scratch / "run", state=scratch / "state", settings=settings, token=token
        )
        compile_tools(tool_environment())
        session = Session(
            name=name,
            folder=os.fspath(place.folder),
            working=os.fspath(place.working),
            notebook=place.shown,
            base=str(work.era),
            host=options.host,
            port=listener.getsockname()[1],
            token=token,
            pid=os.getpid(),
            run=os.fspath(work.run),
            started=datetime.now(UTC).isoformat(timespec="seconds"),
        )
        withdraw(store.home, name)
        log = log_of(store.home, name)
        log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        written = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        nothing = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
        life = Life(
            home=store.home,
            engine=engine,
            spec_of=lambda round_scratch: session_spec(work, round_scratch),
            scratch=scratch,
            listener=listener,
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


def _workplace(options: UpOptions, place: _Place, site: Site) -> Workplace:
    """The environment and the inputs; what is the session's own comes later."""
    unset = Path()
    # First, so that the project is known to need it: `kagura clean` leaves it alone.
    lab = ready_lab(site)
    if place.notebook is None:
        era, ready = environment_here(place.project, options.base, site)
        if place.project is not None and options.base is None:
            note_project(place.project.folder, site=site)
        internet = options.internet and (place.project is None or place.project.internet)
        attach_here = placement_here(place.project, era.date, site)
        return Workplace(
            era=era,
            ready=ready,
            trees=ready.trees,
            lab=lab,
            place=attach_here,
            project=place.project,
            gpus=choose_gpus(options.gpus),
            network=partial(site.network, internet=internet),
            working=place.working,
            run=unset,
            state=unset,
            settings=unset,
            token="",
        )
    planned = plan(
        place.notebook,
        base=options.base,
        inputs=options.inputs,
        parameters={},
        internet=options.internet,
        today=datetime.now(UTC).date(),
        gpus=options.gpus,
    )
    attached = attach(planned, site=site)
    environment = ready_environment(planned, site=site, extra=(), strict=False)
    if planned.project:
        note_project(planned.project.folder, site=site, notebook=place.notebook)
    show_environment(planned, environment, site.progress)
    return Workplace(
        era=planned.choice.era,
        ready=environment.top,
        trees=tuple(item.tree for item in environment.objects),
        lab=lab,
        place=lambda scratch: place_inputs(planned, attached, scratch),
        project=planned.project,
        gpus=planned.gpus,
        network=partial(site.network, internet=planned.internet),
        working=place.working,
        run=unset,
        state=unset,
        settings=unset,
        token="",
    )


def _place_of(options: UpOptions) -> _Place:
    """Raises UsageError for a notebook that is not there."""
    here = options.here.resolve()
    notebook = options.notebook
    if notebook is not None and not notebook.is_file():
        raise UsageError(
            f"{notebook} is not a file", hint="give a notebook, or none for the project here"
        )
    project = project_here(notebook.resolve().parent if notebook else here)
    if notebook is None and project is not None and project.notebook is not None:
        notebook = project.folder / project.notebook
    own = project.folder.resolve() / WORKING if project else None
    if notebook is not None:
        notebook = notebook.resolve()
        inside = own is not None and notebook.is_relative_to(own)
        working = own if inside and own is not None else notebook.parent
        folder = project.folder.resolve() if project else working
        return _Place(project=project, folder=folder, working=working, notebook=notebook)
    folder = project.folder.resolve() if project else here
    working = own if own is not None and own.is_dir() else folder
    return _Place(project=project, folder=folder, working=working, notebook=None)


def _name(place: _Place, store: Store) -> str:
    """A short name: the folder's, with a few digits where another session has it."""
    plain = re.sub(r"[^a-z0-9]+", "-", place.folder.name.lower()).strip("-") or "session"
    for session in all_sessions(store.home):
        if session.name == plain and session.working != os.fspath(place.working):
            return f"{plain}-{digest_of(os.fspath(place.working))[7:11]}"
    return plain
