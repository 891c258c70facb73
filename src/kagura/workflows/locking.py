"""From a project file to its lock: whether the lock still says what the file does, and anew."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from kagura import __version__
from kagura.env.base import ReadyBase, locked_base, ready_base
from kagura.env.base_option import era_of_option, is_plain, plain_era
from kagura.env.names import name_of, normalized
from kagura.env.site import Site
from kagura.errors import UsageError
from kagura.model.era import Era, EraChoice
from kagura.model.lock import Lock, LockedBase, LockedPackage
from kagura.project.config import NAME as PROJECT_FILE
from kagura.project.config import Project
from kagura.project.requirements import requirements_of

__all__ = [
    "FROM_FILE",
    "Locked",
    "Told",
    "base_of",
    "has_environment",
    "make_lock",
    "named_base",
    "why_stale",
]

FROM_FILE = f"from {PROJECT_FILE}"
"""The reason for a base that the project file names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A package of the base that changes or goes: what then is unmet, each in one sentence.

    ``along`` are the packages of the base that required the old version, and change with it.
    """

    package: LockedPackage
    unmet: tuple[str, ...]
    along: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Locked:
    """A lock that was just made, over which base, and what it changes there."""

    lock: Lock
    ready: ReadyBase
    era: Era
    conflicts: tuple[Told, ...]


def has_environment(project: Project) -> bool:
    """Whether the project says anything of packages: else a notebook's own needs are all."""
    is_bare = project.base is not None and is_plain(project.base)
    return bool(is_bare or project.date or project.without or requirements_of(project))


def base_of(project: Project, lock: Lock, *, today: date) -> EraChoice:
    """The base of a project: as its file says, else as it was locked, else as its notebook tells.

    A plain Python without a date keeps the day of its lock: a project's base does not move by
    itself.  Raises UsageError.
    """
    named = project.base
    known = lock.base
    if named is None and known is not None:
        reason = known.reason
        named = f"python={known.python}" if known.plain else known.era
    elif named is None:
        return _of_notebook(project, today=today)
    else:
        reason = FROM_FILE
    if is_plain(named):
        day = project.date or today
        if known is not None and known.plain and named.strip() == f"python={known.python}":
            day = project.date or date.fromisoformat(known.era)
        return EraChoice(era=plain_era(named, day=day), source="option", reason=reason)
    return EraChoice(era=era_of_option(named, today=today), source="option", reason=reason)


def why_stale(project: Project, lock: Lock, *, today: date) -> str | None:
    """Why the lock is not what the project file says, in words; None if it is."""
    if lock.base is None or not lock.base.digest:
        return "there is no lock yet" if lock == Lock() else "its base is not locked yet"
    era = base_of(project, lock, today=today).era
    if (era.date.isoformat(), era.python, era.plain) != (
        lock.base.era,
        _wanted_python(lock.base, era),
        lock.base.plain,
    ):
        return f"the project's base is {era}, the lock's {lock.base.era}"
    now, then = set(requirements_of(project)), set(lock.requirements)
    if now != then:
        added = [f"+{text}" for text in sorted(now - then)]
        gone = [f"-{text}" for text in sorted(then - now)]
        return f"the requirements differ: {' '.join((*added, *gone))}"
    if tuple(sorted(map(normalized, project.without))) != lock.without:
        return "what is taken out of the base differs"
    if (project.date.isoformat() if project.date else None) != lock.date:
        return f"the project's date is {project.date}, the lock's {lock.date}"
    return None


def make_lock(
    project: Project,
    before: Lock,
    *,
    site: Site,
    no_change: bool = False,
    upgrade: bool = False,
) -> Locked:
    """The lock that the project file means now; nothing is written.

    Versions that were locked stay where nothing speaks against them, unless ``upgrade``.
    Raises UsageError for requirements that cannot be had, ServiceError, MachineError.
    """
    from kagura.env.over_base import Wants, resolve_over
    from kagura.model.base import Package

    both = {name_of(text) for text in requirements_of(project)} & set(
        map(normalized, project.without)
    )
    if both:
        raise UsageError(
            f"{', '.join(sorted(both))}: required, and to be taken out of the base",
            hint=f"leave it in one of requirements and without, in {PROJECT_FILE}",
        )
    today = datetime.now(UTC).date()
    # What the file names is found anew: a bare Python without a date has today's packages again.
    known = replace(before, base=None) if upgrade and project.base is not None else before
    choice = base_of(project, known, today=today)
    ready = _base(known, choice.era, site)
    later = today if choice.era.plain else None
    kept = () if upgrade else before.packages
    delta = resolve_over(
        Wants(
            requirements=requirements_of(project),
            without=project.without,
            day=project.date or later,
            kept=tuple(
                Package(name=item.name, version=item.version) for item in kept if item.version
            ),
            no_change=no_change,
            changed=tuple(item.name for item in kept if item.change == "changed"),
        ),
        over=ready,
        era=choice.era,
        site=site,
    )
    lock = replace(
        before,
        tool=f"kagura {__version__}",
        date=project.date.isoformat() if project.date else None,
        requirements=requirements_of(project),
        without=tuple(sorted(map(normalized, project.without))),
        base=LockedBase(
            era=choice.era.date.isoformat(),
            python=ready.base.python.minor,
            reason=_reason(before.base, choice),
            plain=choice.era.plain,
            digest=ready.base.digest,
            packages=tuple(map(str, ready.base.packages)),
        ),
        packages=delta.packages,
    )
    conflicts = tuple(
        Told(
            package=item.package,
            unmet=tuple(map(str, item.unmet)),
            along=tuple(dict.fromkeys(wish.by for wish in item.mended)),
        )
        for item in delta.conflicts
    )
    return Locked(lock=lock, ready=ready, era=choice.era, conflicts=conflicts)


def _base(before: Lock, era: Era, site: Site) -> ReadyBase:
    known = before.base
    if known and known.digest and (known.era, known.plain) == (era.date.isoformat(), era.plain):
        return locked_base(known, era, site=site)
    return ready_base(era, site=site, strict=False)


def _reason(known: LockedBase | None, choice: EraChoice) -> str:
    # Why a base came into the file stays known: a pull changes only one that a pull has chosen.
    named = (choice.era.date.isoformat(), choice.era.plain)
    return known.reason if known and (known.era, known.plain) == named else choice.reason


def named_base(known: LockedBase | None, choice: EraChoice) -> LockedBase:
    """A chosen base as a lock names it; what is ``known`` of the same one stays."""
    era = choice.era
    named = LockedBase(
        era=era.date.isoformat(), python=era.python, reason=choice.reason, plain=era.plain
    )
    return known.named_again(named) if known else named


def _wanted_python(base: LockedBase, era: Era) -> str:
    # An era's Python may have had a stand-in when it was locked; a plain one never has.
    return base.python if era.plain else era.python


def _of_notebook(project: Project, *, today: date) -> EraChoice:
    from kagura.env.choose import choose
    from kagura.model.needs import Evidence

    if project.notebook is None or not (project.folder / project.notebook).is_file():
        return choose(Evidence(), base=None, today=today)
    from kagura.notebook.inspect import inspect
    from kagura.notebook.metadata import read_kernel_metadata
    from kagura.notebook.read import read

    path = project.folder / project.notebook
    needs = inspect(read(path), read_kernel_metadata(path, also=project.folder))
    return choose(needs.evidence, base=None, today=today)
