"""What a notebook needs beyond its base: which requirements, and why some can't be known."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass

from packaging.requirements import InvalidRequirement, Requirement

from kagura.env.distributions import distribution
from kagura.env.names import name_of, normalized
from kagura.errors import UsageError
from kagura.model.base import Base
from kagura.model.era import Era
from kagura.model.needs import Needs

__all__ = ["Wanted", "check_extra", "check_requirements", "wanted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What to put over a base: requirements; and imports that no known distribution has.

    ``unknown`` are modules (the notebook's own, a utility script's, or really unknown).
    ``lacking`` are modules whose distribution the base should have and could not get.
    """

    requirements: tuple[str, ...]
    unknown: tuple[str, ...]
    lacking: tuple[str, ...]


def check_extra(extra: Sequence[str]) -> None:
    """Raise UsageError for a ``--with`` that is no requirement."""
    _check(
        extra,
        said="--with {}",
        hint="write it as --with optuna or --with 'optuna>=3'; a wheel or an address goes "
        "into a cell of the notebook: !pip install …",
    )


def check_requirements(requirements: Sequence[str]) -> None:
    """Raise UsageError for a requirement that a project cannot have."""
    _check(
        requirements,
        said="{}",
        hint="write it as optuna, 'optuna>=4' or 'optuna[extra]>=4,<5'; code of your own goes "
        'into kagura.toml as paths = ["src"]',
    )


def _check(requirements: Sequence[str], *, said: str, hint: str) -> None:
    for text in requirements:
        found: Requirement | None = None
        with suppress(InvalidRequirement):
            found = Requirement(text)
        if found is None or found.url:
            raise UsageError(
                f"{said.format(text)}: this is not a package's name and versions", hint=hint
            )


def wanted(
    needs: Needs,
    base: Base,
    era: Era,
    *,
    extra: Sequence[str] = (),
    without: Collection[str] = (),
) -> Wanted:
    """The requirements of a notebook that its base does not hold, by name, sorted.

    ``extra`` are the user's own (``--with``): they count whatever the base holds.  What the
    notebook installs itself is not added: its own ``pip install`` line will run.  ``without``
    names packages that the user took out of the base: an import does not bring them back.
    """
    held = {package.name for package in base.packages}
    failed = {name_of(item.requirement) for item in base.left_out} | set(map(normalized, without))
    own = {
        name_of(requirement)
        for use in needs.installs
        if use.tool in ("pip", "uv") and use.verb == "install"
        for requirement in use.requirements
    }
    asked = {name_of(requirement) for requirement in extra}
    requirements: set[str] = set(extra)
    unknown: list[str] = []
    lacking: list[str] = []
    for use in needs.imports:
        if use.top in needs.local_modules:
            continue
        name = distribution(use.module, era)
        if name is None:
            unknown.append(use.top)
        elif normalized(name) in failed:
            lacking.append(use.top)
        elif normalized(name) not in held | own | asked:
            requirements.add(name)
    for name in needs.hidden:
        if normalized(name) not in held | own | asked | failed:
            requirements.add(name)
    return Wanted(
        requirements=tuple(sorted(requirements)),
        unknown=tuple(dict.fromkeys(unknown)),
        lacking=tuple(dict.fromkeys(lacking)),
    )
