"""``kagura init``: a folder becomes a project: a small file that names its base."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from kagura.env.base_option import era_of_option, is_plain, plain_era
from kagura.env.choose import choose
from kagura.errors import UsageError
from kagura.model.era import EraChoice
from kagura.model.needs import Evidence
from kagura.project.config import NAME as PROJECT_FILE
from kagura.project.config import Project, find_project, write_project
from kagura.project.requirements import STAND_IN, requirements_of
from kagura.system.files import explain

__all__ = ["Made", "init"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """The project that was made: its base in words, its notebook, what it requires already.

    ``inside`` is a project that it lies in, if it lies in one.
    """

    folder: str
    base: str
    reason: str
    notebook: str | None
    requirements: tuple[str, ...]
    inside: str | None


def init(folder: Path, *, base: str | None, day: date | None) -> Made:
    """Write a project file for a folder, which is made if it is not there.

    Without ``base``: the era of the folder's one notebook, else the newest.  Raises UsageError.
    """
    if (folder / PROJECT_FILE).exists():
        raise UsageError(
            f"{folder / PROJECT_FILE} is there already",
            hint="edit it, or: kagura add PACKAGE",
        )
    today = datetime.now(UTC).date()
    if day is not None and day > today:
        raise UsageError(f"--date {day}: lies in the future")
    around = find_project(folder)
    notebooks = sorted(folder.glob("*.ipynb"))
    notebook = notebooks[0] if len(notebooks) == 1 else None
    if base is None:
        choice = _of_notebook(notebook, today=today)
        named = choice.era.date.isoformat()
    elif is_plain(base):
        choice = EraChoice(
            era=plain_era(base, day=day or today), source="option", reason=f"from --base {base}"
        )
        named = f"python={choice.era.python}"
    else:
        era = era_of_option(base, today=today)
        choice = EraChoice(era=era, source="option", reason=f"from --base {base}")
        named = era.date.isoformat()
    project = Project(
        folder=folder,
        base=named,
        date=day,
        notebook=notebook.name if notebook else None,
        requirements=None if (folder / STAND_IN).is_file() else (),
    )
    # Before anything is written: a stand-in that cannot be read is told now.
    requirements = requirements_of(project)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_project(project, comment="A project of kagura's: `kagura add PACKAGE`.")
    except OSError as error:
        raise explain(error, f"making the project {folder}") from error
    return Made(
        folder=str(folder),
        base=str(choice.era),
        reason=choice.reason,
        notebook=project.notebook,
        requirements=requirements,
        inside=str(around) if around else None,
    )


def _of_notebook(notebook: Path | None, *, today: date) -> EraChoice:
    if notebook is None:
        choice = choose(Evidence(), base=None, today=today)
        return EraChoice(era=choice.era, source="default", reason="the newest")
    from kagura.notebook.inspect import inspect
    from kagura.notebook.metadata import read_kernel_metadata
    from kagura.notebook.read import read

    needs = inspect(read(notebook), read_kernel_metadata(notebook, also=notebook.parent))
    return choose(needs.evidence, base=None, today=today)
