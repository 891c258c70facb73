"""``kagura check``: what a notebook needs, what is here, what a run would use; runs nothing."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from kagura.engines.base import Engine
from kagura.env.core import core
from kagura.env.delta import wanted
from kagura.env.distributions import distribution
from kagura.env.names import name_of
from kagura.env.site import Site
from kagura.inputs.place import Attached, place
from kagura.model.base import Base, Package, Python
from kagura.model.check import CheckReport, InputState
from kagura.model.era import Era
from kagura.progress import Silent
from kagura.project.requirements import requirements_of
from kagura.store.objects import Store
from kagura.workflows.attach import known_inputs, layout_of
from kagura.workflows.environment import known_environment
from kagura.workflows.plan import Plan, plan

__all__ = ["check"]


def check(
    notebook: Path, *, base: str | None, inputs: tuple[str, ...], store: Store, engine: Engine
) -> CheckReport:
    """Say what a run of this notebook would use.  Raises UsageError, UnsupportedError."""
    planned = plan(
        notebook,
        base=base,
        inputs=inputs,
        parameters={},
        internet=True,
        today=datetime.now(UTC).date(),
    )
    needs, era = planned.needs, planned.choice.era
    with ExitStack() as leases:
        site = Site(store=store, engine=engine, progress=Silent(), leases=leases)
        environment = known_environment(planned, site=site, extra=(), strict=False)
        ready = environment.ready if environment else None
        known = known_inputs(planned, site=site)
    attached = tuple(known.values())
    over = environment.over if environment else wanted(needs, _expected(planned), era)
    nowhere = Path("/")
    layout, why = layout_of(planned)
    placement = place(
        planned.inputs, needs, attached=attached, layout=layout, upper=nowhere, work=nowhere
    )
    own = {name_of(item) for use in needs.installs for item in use.requirements}
    installed = {use.top for use in needs.imports if _distribution(use.module, era) in own}
    outside = {*over.unknown, *over.lacking, *needs.local_modules, *installed}
    in_layer = {
        use.top
        for use in needs.imports
        if _distribution(use.module, era) in {name_of(item) for item in over.requirements}
    }
    tops = dict.fromkeys(use.top for use in needs.imports)
    return CheckReport(
        notebook=str(notebook),
        era=era.date.isoformat(),
        plain=era.plain,
        python=ready.base.python.version if ready else era.python,
        reason=planned.choice.reason,
        base_digest=ready.base.digest if ready else None,
        in_base=tuple(top for top in tops if top not in outside and top not in in_layer),
        in_layer=over.requirements,
        unknown=tuple(top for top in over.unknown if top not in _modules(attached)),
        lacking=over.lacking,
        installs=tuple(f"{use.tool} {' '.join(use.arguments)}" for use in needs.installs),
        inputs=(
            *(
                InputState(path=path, folder=str(folder))
                for path, folder in placement.shown.items()
            ),
            *(InputState(path=path, folder=None) for path in placement.missing),
            *(
                InputState(path=name, folder=None, handle=str(handle))
                for name, handle in planned.handles
                if name not in known
            ),
        ),
        layout=f"{layout}: {why}",
        internet=planned.internet,
        accelerator=needs.accelerator,
        warnings=(
            *planned.choice.warnings,
            *((ready.warning,) if ready and ready.warning else ()),
        ),
    )


def _modules(attached: Sequence[Attached]) -> set[str]:
    """What the folders of competitions hold to be imported: they are on ``PYTHONPATH``."""
    entries = (
        entry
        for item in attached
        if item.handle.kind == "competition"
        for entry in item.folder.iterdir()
    )
    return {entry.stem for entry in entries if entry.suffix == ".py" or entry.is_dir()}


def _distribution(module: str, era: Era) -> str | None:
    name = distribution(module, era)
    return None if name is None else name_of(name)


def _expected(planned: Plan) -> Base:
    # A base that is not built yet: what it will hold at least, and what the project adds.
    era = planned.choice.era
    named = (*core(era), *(requirements_of(planned.project) if planned.project else ()))
    packages = tuple(Package(name=name_of(item), version="0") for item in named)
    return Base(
        digest="",
        era=era.date,
        prefix=era.prefix,
        python=Python(executable="", prefix="", version=f"{era.python}.0"),
        wanted_python=era.python,
        packages=packages,
        left_out=(),
        given_way=(),
    )
