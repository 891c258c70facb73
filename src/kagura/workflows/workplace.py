"""Where people work cell by cell: the folder, and the environment and inputs that are over it.

Shared by all that is kept up for them: a session with the Lab, one without, and a kernel that
another Jupyter starts.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

from kagura.env.base import ReadyBase
from kagura.env.gpus import choose_gpus
from kagura.env.site import Site
from kagura.errors import UsageError
from kagura.inputs.place import Placement
from kagura.model.era import Era
from kagura.model.sandbox import Mount, Network
from kagura.project.config import Project
from kagura.system.gpus import Gpus
from kagura.workflows.attach import attach
from kagura.workflows.environment import ready_environment
from kagura.workflows.fresh import environment_here, placement_here, project_here
from kagura.workflows.needed import note_project
from kagura.workflows.paths import path_mounts
from kagura.workflows.plan import plan
from kagura.workflows.reporting import show_environment
from kagura.workflows.root import Root, sandbox_root
from kagura.workflows.run import place_inputs

__all__ = ["WORKING", "Place", "Workplace", "is_too_much", "place_of", "ready_workplace", "root_of"]

WORKING = "working"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where somebody works: the project's folder, what is ``/kaggle/working``, the notebook."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Workplace:
    """The environment and the inputs over a folder; ``place`` puts the inputs over a scratch.

    ``ready`` has all layers; ``trees`` are the folders of the environment, the base's first.
    ``network`` is asked for each sandbox anew: a laptop moves.
    """

    era: Era
    ready: ReadyBase
    trees: tuple[Path, ...]
    place: Callable[[Path], Placement]
    project: Project | None
    gpus: Gpus | None
    network: Callable[[], Network]
    working: Path


def place_of(here: Path, notebook: Path | None) -> Place:
    """The place of a notebook; without one, of the project around a folder, or of the folder.

    Raises UsageError for a notebook that is not there.
    """
    here = here.resolve()
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
        return Place(project=project, folder=folder, working=working, notebook=notebook)
    folder = project.folder.resolve() if project else here
    working = own if own is not None and own.is_dir() else folder
    return Place(project=project, folder=folder, working=working, notebook=None)


def is_too_much(folder: Path) -> bool:
    """Whether notebooks would see, and could write to, far more than what is theirs."""
    return folder in (Path("/"), Path.home().resolve())


def ready_workplace(
    place: Place,
    *,
    base: str | None,
    inputs: tuple[str, ...],
    gpus: str,
    internet: bool,
    site: Site,
    today: date | None = None,
) -> Workplace:
    """Have the environment and the inputs of a place, held by leases of the site.

    A bare Python has the packages of ``today``, which is another day if one is given.
    """
    if place.notebook is None:
        era, ready = environment_here(place.project, base, site, today=today)
        if place.project is not None and base is None:
            note_project(place.project.folder, site=site)
        internet = internet and (place.project is None or place.project.internet)
        return Workplace(
            era=era,
            ready=ready,
            trees=ready.trees,
            place=placement_here(place.project, era.date, site),
            project=place.project,
            gpus=choose_gpus(gpus),
            network=partial(site.network, internet=internet),
            working=place.working,
        )
    planned = plan(
        place.notebook,
        base=base,
        inputs=inputs,
        parameters={},
        internet=internet,
        today=today or datetime.now(UTC).date(),
        gpus=gpus,
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
        place=lambda scratch: place_inputs(planned, attached, scratch),
        project=planned.project,
        gpus=planned.gpus,
        network=partial(site.network, internet=planned.internet),
        working=place.working,
    )


def root_of(work: Workplace, scratch: Path) -> tuple[Root, tuple[Mount, ...]]:
    """The root of a sandbox over a new scratch, as a notebook sees it; and all of its mounts."""
    own = path_mounts(work.project)
    root = sandbox_root(
        era=work.era,
        ready=work.ready,
        trees=work.trees,
        placement=work.place(scratch),
        gpus=work.gpus,
        network=work.network(),
        importable=tuple(path.target for path in own),
        scratch=scratch,
        working=work.working,
    )
    return root, (*root.mounts, *own)
