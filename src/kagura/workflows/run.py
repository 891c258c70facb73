"""``kagura run``: one execution of a whole notebook in a fresh sandbox, and its report."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kagura.engines.base import Engine
from kagura.env.delta import check_extra
from kagura.env.drift import places_of, read_drift
from kagura.env.site import Site
from kagura.inputs.local import links_out_of
from kagura.inputs.place import Attached, Placement, place
from kagura.model.drift import Drift
from kagura.model.report import Report
from kagura.model.sandbox import SandboxSpec
from kagura.model.serial import as_json
from kagura.progress import Progress
from kagura.store.objects import Store, StoredObject
from kagura.store.scratch import scratch_folder
from kagura.system.files import explain, remove_tree, write_atomically
from kagura.system.host import compile_tools, tool_environment
from kagura.workflows.attach import attach, known_inputs, layout_of
from kagura.workflows.drifting import describe, with_cells
from kagura.workflows.environment import Environment, known_environment, ready_environment
from kagura.workflows.execution import Execution, execute
from kagura.workflows.folder import check_run_folder, make_run_folder, outputs, own_name
from kagura.workflows.needed import note_project
from kagura.workflows.plan import Plan, plan
from kagura.workflows.reporting import make_report, show_environment
from kagura.workflows.root import run_spec

if TYPE_CHECKING:
    from kagura.inputs.terms import Terms

__all__ = ["RunOptions", "dry_run", "place_inputs", "run"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """What the user asked for; ``timeout`` in seconds."""

    notebook: Path
    base: str | None = None
    inputs: tuple[str, ...] = ()
    output: Path | None = None
    internet: bool = True
    timeout: float | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    extra: tuple[str, ...] = ()
    strict: bool = False
    terms: Terms | None = None
    gpus: str = "auto"


def run(options: RunOptions, *, store: Store, engine: Engine, progress: Progress) -> Report:
    """Run a notebook from its first cell to its last, in the environment of its era.

    A notebook that fails gives a report that says so.  Raises the errors of ``kagura.errors``
    for what is not the notebook's fault; nothing is left behind then.
    """
    check_extra(options.extra)
    planned = _plan(options)
    # Fail on a bad --output before minutes are spent on an environment.
    if options.output is not None:
        make_run_folder("", chosen=options.output, now=datetime.now(UTC))
    else:
        check_run_folder()
    report, damaged = _attempt(options, planned, store=store, engine=engine, progress=progress)
    if damaged:
        # The disk, or somebody's hand: the notebook is not to blame, so it runs once more.
        for item in damaged:
            progress.warn(f"{item.folder} in the store is damaged; building it again")
            store.discard(item)
        remove_tree(Path(report.folder))
        report, _ = _attempt(options, planned, store=store, engine=engine, progress=progress)
    return report


def _attempt(
    options: RunOptions, planned: Plan, *, store: Store, engine: Engine, progress: Progress
) -> tuple[Report, list[StoredObject]]:
    """Run once; the report, and the objects of the store that turn out to be damaged.

    They are looked through only if the run failed: that takes a third of a second.
    """
    with ExitStack() as leases:
        site = Site(store=store, engine=engine, progress=progress, leases=leases)
        attached = attach(planned, site=site, terms=options.terms)
        environment = ready_environment(
            planned, site=site, extra=options.extra, strict=options.strict
        )
        if planned.project:
            note_project(planned.project.folder, site=site, notebook=options.notebook)
        show_environment(planned, environment, progress)
        report = _execute(options, planned, attached, environment, site)
        used = environment.objects
        suspect = report.status in ("failed", "died")
        return report, [item for item in used if suspect and not store.is_whole(item)]


def dry_run(options: RunOptions, *, store: Store, engine: Engine, progress: Progress) -> list[str]:
    """The command that ``run`` would start; it builds nothing and runs nothing.

    Where the base or the layer is not built yet, a word in angle brackets stands for it.
    """
    planned = _plan(options)
    with ExitStack() as leases, scratch_folder(store.home, "run") as scratch:
        site = Site(store=store, engine=engine, progress=progress, leases=leases)
        environment = known_environment(
            planned, site=site, extra=options.extra, strict=options.strict
        )
        spec = SandboxSpec(argv=("<kernel>",), mounts=())
        if environment is None:
            progress.say("base", f"{planned.choice.era} is not built yet")
            return engine_command(engine, spec)
        known = tuple(known_inputs(planned, site=site).values())
        placement = place_inputs(planned, known, scratch)
        ready, trees = environment.top, tuple(item.tree for item in environment.objects)
        network = site.network(internet=planned.internet)
        spec = run_spec(
            planned, ready, trees, placement, scratch, Path("<run folder>"), None, network
        )
        return engine_command(engine, spec)


def engine_command(engine: Engine, spec: SandboxSpec) -> list[str]:
    """The engine's command as a list of words."""
    return list(engine.command(spec))


