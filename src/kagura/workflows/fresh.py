"""``kagura exec --fresh``: any command in a fresh sandbox of the project, or of any folder."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

from kagura.engines.base import Engine
from kagura.env.base import ReadyBase, ready_base
from kagura.env.choose import choose
from kagura.env.drift import places_of, read_drift
from kagura.env.gpus import choose_gpus
from kagura.env.kaggle import WORKING
from kagura.env.site import Site
from kagura.env.stack import stacked
from kagura.errors import UsageError
from kagura.inputs.layout import choose_layout
from kagura.inputs.place import Placement, place
from kagura.model.era import Era
from kagura.model.needs import Evidence, Needs
from kagura.model.sandbox import SandboxSpec
from kagura.progress import Progress
from kagura.project.config import Project, find_project, read_project
from kagura.project.lockfile import read_lock
from kagura.project.requirements import STAND_IN, requirements_of
from kagura.store.objects import Store
from kagura.store.scratch import scratch_folder
from kagura.system.signals import handed_on
from kagura.system.terminal import own_terminal
from kagura.workflows.attach import attach_inputs
from kagura.workflows.drifting import describe
from kagura.workflows.locking import base_of, has_environment
from kagura.workflows.needed import note_project
from kagura.workflows.plan import inputs_of
from kagura.workflows.root import sandbox_root

__all__ = ["FreshOptions", "environment_here", "fresh", "placement_here", "project_here"]

NOTHING = Needs(
    imports=(),
    installs=(),
    inputs=(),
    hidden=(),
    local_modules=(),
    evidence=Evidence(),
    internet=None,
    accelerator=None,
)
ATTEND = "attend.py"


@dataclass(frozen=True, slots=True, kw_only=True)
class FreshOptions:
    """What the user asked for; ``here`` is the folder in which the command starts.

    ``terminal``: stdin and stdout are the user's terminal.  ``variables`` are added to the
    sandbox's.
    """

    command: tuple[str, ...]
    here: Path
    base: str | None = None
    gpus: str = "auto"
    internet: bool = True
    terminal: bool = False
    variables: Mapping[str, str] = field(default_factory=dict)


def fresh(
    options: FreshOptions,
    *,
    store: Store,
    engine: Engine,
    progress: Progress,
    on_start: Callable[[], None],
) -> int:
    """Run a command in a fresh sandbox; its exit status (128 and the signal's number if killed).

    The project's folder (without a project: this one) is ``/kaggle/working``, and the command
    starts where the user is in it.  It gets our own stdin, stdout and stderr; signals that are
    meant for it are handed on.  ``on_start`` is called when nothing more is told before that.
    Raises the errors of ``kagura.errors`` for what is not the command's fault.
    """
    here = options.here.resolve()
    project = project_here(here)
    folder = project.folder.resolve() if project else here
    if folder in (Path("/"), Path.home().resolve()):
        raise UsageError(
            f"the command would see all of {folder}, and could write there",
            hint="start it from a folder of its own",
        )
    gpus = choose_gpus(options.gpus)
    with ExitStack() as leases, scratch_folder(store.home, "exec") as scratch:
        site = Site(store=store, engine=engine, progress=progress, leases=leases)
        era, ready = environment_here(project, options.base, site)
        if project is not None and options.base is None:
            note_project(project.folder, site=site)
        internet = options.internet and (project is None or project.internet)
        root = sandbox_root(
            era=era,
            ready=ready,
            trees=ready.trees,
            placement=placement_here(project, era.date, site)(scratch),
            gpus=gpus,
            network=site.network(internet=internet),
            importable=_importable(project),
            scratch=scratch,
            working=folder,
        )
        spec = SandboxSpec(
            argv=(
                *(root.tools.python, "-I", "-S", f"{root.tools.inside}/{ATTEND}"),
                *("terminal" if options.terminal else "streams", *options.command),
            ),
            mounts=root.mounts,
            environment=root.environment | dict(options.variables),
            directory=os.path.normpath(f"{WORKING}/{here.relative_to(folder)}"),
            hostname=root.hostname,
            network=root.network,
        )
        on_start()
        status = _attended(engine, spec) if options.terminal else _followed(engine, spec)
        drift = read_drift(places_of(spec, prefix=ready.base.prefix))
        if drift.packages:
            progress.say("drift", f"the command also {describe(drift.packages)}; thrown away")
    return status


def _followed(engine: Engine, spec: SandboxSpec) -> int:
    sandbox = engine.start(spec, streams=(0, 1, 2))
    try:
        with handed_on(sandbox.signal):
            return sandbox.wait()
    finally:
        sandbox.stop()


def _attended(engine: Engine, spec: SandboxSpec) -> int:
    with own_terminal() as terminal:
        inner = terminal.inner
        sandbox = engine.start(spec, streams=(inner, inner, inner))
        try:
            with handed_on(sandbox.signal):
                terminal.join()
                return sandbox.wait()
        finally:
            sandbox.stop()


def project_here(here: Path) -> Project | None:
    """The project around a folder, or what a bare list of requirements makes of it."""
    found = find_project(here)
    if found is not None:
        return read_project(found)
    return Project(folder=here) if (here / STAND_IN).is_file() else None


def environment_here(
    project: Project | None, base: str | None, site: Site, *, today: date | None = None
) -> tuple[Era, ReadyBase]:
    """The base with what the project adds to it; with another base, the same over that.

    A bare Python has the packages of ``today``, which is another day if one is given.
    """
    today = today or datetime.now(UTC).date()
    if project is None or base is not None:
        choice = choose(Evidence(), base=base, today=today)
    else:
        choice = base_of(project, read_lock(project.folder), today=today)
    era = choice.era
    if project is not None and base is None and has_environment(project):
        # Imported late, as all that resolves.
        from kagura.workflows.sync import ready_project

        return era, stacked(*ready_project(project, site=site))
    ready = ready_base(era, site=site, strict=False)
    site.progress.say("base", f"{era} · Python {ready.base.python.version} · {choice.reason}")
    if ready.warning:
        site.progress.warn(ready.warning)
    wanted = requirements_of(project) if project else ()
    if wanted:
        from kagura.env.layer import ready_layer

        layer = ready_layer(wanted, over=ready, era=era, site=site)
        for item in layer.layer.left_out:
            site.progress.warn(f"{item.requirement} cannot be installed: {item.why}")
        ready = stacked(ready, layer)
    return era, ready


def placement_here(project: Project | None, day: date, site: Site) -> Callable[[Path], Placement]:
    """The project's inputs, attached; what is given puts them in their places over a scratch."""
    local, handles = inputs_of(project)
    attached = attach_inputs(project.folder, handles, site=site) if project and handles else ()
    chosen = project.layout if project else None
    layout, _ = choose_layout((), [handle for _, handle in handles], day=day)
    if chosen is not None:
        layout = "flat" if chosen == "flat" else "nested"

    def over(scratch: Path) -> Placement:
        loose = scratch / "loose"
        for name in ("upper", "work"):
            (loose / name).mkdir(parents=True)
        return place(
            local,
            NOTHING,
            attached=attached,
            layout=layout,
            upper=loose / "upper",
            work=loose / "work",
        )

    return over


def _importable(project: Project | None) -> tuple[str, ...]:
    """The project's ``paths`` where the command sees them.  Raises UsageError for a missing one."""
    for path in project.paths if project else ():
        if project and not (project.folder / path).is_dir():
            raise UsageError(
                f"{project.folder / path} is not a folder", hint="kagura.toml has it in paths"
            )
    paths = project.paths if project else ()
    return tuple(os.path.normpath(f"{WORKING}/{path}") for path in paths)
