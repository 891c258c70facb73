"""Which era a notebook belongs to: the evidence is weighed, best first, and always named."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Literal

from kagura.env.base_option import era_of_option
from kagura.env.catalog import image_ids, images
from kagura.env.image_ids import LATEST, PLACEHOLDERS_END, dated_image
from kagura.env.reigns import (
    FIRST_USABLE,
    at_or_before,
    had_python,
    middle_of,
    minor_of,
    nearest,
    of_python,
    usable,
)
from kagura.model.era import EraChoice
from kagura.model.needs import Evidence

__all__ = ["choose"]

FAR = timedelta(days=180)
"""A run this long before its image was made was carried over from an older file."""


def choose(evidence: Evidence, *, base: str | None, today: date) -> EraChoice:
    """The era for a notebook; ``base`` is the ``--base`` option, which overrules everything.

    ``UsageError`` if ``base`` names no era.  Evidence that is void, contradicted or unknown to
    the catalog is told in the choice's warnings, and the next best is taken.
    """
    if base is not None:
        era = era_of_option(base, today=today)
        return EraChoice(era=era, source="option", reason=f"from --base {base}")
    python, warnings = _python(evidence)
    found = (
        _by_digest(evidence, python, warnings)
        or _by_image_id(evidence, python, warnings)
        or _by_run_time(evidence, python, warnings)
        or _by_python(evidence, python)
        or _newest(evidence)
    )
    return EraChoice(
        era=found.era,
        source=found.source,
        reason=found.reason,
        image_id=evidence.image_id,
        warnings=tuple(warnings),
    )


def _python(evidence: Evidence) -> tuple[str | None, list[str]]:
    """The notebook's Python where it counts as evidence, and why not where it doesn't."""
    python, number = evidence.python, evidence.image_id
    if python is None:
        return None, []
    if minor_of(python) == "3.5":
        return FIRST_USABLE, [f"Python {python} can't be had any more: {FIRST_USABLE} stands in"]
    dated = number is not None and (number >= PLACEHOLDERS_END or number == LATEST)
    if dated and minor_of(python) == "3.6":
        return None, [f"Python {python} in the notebook is a placeholder: image id {number}"]
    if not had_python(python):
        return None, [f"Kaggle never had the notebook's Python {python}: it was run elsewhere"]
    return python, []


def _by_digest(evidence: Evidence, python: str | None, warnings: list[str]) -> EraChoice | None:
    digest = evidence.image_digest
    if digest is None:
        return None
    reason = "from the image digest in kernel-metadata.json"
    era = images().get(digest)
    if era is not None:
        if python is not None and minor_of(python) != era.python:
            warnings.append(f"the notebook's Python {python} is not its image's {era.python}")
        return EraChoice(era=era, source="image digest", reason=reason)
    numbers = [number for number, row in image_ids().items() if digest in row.digests]
    if not numbers:
        warnings.append(f"image {digest[:19]}… of kernel-metadata.json is not in the catalog")
    for number in numbers if evidence.image_id is None else []:
        dated = dated_image(number)
        if dated is not None:
            reason += f", seen with image id {number}"
            return EraChoice(era=dated.era, source="image digest", reason=reason)
    return None


def _by_image_id(evidence: Evidence, python: str | None, warnings: list[str]) -> EraChoice | None:
    number = evidence.image_id
    if number is None or number == LATEST:
        return None
    dated = dated_image(number)
    if dated is None:
        warnings.append(f"image id {number} is older than the catalog knows")
        return None
    day = evidence.run_time.date() if evidence.run_time else dated.era.date
    carried_over = day < dated.era.date - FAR
    if carried_over:
        warnings.append(
            f"the notebook's run on {day} is older than its image id {number}: "
            "carried over from an older file"
        )
    if python is None or minor_of(python) == dated.era.python or carried_over:
        reason = f"from the notebook's image id {number} ({dated.how})"
        return EraChoice(era=dated.era, source="image id", reason=reason)
    warnings.append(
        f"image id {number} has Python {dated.python or dated.era.python}, "
        f"but the notebook was run with {python}: the Python counts more"
    )
    reason = f"from the notebook's Python {evidence.python}, nearest to its image id {number}"
    era = nearest(max(day, dated.era.date), of_python(python))
    return EraChoice(era=era, source="python", reason=reason)


def _by_run_time(evidence: Evidence, python: str | None, warnings: list[str]) -> EraChoice | None:
    if evidence.run_time is None:
        return None
    day = evidence.run_time.date()
    era = nearest(day, usable())
    if day < era.date:
        warnings.append(f"the notebook's run on {day} is before the first era")
    source: Literal["image id", "papermill", "cell times"]
    if evidence.image_id == LATEST:
        source, reason = "image id", f"from image id {LATEST}, the newest at the notebook's run"
    elif evidence.papermill_time is not None:
        source, reason = "papermill", "from papermill's end time in the notebook"
    else:
        source, reason = "cell times", "from the cells' execution times in the notebook"
    reason += f" ({day})"
    among = of_python(python) if python is not None else usable()
    if era not in among:
        other = at_or_before(day, among)
        if minor_of(python or "") != era.python:
            warnings.append(
                f"on {day} Kaggle had Python {era.python}, "
                f"but the notebook was run with {python}: the Python counts more"
            )
            other = other or among[0]
        if other is not None:  # a patch release that came later than the run tells nothing
            era, reason = other, f"{reason} and its Python {evidence.python}"
    return EraChoice(era=era, source=source, reason=reason)


def _by_python(evidence: Evidence, python: str | None) -> EraChoice | None:
    if python is None:
        return None
    told = f"from the notebook's Python {evidence.python}"
    if evidence.image_id == LATEST:
        era, reason = of_python(python)[-1], f"{told} (the newest: image id {LATEST})"
    else:
        era, reason = middle_of(python), f"{told} (the middle of its time)"
    return EraChoice(era=era, source="python", reason=reason)


def _newest(evidence: Evidence) -> EraChoice:
    era = usable()[-1]
    if evidence.image_id == LATEST:
        return EraChoice(
            era=era, source="image id", reason=f"from the notebook's image id {LATEST} (the newest)"
        )
    return EraChoice(era=era, source="default", reason="newest (the notebook tells no date)")