def _plan(options: RunOptions) -> Plan:
    return plan(
        options.notebook,
        base=options.base,
        inputs=options.inputs,
        parameters=options.parameters,
        internet=options.internet,
        today=datetime.now(UTC).date(),
        gpus=options.gpus,
    )


def place_inputs(planned: Plan, attached: tuple[Attached, ...], scratch: Path) -> Placement:
    """The inputs of a plan at the paths that its layout gives them, over a new scratch."""
    for name in ("upper", "work"):
        (scratch / "loose" / name).mkdir(parents=True, exist_ok=True)
    layout, _ = layout_of(planned)
    loose = scratch / "loose"
    return place(
        planned.inputs,
        planned.needs,
        attached=attached,
        layout=layout,
        upper=loose / "upper",
        work=loose / "work",
    )


def _execute(
    options: RunOptions,
    planned: Plan,
    attached: tuple[Attached, ...],
    environment: Environment,
    site: Site,
) -> Report:
    started = datetime.now(UTC)
    slug = planned.notebook.slug
    compile_tools(tool_environment())
    folder = make_run_folder(slug, chosen=options.output, now=started.astimezone())
    try:
        placement, execution, drift = _in_sandbox(
            options, planned, attached, environment, folder, site=site
        )
    except BaseException:
        # Nothing was run: only an empty folder goes.
        with suppress(OSError):
            folder.rmdir()
        raise
    # The notebook may have locked its own folder; what it wrote is the user's all the same.
    folder.chmod(0o755)
    drift = with_cells(drift, planned, folder)
    if drift.packages:
        noun = "script" if planned.notebook.kind == "script" else "notebook"
        site.progress.say("drift", f"the {noun} also {describe(drift.packages)}; thrown away")
    report = make_report(
        planned=planned,
        environment=environment,
        placement=placement,
        execution=execution,
        folder=folder,
        outputs=outputs(folder, slug=slug),
        drift=drift,
        started=started,
        seconds=(datetime.now(UTC) - started).total_seconds(),
        timeout=_timeout(options, planned),
        engine=site.engine,
    )
    name = own_name(folder, "report.json")
    if name != "report.json":
        site.progress.warn(f"report.json is the notebook's own: the run's report is {name}")
    try:
        write_atomically(folder / name, as_json(report))
    except OSError as error:
        raise explain(error, f"writing {folder / name}") from error
    return report


def _in_sandbox(
    options: RunOptions,
    planned: Plan,
    attached: tuple[Attached, ...],
    environment: Environment,
    folder: Path,
    *,
    site: Site,
) -> tuple[Placement, Execution, Drift]:
    with scratch_folder(site.store.home, "run") as scratch:
        placement = place_inputs(planned, attached, scratch)
        for name in placement.missing:
            site.progress.warn(
                f"the notebook reads /kaggle/input/{name}, and no such input was given",
                hint=f"--input {name}=FOLDER, or `kagura input add`, or a folder input/{name} "
                "beside the notebook",
            )
        for path, given in planned.inputs.items():
            leading_out = links_out_of(given)
            if leading_out:
                site.progress.warn(
                    f"links in the input {path or given.name} lead out of it, and inside there is "
                    f"nothing behind them: {', '.join(leading_out[:3])}",
                    hint="put the files themselves there, or give the folder that they are in",
                )
        ready, trees = environment.top, tuple(item.tree for item in environment.objects)
        timeout = _timeout(options, planned)
        network = site.network(internet=planned.internet)
        spec = run_spec(planned, ready, trees, placement, scratch, folder, timeout, network)
        execution = execute(site.engine, spec, planned, timeout, site.progress)
        drift = read_drift(places_of(spec, prefix=ready.base.prefix))
        return placement, execution, drift


def _timeout(options: RunOptions, planned: Plan) -> float | None:
    """In seconds: as the user says, else as the project does."""
    if options.timeout is not None or planned.project is None:
        return options.timeout
    return planned.project.limits.seconds
