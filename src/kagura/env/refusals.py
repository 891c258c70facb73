"""Why a project cannot have what it wants, in the project's words and not in the resolver's."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime

from kagura.env.names import name_of
from kagura.env.relax import requirement_to_leave_out
from kagura.errors import UsageError
from kagura.model.base import Base

__all__ = ["changes_refused", "refusal_told"]


def changes_refused(names: Sequence[str], requirements: Sequence[str], base: Base) -> UsageError:
    """The error of ``--no-change``: which packages of the base would have to change."""
    held = {package.name: package.version for package in base.packages}
    # Where a requirement itself names another version, the others are not to blame.
    blamed = [text for text in requirements if name_of(text) in names] or requirements
    shown = ", ".join(f"{name} {held[name]}" for name in names)
    return UsageError(
        f"{', '.join(blamed)}: not without a change of the base, which has {shown}",
        hint="leave out --no-change: the base itself stays as it is, the project's layer has the "
        "other version",
    )


def refusal_told(text: str, requirements: Sequence[str], base: Base, day: date) -> UsageError:
    """The error for requirements that cannot be had together, or at all, on this base."""
    words = " ".join(text.split("hint:")[0].split())
    blamed, why = requirement_to_leave_out(text, requirements)
    name = name_of(blamed)
    if re.search(rf"{re.escape(name)} was not found in the package registry", words):
        return UsageError(
            f"{blamed}: no package of this name is published",
            hint="look the name up: it may differ from what is imported (sklearn is scikit-learn)",
        )
    no_wheel = rf"no wheels with a matching .*?we can conclude that {re.escape(name)}\b"
    if re.search(rf"{no_wheel}|{re.escape(name)}\S* has no usable wheels", words):
        return UsageError(
            f"{blamed}: what fits has no wheel for Python {base.python.minor}, and it is not built "
            "from source here",
            hint="ask for another version of it, or take a base of another Python",
        )
    there = re.search(
        rf"only (?:the following versions of )?({re.escape(name)}[^ ]*) is avail", words
    )
    nothing = re.search(
        rf"there (?:is no version of|are no versions of) {re.escape(name)}\b", words
    )
    if there or nothing:
        had = f"only {there[1]}" if there else "none that fits"
        is_past = day < datetime.now(UTC).date()
        later = ', or set a later day in kagura.toml: date = "YYYY-MM-DD"' if is_past else ""
        return UsageError(
            f"{blamed}: as of {day} there is {had}, for Python {base.python.minor}",
            hint=f"ask for a version that is there{later}",
        )
    others = [item for item in requirements if item != blamed and _required(item, words)]
    together = f"together with {' and '.join(others)}, " if others else ""
    return UsageError(
        f"{blamed} cannot be had {together}over this base: {_sentence(words) or why}",
        hint="another version of it, or another base, may fit; `kagura tree` shows what the "
        "project has",
    )


def _required(requirement: str, words: str) -> bool:
    """Whether uv names the requirement, as it is written, among what it cannot satisfy."""
    text = re.escape(requirement.replace(" ", ""))
    return re.search(rf"you require {text}(?!\w|[.,]\S|[*<>=!~-])", words) is not None


def _sentence(words: str) -> str:
    """uv's reason, from its "Because" on, without the steps that lead to it."""
    found = re.search(r"Because (.*?)(?:, we can conclude that |\. [A-Z(]|\.?$)", words)
    return found[1][:300] if found else ""
