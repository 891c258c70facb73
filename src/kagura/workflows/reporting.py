"""The report of a run: put together from its parts, as a record and as JSON; and its headlines."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from kagura import __version__
from kagura.engines.base import Engine
from kagura.env.base import ReadyBase
from kagura.env.delta import Wanted
from kagura.inputs.place import Placement
from kagura.model.base import Base, Layer
from kagura.model.drift import Drift
from kagura.model.report import (
    CellResult,
    Failure,
    Output,
    Report,
    ReportBase,
    ReportLayer,
)
from kagura.progress import Progress
from kagura.project.config import Limits
from kagura.workflows.environment import Environment
from kagura.workflows.execution import Execution
from kagura.workflows.hints import hint_for
from kagura.workflows.plan import Plan

__all__ = ["SCHEMA", "make_report", "show_environment"]

SCHEMA = 1

NAMES_SHOWN = 6


def show_environment(planned: Plan, environment: Environment, progress: Progress) -> None:
    """Say which era, Python and packages were chosen, why, and what is not as it should be."""
    choice, ready, over = planned.choice, environment.ready, environment.over
    base = ready.base
    named = f"{choice.era} · Python {base.python.version}"
    if choice.era.plain:
        named = f"Python {base.python.version} as of {choice.era.date}"
    progress.say("base", f"{named} · {choice.reason}")
    for warning in warnings_of(planned, ready):
        progress.warn(warning)
    for item in base.left_out:
        if _names(item.requirement) & set(over.lacking):
            progress.warn(f"{item.requirement} is not in the base: {item.why}")
    if environment.project is not None:
        own = environment.project.layer
        count = len(own.added) + len(own.changed) + len(own.removed)
        named = ", ".join(own.requirements[:NAMES_SHOWN])
        noun = "package" if count == 1 else "packages"
        progress.say("project", f"{count} {noun} over the base, for {named or 'its file'}")
    if environment.extra is None:
        return
    record = environment.extra.layer
    listed = [*map(_shown, record.added), *(f"{_shown(item)} (changed)" for item in record.changed)]
    wanted = {requirement.lower() for requirement in record.requirements}
    listed.sort(key=lambda text: text.split()[0] not in wanted)
    more = f", … ({len(listed) - NAMES_SHOWN} more)" if len(listed) > NAMES_SHOWN else ""
    if listed:
        noun = "package" if len(listed) == 1 else "packages"
        text = f"+{len(listed)} {noun} this notebook imports"
        progress.say("layer", f"{text}: {', '.join(listed[:NAMES_SHOWN])}{more}")
    for item in record.left_out:
        progress.warn(f"{item.requirement} cannot be installed: {item.why}")


def warnings_of(planned: Plan, ready: ReadyBase) -> tuple[str, ...]:
    """What the user should know about the choice of the environment."""
    stand_in = (ready.warning,) if ready.warning else ()
    wish = planned.needs.accelerator
    none_here = (
        (f"the notebook ran with an accelerator ({wish}) on Kaggle; here it runs on the CPU",)
        if wish and wish.lower() != "none"
        else ()
    )
    return (*planned.choice.warnings, *stand_in, *none_here, *_unkept(planned))


def _unkept(planned: Plan) -> tuple[str, ...]:
    """What the project file asks for and nothing here can do."""
    limits = planned.project.limits if planned.project else Limits()
    given = [name for name in ("memory", "cpus") if getattr(limits, name) is not None]
    if not given:
        return ()
    return (f"limits of kagura.toml that this engine cannot hold: {', '.join(given)}",)


def make_report(
    *,
    planned: Plan,
    environment: Environment,
    placement: Placement,
    execution: Execution,
    folder: Path,
    outputs: tuple[Output, ...],
    drift: Drift,
    started: datetime,
    seconds: float,
    timeout: float | None,
    engine: Engine,
) -> Report:
    """The record of a run, complete."""
    return Report(
        schema=SCHEMA,
        status=execution.status,
        notebook=str(planned.notebook.path),
        folder=str(folder),
        started=started.isoformat(timespec="seconds"),
        seconds=round(seconds, 3),
        evidence=_evidence(planned),
        base=_base(environment.ready.base, planned),
        layer=_layer(environment.layer) if environment.layer else None,
        cells=_cells(planned, execution),
        failure=_failure(planned, environment.over, placement, execution),
        outputs=outputs,
        drift=drift,
        warnings=(
            *warnings_of(planned, environment.ready),
            *(f"no input was given for /kaggle/input/{name}" for name in placement.missing),
            *execution.warnings,
        ),
        limits={"timeout_seconds": timeout, "internet": planned.internet},
        versions={"kagura": __version__, "kagura_python": sys.version.split()[0]},
        engine={"name": engine.name},
    )


def _evidence(planned: Plan) -> dict[str, object]:
    evidence = dataclasses.asdict(planned.needs.evidence)
    return {
        "source": planned.choice.source,
        "reason": planned.choice.reason,
        "image_id": planned.choice.image_id,
        "notebook": {name: value for name, value in evidence.items() if value is not None},
        "parameters": dict(planned.parameters),
        "inputs": {path: str(folder) for path, folder in planned.inputs.items()},
    }


def _base(base: Base, planned: Plan) -> ReportBase:
    return ReportBase(
        digest=base.digest,
        era=planned.choice.era.date.isoformat(),
        prefix=base.prefix,
        python=base.python.version,
        wanted_python=base.wanted_python,
        packages=base.packages,
        left_out=base.left_out,
        given_way=base.given_way,
    )


def _layer(layer: Layer) -> ReportLayer:
    return ReportLayer(
        digest=layer.digest,
        requirements=layer.requirements,
        added=layer.added,
        changed=layer.changed,
        left_out=layer.left_out,
        removed=layer.removed,
    )


def _cells(planned: Plan, execution: Execution) -> tuple[CellResult, ...]:
    return tuple(
        execution.cells.get(cell.index)
        or CellResult(index=cell.index, number=number, status="unrun", seconds=None)
        for number, cell in enumerate(planned.notebook.code, start=1)
    )


def _failure(
    planned: Plan, over: Wanted, placement: Placement, execution: Execution
) -> Failure | None:
    told: Mapping[str, Any] | None = execution.failure
    if told is None:
        return None
    hint = hint_for(
        name=str(told["name"]),
        message=str(told["message"]),
        traceback=str(told["traceback"]),
        needs=planned.needs,
        internet=planned.internet,
        missing=placement.missing,
        lacking=over.lacking,
    )
    return Failure(
        kind=told["kind"],
        cell=told["cell"],
        name=str(told["name"]),
        message=str(told["message"]),
        traceback=str(told["traceback"]),
        hint=hint,
    )


def _shown(package: object) -> str:
    return str(package).replace("==", " ")


def _names(requirement: str) -> set[str]:
    return {requirement, requirement.partition("==")[0]}
