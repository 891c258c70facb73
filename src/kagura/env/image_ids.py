"""From a notebook's ``dockerImageVersionId`` to its era: Kaggle publishes no such table.

Ids grow with time, over all languages and accelerators; one release has a few neighbouring ids.
What is known of them is in ``data/image-versions.tsv``: best an image digest seen beside the id,
else a day at which it was already in use, else the days of its neighbours.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from itertools import pairwise

from kagura.env.catalog import ImageId, image_ids, images
from kagura.env.reigns import at_or_before, end_of, had_python, minor_of, nearest, of_python, usable
from kagura.model.era import Era

__all__ = ["LATEST", "DatedImage", "dated_image"]

LATEST = 28755
"""The id that stands for "whatever is newest when it runs"."""

PLACEHOLDERS_END = 30000
"""Python of smaller ids is not known: the 3.6.6 beside them was never run."""

RELEASE = 2
"""Ids this close to each other belong to one release: CPU, GPU, TPU."""

SOONEST = timedelta(days=4)
"""No image was seen sooner after its commit (19 with both known: 4 to 38 days, mostly 16)."""

USUAL = timedelta(days=16)


@dataclass(frozen=True, slots=True, kw_only=True)
class DatedImage:
    """An image id placed in time.  ``how`` completes "image id 30746 (…)"."""

    era: Era
    python: str
    how: str


@cache
def dated_image(number: int) -> DatedImage | None:
    """The era of an image id; ``None`` for ``LATEST`` and for ids too old to be placed."""
    if number < PLACEHOLDERS_END:
        return None
    exact = _by_digest(number)
    if exact is not None:
        return exact
    known = image_ids().get(number)
    day, how = _day(number)
    python = known.python if known else ""
    if not python or not had_python(python):
        return DatedImage(era=nearest(day - SOONEST, usable()), python=python, how=how)
    among = of_python(python)
    era = at_or_before(day - SOONEST, among)
    if era is None:  # a build with a Python ahead of its neighbours: its own runs tell more
        median = known.median if known else None
        era = nearest(median - SOONEST if median else day, among)
        how = f"Python {python}"
    return DatedImage(era=era, python=python, how=how)


def _by_digest(number: int) -> DatedImage | None:
    """By the published images seen beside this id, or beside another id of its release."""
    own = image_ids().get(number)
    near = [
        image_ids()[other]
        for other in sorted(
            range(number - RELEASE, number + RELEASE + 1), key=lambda other: abs(other - number)
        )
        if other in image_ids()
    ]
    for row in near:
        if own and row.python != own.python:
            continue
        votes = Counter(images()[digest] for digest in row.digests if digest in images())
        if votes:
            era = votes.most_common(1)[0][0]
            if not row.python or era.python == minor_of(row.python):
                return DatedImage(era=era, python=row.python, how=f"an image of {era.date}")
    return None


def _day(number: int) -> tuple[date, str]:
    """A day at which this id was in use, and how we know."""
    anchors = _anchors()
    for known, day in anchors:
        if known == number:
            return day, f"{'seen from' if image_ids()[number].early else 'of about'} {day}"
    after = [anchor for anchor in anchors if anchor[0] > number]
    if not after:
        return date.max, "newer than any that the catalog knows"
    pair = next(
        ((low, high) for low, high in pairwise(anchors) if low[0] < number < high[0]),
        (anchors[0], anchors[-1]),  # before the first: at the usual pace
    )
    (low, start), (high, end) = pair
    day = start + (end - start) * ((number - low) / (high - low))
    return day, f"of about {day}, by its neighbours"


@cache
def _anchors() -> tuple[tuple[int, date], ...]:
    """Ids with a day, in rising order of both: an id is no younger than those after it."""
    anchors: list[tuple[int, date]] = []
    after: ImageId | None = None
    for row in reversed(tuple(image_ids().values())):
        day = _own_day(row, after=after)
        if day is not None and (not anchors or day <= anchors[-1][1]):
            anchors.append((row.number, day))
        after = row
    return tuple(reversed(anchors))


def _own_day(row: ImageId, *, after: ImageId | None) -> date | None:
    if row.number < PLACEHOLDERS_END:
        return None
    if row.early is not None:
        return row.early
    made = [images()[digest].date for digest in row.digests if digest in images()]
    if made:
        return made[0] + USUAL
    if after is None:
        return row.median
    ended = end_of(row.python) if after.python != row.python else None
    return ended + USUAL if ended else None
